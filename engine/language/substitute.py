"""An expression with values written in for its names: what a person compares at one glance."""

import ast
from collections.abc import Mapping
from copy import deepcopy
from typing import Final

from engine.model.expression import Expression

_CROSSINGS: Final = {"crossed_above": (">", "<="), "crossed_below": ("<", ">=")}


def substitute(expression: Expression, words: Mapping[str, str]) -> str:
    """The expression's text with `words` for its operands and parameters, by their text.

    A crossing is told as the two comparisons that it is. What has no word stays as it is written.
    """
    return ast.unparse(_Substitution(words).visit(deepcopy(expression.tree)))


class _Substitution(ast.NodeTransformer):
    """Puts words in as names: unparsing writes a name as it is, whatever is in it."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = words

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._word(node.id, node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        node.operand = _bracketed(self.visit(node.operand))
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        node.left, node.right = _bracketed(self.visit(node.left)), _bracketed(self.visit(node.right))
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        node.values = [_bracketed(self.visit(value)) for value in node.values]
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        assert isinstance(node.func, ast.Name)
        label = ast.unparse(node)
        if label in self._words:
            return self._word(label, node)
        if node.func.id in _CROSSINGS:
            return self._crossing(node, *_CROSSINGS[node.func.id])
        node.args = [self.visit(part) for part in node.args]
        return node

    def _crossing(self, node: ast.Call, now: str, before: str) -> ast.expr:
        was = [ast.unparse(self._before(part)) for part in node.args]
        a, b = (ast.unparse(self.visit(part)) for part in node.args)
        return ast.Name(f"{a} {now} {b}, before {was[0]} {before} {was[1]}", ast.Load())

    def _before(self, part: ast.expr) -> ast.expr:
        """The word of `part` one bar ago; a constant or a parameter is what it was."""
        label = f"prev({ast.unparse(part)}, 1)"
        return self._word(label, part) if label in self._words else self.visit(deepcopy(part))

    def _word(self, label: str, node: ast.expr) -> ast.expr:
        return ast.Name(self._words[label], ast.Load()) if label in self._words else node


def _bracketed(node: ast.expr) -> ast.expr:
    """A word that would read as more than one term beside an operator gets brackets."""
    if isinstance(node, ast.Name) and (node.id.startswith("-") or " " in node.id):
        return ast.Name(f"({node.id})", ast.Load())
    return node
