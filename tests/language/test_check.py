"""Names, units, arity, ranges and warm-up, said at the right character."""

import pytest

from engine.indicators.table import FUNCTIONS as INDICATORS
from engine.language.check import Named, Scope, check
from engine.language.functions import FUNCTIONS
from engine.model.unit import Unit

SCOPE = Scope(
    {
        "close": Named(Unit.PRICE, low=0),
        "open": Named(Unit.PRICE, low=0),
        "volume": Named(Unit.VOLUME, low=0),
        "fast": Named(Unit.NUMBER, value=12),
        "half": Named(Unit.NUMBER, value=0.5),
        "hidden": Named(Unit.BOOL, value=False),
        "strength": Named(Unit.INDEX, low=0, high=100, warm_up=27, settle=649),
        "share": Named(Unit.PERCENT),
    },
    {**INDICATORS, **FUNCTIONS},
)


def codes(text: str, expect: str | None = None) -> list[tuple[int, str]]:
    return [(fault.offset, fault.code) for fault in check(text, SCOPE, expect)[1]]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("close > volume", [(0, "mixed-units")]),
        ("close > rsi(14)", [(0, "mixed-units")]),
        ("close + volume > 1", [(0, "mixed-units")]),
        ("emma(close, 12) > 1", [(0, "unknown-function")]),
        ("cloes > 1", [(0, "unknown-name")]),
        (
            "1 > 0 and cloes > 1 and opne > 2",
            [(0, "always-true"), (10, "unknown-name"), (24, "unknown-name")],
        ),
        ("ema(close)", [(0, "arity")]),
        ("ema(close, close)", [(11, "argument")]),
        ("ema(close, half)", [(11, "argument")]),
        ("ema(close, 0)", [(11, "argument")]),
        ("prev(close, 5001) > 1", [(12, "argument")]),
        ("prev(close, -1) > 1", [(12, "argument")]),
        ("ema(cloes, 12) > ema(opne, 26)", [(4, "unknown-name"), (21, "unknown-name")]),
        ("strength and close > 1", [(0, "number-as-bool")]),
        ("not close", [(4, "number-as-bool")]),
        ("(close > 1) + 1", [(1, "bool-as-number")]),
        ("(close > 1) > 0", [(1, "bool-as-number")]),
        ("ema", [(0, "unknown-name")]),
        ("close(1)", [(0, "unknown-function")]),
        ("close / 0 > 1", [(8, "division-by-zero")]),
        ("1 if strength else 2", [(5, "number-as-bool")]),
        ("close if close > 1 else close > 2", [(0, "type")]),
        ("rsi(14) > 100", [(0, "never-true")]),
        ("strength >= 0", [(0, "always-true")]),
        ("strength < 101", [(0, "always-true")]),
        ("close < 0", [(0, "never-true")]),
        ("rsi(14) > 70", []),
        ("close > ema(close, fast) * 1.02", []),
        ("volume / sma(volume, 20) > half", []),
        ("hidden and close > open", []),
        ("count(close > open, 5) >= 3", []),
    ],
)
def test_faults_with_their_places(text: str, found: list[tuple[int, str]]) -> None:
    assert codes(text) == found


def test_the_nearest_name_is_offered() -> None:
    assert check("cloes > 1", SCOPE)[1][0].hint == "did you mean 'close'?"
    assert check("emma(close, 3) > 1", SCOPE)[1][0].hint == "did you mean 'ema'?"
    assert "ema(x, n)" in check("ema(close) > 1", SCOPE)[1][0].hint


def test_what_must_come_out() -> None:
    assert codes("close", "bool") == [(0, "type")]
    assert codes("close > 1", "number") == [(0, "type")]
    assert codes("close > 1", "bool") == []


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("close * 2", Unit.PRICE),
        ("close / open", Unit.RATIO),
        ("close / open * close", Unit.PRICE),
        ("volume / sma(volume, 20)", Unit.RATIO),
        ("ema(volume, 3)", Unit.VOLUME),
        ("rsi(14)", Unit.INDEX),
        ("max(close, open) - 1", Unit.PRICE),
        ("close > 1", Unit.BOOL),
        ("1 if close > 1 else 2", Unit.NUMBER),
    ],
)
def test_units(text: str, unit: Unit) -> None:
    expression = check(text, SCOPE)[0]
    assert expression is not None
    assert expression.unit is unit


@pytest.mark.parametrize(
    ("text", "bars"),
    [
        ("close", 0),
        ("prev(close, 3)", 3),
        ("sma(close, 20)", 19),
        ("prev(sma(close, 20), 2)", 21),
        ("crossed_above(sma(close, 10), sma(close, 20))", 20),
        ("sma(close, 5) > sma(close, 50)", 49),
        ("strength + prev(strength, 1)", 28),
        ("donchian_high(20)", 20),
    ],
)
def test_warm_up_is_derived(text: str, bars: int) -> None:
    expression = check(text, SCOPE)[0]
    assert expression is not None
    assert expression.warm_up == bars


def test_names_and_calls_are_listed() -> None:
    expression = check("ema(close, fast) > prev(open, 1)", SCOPE)[0]
    assert expression is not None
    assert expression.names == ("close", "fast", "open")
    assert expression.calls == ("ema", "prev")
