"""Records of learners: contracts, sources, store, privacy. Imports nothing of ours."""
