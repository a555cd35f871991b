"""Reaching people: what is sent, to whom, when, and by which channel."""
