"""Running a program: over whole arrays (signals) or over single values (rules about facts)."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from engine.language.program import Program, Step

Array = NDArray[Any]
Value = Array | float
Call = Callable[[str, Sequence[Value]], Value]
Leaf = Callable[[str], Value]
Kind = Literal["const", "leaf", "call", "pair", "many"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """A program made ready to run: only the steps that the kept slots need, each with its function,
    and with the slots that nothing reads after it.
    """

    size: int
    keep: tuple[int, ...]
    steps: tuple[tuple[int, Kind, Any, tuple[int, ...], tuple[int, ...]], ...]


def make_schedule(program: Program, keep: Iterable[int]) -> Schedule:
    """The schedule that leaves the values of the slots in `keep`."""
    kept = set(keep)
    last: dict[int, int] = {}
    needed = set(kept)
    for slot in range(len(program.steps) - 1, -1, -1):
        if slot in needed:
            for argument in program.steps[slot].arguments:
                needed.add(argument)
                last.setdefault(argument, slot)
    drops: dict[int, list[int]] = {}
    for argument, reader in last.items():
        if argument not in kept and program.steps[argument].operation != "const":
            drops.setdefault(reader, []).append(argument)
    steps = tuple(
        (slot, *_prepared(program.steps[slot]), program.steps[slot].arguments, tuple(drops.get(slot, ())))
        for slot in sorted(needed)
    )
    return Schedule(len(program.steps), tuple(sorted(kept)), steps)


def _prepared(step: Step) -> tuple[Kind, Any]:
    """How a step is run: a function of its arguments, a number, or a name to ask for."""
    if step.operation == "const":
        return "const", step.number
    if step.operation == "leaf":
        return "leaf", step.name
    own = _ARRAY.get(step.operation) or _ARRAY_FUNCTIONS.get(step.name)
    if own is None:
        return "call", step.name
    return ("pair" if len(step.arguments) == 2 else "many"), own


def run_arrays(program: Program, leaf: Leaf, call: Call, keep: Iterable[int]) -> dict[int, Value]:
    """Runs a program once; see `run_schedule`."""
    return run_schedule(make_schedule(program, keep), leaf, call)


def run_schedule(schedule: Schedule, leaf: Leaf, call: Call) -> dict[int, Value]:
    """Values of the kept slots, each an array of the bars' length or a number for all bars.

    `leaf(name)` supplies a leaf, `call(name, arguments)` computes a function of the table over
    whole arrays. A slot is dropped as soon as nothing after it reads it, so that memory does not
    grow with the number of rules. Numbers are float64 with NaN as unknown, conditions bool.
    """
    values: list[Any] = [None] * schedule.size
    with np.errstate(all="ignore"):
        for slot, kind, what, arguments, drops in schedule.steps:
            if kind == "pair":
                values[slot] = what(values[arguments[0]], values[arguments[1]])
            elif kind == "const":
                values[slot] = what
            elif kind == "leaf":
                values[slot] = leaf(what)
            elif kind == "call":
                values[slot] = call(what, [values[argument] for argument in arguments])
            else:
                values[slot] = what(*[values[argument] for argument in arguments])
            for dropped in drops:
                values[dropped] = None
    return {slot: values[slot] for slot in schedule.keep}


def _divide(a: Any, b: Any) -> Any:
    quotient = np.divide(a, b)
    return quotient if np.all(b) else np.where(np.equal(b, 0), np.nan, quotient)


def _not_equal(a: Any, b: Any) -> Any:
    return np.less(a, b) | np.greater(a, b)


def _truth(true: Any, false: Any) -> Any:
    return np.where(true, 1.0, np.where(false, 0.0, np.nan))


_ARRAY: Final[dict[str, Callable[..., Any]]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": _divide,
    "neg": np.negative,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": _not_equal,
    "and": np.logical_and,
    "or": np.logical_or,
    "where": np.where,
    "truth": _truth,
    "is_true": lambda a: np.equal(a, 1.0),
    "is_false": lambda a: np.equal(a, 0.0),
    "known_or": lambda a, b: np.where(np.isnan(a), b, a),
}

_ARRAY_FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "abs": np.abs,
    "min": np.minimum,
    "max": np.maximum,
    "clip": lambda x, low, high: np.minimum(np.maximum(x, low), high),
}


def run_scalars(program: Program, facts: Mapping[str, float]) -> list[Any]:
    """Value of every slot, leaves taken from `facts` (NaN or absent: unknown).

    For rules about facts: no function over bars may occur. Numbers are floats, conditions bools.
    """
    values: list[Any] = []
    for step in program.steps:
        operation = step.operation
        if operation == "const":
            values.append(step.number)
        elif operation == "leaf":
            values.append(float(facts.get(step.name, math.nan)))
        else:
            operator = _SCALAR.get(operation) or _SCALAR_FUNCTIONS[step.name]
            arguments = step.arguments
            if len(arguments) == 2:
                values.append(operator(values[arguments[0]], values[arguments[1]]))
            else:
                values.append(operator(*[values[argument] for argument in arguments]))
    return values


def _smaller(a: float, b: float) -> float:
    return math.nan if a != a or b != b else min(a, b)


def _larger(a: float, b: float) -> float:
    return math.nan if a != a or b != b else max(a, b)


_SCALAR: Final[dict[str, Callable[..., Any]]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b if b else math.nan,
    "neg": lambda a: -a,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a < b or a > b,
    "and": lambda a, b: a and b,
    "or": lambda a, b: a or b,
    "where": lambda condition, a, b: a if condition else b,
    "truth": lambda true, false: 1.0 if true else 0.0 if false else math.nan,
    "is_true": lambda a: a == 1.0,
    "is_false": lambda a: a == 0.0,
    "known_or": lambda a, b: b if a != a else a,
}

_SCALAR_FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "abs": abs,
    "min": _smaller,
    "max": _larger,
    "clip": lambda x, low, high: _smaller(_larger(x, low), high),
}
