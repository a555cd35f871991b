"""One file per system read; each turns its own tables into the canonical ones."""
