"""Bars along a simulated path of closes: opens, extremes inside the bar, volume, rounding."""

from dataclasses import dataclass

import numpy as np

from engine.model.candles import Candles, Floats, Times
from engine.model.timeframe import DAY_MS, HOUR_MS, duration_ms

GAP_CHANCE = 0.03
GAP_SIZE = 0.25
"""How often an open leaves the close before it, and by how many deviations of the bar."""

PRICE_DIGITS = 5
VOLUME_DIGITS = 6
"""Significant ones; they also hide the last bit, in which exp may differ between machines."""

TURNOVER_AN_HOUR = 2_000_000.0
"""A usual hour, in quote currency at the first price; the rest are exponents of factors on it."""
BUSIEST_HOUR = 15
DAILY_SWING = 0.35
NOISE = 0.4
MOVE_WEIGHT = 0.9
VOLATILITY_WEIGHT = 0.6


@dataclass(frozen=True, slots=True)
class Path:
    """Log return of each bar, the deviation it was drawn with, the usual one, the first price."""

    time: Times
    returns: Floats
    deviation: Floats
    usual: float
    start: float


def bars_along(path: Path, symbol: str, timeframe: str, rng: np.random.Generator) -> Candles:
    """Candles along `path`, all randomness from `rng`; a prefix of the path gives a prefix.

    An open is the close before it, now and then a little off. High and low are the extremes of a
    Brownian bridge from open to close, each by its exact law (Glasserman, Monte Carlo Methods in
    Financial Engineering, 6.4), so they enclose both.
    """
    chance, gap, above, below, noise = rng.spawn(5)
    number = len(path.time)
    close = np.cumsum(path.returns)
    open_ = np.concatenate(([0.0], close[:-1]))
    gaps = GAP_SIZE * path.deviation * gap.standard_normal(number)
    open_ += np.where(chance.random(number) < GAP_CHANCE, gaps, 0.0)
    high = open_ + _bridge_maximum(close - open_, path.deviation, above.random(number))
    low = open_ - _bridge_maximum(open_ - close, path.deviation, below.random(number))
    open_, high, low, close = (
        round_to(PRICE_DIGITS, path.start * np.exp(level)) for level in (open_, high, low, close)
    )
    volume = _volume(path, duration_ms(timeframe), noise.standard_normal(number))
    # Rounding errors of the bridge end above or below a bar without a wick; the bar comes first.
    high = np.maximum(high, np.maximum(open_, close))
    low = np.minimum(low, np.minimum(open_, close))
    return Candles(symbol, timeframe, path.time, open_, high, low, close, volume)


def round_to(digits: int, values: Floats) -> Floats:
    """`values` (> 0) to so many significant digits; never falls where the values rise."""
    decimals = digits - 1 - np.floor(np.log10(values))
    # By a whole power of ten on either side of the point, so that the float is the nearest one.
    scale = 10.0 ** np.abs(decimals)
    fine, coarse = np.round(values * scale) / scale, np.round(values / scale) * scale
    rounded: Floats = np.where(decimals >= 0, fine, coarse)
    return rounded


def _bridge_maximum(to: Floats, deviation: Floats, uniform: Floats) -> Floats:
    """Maximum of a Brownian bridge from 0 to `to`: (to + sqrt(to^2 - 2 deviation^2 ln u)) / 2."""
    spread = -2 * np.square(deviation) * np.log1p(-uniform)
    maximum: Floats = (to + np.sqrt(np.square(to) + spread)) / 2
    return maximum


def _volume(path: Path, step_ms: int, noise: Floats) -> Floats:
    """Lognormal, in base coin: more in the afternoon, in volatile times and on large moves."""
    swing = DAILY_SWING if step_ms < DAY_MS else 0.0
    hour = (path.time % DAY_MS + step_ms / 2) / HOUR_MS
    moved = np.abs(path.returns) / path.deviation
    exponent = (
        swing * np.cos(2 * np.pi * (hour - BUSIEST_HOUR) / 24)
        + VOLATILITY_WEIGHT * np.log(path.deviation / path.usual)
        + MOVE_WEIGHT * np.log1p(moved)
        + NOISE * noise
    )
    usual = TURNOVER_AN_HOUR * step_ms / HOUR_MS / path.start
    return round_to(VOLUME_DIGITS, usual * np.exp(exponent))
