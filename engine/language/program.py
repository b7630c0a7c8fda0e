"""Expressions compiled to a flat program: every distinct operation once, in order.

Nodes are shared wherever two expressions mean the same (an indicator used by three strategies is
one step), so the program of a whole configuration is a graph without repetition. Conditions are
kept as two plain boolean arrays, where they are certainly true and where certainly false: with
NaN as unknown, numpy's own comparisons give exactly these, at the price of hand-written numpy.
`a > b` is certainly true where a > b, and certainly false where a <= b; unknown is neither.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from engine.language.functions import FUNCTIONS
from engine.language.parse import BINARY, COMPARISON
from engine.model.expression import Expression
from engine.model.unit import Unit

_CONTRARY: Final = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


@dataclass(frozen=True, slots=True)
class Step:
    """One operation on the slots (indices of earlier steps) in `arguments`.

    `operation` is 'leaf', 'const', 'call' or an operator; `name` is a leaf's or function's,
    `number` a constant's value.
    """

    operation: str
    arguments: tuple[int, ...] = ()
    name: str = ""
    number: float = 0.0


@dataclass(frozen=True, slots=True)
class Program:
    """Steps in an order in which each only reads slots before it."""

    steps: tuple[Step, ...]


@dataclass(slots=True)
class ProgramBuilder:
    """Adds expressions to one program; equal subexpressions get one slot.

    `names` given to its methods map a name to the slot of its value (leaves, parameters,
    indicators); a parameter that is a bool maps to the slot of `constant(1.0 or 0.0)`.
    """

    steps: list[Step] = field(default_factory=list)
    _slots: dict[Step, int] = field(default_factory=dict)

    def build(self) -> Program:
        return Program(tuple(self.steps))

    def leaf(self, name: str) -> int:
        """A value that whoever runs the program supplies under this name."""
        return self._add(Step("leaf", name=name))

    def constant(self, value: float) -> int:
        return self._add(Step("const", number=float(value)))

    def add(self, expression: Expression, names: Mapping[str, int]) -> int:
        """Slot of an expression's value; for a condition, where it is certainly true."""
        if expression.unit is Unit.BOOL:
            return self.certain(expression.tree, names, True)
        return self.value(expression.tree, names)

    def named(self, expression: Expression, names: Mapping[str, int]) -> int:
        """Slot of an expression that gets a name: a number, or the truth (1, 0, NaN) of a condition."""
        if expression.unit is Unit.BOOL:
            return self.truth(expression.tree, names)
        return self.value(expression.tree, names)

    def truth(self, node: ast.expr, names: Mapping[str, int]) -> int:
        """Slot of a condition's truth: 1 certainly true, 0 certainly false, NaN unknown."""
        sides = tuple(self.certain(node, names, sense) for sense in (True, False))
        return self._add(Step("truth", sides))

    def call(self, name: str, *slots: int) -> int:
        """A function of one of the tables applied to slots."""
        return self._add(Step("call", slots, name))

    def all_of(self, slots: list[int]) -> int:
        """Where all of these conditions are certainly true."""
        result = slots[0]
        for slot in slots[1:]:
            result = self._add(Step("and", (result, slot)))
        return result

    def any_of(self, slots: list[int]) -> int:
        """Where one of these conditions is certainly true."""
        result = slots[0]
        for slot in slots[1:]:
            result = self._add(Step("or", (result, slot)))
        return result

    def tiers(self, tiers: list[tuple[int | None, int]], otherwise: int) -> int:
        """The value of the first (condition, value) that certainly holds, else `otherwise`."""
        result = otherwise
        for condition, value in reversed(tiers):
            result = value if condition is None else self._add(Step("where", (condition, value, result)))
        return result

    def known_or(self, slot: int, otherwise: int) -> int:
        """A value, or `otherwise` where it is unknown."""
        return self._add(Step("known_or", (slot, otherwise)))

    def arithmetic(self, operator: str, left: int, right: int) -> int:
        """left operator right, folded where both are constants."""
        a, b = self.steps[left], self.steps[right]
        if a.operation == "const" and b.operation == "const" and not (operator == "/" and b.number == 0):
            x, y = a.number, b.number
            return self.constant({"+": x + y, "-": x - y, "*": x * y}.get(operator, x / y if y else 0.0))
        return self._add(Step(operator, (left, right)))

    def value(self, node: ast.expr, names: Mapping[str, int]) -> int:
        """Slot of a numeric subexpression."""
        match node:
            case ast.Constant(value=int() | float() as number):
                return self.constant(number)
            case ast.Name():
                return names[node.id]
            case ast.UnaryOp(op=ast.USub()):
                inner = self.value(node.operand, names)
                step = self.steps[inner]
                return (
                    self.constant(-step.number)
                    if step.operation == "const"
                    else self._add(Step("neg", (inner,)))
                )
            case ast.UnaryOp():
                return self.value(node.operand, names)
            case ast.BinOp():
                left, right = self.value(node.left, names), self.value(node.right, names)
                return self.arithmetic(BINARY[type(node.op)], left, right)
            case ast.IfExp():
                yes, no = self.value(node.body, names), self.value(node.orelse, names)
                true, false = (self.certain(node.test, names, sense) for sense in (True, False))
                unknown = self.constant(float("nan"))
                rest = self._add(Step("where", (false, no, unknown)))
                return self._add(Step("where", (true, yes, rest)))
            case ast.Call(func=ast.Name(id=name)):
                arguments = tuple(self._argument(part, names) for part in node.args)
                return self._add(Step("call", arguments, name))
            case _:
                raise AssertionError(f"{ast.dump(node)} is not a number: check() comes before")

    def certain(self, node: ast.expr, names: Mapping[str, int], sense: bool) -> int:
        """Slot of the booleans that say where a condition is certainly true (or certainly false)."""
        match node:
            case ast.Name():
                return self._add(Step("is_true" if sense else "is_false", (names[node.id],)))
            case ast.UnaryOp(op=ast.Not()):
                return self.certain(node.operand, names, not sense)
            case ast.BoolOp():
                parts = [self.certain(part, names, sense) for part in node.values]
                both = isinstance(node.op, ast.And) == sense
                return self.all_of(parts) if both else self.any_of(parts)
            case ast.Compare():
                operands = [self.value(part, names) for part in (node.left, *node.comparators)]
                signs = [COMPARISON[type(op)] for op in node.ops]
                links = [
                    self._compare(sign if sense else _CONTRARY[sign], a, b)
                    for sign, a, b in zip(signs, operands, operands[1:], strict=False)
                ]
                return self.all_of(links) if sense else self.any_of(links)
            case ast.IfExp():
                true, false = (self.certain(node.test, names, way) for way in (True, False))
                yes, no = self.certain(node.body, names, sense), self.certain(node.orelse, names, sense)
                return self.any_of([self.all_of([true, yes]), self.all_of([false, no])])
            case ast.Call(func=ast.Name(id=name)):
                return self._crossing(name, node, names, sense)
            case _:
                raise AssertionError(f"{ast.dump(node)} is not a condition: check() comes before")

    def _compare(self, sign: str, left: int, right: int) -> int:
        return self._add(Step(sign, (left, right)))

    def _crossing(self, name: str, node: ast.Call, names: Mapping[str, int], sense: bool) -> int:
        now, before = (">", "<=") if name == "crossed_above" else ("<", ">=")
        a, b = (self.value(part, names) for part in node.args)
        one = self.constant(1.0)
        was_a, was_b = (self._previous(slot, one) for slot in (a, b))
        if sense:
            return self.all_of([self._compare(now, a, b), self._compare(before, was_a, was_b)])
        return self.any_of(
            [self._compare(_CONTRARY[now], a, b), self._compare(_CONTRARY[before], was_a, was_b)]
        )

    def _previous(self, slot: int, one: int) -> int:
        return slot if self.steps[slot].operation == "const" else self._add(Step("call", (slot, one), "prev"))

    def _argument(self, node: ast.expr, names: Mapping[str, int]) -> int:
        return self.truth(node, names) if _is_condition(node) else self.value(node, names)

    def _add(self, step: Step) -> int:
        slot = self._slots.get(step)
        # NaN is unlike itself, so an unknown constant would get a slot a time: harmless, not shared.
        if slot is None:
            slot = len(self.steps)
            self.steps.append(step)
            self._slots[step] = slot
        return slot


def _is_condition(node: ast.expr) -> bool:
    """Whether an argument is written as a condition; a named condition is its truth already."""
    match node:
        case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in FUNCTIONS and FUNCTIONS[name].unit is Unit.BOOL
        case ast.IfExp():
            return _is_condition(node.body)
        case _:
            return False
