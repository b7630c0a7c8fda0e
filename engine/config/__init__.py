"""The configuration: read strictly, checked with positions, built into frozen records, hashed."""
