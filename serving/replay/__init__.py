"""Replay: the site's past, day after working day, as mentors would have received it."""
