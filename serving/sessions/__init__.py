"""A course lead's sessions: how far they are, who sinks, what was escalated."""
