"""Returns by calendar month: a row a year, from equity at the last close of each month (UTC)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from engine.model.account import EquityPoint
from engine.model.timeframe import DAY_MS, utc_day

HEAT_STEPS: Final = (1.0, 3.0, 6.0, 10.0)
"""From these returns in % on, either way, a cell is one shade stronger."""


@dataclass(frozen=True, slots=True)
class Year:
    """A calendar year: the return in % of each month (None: not part of the run), and of all of it."""

    year: int
    months: tuple[float | None, ...]
    total: float | None


def by_month(points: Sequence[EquityPoint], bar_ms: int, starting_equity: Decimal) -> list[Year]:
    """Returns in % of every month of the run, compounded from the equity at its end to the next's.

    A bar belongs to the day of its close - 1 ms. A month without bars repeats the one before: 0 %.
    """
    ends: dict[tuple[int, int], Decimal] = {}
    for point in points:
        ends[_month(utc_day(point.at + bar_ms))] = point.equity
    if not ends:
        return []
    years = []
    before, year_began = starting_equity, starting_equity
    first, last = min(ends), max(ends)
    for year in range(first[0], last[0] + 1):
        months: list[float | None] = []
        for month in range(1, 13):
            if not first <= (year, month) <= last:
                months.append(None)
                continue
            after = ends.get((year, month), before)
            months.append(_return_pct(before, after))
            before = after
        years.append(Year(year, tuple(months), _return_pct(year_began, before)))
        year_began = before
    return years


def heat(value: float | None) -> str:
    """The shade of a return: `gain-1` to `gain-5`, `loss-1` to `loss-5`, or none for 0 and the unknown."""
    if value is None or round(value, 2) == 0:
        return ""
    shade = 1 + sum(abs(value) >= step for step in HEAT_STEPS)
    return f"{'gain' if value > 0 else 'loss'}-{shade}"


def _return_pct(before: Decimal, after: Decimal) -> float | None:
    return float(100 * (after / before - 1)) if before > 0 else None


def _month(day: int) -> tuple[int, int]:
    moment = datetime.fromtimestamp(day * DAY_MS / 1000, UTC)
    return moment.year, moment.month
