"""Names, arity, units, ranges and history of an expression: what can be said without bars."""

import ast
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from engine.language.kind import LOOSE, SCALING, Kind, agree, joined, negated, range_hint, verdict
from engine.language.parse import COMPARISON, Fault, parse
from engine.model.expression import Expression
from engine.model.function import Argument, Function
from engine.model.unit import Unit

Expected = Literal["number", "bool"] | None


@dataclass(frozen=True, slots=True)
class Named:
    """What a name stands for: a unit, a range, and its value if it is a parameter."""

    unit: Unit
    value: float | bool | None = None
    low: float | None = None
    high: float | None = None
    warm_up: int = 0
    settle: int = 0


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression may read and call."""

    names: Mapping[str, Named]
    functions: Mapping[str, Function]


@dataclass(slots=True)
class _Check:
    scope: Scope
    faults: list[Fault] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)


_BROKEN: Final = Kind(Unit.NUMBER, broken=True)


def check(text: str, scope: Scope, expect: Expected = None) -> tuple[Expression | None, list[Fault]]:
    """The expression of a text in a scope, or None and all its faults (sorted; warnings may come
    with an expression). `expect` says whether a number or a bool must come out.
    """
    tree = parse(text)
    if isinstance(tree, list):
        return None, tree
    state = _Check(scope)
    kind = _kind(tree, state)
    if not kind.broken and expect is not None and (kind.unit is Unit.BOOL) != (expect == "bool"):
        wanted, got = ("a condition", "a number") if expect == "bool" else ("a number", "a condition")
        state.faults.append(Fault(tree.col_offset, "type", f"this must be {wanted}, and is {got}"))
    faults = sorted(set(state.faults))
    if any(fault.severity == "error" for fault in faults):
        return None, faults
    expression = Expression(
        text,
        tree,
        tuple(sorted(state.names)),
        tuple(sorted(state.calls)),
        kind.unit,
        kind.warm_up,
        kind.settle,
        kind.low,
        kind.high,
    )
    return expression, faults


def named(expression: Expression) -> Named:
    """What a name given to this expression stands for, for the scopes that come after it."""
    return Named(
        expression.unit, None, expression.low, expression.high, expression.warm_up, expression.settle
    )


def suggestion(word: str, known: Iterable[str]) -> str:
    """`did you mean 'x'?` for the nearest known word, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else ""


def _kind(node: ast.expr, state: _Check) -> Kind:
    match node:
        case ast.Constant(value=int() | float() as value):
            return Kind(Unit.NUMBER, value, value, float(value))
        case ast.Name():
            return _name(node, state)
        case ast.UnaryOp(op=ast.Not()):
            inner = _kind(node.operand, state)
            _need_bool(node.operand, inner, state)
            return replace(inner, unit=Unit.BOOL)
        case ast.UnaryOp():
            inner = _kind(node.operand, state)
            _need_number(node.operand, inner, state)
            return negated(inner) if isinstance(node.op, ast.USub) else inner
        case ast.BinOp():
            return _arithmetic(node, state)
        case ast.BoolOp():
            kinds = [_kind(part, state) for part in node.values]
            for part, kind in zip(node.values, kinds, strict=True):
                _need_bool(part, kind, state)
            return joined(Unit.BOOL, kinds)
        case ast.Compare():
            return _comparison(node, state)
        case ast.IfExp():
            return _choice(node, state)
        case ast.Call():
            return _call(node, state)
        case _:
            raise AssertionError(f"parse() let through {type(node).__name__}")


def _name(node: ast.Name, state: _Check) -> Kind:
    found = state.scope.names.get(node.id)
    if found is None:
        if node.id in state.scope.functions:
            message, hint = (
                f"{node.id!r} is a function",
                f"write {_signature(state.scope.functions[node.id])}",
            )
        else:
            message, hint = f"{node.id!r} is not defined", suggestion(node.id, state.scope.names)
        state.faults.append(Fault(node.col_offset, "unknown-name", message, hint))
        return _BROKEN
    state.names.add(node.id)
    if found.value is not None and not isinstance(found.value, bool):
        value = float(found.value)
        return Kind(found.unit, value, value, value)
    return Kind(found.unit, found.low, found.high, None, found.warm_up, found.settle)


def _arithmetic(node: ast.BinOp, state: _Check) -> Kind:
    left, right = _kind(node.left, state), _kind(node.right, state)
    for part, kind in ((node.left, left), (node.right, right)):
        _need_number(part, kind, state)
    if left.broken or right.broken or Unit.BOOL in (left.unit, right.unit):
        return replace(joined(Unit.NUMBER, (left, right)), broken=True)
    match node.op:
        case ast.Add() | ast.Sub():
            if not agree(left.unit, right.unit):
                word = "add" if isinstance(node.op, ast.Add) else "subtract"
                _mixed(node, f"{word} {left.unit} and {right.unit}", state)
                return replace(joined(Unit.NUMBER, (left, right)), broken=True)
            return joined(right.unit if left.unit in LOOSE else left.unit, (left, right))
        case ast.Mult():
            unit = right.unit if left.unit in SCALING else left.unit if right.unit in SCALING else Unit.NUMBER
            return joined(unit, (left, right))
        case _:
            if right.value == 0:
                state.faults.append(Fault(node.right.col_offset, "division-by-zero", "division by zero"))
            if left.unit == right.unit and left.unit not in LOOSE:
                return joined(Unit.RATIO, (left, right))
            return joined(
                left.unit if right.unit in SCALING or right.unit is Unit.BARS else Unit.NUMBER, (left, right)
            )


def _comparison(node: ast.Compare, state: _Check) -> Kind:
    parts = [node.left, *node.comparators]
    kinds = [_kind(part, state) for part in parts]
    for part, kind in zip(parts, kinds, strict=True):
        _need_number(part, kind, state)
    for index, op in enumerate(node.ops):
        left, right = kinds[index], kinds[index + 1]
        if left.broken or right.broken or Unit.BOOL in (left.unit, right.unit):
            continue
        if not agree(left.unit, right.unit):
            _mixed(parts[index], f"compare {left.unit} with {right.unit}", state)
            continue
        decided = verdict(op, left, right)
        if decided is not None:
            word = "always true" if decided else "never true"
            text = f"{ast.unparse(parts[index])} {COMPARISON[type(op)]} {ast.unparse(parts[index + 1])}"
            code = "always-true" if decided else "never-true"
            state.faults.append(
                Fault(parts[index].col_offset, code, f"{text} is {word}", range_hint(left, right), "warning")
            )
    return joined(Unit.BOOL, kinds)


def _choice(node: ast.IfExp, state: _Check) -> Kind:
    test, yes, no = (_kind(part, state) for part in (node.test, node.body, node.orelse))
    _need_bool(node.test, test, state)
    if yes.broken or no.broken:
        return joined(yes.unit, (test, yes, no))
    if (yes.unit is Unit.BOOL) != (no.unit is Unit.BOOL):
        state.faults.append(Fault(node.col_offset, "type", "both branches of if-else must be of one kind"))
        return _BROKEN
    if not agree(yes.unit, no.unit):
        _mixed(node, f"choose between {yes.unit} and {no.unit}", state)
    unit = no.unit if yes.unit in LOOSE else yes.unit
    low = None if yes.low is None or no.low is None else min(yes.low, no.low)
    high = None if yes.high is None or no.high is None else max(yes.high, no.high)
    return replace(joined(unit, (test, yes, no)), low=low, high=high)


def _call(node: ast.Call, state: _Check) -> Kind:
    assert isinstance(node.func, ast.Name)
    function = state.scope.functions.get(node.func.id)
    if function is None:
        message = (
            f"function {node.func.id!r} is not known"
            if node.func.id not in state.scope.names
            else (f"{node.func.id!r} is a value, not a function")
        )
        hint = suggestion(node.func.id, state.scope.functions)
        state.faults.append(Fault(node.col_offset, "unknown-function", message, hint))
        for argument in node.args:
            _kind(argument, state)
        return _BROKEN
    state.calls.add(function.name)
    if len(node.args) != len(function.arguments):
        message = f"{function.name} takes {len(function.arguments)} arguments, {len(node.args)} given"
        state.faults.append(Fault(node.col_offset, "arity", message, f"write {_signature(function)}"))
        for argument in node.args:
            _kind(argument, state)
        return _BROKEN
    kinds: dict[str, Kind] = {}
    numbers: list[float] = []
    for row, part in zip(function.arguments, node.args, strict=True):
        kind = _kind(part, state)
        kinds[row.name] = kind
        if kind.broken:
            continue
        if row.kind == "series":
            _need_number(part, kind, state)
        elif row.kind == "condition":
            _need_bool(part, kind, state)
        else:
            numbers.extend(_number_argument(function.name, row, part, kind, state))
    broken = any(kind.broken for kind in kinds.values()) or len(numbers) != sum(
        argument.kind in ("period", "number") for argument in function.arguments
    )
    unit = function.unit if isinstance(function.unit, Unit) else kinds[function.unit].unit
    if broken:
        return Kind(unit, broken=True)
    history = joined(unit, kinds.values()) if kinds else Kind(unit)
    return replace(
        history,
        low=function.low,
        high=function.high,
        warm_up=history.warm_up + function.warm_up(numbers),
        settle=history.settle + function.settle(numbers),
    )


def _number_argument(
    function: str, argument: Argument, part: ast.expr, kind: Kind, state: _Check
) -> list[float]:
    what = f"{argument.name} of {function}"
    if kind.value is None:
        message = f"{what} must be a number, or the name of a parameter"
        state.faults.append(Fault(part.col_offset, "argument", message))
        return []
    if argument.kind == "period" and kind.value != int(kind.value):
        state.faults.append(Fault(part.col_offset, "argument", f"{what} must be a whole number of bars"))
        return []
    if not argument.low <= kind.value <= argument.high:
        message = f"{what} must be from {argument.low:g} to {argument.high:g}, and is {kind.value:g}"
        state.faults.append(Fault(part.col_offset, "argument", message))
        return []
    return [kind.value]


def _signature(function: Function) -> str:
    return f"{function.name}({', '.join(argument.name for argument in function.arguments)})"


def _mixed(node: ast.expr, what: str, state: _Check) -> None:
    state.faults.append(Fault(node.col_offset, "mixed-units", f"cannot {what}"))


def _need_bool(node: ast.expr, kind: Kind, state: _Check) -> None:
    if not kind.broken and kind.unit is not Unit.BOOL:
        state.faults.append(
            Fault(
                node.col_offset,
                "number-as-bool",
                f"{ast.unparse(node)} is a number; compare it with something",
            )
        )


def _need_number(node: ast.expr, kind: Kind, state: _Check) -> None:
    if not kind.broken and kind.unit is Unit.BOOL:
        state.faults.append(
            Fault(node.col_offset, "bool-as-number", f"{ast.unparse(node)} is a condition, not a number")
        )
