"""Signals of a whole universe, held as columns; a record is made when one is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.model.candles import Candles, Floats, Times
from engine.model.signal import Side, Signal, SignalKind
from engine.signals.frames import FrameValues, frame_values
from engine.signals.plan import FramePlan, Plan, SidePlan, StrategyPlan

Flags = NDArray[np.bool_]
Series = tuple[Times, Floats]
"""Moments (UTC ms, rising) at which values become known, and the values: (moments, columns)."""


@dataclass(frozen=True, slots=True)
class Column:
    """All signals of one strategy, symbol and side, one row a signal, in order of time.

    `at` is the feed bar on whose close a signal exists, `bar` its own bar (opens, UTC ms);
    `operands` is (signals, labels), `facts` (signals, fact names). `rules` are the exit conditions
    and `rule` the one that held, both empty for entries. A column of adds has a row for every bar:
    whether a unit is added hangs on the position.
    """

    strategy_id: str
    symbol: str
    side: Side
    at: Times
    bar: Times
    price: Floats
    confidence: Floats
    stop_distance: Floats
    target_distance: Floats
    labels: tuple[str, ...]
    operands: Floats
    fact_names: tuple[str, ...]
    facts: Floats
    rules: tuple[str, ...] = ()
    rule: Times = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    kind: SignalKind = "entry"

    def signal(self, row: int) -> Signal:
        """The record of a row; operands to 10 significant digits."""
        return Signal(
            strategy_id=self.strategy_id,
            symbol=self.symbol,
            side=self.side,
            at=int(self.at[row]),
            bar=int(self.bar[row]),
            price=float(self.price[row]),
            confidence=float(self.confidence[row]),
            stop_distance=float(self.stop_distance[row]),
            target_distance=float(self.target_distance[row]),
            kind=self.kind,
            rule=self.rules[self.rule[row]] if self.rules else "",
            operands=_rounded(self.labels, self.operands[row]),
            facts=_rounded(self.fact_names, self.facts[row]),
        )


def _rounded(names: Sequence[str], values: Floats) -> dict[str, float]:
    return {name: float(f"{value:.10g}") for name, value in zip(names, values.tolist(), strict=True)}


@dataclass(frozen=True, slots=True)
class SignalTable:
    """Everything that a session asks of its strategies, bar by bar, for one stretch of candles."""

    entries: Sequence[Column]
    exits: Mapping[tuple[str, str, Side], Column]
    adds: Mapping[tuple[str, str, Side], Column]
    trailing: Mapping[tuple[str, str], Series]
    volatility: Mapping[str, Series]
    _rows: Mapping[int, Sequence[tuple[int, int]]]
    _exit_rows: Mapping[tuple[str, str, Side], Mapping[int, int]]

    def advance(self, at_ms: int) -> None:
        """Nothing to do: everything was computed ahead."""

    def at(self, at_ms: int) -> list[Signal]:
        """The entry signals that exist at the close of the feed bar that opened at `at_ms`."""
        return [self.entries[column].signal(row) for column, row in self._rows.get(at_ms, ())]

    def exit(self, at_ms: int, strategy_id: str, symbol: str, side: Side) -> Signal | None:
        """The exit signal for a position at that close, if one of its exit rules holds."""
        key = (strategy_id, symbol, side)
        rows = self._exit_rows.get(key)
        row = None if rows is None else rows.get(at_ms)
        return None if row is None else self.exits[key].signal(row)

    def add(self, at_ms: int, strategy_id: str, symbol: str, side: Side) -> Signal | None:
        """The signal that would add a unit to a position at that close of the strategy's bar.

        Its facts say how far beyond the last fill it asks for (`unit_step`, in price), and whether
        it does not (`unit_also`).
        """
        return _at(self.adds.get((strategy_id, symbol, side)), at_ms)

    def trail(self, at_ms: int, strategy_id: str, symbol: str) -> tuple[float, ...]:
        """Distances of the strategy's trailing stops as last known at that close; NaN: unknown."""
        return last_known(self.trailing[strategy_id, symbol], at_ms)

    def volatility_pct(self, at_ms: int, symbol: str) -> float:
        """Volatility last known at that close, in %; NaN where unknown."""
        return last_known(self.volatility[symbol], at_ms)[0]


def last_known(series: Series, at_ms: int) -> tuple[float, ...]:
    """The values last known at the close of the feed bar that opened at `at_ms`; NaN before any."""
    known, values = series
    row = int(np.searchsorted(known, at_ms, side="right")) - 1
    return tuple(values[row].tolist()) if row >= 0 else (float("nan"),) * values.shape[1]


def _at(column: Column | None, at_ms: int) -> Signal | None:
    if column is None:
        return None
    row = int(np.searchsorted(column.at, at_ms))
    return column.signal(row) if row < len(column.at) and column.at[row] == at_ms else None


def signal_table(
    plan: Plan,
    candles: Mapping[str, Candles],
    from_ms: int | None = None,
    timeframes: frozenset[str] | None = None,
) -> SignalTable:
    """Signals of all strategies over all bars of these candles, from `from_ms` on.

    `timeframes` limits which are looked at. The signals over a prefix of the candles are the
    prefix of the signals.
    """
    entries: list[Column] = []
    exits: dict[tuple[str, str, Side], Column] = {}
    adds: dict[tuple[str, str, Side], Column] = {}
    trailing: dict[tuple[str, str], Series] = {}
    volatility: dict[str, Series] = {}
    for symbol, frame, values in frame_values(plan, candles, _wanted, timeframes):
        visible = _visible(values, from_ms)
        for strategy in frame.strategies:
            for side in strategy.sides:
                column = _entries(symbol, strategy, side, values, visible)
                if len(column.at):
                    entries.append(column)
                key = (strategy.strategy_id, symbol, side.side)
                if side.exit_rules:
                    exits[key] = _exits(symbol, strategy, side, values, visible)
                if strategy.step is not None:
                    adds[key] = _adds(symbol, strategy, side, values, visible)
            if strategy.trailing:
                trailing[strategy.strategy_id, symbol] = (values.bars.known, _trailing(strategy, values))
        if frame.volatility is not None:
            volatility[symbol] = (values.bars.known, values.column(frame.volatility)[:, np.newaxis].copy())
    rows: dict[int, list[tuple[int, int]]] = {}
    for index, column in enumerate(entries):
        for row, at_ms in enumerate(column.at.tolist()):
            rows.setdefault(at_ms, []).append((index, row))
    exit_rows = {
        key: {at_ms: row for row, at_ms in enumerate(column.at.tolist())} for key, column in exits.items()
    }
    return SignalTable(entries, exits, adds, trailing, volatility, rows, exit_rows)


def _wanted(frame: FramePlan) -> list[int]:
    slots = [] if frame.volatility is None else [frame.volatility]
    for strategy in frame.strategies:
        slots += [strategy.stop, *(slot for _, slot in strategy.facts), *strategy.also.values()]
        slots += [slot for slot in (*strategy.trailing, strategy.step) if slot is not None]
        for side in strategy.sides:
            slots += [side.fires, side.confidence]
            slots += [
                slot for pairs in (side.operands, side.exit_rules, side.exit_operands) for _, slot in pairs
            ]
    return slots


def _visible(values: FrameValues, from_ms: int | None) -> Flags:
    """The bars that are the newest known one on the feed bar that makes them known."""
    known = values.bars.known
    newest: Flags = np.ones(len(known), dtype=np.bool_)
    newest[:-1] = known[1:] != known[:-1]
    return newest if from_ms is None else newest & (known >= from_ms)


def _entries(
    symbol: str, strategy: StrategyPlan, side: SidePlan, values: FrameValues, visible: Flags
) -> Column:
    fires = np.broadcast_to(np.asarray(values.values[side.fires], dtype=bool), len(visible))
    stop, confidence = values.column(strategy.stop), values.column(side.confidence)
    at = np.flatnonzero(fires & visible & np.isfinite(stop) & np.isfinite(confidence))
    return Column(
        strategy.strategy_id,
        symbol,
        side.side,
        values.bars.known[at],
        values.bars.candles.time[at],
        values.bars.candles.close[at],
        confidence[at],
        stop[at],
        stop[at] * strategy.reward_to_risk,
        *_matrix(values, side.operands, at),
        *_matrix(values, strategy.facts, at),
    )


def _exits(
    symbol: str, strategy: StrategyPlan, side: SidePlan, values: FrameValues, visible: Flags
) -> Column:
    held = np.array([values.column(slot) > 0 for _, slot in side.exit_rules])
    at = np.flatnonzero(held.any(axis=0) & visible)
    nothing = np.full(len(at), np.nan)
    return Column(
        strategy.strategy_id,
        symbol,
        side.side,
        values.bars.known[at],
        values.bars.candles.time[at],
        values.bars.candles.close[at],
        nothing,
        nothing,
        nothing,
        *_matrix(values, side.exit_operands, at),
        (),
        np.zeros((len(at), 0)),
        tuple(text for text, _ in side.exit_rules),
        held[:, at].argmax(axis=0),
        "exit",
    )


def _adds(symbol: str, strategy: StrategyPlan, side: SidePlan, values: FrameValues, visible: Flags) -> Column:
    """Every bar on which a unit could be added, with what it asks for among the facts."""
    assert strategy.step is not None
    stop, confidence = values.column(strategy.stop), values.column(side.confidence)
    step = values.column(strategy.step)
    at = np.flatnonzero(visible & np.isfinite(stop) & np.isfinite(confidence) & np.isfinite(step))
    also = np.zeros(len(at))
    if side.side in strategy.also:
        also = values.column(strategy.also[side.side])[at]
    names, facts = _matrix(values, strategy.facts, at)
    return Column(
        strategy.strategy_id,
        symbol,
        side.side,
        values.bars.known[at],
        values.bars.candles.time[at],
        values.bars.candles.close[at],
        confidence[at],
        stop[at],
        stop[at] * strategy.reward_to_risk,
        *_matrix(values, side.operands, at),
        (*names, "unit_step", "unit_also"),
        np.column_stack([facts, step[at], also]),
        kind="add",
    )


def _trailing(strategy: StrategyPlan, values: FrameValues) -> Floats:
    """(bars, trailing stops): their distances; NaN for those that need none."""
    nothing = np.full(len(values.bars.candles), np.nan)
    columns = [nothing if slot is None else values.column(slot) for slot in strategy.trailing]
    return np.column_stack(columns)


def _matrix(
    values: FrameValues, pairs: Sequence[tuple[str, int]], at: Times
) -> tuple[tuple[str, ...], Floats]:
    labels = tuple(label for label, _ in pairs)
    if not labels:
        return labels, np.zeros((len(at), 0))
    return labels, np.column_stack([values.column(slot)[at] for _, slot in pairs])
