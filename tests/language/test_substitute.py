"""Values stand where names stood, and what was one term stays one."""

import ast

import pytest

from engine.language.substitute import substitute
from engine.model.expression import Expression
from engine.model.unit import Unit

WORDS = {
    "a": "-1.5",
    "b": "2",
    "floor": "25",
    "prev(a, 1)": "0.5",
    "prev(a - b, 1)": "-1",
    "adx(14)": "31.2",
    "x": "unknown",
}


def expression(text: str) -> Expression:
    return Expression(text, ast.parse(text, mode="eval").body, (), (), Unit.BOOL)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("adx(14) > floor", "31.2 > 25"),
        ("a < -floor", "-1.5 < -25"),
        ("b - a > 0", "2 - (-1.5) > 0"),
        ("-a > 0", "-(-1.5) > 0"),
        ("abs(a) > floor", "abs(-1.5) > 25"),
        ("not x > floor", "not unknown > 25"),
        ("rsi(14) > floor", "rsi(14) > 25"),
        ("crossed_above(a, b)", "-1.5 > 2, before 0.5 <= 2"),
        ("crossed_below(a - b, 0)", "(-1.5) - 2 < 0, before -1 >= 0"),
        ("crossed_above(a, b) or b > 1", "(-1.5 > 2, before 0.5 <= 2) or 2 > 1"),
        ("1 if a > b else 0", "1 if -1.5 > 2 else 0"),
    ],
)
def test_substitute(text: str, shown: str) -> None:
    assert substitute(expression(text), WORDS) == shown


def test_the_expression_itself_is_left_alone() -> None:
    given = expression("a + b > 0")
    substitute(given, WORDS)
    assert ast.unparse(given.tree) == given.text
