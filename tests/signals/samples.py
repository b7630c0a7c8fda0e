"""Candles made by hand, and configurations with other numbers."""

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from engine.config.build import build_from_document
from engine.model.candles import Candles
from engine.model.config import Config
from engine.model.signal import Signal
from engine.model.timeframe import DAY_MS, DURATION_MS
from engine.signals.table import SignalTable

BTC: Final = "XBTUSDTM"
MONDAY: Final = 18_631 * DAY_MS

Row = tuple[float, float, float, float, float]
"""Open, high, low, close, volume."""

FLAT: Final[Row] = (100, 101, 99, 100, 100)


def candles(rows: Sequence[Row], timeframe: str = "1d", symbol: str = BTC) -> Candles:
    """Bars without a hole, from a Monday on."""
    columns = np.array(rows, dtype=np.float64).reshape(-1, 5).T
    time = MONDAY + DURATION_MS[timeframe] * np.arange(len(rows), dtype=np.int64)
    return Candles(symbol, timeframe, time, *(np.array(column) for column in columns))


def hourly(days: Sequence[Row], missing: Sequence[tuple[int, int]] = (), symbol: str = BTC) -> Candles:
    """24 feed bars a day which come to these daily bars, without the (day, hour)s that are missing.

    The high and low are made in the first hour, the price stays at the close from the second on.
    """
    rows = [
        (opening, high, low, close, volume / 24) if hour == 0 else (close, close, close, close, volume / 24)
        for opening, high, low, close, volume in days
        for hour in range(24)
    ]
    return without(candles(rows, "1h", symbol), [24 * day + hour for day, hour in missing])


def without(series: Candles, bars: Sequence[int]) -> Candles:
    keep = np.ones(len(series), dtype=np.bool_)
    keep[list(bars)] = False
    columns = (series.time, series.open, series.high, series.low, series.close, series.volume)
    return Candles(series.symbol, series.timeframe, *(column[keep] for column in columns))  # type: ignore[arg-type]


def changed(config: Config, change: Callable[[Any], None]) -> Config:
    """The configuration that its document says after `change`."""
    document = json.loads(config.document)
    change(document)
    return build_from_document(json.dumps(document, sort_keys=True, separators=(",", ":")))


def entries(table: SignalTable, strategy_id: str = "", side: str = "") -> list[Signal]:
    """All entry signals, of one strategy and side where one is named."""
    return [
        column.signal(row)
        for column in table.entries
        if column.strategy_id.startswith(strategy_id) and column.side.startswith(side)
        for row in range(len(column.at))
    ]
