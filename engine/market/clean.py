"""Raw bars to candles: what is wrong with them is counted, reported and handled as declared."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.model.candles import COLUMNS, Candles
from engine.model.config import CandlePolicy
from engine.model.problem import CashTownError
from engine.model.timeframe import duration_ms

Kind = Literal["nonsense", "disorder", "duplicates", "zero_volume", "gaps", "empty"]
Columns = Mapping[str, NDArray[Any]]
Mask = NDArray[np.bool_]

RELATIVE_TOLERANCE = 1e-9
"""How far open or close may lie outside high ... low: the noise of writing floats as text."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of fault in the candles of one symbol, and what was done about it.

    `bars` counts the bars concerned (for gaps: the missing ones), `first_ms` is the open time
    of the first of them (None: it has none), `detail` and `handled` are words.
    """

    symbol: str
    kind: Kind
    bars: int
    detail: str
    first_ms: int | None
    handled: str

    def __str__(self) -> str:
        first = "" if self.first_ms is None else f", first at {utc_text(self.first_ms)}"
        return f"{self.symbol}: {self.detail}{first}; {self.handled}"


def utc_text(at_ms: int) -> str:
    """A moment in UTC to the minute; a number that is no moment is shown as it is."""
    try:
        return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return f"timestamp {at_ms}"


def clean(
    symbol: str, timeframe: str, columns: Columns, policy: CandlePolicy
) -> tuple[Candles, tuple[Finding, ...]]:
    """The usable bars of one symbol in order of time, and what was found wrong.

    `columns`: `time` (bar open, UTC ms, int64) and the float64 columns of `COLUMNS`, one length,
    in the order of the file. Nonsense goes first, so that a good bar is never dropped as the
    double of a bad one; gaps are counted last, in what remains. Bars are never filled.
    Raises CashTownError with symbol and UTC time where the policy says refuse.
    """
    report = _Report(symbol, policy)
    bars = dict(columns)

    bad = nonsense(bars, duration_ms(timeframe))
    report.add("nonsense", bad, bars, "{bars} of nonsense", "dropped")
    bars = _where(bars, ~bad)

    behind = _behind(bars["time"])
    report.add("disorder", behind, bars, "{bars} out of order", "sorted by time")
    if behind.any():
        order = np.argsort(bars["time"], kind="stable")
        bars = {name: values[order] for name, values in bars.items()}

    double = _doubles(bars["time"], policy.duplicates)
    kept = "the first was kept" if policy.duplicates == "keep_first" else "the last was kept"
    report.add("duplicates", double, bars, "{bars} with a time that is taken", kept)
    bars = _where(bars, ~double)

    idle = bars["volume"] == 0
    report.add("zero_volume", idle, bars, "{bars} without volume", _verb(policy.zero_volume))
    if policy.zero_volume == "drop":
        bars = _where(bars, ~idle)

    report.add_gaps(bars["time"], duration_ms(timeframe))
    arrays = {name: np.ascontiguousarray(bars[name]) for name in ("time", *COLUMNS)}
    return Candles(symbol, timeframe, **arrays), tuple(report.findings)


def nonsense(bars: Columns, step_ms: int) -> Mask:
    """Where a bar cannot be: not finite, price <= 0, volume < 0, open or close outside high ...
    low, high below low, or an open time that is off the grid of `step_ms`."""
    open_, high, low, close = (bars[name] for name in ("open", "high", "low", "close"))
    with np.errstate(invalid="ignore"):
        slack = np.abs(high) * RELATIVE_TOLERANCE
        # Written as what a good bar is, so that a NaN, which compares false, makes it bad.
        good: Mask = (
            (low > 0)
            & (high >= low)
            & (np.minimum(open_, close) > 0)
            & (np.maximum(open_, close) <= high + slack)
            & (np.minimum(open_, close) >= low - slack)
            & (high < np.inf)
            & (bars["volume"] >= 0)
            & (bars["volume"] < np.inf)
            & (bars["time"] >= 0)
            & (bars["time"] % step_ms == 0)
        )
    return ~good


def _behind(time: NDArray[np.int64]) -> Mask:
    """Where a bar is earlier than one that was read before it."""
    behind = np.zeros(len(time), dtype=np.bool_)
    behind[1:] = time[1:] < np.maximum.accumulate(time)[:-1]
    return behind


def _doubles(time: NDArray[np.int64], policy: str) -> Mask:
    """Where a bar of sorted `time` is one too many."""
    double = np.zeros(len(time), dtype=np.bool_)
    same = time[1:] == time[:-1]
    if policy == "keep_last":
        double[:-1] = same
    else:
        double[1:] = same
    return double


def _where(bars: dict[str, NDArray[Any]], keep: Mask) -> dict[str, NDArray[Any]]:
    return bars if keep.all() else {name: values[keep] for name, values in bars.items()}


def _verb(policy: str) -> str:
    return {"keep": "kept", "drop": "dropped"}[policy]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


class _Report:
    """Collects findings; refuses at the first that the policy does not allow."""

    def __init__(self, symbol: str, policy: CandlePolicy) -> None:
        self.symbol = symbol
        self.policy = policy
        self.findings: list[Finding] = []

    def add(self, kind: Kind, bad: Mask, bars: Columns, detail: str, handled: str) -> None:
        number = int(np.count_nonzero(bad))
        if number:
            first = int(bars["time"][np.argmax(bad)])
            noun = _count(number, "bar")
            self._note(Finding(self.symbol, kind, number, detail.format(bars=noun), first, handled))

    def add_gaps(self, time: NDArray[np.int64], step_ms: int) -> None:
        missing = np.diff(time) // step_ms - 1
        holes = int(np.count_nonzero(missing))
        if holes:
            number = int(missing.sum())
            first = int(time[np.argmax(missing > 0)]) + step_ms
            detail = f"{_count(number, 'bar')} missing in {_count(holes, 'hole')}"
            self._note(Finding(self.symbol, "gaps", number, detail, first, "left missing"))

    def _note(self, finding: Finding) -> None:
        if finding.kind != "empty" and getattr(self.policy, finding.kind) == "refuse":
            place = "" if finding.first_ms is None else f", first at {utc_text(finding.first_ms)}"
            raise CashTownError(
                f"{self.symbol}: {finding.detail}{place}; the policy candles.{finding.kind} is refuse"
            )
        self.findings.append(finding)
