"""How long each class of data is kept, what would go, and what went."""
