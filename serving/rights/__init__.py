"""The rights of persons: what is held on somebody, their requests, their erasure, how long things are kept."""
