"""Meetings agreed with learners."""
