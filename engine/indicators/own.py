"""Own indicators over arrays: lags, channels, places in a window, counted and held conditions.

Conditions are truth arrays: 1.0 true, 0.0 false, NaN unknown. Every function takes and returns
float64 arrays of one length; every value is made from its bar and earlier ones only, by integer
arithmetic or the same operations in the same order however many bars follow.
"""

from typing import Final

import numpy as np
import talib

from engine.model.candles import Candles, Floats

# The stubs of TA-Lib forget to export it.
SMA_TYPE: Final = talib.MA_Type.SMA  # type: ignore[attr-defined]


def prev(x: Floats, n: float) -> Floats:
    """The value `n` bars ago; holes move along with the values."""
    lag = int(n)
    result = np.full(len(x), np.nan)
    result[lag:] = x[:-lag]
    return result


def change(x: Floats, n: float) -> Floats:
    """The value now minus the value `n` bars ago."""
    return x - prev(x, n)


def donchian_high(candles: Candles, n: float) -> Floats:
    """Highest high of the `n` bars before: a level the current bar can break."""
    return prev(talib.MAX(candles.high, int(n)), 1)


def donchian_low(candles: Candles, n: float) -> Floats:
    """Lowest low of the `n` bars before: a level the current bar can break."""
    return prev(talib.MIN(candles.low, int(n)), 1)


def zscore(x: Floats, n: float) -> Floats:
    """(x - SMA) / population deviation of the last `n` values; NaN where they are all equal."""
    deviation = talib.STDDEV(x, int(n), 1.0)
    deviation[deviation == 0] = np.nan
    return (x - talib.SMA(x, int(n))) / deviation


def band_position(x: Floats, n: float, k: float) -> Floats:
    """Bollinger's %b: (x - lower) / (upper - lower); NaN where the bands meet."""
    upper, _, lower = talib.BBANDS(x, int(n), k, k, SMA_TYPE)
    width = upper - lower
    width[width == 0] = np.nan
    return (x - lower) / width


def percent_rank(x: Floats, n: float) -> Floats:
    """Share in 0-100 of the `n` values before each that lie below it."""
    lags = int(n)
    current = x[lags:]
    below = np.zeros(len(current), np.int32)
    for lag in range(1, lags + 1):
        below += current > x[lags - lag : len(x) - lag]
    result = np.full(len(x), np.nan)
    result[lags:] = below * 100 / lags
    return result


def count(condition: Floats, n: float) -> Floats:
    """Bars of the last `n` on which the condition held."""
    window = int(n)
    held = np.concatenate(([0], np.cumsum(condition != 0)))
    result = np.full(len(condition), np.nan)
    result[window - 1 :] = held[window:] - held[:-window]
    return result


def bars_since(condition: Floats) -> Floats:
    """Bars since the condition last held, 0 on such a bar; NaN before the first."""
    bars = np.arange(len(condition))
    last = np.maximum.accumulate(np.where(condition != 0, bars, -1))
    return np.where(last >= 0, (bars - last).astype(np.float64), np.nan)


def bars_held(start: Floats, hold: Floats) -> Floats:
    """Bars since `start` was true, that bar included, while `hold` held on every bar after it.

    The first bar counts by `start` alone; a start while on does not restart; where `hold` ends
    and `start` is true, a new count begins. 0 while off. An unknown operand is an unknown
    result on its bar, and off after it.
    """
    length = len(start)
    bars = np.arange(length)
    unknown = np.isnan(start) | np.isnan(hold)
    starts = (start != 0) & ~unknown
    holds = (hold != 0) & ~unknown
    # Since the last bar that did not hold, the count runs from the first start on or after it.
    broken = np.maximum.accumulate(np.where(holds, 0, bars))
    next_start = np.minimum.accumulate(np.where(starts, bars, length)[::-1])[::-1]
    first = next_start[broken]
    result = np.where(first <= bars, bars - first + 1, 0).astype(np.float64)
    result[unknown] = np.nan
    return result
