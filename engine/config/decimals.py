"""Numbers of the configuration as money."""

from decimal import Decimal


def decimal(number: float) -> Decimal:
    """The Decimal that was written: by way of the shortest text of the float, without exponent."""
    return Decimal(format(Decimal(repr(number)), "f"))
