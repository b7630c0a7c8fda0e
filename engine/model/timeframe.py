"""Timeframes: their names, their length, and the UTC period that a moment falls in."""

from typing import Final

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS

DURATION_MS: Final[dict[str, int]] = {
    "1m": MINUTE_MS,
    "5m": 5 * MINUTE_MS,
    "15m": 15 * MINUTE_MS,
    "30m": 30 * MINUTE_MS,
    "1h": HOUR_MS,
    "2h": 2 * HOUR_MS,
    "4h": 4 * HOUR_MS,
    "6h": 6 * HOUR_MS,
    "8h": 8 * HOUR_MS,
    "12h": 12 * HOUR_MS,
    "1d": DAY_MS,
}
"""Every timeframe that a feed or a strategy may name; each divides the UTC day."""


def duration_ms(timeframe: str) -> int:
    """Length of one bar in ms. Raises KeyError for a name that is not in DURATION_MS."""
    return DURATION_MS[timeframe]


def period_open_ms(at_ms: int, timeframe: str) -> int:
    """Open (UTC ms) of the period of `timeframe` that the moment `at_ms` falls in."""
    length = DURATION_MS[timeframe]
    return at_ms - at_ms % length


def utc_day(close_ms: int) -> int:
    """Number of the UTC day that a close at `close_ms` belongs to: the day of (close - 1 ms)."""
    return (close_ms - 1) // DAY_MS
