"""Research: a backtest from a configuration and candles, its summary, its files."""
