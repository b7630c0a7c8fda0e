"""Candles of one symbol, and the universe: the candles of all symbols of a run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Times = NDArray[np.int64]

COLUMNS: Final = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True, slots=True)
class Candles:
    """Closed bars of one symbol: six read-only arrays of one length.

    `time` is the open of each bar in UTC ms (int64), strictly rising; a missing bar is
    absent, never NaN. Prices are in quote currency, `volume` in base coin (float64).
    """

    symbol: str
    timeframe: str
    time: Times
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    def __post_init__(self) -> None:
        for name in ("time", *COLUMNS):
            array = getattr(self, name)
            if len(array) != len(self.time):
                raise ValueError(f"{self.symbol}: column {name} has another length than time")
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.time)

    def part(self, start: int, stop: int) -> "Candles":
        """The bars with index start ... stop - 1, as views."""
        return Candles(
            self.symbol,
            self.timeframe,
            self.time[start:stop],
            self.open[start:stop],
            self.high[start:stop],
            self.low[start:stop],
            self.close[start:stop],
            self.volume[start:stop],
        )

    def between(self, from_ms: int | None, to_ms: int | None) -> "Candles":
        """The bars whose open lies in [from_ms, to_ms); None is no bound."""
        start = 0 if from_ms is None else int(np.searchsorted(self.time, from_ms))
        stop = len(self) if to_ms is None else int(np.searchsorted(self.time, to_ms))
        return self.part(start, max(start, stop))


@dataclass(frozen=True, slots=True)
class Universe:
    """The candles of a run, all of one timeframe, keyed and ordered by symbol.

    `source` says where they come from in words; `simulated` is True for the embedded
    market, and whoever prints figures of it says so. `data_hash` is over every value.
    """

    candles: Mapping[str, Candles]
    timeframe: str
    source: str
    simulated: bool
    data_hash: str

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(self.candles)
