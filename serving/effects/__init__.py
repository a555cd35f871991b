"""Did prevention help: what the work database knows of it, and what is told of it."""
