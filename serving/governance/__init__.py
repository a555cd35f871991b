"""The governance file: what is known of the system in the law's own order, and what is left for people to fill in."""
