"""Learner features as pure functions of what was known before a date."""
