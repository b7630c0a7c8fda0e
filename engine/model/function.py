"""One row of the function table: what an expression may call, said without running it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from engine.model.unit import Unit

ArgumentKind = Literal["series", "condition", "period", "number"]
"""series: any numeric expression; condition: a boolean expression; period: a positive
whole number known when the rules are read; number: a finite number known then."""

MAX_LAG: Final = 5000


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a function. `low` and `high` bound periods and numbers, inclusive."""

    name: str
    kind: ArgumentKind
    low: float = 1
    high: float = MAX_LAG


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the expression language.

    `unit` is the unit of the result, or the name of the series argument whose unit it takes.
    `low`/`high` bound the result (None: unbounded). `columns` are the bar columns it reads
    beside its arguments. `warm_up(periods)` gives the bars before the first value, from the
    period and number arguments in order; `settle(periods)` the bars after which a recursive
    value has forgotten its start to 1e-10 (equal to warm_up for windows). `universe` marks a
    function over all symbols joined by time; `series` is False for scalar functions (min, abs),
    which may also stand in rules over facts.
    """

    name: str
    arguments: tuple[Argument, ...]
    unit: Unit | str
    sentence: str
    warm_up: Callable[[Sequence[float]], int]
    settle: Callable[[Sequence[float]], int]
    low: float | None = None
    high: float | None = None
    columns: tuple[str, ...] = ()
    universe: bool = False
    series: bool = True
