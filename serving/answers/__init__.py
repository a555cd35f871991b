"""Requests sent twice are answered once."""
