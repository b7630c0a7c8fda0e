"""The reference evaluator: simpleeval over whole arrays, three-valued, node by node.

Slow and plain. The compiled program is held equal to it by property tests, and the trace of a
stored decision is made with it. Truth is a float array: 1 true, 0 false, NaN unknown (Kleene).
simpleeval's stock operators refuse arrays, so all of them are replaced; it is a second wall behind
parse(), which has already refused everything that is not on its list.
"""

import ast
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from simpleeval import SimpleEval

from engine.language.evaluate import Call, Value
from engine.model.expression import Expression


def evaluate(expression: Expression, names: Mapping[str, Value], call: Call) -> Value:
    """Value of an expression; conditions as truth (1, 0, NaN)."""
    with np.errstate(all="ignore"):
        value: Value = ArrayEval(names, call).run(expression.tree)
    return value


class ArrayEval(SimpleEval):  # type: ignore[misc]
    """A simpleeval whose operators work on float arrays, with NaN as unknown."""

    def __init__(self, names: Mapping[str, Value], call: Call) -> None:
        super().__init__(operators=_OPERATORS, functions={}, names=dict(names), allowed_attrs={})
        self._call_function = call
        self.nodes = {
            ast.Constant: self._constant,
            ast.Name: self._name,
            ast.UnaryOp: self._unary,
            ast.BinOp: self._binary,
            ast.BoolOp: self._bool,
            ast.Compare: self._comparison,
            ast.IfExp: self._choice,
            ast.Call: self._function,
        }

    def run(self, tree: ast.expr) -> Any:
        """Value of a tree that parse() let through."""
        return self._eval(tree)

    def _constant(self, node: ast.Constant) -> float:
        assert isinstance(node.value, int | float)
        return float(node.value)

    def _name(self, node: ast.Name) -> Any:
        return self.names[node.id]

    def _unary(self, node: ast.UnaryOp) -> Any:
        return self.operators[type(node.op)](self._eval(node.operand))

    def _binary(self, node: ast.BinOp) -> Any:
        return self.operators[type(node.op)](self._eval(node.left), self._eval(node.right))

    def _bool(self, node: ast.BoolOp) -> Any:
        parts = [self._eval(part) for part in node.values]
        return (
            _conjunction(parts)
            if isinstance(node.op, ast.And)
            else 1.0 - _conjunction([1.0 - p for p in parts])
        )

    def _comparison(self, node: ast.Compare) -> Any:
        operands = [self._eval(part) for part in (node.left, *node.comparators)]
        links = [
            _compared(self.operators[type(op)], a, b)
            for op, a, b in zip(node.ops, operands, operands[1:], strict=False)
        ]
        return _conjunction(links)

    def _choice(self, node: ast.IfExp) -> Any:
        test, yes, no = (self._eval(part) for part in (node.test, node.body, node.orelse))
        return np.where(np.isnan(test), np.nan, np.where(np.equal(test, 1.0), yes, no))

    def _function(self, node: ast.Call) -> Any:
        assert isinstance(node.func, ast.Name)
        if node.func.id in _CROSSINGS:
            return self._crossing(node, *_CROSSINGS[node.func.id])
        arguments = [self._eval(part) for part in node.args]
        own = _FUNCTIONS.get(node.func.id)
        return own(*arguments) if own is not None else self._call_function(node.func.id, arguments)

    def _crossing(self, node: ast.Call, now: Callable[..., Any], before: Callable[..., Any]) -> Any:
        a, b = (self._eval(part) for part in node.args)
        was_a, was_b = (self.previous(part, value) for part, value in zip(node.args, (a, b), strict=True))
        return _conjunction([_compared(now, a, b), _compared(before, was_a, was_b)])

    def previous(self, node: ast.expr, value: Any) -> Any:
        """The value one bar ago; a number is what it was."""
        return value if np.ndim(value) == 0 else self._call_function("prev", [value, 1.0])


def _compared(operator: Callable[..., Any], a: Any, b: Any) -> Any:
    return np.where(np.isnan(a) | np.isnan(b), np.nan, np.where(operator(a, b), 1.0, 0.0))


def _conjunction(parts: list[Any]) -> Any:
    stacked = np.broadcast_arrays(*parts)
    is_false = np.any([np.equal(part, 0.0) for part in stacked], axis=0)
    is_unknown = np.any([np.isnan(part) for part in stacked], axis=0)
    return np.where(is_false, 0.0, np.where(is_unknown, np.nan, 1.0))


def _quotient(a: Any, b: Any) -> Any:
    return np.where(np.equal(b, 0), np.nan, np.divide(a, b))


_OPERATORS: Final[dict[type[ast.AST], Callable[..., Any]]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: _quotient,
    ast.USub: np.negative,
    ast.UAdd: np.positive,
    ast.Not: lambda truth: 1.0 - truth,
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}

_CROSSINGS: Final = {
    "crossed_above": (np.greater, np.less_equal),
    "crossed_below": (np.less, np.greater_equal),
}

_FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "abs": np.abs,
    "min": np.minimum,
    "max": np.maximum,
    "clip": lambda x, low, high: np.minimum(np.maximum(x, low), high),
}
