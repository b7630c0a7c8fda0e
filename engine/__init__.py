"""Cash Town: a trading system for crypto perpetuals in which every rule is data."""

__version__ = "0.1.0"
