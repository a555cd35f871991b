"""Drift, freshness and performance of what is served."""
