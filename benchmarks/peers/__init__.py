"""Peers, each in an environment of its own: <name>.txt pins it, run_<name>.py speaks to it."""
