"""Running a program: over whole arrays (signals) or over single values (rules about facts)."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.language.program import Program, Step

Array = NDArray[Any]
Value = Array | float
Call = Callable[[str, Sequence[Value]], Value]
Leaf = Callable[[str], Value]


def run_arrays(program: Program, leaf: Leaf, call: Call, keep: Iterable[int]) -> dict[int, Value]:
    """Values of the slots in `keep`, each an array of the bars' length or a number for all bars.

    `leaf(name)` supplies a leaf, `call(name, arguments)` computes a function of the table over
    whole arrays. A slot is dropped as soon as nothing after it reads it, so that memory does not
    grow with the number of rules. Numbers are float64 with NaN as unknown, conditions bool.
    """
    kept = set(keep)
    drop_after = _last_reads(program, kept)
    values: list[Any] = [None] * len(program.steps)
    with np.errstate(all="ignore"):
        for slot, step in enumerate(program.steps):
            if slot not in drop_after and slot not in kept:
                continue
            arguments = [values[argument] for argument in step.arguments]
            values[slot] = _array_step(step, arguments, leaf, call)
            for argument in step.arguments:
                if drop_after.get(argument) == slot:
                    values[argument] = None
    return {slot: values[slot] for slot in kept}


def _last_reads(program: Program, kept: set[int]) -> dict[int, int]:
    """For each slot that something kept needs: the last step that reads it (kept ones: never)."""
    needed = set(kept)
    last: dict[int, int] = {}
    for slot in range(len(program.steps) - 1, -1, -1):
        if slot in needed:
            for argument in program.steps[slot].arguments:
                needed.add(argument)
                last.setdefault(argument, slot)
    return {slot: (-1 if slot in kept else reader) for slot, reader in last.items()}


def _array_step(step: Step, arguments: list[Any], leaf: Leaf, call: Call) -> Any:
    operator = _ARRAY.get(step.operation)
    if operator is not None:
        return operator(*arguments)
    if step.operation == "const":
        return step.number
    if step.operation == "leaf":
        return leaf(step.name)
    scalar = _ARRAY_FUNCTIONS.get(step.name)
    return scalar(*arguments) if scalar is not None else call(step.name, arguments)


def _divide(a: Any, b: Any) -> Any:
    zero = np.equal(b, 0)
    quotient = np.divide(a, b)
    return np.where(zero, np.nan, quotient) if np.any(zero) else quotient


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
