"""The language's own functions: those that need no bars, and the crossings.

Everything over bars is a row of the indicator table; both tables are joined where rules are read.
"""

from collections.abc import Mapping
from typing import Final

from engine.model.function import Argument, Function
from engine.model.unit import Unit


def _series(*names: str) -> tuple[Argument, ...]:
    return tuple(Argument(name, "series") for name in names)


def _scalar(name: str, arguments: tuple[str, ...], sentence: str) -> Function:
    return Function(name, _series(*arguments), arguments[0], sentence, lambda _: 0, lambda _: 0, series=False)


def _crossing(name: str, sentence: str) -> Function:
    return Function(name, _series("a", "b"), Unit.BOOL, sentence, lambda _: 1, lambda _: 1)


_ROWS: Final = (
    _scalar("abs", ("x",), "The distance of x from zero."),
    _scalar("min", ("a", "b"), "The smaller of two values; unknown where either is."),
    _scalar("max", ("a", "b"), "The larger of two values; unknown where either is."),
    _scalar("clip", ("x", "low", "high"), "x kept between low and high."),
    _crossing("crossed_above", "a is above b now and was not on the bar before."),
    _crossing("crossed_below", "a is below b now and was not on the bar before."),
)

FUNCTIONS: Final[Mapping[str, Function]] = {row.name: row for row in _ROWS}
