"""Swing points and the divergences between them, known only when their right wing has closed.

A swing high is a bar strictly above the `wing` bars before it and not below the `wing` bars after
it: of equal tops next to each other the first counts, once. Lows are the mirror. Arguments are
float64 arrays without holes, results have their length.
"""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.model.candles import Floats

Bars = NDArray[np.int64]
Side = Literal["high", "low"]


def swing_bars(x: Floats, wing: int, side: Side) -> Bars:
    """The bars of the swing points of `x`, rising; bar b is known from bar b + wing on."""
    if side == "low":
        x = -x
    inner = x[wing : len(x) - wing]
    swing = np.ones(len(inner), np.bool_)
    for step in range(1, wing + 1):
        swing &= inner > x[wing - step : len(x) - wing - step]
        swing &= inner >= x[wing + step : len(x) - wing + step]
    return np.flatnonzero(swing) + wing


def until_next(figures: NDArray[Any], swings: Bars, wing: int, length: int) -> NDArray[Any]:
    """Spreads `figures` over `length` bars: the j-th while j of the `swings` are known."""
    known = np.concatenate(([0], swings + wing, [length]))
    return np.repeat(figures, np.diff(known))


def latest(swings: Bars, wing: int, k: int, length: int) -> Bars:
    """On each of `length` bars, the bar of the k-th latest swing point known by then, or -1."""
    figures = np.concatenate((np.full(k, -1), swings))[: len(swings) + 1]
    return until_next(figures, swings, wing, length)


def _swing_value(x: Floats, wing: float, k: float, side: Side) -> Floats:
    bars = latest(swing_bars(x, int(wing), side), int(wing), int(k), len(x))
    return np.where(bars >= 0, x[bars], np.nan)


def _swing_age(x: Floats, wing: float, k: float, side: Side) -> Floats:
    bars = latest(swing_bars(x, int(wing), side), int(wing), int(k), len(x))
    return np.where(bars >= 0, (np.arange(len(x)) - bars).astype(np.float64), np.nan)


def swing_high(x: Floats, wing: float, k: float) -> Floats:
    """Value of the k-th latest swing high; NaN before there are k."""
    return _swing_value(x, wing, k, "high")


def swing_low(x: Floats, wing: float, k: float) -> Floats:
    """Value of the k-th latest swing low; NaN before there are k."""
    return _swing_value(x, wing, k, "low")


def swing_high_age(x: Floats, wing: float, k: float) -> Floats:
    """Bars since the bar of the k-th latest swing high; NaN before there are k."""
    return _swing_age(x, wing, k, "high")


def swing_low_age(x: Floats, wing: float, k: float) -> Floats:
    """Bars since the bar of the k-th latest swing low; NaN before there are k."""
    return _swing_age(x, wing, k, "low")


def _divergence(
    price: Floats, oscillator: Floats, wing: float, window: float, side: Side, price_rises: bool
) -> Floats:
    """Strength where price moved one way and the oscillator the other between their last two swings.

    Each operand is judged at its own last two swing points, since their turns need not fall on
    one bar; all four must lie within the last `window` bars. Strength = |relative change of
    price| + |relative change of the oscillator|, cut at 1; 0 where there is no divergence. A
    window below 2 * wing + 2 bars cannot hold two swings.
    """
    wings, length = int(wing), len(price)
    oldest = np.arange(length) - int(window)
    strength = np.zeros(length)
    diverges = np.ones(length, np.bool_)
    for values, rises in ((price, price_rises), (oscillator, not price_rises)):
        swings = swing_bars(values, wings, side)
        points = values[swings]
        moved = np.diff(points) if rises else -np.diff(points)
        # Fewer than two known swings are NaN, the wrong direction is negative: neither is > 0.
        change = np.concatenate(([np.nan, np.nan], moved / np.abs(points[:-1])))[: len(swings) + 1]
        change = until_next(change, swings, wings, length)
        # The earlier swing is the older of the two, so it alone decides what the window holds.
        diverges &= (change > 0) & (latest(swings, wings, 2, length) > oldest)
        strength += change
    result = np.where(diverges, np.minimum(strength, 1.0), 0.0)
    result[: int(window) + wings - 1] = np.nan
    return result


def bullish_divergence(price: Floats, oscillator: Floats, wing: float, window: float) -> Floats:
    """Price makes a lower low, the oscillator a higher low."""
    return _divergence(price, oscillator, wing, window, "low", price_rises=False)


def bearish_divergence(price: Floats, oscillator: Floats, wing: float, window: float) -> Floats:
    """Price makes a higher high, the oscillator a lower high."""
    return _divergence(price, oscillator, wing, window, "high", price_rises=True)


def hidden_bullish_divergence(price: Floats, oscillator: Floats, wing: float, window: float) -> Floats:
    """Price makes a higher low, the oscillator a lower low."""
    return _divergence(price, oscillator, wing, window, "low", price_rises=True)


def hidden_bearish_divergence(price: Floats, oscillator: Floats, wing: float, window: float) -> Floats:
    """Price makes a lower high, the oscillator a higher high."""
    return _divergence(price, oscillator, wing, window, "high", price_rises=False)
