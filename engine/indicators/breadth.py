"""Breadth over the universe: figures of all symbols joined by time."""

import numpy as np

from engine.model.candles import Candles, Floats


def advance(candles: Candles) -> Floats:
    """1 where the close rose against the bar before, -1 where it fell, 0 unchanged; NaN first."""
    result = np.full(len(candles), np.nan)
    result[1:] = np.sign(np.diff(candles.close))
    return result


def advancing_share(advances: Floats, min_symbols: float) -> Floats:
    """Advancers / (advancers + decliners) of each period.

    `advances` has the shape (symbols, periods), values as `advance` gives them, NaN where a
    symbol is absent. The result, (periods,), is NaN where fewer than `min_symbols` are known and
    takes the value of the period before where nothing moved.
    """
    periods = advances.shape[1]
    known = np.count_nonzero(~np.isnan(advances), axis=0)
    up = np.count_nonzero(advances > 0, axis=0)
    moved = up + np.count_nonzero(advances < 0, axis=0)
    share = np.where(known >= min_symbols, up / moved, np.nan)
    undefined = (known >= min_symbols) & (moved == 0)
    source = np.maximum.accumulate(np.where(undefined, -1, np.arange(periods)))
    return np.where(source >= 0, share[source], np.nan)
