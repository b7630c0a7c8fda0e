"""From strategies and candles to signals: all rules over all bars at once, or the last bar alone."""
