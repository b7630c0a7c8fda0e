"""Execution: the broker protocol and the paper broker; what a fill costs, and where it happens."""
