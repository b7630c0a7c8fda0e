"""Units of operands: what a number in an expression measures."""

from enum import StrEnum


class Unit(StrEnum):
    """What a value measures; NUMBER is a plain figure that goes with any of the others."""

    BOOL = "bool"
    PRICE = "price"
    VOLUME = "volume"
    RATIO = "ratio"
    PERCENT = "percent"
    INDEX = "index"
    BARS = "bars"
    SCORE = "score"
    NUMBER = "number"
