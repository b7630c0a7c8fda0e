"""Random checked expressions, and a plain scalar evaluator of them: the third opinion."""

import ast
import math
import operator
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from hypothesis import strategies as st

from engine.language.check import Named, Scope, check
from engine.language.functions import FUNCTIONS
from engine.model.expression import Expression
from engine.model.function import Argument, Function
from engine.model.unit import Unit

SERIES: Final = ("a", "b", "c")
LAG: Final = Function(
    "prev",
    (Argument("x", "series"), Argument("n", "period")),
    "x",
    "x some bars ago.",
    lambda numbers: int(numbers[0]),
    lambda numbers: int(numbers[0]),
)
COUNT: Final = Function(
    "count",
    (Argument("condition", "condition"), Argument("n", "period")),
    Unit.BARS,
    "Bars of the last n on which a condition held.",
    lambda numbers: int(numbers[0]) - 1,
    lambda numbers: int(numbers[0]) - 1,
)
SCOPE: Final = Scope(
    {
        **{name: Named(Unit.NUMBER) for name in SERIES},
        "k": Named(Unit.NUMBER, value=1.5),
        "flag": Named(Unit.BOOL, value=True),
    },
    {**FUNCTIONS, "prev": LAG, "count": COUNT},
)
CONSTANTS: Final = {"k": 1.5, "flag": 1.0}


def _numbers(depth: int) -> st.SearchStrategy[str]:
    leaves = st.sampled_from([*SERIES, "k", "0", "1", "2.5"])
    if depth == 0:
        return leaves
    inner = _numbers(depth - 1)
    return st.one_of(
        leaves,
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner),
        st.builds("(-{})".format, inner),
        st.builds("({} if {} else {})".format, inner, _conditions(depth - 1), inner),
        st.builds("{}({}, {})".format, st.sampled_from(["min", "max"]), inner, inner),
        st.builds("abs({})".format, inner),
        st.builds("clip({}, 0, {})".format, inner, inner),
        st.builds("prev({}, {})".format, st.sampled_from(SERIES), st.integers(1, 3)),
        st.builds("count({}, {})".format, _conditions(0), st.integers(1, 3)),
    )


def _conditions(depth: int) -> st.SearchStrategy[str]:
    sign = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
    inner = _numbers(max(0, depth - 1))
    compared = st.builds("({} {} {})".format, inner, sign, inner)
    if depth == 0:
        return compared
    deeper = _conditions(depth - 1)
    return st.one_of(
        compared,
        st.just("flag"),
        st.builds("({} {} {} {} {})".format, inner, sign, inner, sign, inner),
        st.builds("({} {} {})".format, deeper, st.sampled_from(["and", "or"]), deeper),
        st.builds("(not {})".format, deeper),
        st.builds("({} if {} else {})".format, deeper, deeper, deeper),
        st.builds("{}({}, {})".format, st.sampled_from(["crossed_above", "crossed_below"]), inner, inner),
    )


def _checked(text: str) -> Expression | None:
    return check(text, SCOPE)[0]


CHECKED: Final = (
    st.one_of(_numbers(3), _conditions(3)).map(_checked).filter(lambda expression: expression is not None)
)
VALUES: Final = st.sampled_from([math.nan, -2.0, -1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0])


@st.composite
def series(draw: st.DrawFn, bars: int = 6) -> dict[str, np.ndarray]:
    return {name: np.array(draw(st.lists(VALUES, min_size=bars, max_size=bars))) for name in SERIES}


def call(name: str, arguments: Sequence[Any]) -> Any:
    """prev and count over whole arrays."""
    x, n = np.broadcast_to(np.asarray(arguments[0], dtype=float), 6), int(arguments[1])
    out = np.full(len(x), np.nan)
    if name == "prev":
        out[n:] = x[:-n]
        return out
    for bar in range(n - 1, len(x)):
        out[bar] = np.sum(x[bar - n + 1 : bar + 1])
    return out


_SIGN: Final = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def scalar(node: ast.expr, columns: Mapping[str, np.ndarray], bar: int) -> float | bool | None:
    """One bar, one value at a time, None as unknown; written without regard to the engine's way."""
    if bar < 0:
        return None
    match node:
        case ast.Constant(value=value):
            return float(value)
        case ast.Name(id="flag"):
            return True
        case ast.Name(id=name):
            value = CONSTANTS[name] if name in CONSTANTS else float(columns[name][bar])
            return None if math.isnan(value) else value
        case ast.UnaryOp(op=op):
            inner = scalar(node.operand, columns, bar)
            return None if inner is None else (not inner if isinstance(op, ast.Not) else -inner)
        case ast.BinOp(op=op):
            left, right = scalar(node.left, columns, bar), scalar(node.right, columns, bar)
            if left is None or right is None or (isinstance(op, ast.Div) and right == 0):
                return None
            actions = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}
            return actions.get(type(op), operator.truediv)(left, right)
        case ast.BoolOp(op=op):
            parts = [scalar(part, columns, bar) for part in node.values]
            decisive = isinstance(op, ast.Or)
            return decisive if decisive in parts else None if None in parts else not decisive
        case ast.Compare():
            values = [scalar(part, columns, bar) for part in (node.left, *node.comparators)]
            links = [
                None if a is None or b is None else _SIGN[type(op)](a, b)
                for op, a, b in zip(node.ops, values, values[1:], strict=False)
            ]
            return False if False in links else None if None in links else True
        case ast.IfExp():
            test = scalar(node.test, columns, bar)
            return None if test is None else scalar(node.body if test else node.orelse, columns, bar)
        case ast.Call(func=ast.Name(id="prev")):
            lag = node.args[1]
            assert isinstance(lag, ast.Constant)
            return scalar(node.args[0], columns, bar - int(lag.value))
        case ast.Call(func=ast.Name(id="count")):
            width = node.args[1]
            assert isinstance(width, ast.Constant)
            held = [scalar(node.args[0], columns, bar - back) for back in range(int(width.value))]
            return None if None in held else float(sum(bool(value) for value in held))
        case ast.Call(func=ast.Name(id=name)) if name.startswith("crossed"):
            now, before = (
                (operator.gt, operator.le) if name == "crossed_above" else (operator.lt, operator.ge)
            )
            (a, b), (was_a, was_b) = (
                [_at(part, columns, bar - back) for part in node.args] for back in (0, 1)
            )
            links = [
                None if None in (x, y) else sign(x, y) for sign, x, y in ((now, a, b), (before, was_a, was_b))
            ]
            return False if False in links else None if None in links else True
        case ast.Call(func=ast.Name(id=name)):
            values = [scalar(part, columns, bar) for part in node.args]
            if None in values:
                return None
            if name == "clip":
                return min(max(values[0], values[1]), values[2])
            return {"min": min, "max": max, "abs": abs}[name](*values)
    raise AssertionError(ast.dump(node))


def _at(node: ast.expr, columns: Mapping[str, np.ndarray], bar: int) -> float | bool | None:
    """A constant is what it was also before the first bar."""
    is_constant = not any(
        isinstance(part, ast.Name) and part.id in SERIES for part in ast.walk(node)
    ) and not any(isinstance(part, ast.Call) and part.func.id in ("prev", "count") for part in ast.walk(node))
    return scalar(node, columns, 0 if is_constant else bar)
