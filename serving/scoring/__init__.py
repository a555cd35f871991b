"""Scores: the champion applied to today's roster, with reasons."""
