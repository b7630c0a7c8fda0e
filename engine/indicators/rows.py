"""How a row of the function table is written: bounds, recurring arguments, one constructor."""

from collections.abc import Callable, Sequence
from typing import Final

from engine.model.function import MAX_LAG, Argument, Function
from engine.model.unit import Unit

Bars = Callable[[Sequence[float]], int]
Bounds = tuple[float | None, float | None]

ANY: Final[Bounds] = (None, None)
POSITIVE: Final[Bounds] = (0, None)
SHARE: Final[Bounds] = (0, 1)
PERCENT: Final[Bounds] = (0, 100)

X: Final = Argument("x", "series")
BAND_WIDTH: Final = Argument("k", "number", 0.01, 100)


def period(name: str = "n", low: int = 2, high: int = MAX_LAG) -> Argument:
    """A period argument; most of TA-Lib's take 2 and more."""
    return Argument(name, "period", low, high)


def row(
    name: str,
    arguments: tuple[Argument, ...],
    unit: Unit | str,
    sentence: str,
    warm_up: Bars,
    forgets: Bars | None = None,
    bounds: Bounds = ANY,
    columns: tuple[str, ...] = (),
    universe: bool = False,
) -> Function:
    """A row; `forgets` gives the bars beyond the warm-up until the start is forgotten."""
    settle = warm_up if forgets is None else (lambda p: warm_up(p) + forgets(p))
    return Function(name, arguments, unit, sentence, warm_up, settle, *bounds, columns, universe)
