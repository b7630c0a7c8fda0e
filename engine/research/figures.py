"""Figures as a person reads them: sensible digits, thousands apart, "-" where there is none."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

NONE: Final = "-"
_BARS: Final = "▁▂▃▄▅▆▇█"


def count(value: int) -> str:
    """12,345"""
    return f"{value:,}"


def amount(value: str | float | None, signed: bool = False) -> str:
    """Money in quote currency to two places, to whole units from 100,000 on."""
    if value is None:
        return NONE
    return _money(Decimal(value), 0 if abs(Decimal(value)) >= 100_000 else 2, signed)


def amounts(values: Sequence[str | float | None], signed: bool = False) -> list[str]:
    """A column of money, all to cents, or all to whole units where any of them reaches 1,000."""
    whole = any(value is not None and abs(Decimal(value)) >= 1_000 for value in values)
    return [NONE if value is None else _money(Decimal(value), 0 if whole else 2, signed) for value in values]


def _money(value: Decimal, places: int, signed: bool) -> str:
    rounded = round(value, places)
    return f"{rounded or abs(rounded):{'+' if signed and rounded else ''},.{places}f}"


def exact(value: str) -> str:
    """Money with every digit it has, thousands apart."""
    whole, dot, part = value.partition(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.lstrip('-')):,}{dot}{part}"


def figure(value: float | None, places: int = 2, signed: bool = False, unit: str = "") -> str:
    """A ratio, or a percentage with its unit."""
    if value is None:
        return NONE
    return f"{value:{'+' if signed else ''},.{places}f}{unit}"


def rate(value: float | None) -> str:
    """A rate of 0-1 in %."""
    return NONE if value is None else f"{100 * value:.1f}%"


def price(value: str | float) -> str:
    """A price to six significant digits."""
    number = float(value)
    return f"{number:,.0f}" if abs(number) >= 1_000_000 else f"{Decimal(f'{number:.6g}'):f}"


def sparkline(values: Sequence[float]) -> str:
    """A line of bars, the lowest value the lowest; level where nothing moves."""
    low, high = min(values), max(values)
    if high <= low:
        return _BARS[0] * len(values)
    top = len(_BARS) - 1
    return "".join(_BARS[round((value - low) / (high - low) * top)] for value in values)
