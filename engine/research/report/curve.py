"""Equity and drawdown as the chart draws them: thinned so that no peak and no trough is lost."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from engine.model.account import BreakerEvent, EquityPoint
from engine.research.exact import money

MOST_POINTS: Final = 3_000


def curve(
    points: Sequence[EquityPoint], bar_ms: int, events: Sequence[BreakerEvent] = ()
) -> dict[str, list[Any]]:
    """Times of the closes (UTC seconds), equity (exact text) and drawdown in % (0 or below).

    The closes of `events` are among them.
    """
    chosen = thinned(points, {event.at for event in events})
    return {
        "time": [(point.at + bar_ms) // 1000 for point in chosen],
        "equity": [money(point.equity) for point in chosen],
        "drawdown": [round(-point.drawdown_pct, 4) or 0.0 for point in chosen],
    }


def thinned(
    points: Sequence[EquityPoint], needed: Collection[int] = (), most: int = MOST_POINTS
) -> list[EquityPoint]:
    """About `most` points: of each stretch the first, lowest, highest and last; and those at `needed`."""
    if len(points) <= most:
        return list(points)
    stretches = max(1, most // 4)
    kept = {index for index, point in enumerate(points) if point.at in needed}
    for number in range(stretches):
        part = range(number * len(points) // stretches, (number + 1) * len(points) // stretches)
        kept |= {part[0], part[-1]}
        kept |= {min(part, key=lambda at: points[at].equity), max(part, key=lambda at: points[at].equity)}
    return [points[index] for index in sorted(kept)]


def breaker_marks(events: Sequence[BreakerEvent], bar_ms: int) -> list[dict[str, Any]]:
    """When each breaker tripped, as marks on the equity."""
    return [
        {"time": (event.at + bar_ms) // 1000, "name": event.name, "reason": event.reason}
        for event in events
        if event.event == "tripped"
    ]
