"""Records of the ledger as rows for people and programs: by column name, times in ISO 8601, UTC."""

from datetime import UTC, datetime
from typing import Any, Final

from engine.ledger.columns import Json, columns

_TIMES: Final = {
    **{name: name for name in ("at", "bar", "created_at", "opened_at", "closed_at", "started_at")},
    **{"ended_at": "ended_at", "from_ms": "from", "to_ms": "to"},
}
"""Columns that hold UTC ms, and what they are called once they no longer do."""


def utc(ms: int) -> str:
    """A moment in UTC ms as ISO 8601, to the second: 2021-01-01T04:00:00Z."""
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def row(record: Any) -> dict[str, Json]:
    """One record of the ledger by column name; money is exact text, an unknown number None."""
    found: dict[str, Json] = {}
    for name, value in columns(record).items():
        if name in _TIMES:
            found[_TIMES[name]] = utc(value) if isinstance(value, int) else value
        else:
            found[name] = value
    return found
