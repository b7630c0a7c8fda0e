"""Inputs for every row of the function table: seeded candles, operands, periods."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from engine.model.candles import Candles, Floats
from engine.model.function import Function

NUMBERS: Final = {
    "n": 5, "fast": 3, "slow": 6, "signal": 4, "k": 2, "wing": 2, "window": 9, "smooth_k": 3,
    "smooth_d": 2, "a": 2, "b": 4, "c": 7, "acceleration": 0.02, "maximum": 0.2, "min_symbols": 2,
}  # fmt: skip
"""A number for each argument name, small, so that a short series has values."""


def candles(length: int, seed: int = 7, ties: bool = False) -> Candles:
    """A random walk from 100; `ties` rounds it to whole prices, so that many are equal."""
    draw = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(draw.normal(0, 0.02, length)))
    opening = close * np.exp(draw.normal(0, 0.005, length))
    high = np.maximum(opening, close) * np.exp(draw.uniform(0, 0.01, length))
    low = np.minimum(opening, close) * np.exp(-draw.uniform(0, 0.01, length))
    prices = [np.round(prices) if ties else prices for prices in (opening, high, low, close)]
    volume = np.round(draw.lognormal(8, 1, length))
    return Candles("XBTUSDTM", "1h", np.arange(length, dtype=np.int64) * 3_600_000, *prices, volume)


def numbers(function: Function) -> list[float]:
    """The periods and numbers that `arguments` passes."""
    return [NUMBERS[a.name] for a in function.arguments if a.kind in ("period", "number")]


def arguments(function: Function, bars: Candles, holes: Sequence[int] = ()) -> list[Floats | float]:
    """Arguments for `function` over `bars`, the series unknown at the bars `holes`."""
    series = [bars.close, bars.volume / 50]
    conditions = [(bars.close > bars.open).astype(float), (bars.close > 0.99 * bars.open).astype(float)]
    result: list[Floats | float] = []
    for argument in function.arguments:
        if argument.kind in ("period", "number"):
            result.append(NUMBERS[argument.name])
            continue
        values = (series if argument.kind == "series" else conditions).pop(0).copy()
        values[list(holes)] = np.nan
        result.append(values)
    return result
