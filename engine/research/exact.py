"""Exact values as JSON holds them: money as text without rounding, moments as ISO 8601 in UTC."""

from datetime import UTC, datetime
from decimal import Decimal


def money(value: Decimal) -> str:
    """`value` in plain notation with every digit it has, without trailing zeros."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def moment(at_ms: int) -> str:
    """A moment (UTC ms) as ISO 8601 to the second, as in 2021-03-04T05:00:00Z."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
