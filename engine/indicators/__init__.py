"""Indicators: a static table of functions, and their computation over whole arrays."""
