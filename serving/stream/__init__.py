"""New alerts as they come."""
