"""What is known of a subexpression without bars: unit, range, value, history."""

import ast
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from engine.model.unit import Unit


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known of a subexpression. `broken` swallows consequences of a fault below."""

    unit: Unit
    low: float | None = None
    high: float | None = None
    value: float | None = None
    warm_up: int = 0
    settle: int = 0
    broken: bool = False


LOOSE: Final = frozenset({Unit.NUMBER})
SCALING: Final = frozenset({Unit.NUMBER, Unit.RATIO})


def negated(kind: Kind) -> Kind:
    low = None if kind.high is None else -kind.high
    high = None if kind.low is None else -kind.low
    return replace(kind, low=low, high=high, value=None if kind.value is None else -kind.value)


def joined(unit: Unit, kinds: Iterable[Kind]) -> Kind:
    parts = list(kinds)
    return Kind(
        unit,
        warm_up=max(kind.warm_up for kind in parts),
        settle=max(kind.settle for kind in parts),
        broken=any(kind.broken for kind in parts),
    )


def verdict(op: ast.cmpop, left: Kind, right: Kind) -> bool | None:
    """True or False where the ranges of both sides decide a comparison, else None."""
    a, b = _bounds(left), _bounds(right)
    match op:
        case ast.Lt():
            return True if a[1] < b[0] else False if a[0] >= b[1] else None
        case ast.LtE():
            return True if a[1] <= b[0] else False if a[0] > b[1] else None
        case ast.Gt():
            return True if a[0] > b[1] else False if a[1] <= b[0] else None
        case ast.GtE():
            return True if a[0] >= b[1] else False if a[1] < b[0] else None
        case ast.Eq():
            return False if a[1] < b[0] or a[0] > b[1] else None
        case _:
            return True if a[1] < b[0] or a[0] > b[1] else None


def _bounds(kind: Kind) -> tuple[float, float]:
    return (-math.inf if kind.low is None else kind.low, math.inf if kind.high is None else kind.high)


def range_hint(left: Kind, right: Kind) -> str:
    ranged = left if left.value is None else right
    low, high = _bounds(ranged)
    if ranged.value is not None or not (math.isfinite(low) or math.isfinite(high)):
        return ""
    return f"it lies between {low:g} and {high:g}"


def agree(left: Unit, right: Unit) -> bool:
    return left == right or left in LOOSE or right in LOOSE
