"""The decision path: pure stages from signals and account to decisions, each adding its reason."""
