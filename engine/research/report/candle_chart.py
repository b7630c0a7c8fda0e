"""Candles small enough to be embedded: whole numbers of a symbol's last place, as differences."""

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from engine.market.resample import resample
from engine.model.candles import Candles
from engine.model.timeframe import DURATION_MS

MOST_BARS: Final = 260_000
"""All symbols together: about 18 bytes a bar, so 5 MB."""

DIGITS: Final = 6
"""Significant digits of the median close: candles are drawn, the ledger's prices are told."""


def fitting_timeframe(candles: Mapping[str, Candles], feed: str, most: int = MOST_BARS) -> str:
    """The fastest timeframe, from the feed's on, in which all bars together are at most `most`."""
    bars = sum(map(len, candles.values()))
    slower = [name for name, length in DURATION_MS.items() if length % DURATION_MS[feed] == 0]
    for name in slower:
        if bars * DURATION_MS[feed] / DURATION_MS[name] <= most:
            return name
    return slower[-1]


def encode(candles: Candles, timeframe: str) -> dict[str, Any]:
    """The bars of `timeframe` as JSON values; the page's script reads it back.

    `start` (UTC s), `step` (s); `gaps` are [index, missing bars before it]; `places` of a price;
    `bars` four whole numbers each, in units of the last place: open - close before, high above the
    body, low below it, close - open.
    """
    bars = candles if timeframe == candles.timeframe else resample(candles, timeframe).candles
    if not len(bars):
        return {"start": 0, "step": 1, "places": 2, "gaps": [], "bars": []}
    step = DURATION_MS[timeframe]
    places = max(0, DIGITS - 1 - math.floor(math.log10(max(float(np.median(bars.close)), 1e-12))))
    first, high, low, last = (
        np.rint(prices * 10.0**places).astype(np.int64)
        for prices in (bars.open, bars.high, bars.low, bars.close)
    )
    before = np.concatenate(([0], last[:-1]))
    top, bottom = np.maximum(first, last), np.minimum(first, last)
    rows = np.stack((first - before, high - top, bottom - low, last - first), axis=1)
    missing = np.diff(bars.time) // step - 1
    return {
        "start": int(bars.time[0]) // 1000,
        "step": step // 1000,
        "places": places,
        "gaps": [[int(at) + 1, int(missing[at])] for at in np.flatnonzero(missing)],
        "bars": rows.ravel().tolist(),
    }
