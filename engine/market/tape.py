"""The feed of a replay: all symbols' bars in order of time, one step a feed bar."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.model.candles import Candles, Times


@dataclass(frozen=True, slots=True)
class Tape:
    """`times` are the opens (UTC ms) at which any symbol has a bar; `rows[symbol][i]` is the index
    of that symbol's bar at times[i], -1 where it has none.
    """

    times: Times
    rows: Mapping[str, NDArray[np.int32]]


def make_tape(candles: Mapping[str, Candles], from_ms: int | None = None, to_ms: int | None = None) -> Tape:
    """The tape over the bars that open in [from_ms, to_ms)."""
    every = [series.time for series in candles.values()]
    times = np.unique(np.concatenate(every)) if every else np.empty(0, dtype=np.int64)
    low = 0 if from_ms is None else int(np.searchsorted(times, from_ms))
    high = len(times) if to_ms is None else int(np.searchsorted(times, to_ms))
    times = times[low:high]
    low_ms, high_ms = (int(times[0]), int(times[-1])) if len(times) else (0, -1)
    rows = {}
    for symbol, series in candles.items():
        index = np.full(len(times), -1, dtype=np.int32)
        own: Times = np.flatnonzero((series.time >= low_ms) & (series.time <= high_ms))
        index[np.searchsorted(times, series.time[own])] = own
        rows[symbol] = index
    return Tape(times, rows)
