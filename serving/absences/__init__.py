"""Days on which a mentor is away, and who stands in."""
