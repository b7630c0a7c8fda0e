"""A parsed expression of the rule language, with all that was derived from its text."""

import ast
from dataclasses import dataclass, field

from engine.model.unit import Unit


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression: checked text and tree.

    `names` are the names it reads (series, indicators, params, facts), `calls` the functions,
    both sorted. `unit` is the unit of its value. `warm_up` and `settle` are bars of history
    that it needs before its first value, and until a recursive value has forgotten its start.
    `low` and `high` bound the value where that is known.
    """

    text: str
    tree: ast.expr = field(compare=False, hash=False, repr=False)
    names: tuple[str, ...]
    calls: tuple[str, ...]
    unit: Unit
    warm_up: int = 0
    settle: int = 0
    low: float | None = None
    high: float | None = None
