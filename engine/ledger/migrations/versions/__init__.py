"""The versions, oldest first: `v0001_first.py` is the first schema, the last one makes today's."""
