"""What an expression read, and what came of it: operands with their values, for the trace."""

import ast
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.language.functions import FUNCTIONS
from engine.language.reference import ArrayEval
from engine.model.expression import Expression


@dataclass(frozen=True, slots=True)
class Explained:
    """An expression with the values of its operands; `holds` is None where it is unknown."""

    text: str
    operands: tuple[tuple[str, float], ...]
    holds: bool | None


def operands(expression: Expression, params: Collection[str]) -> dict[str, ast.expr]:
    """The operands of an expression that have a value of their own at each bar, by their text:
    names that are not parameters, and calls over bars. A crossing shows both bars it compares.
    """
    found: dict[str, ast.expr] = {}
    _collect(expression.tree, params, found)
    return found


def _collect(node: ast.expr, params: Collection[str], found: dict[str, ast.expr]) -> None:
    match node:
        case ast.Name():
            if node.id not in params:
                found[node.id] = node
        case ast.Call(func=ast.Name(id=name)) if name in ("crossed_above", "crossed_below"):
            for part in node.args:
                _collect(part, params, found)
                for before in _previous(part, params):
                    found[ast.unparse(before)] = before
        case ast.Call(func=ast.Name(id=name)) if name not in FUNCTIONS:
            found[ast.unparse(node)] = node
        case ast.Call():
            for part in node.args:
                _collect(part, params, found)
        case _:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    _collect(child, params, found)


def _previous(node: ast.expr, params: Collection[str]) -> list[ast.expr]:
    if isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id in params):
        return []
    return [ast.Call(ast.Name("prev", ast.Load()), [node, ast.Constant(1)], [])]


def explain(
    expression: Expression, values: Mapping[str, float], params: Mapping[str, float | bool]
) -> Explained:
    """The expression with stored operand values put in; what was not stored is unknown."""
    shown = tuple((label, values.get(label, math.nan)) for label in operands(expression, params))
    result = stored_value(expression, values, params)
    return Explained(expression.text, shown, None if math.isnan(result) else bool(result))


def stored_value(
    expression: Expression, values: Mapping[str, float], params: Mapping[str, float | bool]
) -> float:
    """The value of an expression from stored operands: NaN where unknown; a condition gives 1 or 0."""
    with np.errstate(all="ignore"):
        return float(_StoredEval(values, params).run(expression.tree))


class _StoredEval(ArrayEval):
    """The reference evaluator over one bar whose operands were stored."""

    def __init__(self, values: Mapping[str, float], params: Mapping[str, float | bool]) -> None:
        constants = {name: float(value) for name, value in params.items()}
        super().__init__({**values, **constants}, _no_bars)
        self._params = params

    def _name(self, node: ast.Name) -> Any:
        return self.names.get(node.id, math.nan)

    def _function(self, node: ast.Call) -> Any:
        assert isinstance(node.func, ast.Name)
        if node.func.id in FUNCTIONS:
            return super()._function(node)
        return self.names.get(ast.unparse(node), math.nan)

    def previous(self, node: ast.expr, value: Any) -> Any:
        before = _previous(node, self._params)
        return self.names.get(ast.unparse(before[0]), math.nan) if before else value


def _no_bars(name: str, arguments: Sequence[Any]) -> Any:
    raise AssertionError(f"{name} is a function over bars; a trace has only stored operands")
