"""Complaints, difficulties and incidents (indicator 31)."""
