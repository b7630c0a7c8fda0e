"""The compiled program, the simpleeval reference and a plain scalar loop say the same."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from engine.language.check import check
from engine.language.evaluate import run_arrays, run_scalars
from engine.language.program import ProgramBuilder
from engine.language.reference import evaluate
from engine.model.expression import Expression
from engine.model.unit import Unit

from .expressions import CHECKED, CONSTANTS, SCOPE, SERIES, call, scalar, series


def compiled(expression: Expression, columns: dict[str, np.ndarray]) -> Any:
    builder = ProgramBuilder()
    names = {name: builder.leaf(name) for name in SERIES}
    names |= {name: builder.constant(value) for name, value in CONSTANTS.items()}
    root = builder.add(expression, names)
    values = run_arrays(builder.build(), lambda name: columns[name], call, [root])
    return np.broadcast_to(values[root], 6)


def reference(expression: Expression, columns: dict[str, np.ndarray]) -> Any:
    return np.broadcast_to(evaluate(expression, {**columns, **CONSTANTS}, call), 6)


@given(CHECKED, series())
def test_compiled_equals_reference(expression: Expression, columns: dict[str, np.ndarray]) -> None:
    got, expected = compiled(expression, columns), reference(expression, columns)
    if expression.unit is Unit.BOOL:
        np.testing.assert_array_equal(got, expected == 1.0)
    else:
        np.testing.assert_array_equal(got, expected)


@given(CHECKED, series())
def test_reference_equals_a_plain_scalar_loop(expression: Expression, columns: dict[str, np.ndarray]) -> None:
    plain = [scalar(expression.tree, columns, bar) for bar in range(6)]
    expected = np.array([math.nan if value is None else float(value) for value in plain])
    np.testing.assert_allclose(reference(expression, columns), expected, rtol=1e-12)


@given(CHECKED, series())
def test_scalar_rules_equal_the_arrays(expression: Expression, columns: dict[str, np.ndarray]) -> None:
    if {"prev", "count", "crossed_above", "crossed_below"} & set(expression.calls):
        return
    builder = ProgramBuilder()
    names = {name: builder.leaf(name) for name in SERIES}
    names |= {name: builder.constant(value) for name, value in CONSTANTS.items()}
    root = builder.add(expression, names)
    arrays = compiled(expression, columns)
    for bar in range(6):
        facts = {name: float(columns[name][bar]) for name in SERIES}
        np.testing.assert_array_equal(run_scalars(builder.build(), facts)[root], arrays[bar])


@pytest.mark.parametrize(
    "text",
    ["a > 1", "not (a > 1)", "not a > 1", "a > 1 or not (a > 1)", "a == a", "a != 1", "1 if a > 1 else 2"],
)
def test_unknown_never_fires(text: str) -> None:
    expression, faults = check(text, SCOPE)
    assert expression is not None, faults
    nothing = {name: np.full(6, np.nan) for name in SERIES}
    got = compiled(expression, nothing)
    assert not got.any() if expression.unit is Unit.BOOL else np.isnan(got).all()


def test_false_decides_and_despite_unknown() -> None:
    expression, _ = check("not (a > 1 and b > 1)", SCOPE)
    assert expression is not None
    columns = {"a": np.zeros(6), "b": np.full(6, np.nan), "c": np.zeros(6)}
    assert compiled(expression, columns).all()


def test_equal_parts_are_computed_once() -> None:
    builder = ProgramBuilder()
    names = {name: builder.leaf(name) for name in SERIES}
    for text in ("prev(a, 2) > 1", "prev(a, 2) < b", "abs(prev(a, 2))"):
        expression, _ = check(text, SCOPE)
        assert expression is not None
        builder.add(expression, names)
    assert sum(step.operation == "call" and step.name == "prev" for step in builder.steps) == 1


def test_a_slot_nobody_reads_is_not_computed() -> None:
    builder = ProgramBuilder()
    names = {name: builder.leaf(name) for name in SERIES}
    kept, _ = check("a + 1", SCOPE)
    other, _ = check("prev(b, 1)", SCOPE)
    assert kept is not None
    assert other is not None
    root = builder.add(kept, names)
    builder.add(other, names)
    called: list[str] = []

    def counting(name: str, arguments: Any) -> Any:
        called.append(name)
        return call(name, arguments)

    columns = {name: np.arange(6.0) for name in SERIES}
    values = run_arrays(builder.build(), lambda name: columns[name], counting, [root])
    np.testing.assert_array_equal(values[root], np.arange(6.0) + 1)
    assert called == []
