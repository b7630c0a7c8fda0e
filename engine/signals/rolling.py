"""Signals as they come live: at every close the rules are run over the candles so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from engine.model.candles import Candles
from engine.model.signal import Side, Signal
from engine.model.timeframe import DURATION_MS
from engine.signals.plan import Plan
from engine.signals.table import Series, SignalTable, last_known, signal_table


@dataclass(slots=True)
class RollingSignals:
    """The last bar's signals of a growing history.

    `candles` are the whole replay's; at each close only a view up to it is handed to the rules.
    Only timeframes of which some symbol's bar has just become known are run.
    """

    plan: Plan
    candles: Mapping[str, Candles]
    _at: int | None = None
    _table: SignalTable | None = None
    _volatility: dict[str, Series] = field(default_factory=dict)
    _trailing: dict[tuple[str, str], Series] = field(default_factory=dict)

    def advance(self, at_ms: int) -> None:
        """Runs the rules at the close of the feed bar that opened at `at_ms`."""
        self._at = at_ms
        so_far = {symbol: _up_to(series, at_ms) for symbol, series in self.candles.items()}
        due = frozenset(
            frame.timeframe for frame in self.plan.frames if self._is_due(frame.timeframe, so_far, at_ms)
        )
        if not due:
            self._table = None
            return
        self._table = signal_table(self.plan, so_far, from_ms=at_ms, timeframes=due)
        self._volatility.update(self._table.volatility)
        self._trailing.update(self._table.trailing)

    def at(self, at_ms: int) -> list[Signal]:
        """The entry signals that exist at that close, which must be the last one advanced to."""
        table = self._now(at_ms)
        return [] if table is None else table.at(at_ms)

    def exit(self, at_ms: int, strategy_id: str, symbol: str, side: Side) -> Signal | None:
        """The exit signal for a position at that close, if one of its exit rules holds."""
        table = self._now(at_ms)
        return None if table is None else table.exit(at_ms, strategy_id, symbol, side)

    def add(self, at_ms: int, strategy_id: str, symbol: str, side: Side) -> Signal | None:
        """The signal that would add a unit to a position at that close of the strategy's bar."""
        table = self._now(at_ms)
        return None if table is None else table.add(at_ms, strategy_id, symbol, side)

    def trail(self, at_ms: int, strategy_id: str, symbol: str) -> tuple[float, ...]:
        """Distances of the strategy's trailing stops as last known at that close; NaN: unknown."""
        return last_known(self._trailing[strategy_id, symbol], at_ms)

    def volatility_pct(self, at_ms: int, symbol: str) -> float:
        """Volatility last known at that close, in %; NaN where unknown."""
        if symbol not in self._volatility:
            return float("nan")
        return last_known(self._volatility[symbol], at_ms)[0]

    def _now(self, at_ms: int) -> SignalTable | None:
        """What the last advance gave; None where no bar became known."""
        if at_ms != self._at:
            raise AssertionError(f"asked for the close of {at_ms}, advanced to {self._at}")
        return self._table

    def _is_due(self, timeframe: str, so_far: Mapping[str, Candles], at_ms: int) -> bool:
        length = DURATION_MS[timeframe]
        for series in so_far.values():
            if not len(series) or series.time[-1] != at_ms:
                continue
            step = DURATION_MS[series.timeframe]
            if (at_ms + step) % length == 0:
                return True
            before = int(series.time[-2]) if len(series) > 1 else at_ms
            if before // length != at_ms // length and (before + step) % length != 0:
                return True
        return False


def _up_to(series: Candles, at_ms: int) -> Candles:
    return series.part(0, int(np.searchsorted(series.time, at_ms, side="right")))
