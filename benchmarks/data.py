"""The simulated data of the benchmarks: fat-tailed hourly bars, one seed a symbol. Made, not measured.

Log returns are Student t(4) x 0.006; a bar opens where the last one closed, its high and low lie
a random wick beyond its body. A shorter stretch is a prefix of a longer one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.market.hash import data_hash
from engine.model.candles import Candles, Floats, Times, Universe
from engine.model.timeframe import DURATION_MS

SYMBOLS: Final = 20
BARS: Final = 8_760
START_MS: Final = 1_577_836_800_000
"""2020-01-01, a day that starts all slower bars."""

_LONGEST: Final = 100_000
_DEGREES: Final = 4
_SCALE: Final = 0.006
_WICK: Final = 0.002
_START_PRICE: Final = 100.0


@dataclass(frozen=True, slots=True)
class Bars:
    """Plain arrays of a universe: `time` (bars,) in UTC ms, the others (bars, symbols)."""

    symbols: tuple[str, ...]
    time: Times
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    def columns(self) -> Mapping[str, Floats]:
        return {name: getattr(self, name) for name in ("open", "high", "low", "close", "volume")}


def make_bars(symbols: int = SYMBOLS, bars: int = BARS, timeframe: str = "1h") -> Bars:
    """`bars` bars of `symbols` symbols, seeds 0, 1, ...; at most 100,000 bars."""
    columns = [_symbol(seed, bars) for seed in range(symbols)]
    stacked = [np.ascontiguousarray(np.column_stack(parts)) for parts in zip(*columns, strict=True)]
    time = START_MS + DURATION_MS[timeframe] * np.arange(bars, dtype=np.int64)
    return Bars(tuple(f"S{seed:03d}USDT" for seed in range(symbols)), time, *stacked)


def make_universe(bars: Bars, timeframe: str = "1h") -> Universe:
    """The same bars as the engine holds them, each symbol's arrays contiguous."""
    candles = {
        symbol: Candles(
            symbol,
            timeframe,
            bars.time.copy(),
            *(np.ascontiguousarray(column[:, place]) for column in bars.columns().values()),
        )
        for place, symbol in enumerate(bars.symbols)
    }
    return Universe(candles, timeframe, "benchmark data: made, not measured", True, data_hash(candles))


def _symbol(seed: int, bars: int) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Open, high, low, close, volume; every draw is made in full, so that fewer bars are a prefix."""
    if not 1 <= bars <= _LONGEST:
        raise ValueError(f"between 1 and {_LONGEST} bars, not {bars}")
    rng = np.random.default_rng(seed)
    returns = rng.standard_t(_DEGREES, _LONGEST)[:bars] * _SCALE
    up, down = np.abs(rng.standard_normal((2, _LONGEST)))[:, :bars] * _WICK
    volume = rng.lognormal(10.0, 0.6, _LONGEST)[:bars]
    close = _START_PRICE * np.exp(np.cumsum(returns))
    opened = np.concatenate([[_START_PRICE], close[:-1]])
    high = np.maximum(opened, close) * (1 + up)
    low = np.minimum(opened, close) * (1 - down)
    return opened, high, low, close, volume
