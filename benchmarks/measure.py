"""Timing side by side: interleaved rounds after a warm-up, medians, and the row that comes of it."""

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

Runner = Callable[[], float]
"""Does one round and says how many seconds it took by its own clock."""

ROUNDS: Final = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One measured line. `value` is in `unit`; `ratio` is against `against`, where there is one.

    `goal` is the largest ratio (or value, without a ratio) that is aimed at; with `at_least` the
    smallest. A row that could not be measured says why in `missing`.
    """

    row: str
    what: str
    value: float | None = None
    unit: str = "s"
    against: str = ""
    against_value: float | None = None
    goal: float | None = None
    goal_text: str = ""
    at_least: bool = False
    note: str = ""
    missing: str = ""

    @property
    def ratio(self) -> float | None:
        if self.value is None or not self.against_value:
            return None
        return self.value / self.against_value

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None without a goal or a measurement."""
        measured = self.ratio if self.against else self.value
        if self.goal is None or measured is None:
            return None
        return measured >= self.goal if self.at_least else measured <= self.goal


def timed(work: Callable[[], object]) -> Runner:
    """A runner that times `work` on this process's clock, as if nothing else lived in the process.

    What other rows keep alive is collected before, and hidden from the collector meanwhile: else
    its passes over those objects would count here.
    """

    def run() -> float:
        gc.collect()
        gc.freeze()
        start = time.perf_counter()
        result = work()
        took = time.perf_counter() - start
        del result
        gc.unfreeze()
        return took

    return run


def interleave(
    runners: Mapping[str, Runner],
    rounds: int = ROUNDS,
    warm_up: int = 1,
    tick: Callable[[], None] = lambda: None,
) -> dict[str, float]:
    """Median seconds of each: in every round each runs once, so that noise hits all alike."""
    taken: dict[str, list[float]] = {name: [] for name in runners}
    for number in range(warm_up + rounds):
        for name, runner in runners.items():
            seconds = runner()
            if number >= warm_up:
                taken[name].append(seconds)
        tick()
    return {name: median(seconds) for name, seconds in taken.items()}


def repeated(work: Callable[[], object], times: int) -> Runner:
    """As `timed`, for short work: `times` calls in a row, seconds of one."""
    run = timed(lambda: _repeat(work, times))
    return lambda: run() / times


def _repeat(work: Callable[[], object], times: int) -> None:
    for _ in range(times):
        work()


def failed(rows: Sequence[Row]) -> list[Row]:
    """Rows whose goal is not reached."""
    return [row for row in rows if row.met is False]
