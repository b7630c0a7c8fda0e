"""How fast it is, measured side by side: `python -m benchmarks`. docs/performance.md says the rest."""
