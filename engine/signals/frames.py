"""Runs a plan over a universe: resampled bars, joined slower values, functions across symbols."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.indicators.compute import across, compute, member
from engine.indicators.table import FUNCTIONS
from engine.language.evaluate import Schedule, Value, make_schedule, run_schedule
from engine.market.resample import Grid, Resampled, across_grid, join_last, resample
from engine.model.candles import Candles, Floats
from engine.signals.plan import FramePlan, Plan


@dataclass(frozen=True, slots=True)
class FrameValues:
    """What one program gave for one symbol: a value a slot that was asked for.

    Arrays have the length of `bars.candles`; numbers hold for all bars.
    """

    bars: Resampled
    values: Mapping[int, Value]

    def column(self, slot: int) -> Floats:
        """The values of a slot at every bar, as floats."""
        return np.broadcast_to(np.asarray(self.values[slot], dtype=np.float64), len(self.bars.candles))


@dataclass(slots=True)
class _Universe:
    """Resampled bars of one timeframe for all symbols, and what was computed across them."""

    bars: Mapping[str, Resampled]
    timeframe: str
    _grid: Grid | None = None
    _across: dict[tuple[object, ...], Floats] = field(default_factory=dict)

    def call(self, symbol: str, name: str, arguments: Sequence[float]) -> Floats:
        """A universe function as seen at each bar of `symbol`: the last value known by then."""
        if self._grid is None:
            self._grid = across_grid(self.bars, self.timeframe)
        key = (name, *arguments)
        if key not in self._across:
            self._across[key] = across(name, self._matrix(name, self._grid), list(arguments))
        return join_last(self._grid.known, self._across[key], self.bars[symbol].known)

    def _matrix(self, name: str, grid: Grid) -> Floats:
        matrix = np.full((len(self.bars), len(grid.time)), np.nan)
        for row, (symbol, bars) in enumerate(sorted(self.bars.items())):
            values = member(name, bars.candles)
            index = grid.index[symbol]
            present = index >= 0
            matrix[row, present] = values[index[present]]
        return matrix


def frame_values(
    plan: Plan,
    candles: Mapping[str, Candles],
    wanted: Callable[[FramePlan], Sequence[int]],
    timeframes: frozenset[str] | None = None,
) -> Iterator[tuple[str, FramePlan, FrameValues]]:
    """Runs every program of the plan for one symbol after the other.

    `wanted(frame)` are the slots to keep; `timeframes` limits which frames are run for their own
    sake (others only as far as those import from them). One symbol's arrays are dropped before the
    next one's are made. Raises CashTownError where a timeframe is faster than the candles'.
    """
    run = [frame for frame in plan.frames if timeframes is None or frame.timeframe in timeframes]
    imported = {source for frame in run for source in frame.imports.values()}
    needed = [frame for frame in plan.frames if frame in run or frame.timeframe in imported]
    universes = {
        frame.timeframe: _Universe(
            {symbol: resample(series, frame.timeframe) for symbol, series in candles.items()}, frame.timeframe
        )
        for frame in needed
    }
    schedules = {
        frame.timeframe: make_schedule(
            frame.program, [*frame.exports.values(), *(wanted(frame) if frame in run else ())]
        )
        for frame in needed
    }
    for symbol in candles:
        done: dict[str, FrameValues] = {}
        for frame in needed:
            universe, schedule = universes[frame.timeframe], schedules[frame.timeframe]
            done[frame.timeframe] = _run(frame, schedule, universe, symbol, done, plan)
            if frame in run:
                yield symbol, frame, done[frame.timeframe]


def _run(
    frame: FramePlan,
    schedule: Schedule,
    universe: _Universe,
    symbol: str,
    slower: Mapping[str, FrameValues],
    plan: Plan,
) -> FrameValues:
    bars = universe.bars[symbol]
    candles = bars.candles

    def leaf(name: str) -> Value:
        source = frame.imports.get(name)
        if source is None:
            column: Floats = getattr(candles, name)
            return column
        slot = next(other for other in plan.frames if other.timeframe == source).exports[name]
        return join_last(slower[source].bars.known, slower[source].column(slot), bars.known)

    def call(name: str, arguments: Sequence[Value]) -> Value:
        row = FUNCTIONS[name]
        if row.universe:
            return universe.call(symbol, name, [float(argument) for argument in arguments])
        return compute(
            name, candles, [_argument(kind, value, len(candles)) for kind, value in _kinds(row, arguments)]
        )

    return FrameValues(bars, run_schedule(schedule, leaf, call))


def _kinds(row: Any, arguments: Sequence[Value]) -> Iterator[tuple[str, Value]]:
    for argument, value in zip(row.arguments, arguments, strict=True):
        yield argument.kind, value


def _argument(kind: str, value: Value, bars: int) -> Floats | float:
    """Series and conditions as an array over the bars, periods and numbers as they are."""
    if kind in ("series", "condition"):
        if isinstance(value, np.ndarray) and value.ndim == 1:
            return value
        return np.full(bars, float(value))
    return float(value)
