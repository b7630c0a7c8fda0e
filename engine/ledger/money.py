"""The SQL type of money: Decimal in Python, TEXT on SQLite, NUMERIC(38,18) elsewhere; never a float.

SQLite's own NUMERIC is a float, so there money is text: plain notation, no exponent, no trailing
zeros. Equal values have equal text, so that `=` works in SQL and hashes are stable; sums and
orderings of money belong in Python.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Final

from sqlalchemy import Dialect, Numeric, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

DIGITS: Final = 38
PLACES: Final = 18

_STEP: Final = Decimal(1).scaleb(-PLACES)
_WHOLE_DIGITS: Final = DIGITS - PLACES


def plain(value: Decimal) -> str:
    """`value` in canonical text, rounded half-even to 18 places: what every database can hold.

    Raises TypeError for anything but a Decimal, ValueError for NaN, infinity and 10^20 or more.
    """
    if not isinstance(value, Decimal):
        raise TypeError(f"money is Decimal, not {type(value).__name__}: {value!r}")
    if not value.is_finite() or (value and value.adjusted() >= _WHOLE_DIGITS):
        raise ValueError(f"money must be finite and below 1e{_WHOLE_DIGITS}: {value}")
    text = format(value, "f")
    dot = text.find(".")
    if dot < 0:
        return text if value else "0"
    if len(text) - dot - 1 > PLACES:
        text = format(value.quantize(_STEP, ROUND_HALF_EVEN, Context(prec=2 * DIGITS)), "f")
    text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "0", "") else text


class Money(TypeDecorator[Decimal]):
    """Exact decimals: bind a Decimal or None, get a Decimal or None; a float raises TypeError."""

    impl = Numeric(DIGITS, PLACES)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column type: text where NUMERIC would be a float."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Text())
        return dialect.type_descriptor(Numeric(DIGITS, PLACES))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Canonical text, or the Decimal of that text where the database has exact decimals."""
        if value is None:
            return None
        text = plain(value)
        return text if dialect.name == "sqlite" else Decimal(text)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        """The Decimal, without the zeros that NUMERIC(38,18) pads."""
        if value is None:
            return None
        return Decimal(value) if isinstance(value, str) else Decimal(plain(value))
