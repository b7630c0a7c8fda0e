"""Outcomes for tests: what they earned is written out, all else is the same."""

from collections.abc import Sequence
from typing import Final

from engine.model.outcome import Outcome
from engine.model.timeframe import DAY_MS

MONDAY: Final = 18_631 * DAY_MS
"""2021-01-04 00:00 UTC."""


def outcome(
    pnl_pct: float, r: float | None = None, day: int = 0, code: str | None = None, strategy: str = "turtle"
) -> Outcome:
    """One outcome; without an R multiple the stop was 1 % away."""
    at = MONDAY + day * DAY_MS
    ending = "target" if pnl_pct > 0 else "stop"
    r_multiple = pnl_pct if r is None else r
    return Outcome("d", strategy, "XBTUSDTM", "long", code, at, at, pnl_pct, r_multiple, ending)


def outcomes(text: str, pnl_pct: Sequence[float] = (2.0, -1.0), code: str | None = None) -> list[Outcome]:
    """A `+` is a win and a `-` a loss, one a day."""
    win, loss = pnl_pct
    return [outcome(win if sign == "+" else loss, day=day, code=code) for day, sign in enumerate(text)]
