"""Learning: what became of decisions, and what that says about each strategy."""
