"""The report of a run: one HTML file with figures, charts and reasons, read from the ledger alone."""
