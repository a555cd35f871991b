"""Live: what was just received is imported, and the learners it is about are looked at again, without a full run."""
