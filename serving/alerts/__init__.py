"""From a risk to a request that a mentor look."""
