"""What is not on the list is refused at once, with its place; what is on it comes back as a tree."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.language.parse import MAX_DEPTH, MAX_NODES, Fault, parse


def fault(text: str) -> Fault:
    found = parse(text)
    assert isinstance(found, list), f"{text!r} was let through"
    return found[0]


@pytest.mark.parametrize(
    "text",
    [
        "close > 1",
        "not (a and b or c)",
        "1 < a <= b",
        "a + b * -c / 2",
        "1 if a > b else 2.5",
        "ema(close, fast)",
        "  a > 1",
        "a\n> 1",
        "(((a)))",
    ],
)
def test_the_language_is_let_through(text: str) -> None:
    assert isinstance(parse(text), ast.expr)


@pytest.mark.parametrize(
    ("text", "code", "offset"),
    [
        ("", "empty", 0),
        ("   ", "empty", 0),
        ("().__class__", "not-allowed", 0),
        ("close.real", "not-allowed", 0),
        ("a[0]", "character", 1),
        ("a ** 9", "operator", 0),
        ("a // 2", "operator", 0),
        ("a % 2", "character", 2),
        ("a << 9", "operator", 0),
        ("a @ b", "character", 2),
        ("a & b", "character", 2),
        ("~a", "character", 0),
        ("lambda: 1", "not-allowed", 0),
        ("(x := 1)", "not-allowed", 1),
        ("f(x=1)", "call", 0),
        ("f(*a)", "call", 0),
        ("f(**a)", "call", 0),
        ("(f)(1)(2)", "call", 0),
        ("'text'", "character", 0),
        ('"text"', "character", 0),
        ("f'{a}'", "character", 1),
        ("b'x'", "character", 1),
        ("...", "constant", 0),
        ("None", "constant", 0),
        ("True", "constant", 0),
        ("1j", "constant", 0),
        ("1e999", "number", 0),
        ("9999999999999999", "number", 0),
        ("__import__", "name", 0),
        ("_x", "name", 0),
        ("a; b", "syntax", 1),
        ("a\nimport os", "syntax", 2),
        ("import os", "syntax", 0),
        ("a = 1", "syntax", 2),
        ("a > ", "syntax", 3),
        ("a # and nothing after", "character", 2),
        ("a \\\n> 1", "character", 2),
        ("a in b", "operator", 0),
        ("a is b", "operator", 0),
        ("a, b", "not-allowed", 0),
        ("[a for a in b]", "character", 0),
        ("{a}", "character", 0),
        ("await a", "not-allowed", 0),
        ("yield a", "syntax", 0),
        ("a > 1\x00", "character", 5),
        ("a\t> 1", "character", 1),
        ("\u0441lose > 1", "character", 0),
        ("cl\u200bose > 1", "character", 2),
        ("a > \u0661", "character", 4),
        ("\uff43lose > 1", "character", 0),
    ],
)
def test_everything_else_is_refused_with_its_place(text: str, code: str, offset: int) -> None:
    found = fault(text)
    assert (found.code, found.offset) == (code, offset)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a" * 1_001, "too-long"),
        ("(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1), "too-deep"),
        ("-" * 900 + "a", "too-deep"),
        ("not " * 200 + "a", "too-deep"),
        ("a if a else " * 60 + "a", "too-deep"),
        ("+".join("a" for _ in range(300)), "too-deep"),
        ("f(" + ",".join("a" for _ in range(MAX_NODES)) + ")", "too-many-nodes"),
        ("9" * 999, "number"),
    ],
)
def test_bombs_are_refused(text: str, code: str) -> None:
    assert fault(text).code == code


def test_all_faults_of_a_text_are_found() -> None:
    found = parse("(a.b > 1) and (c.d > 2) and x ** 2 > 1")
    assert isinstance(found, list)
    assert [each.offset for each in found] == [1, 15, 28]


@given(st.text(max_size=60))
def test_no_text_makes_it_raise(text: str) -> None:
    found = parse(text)
    if isinstance(found, list):
        assert found
        assert all(0 <= each.offset <= max(len(text), 1) for each in found)


@given(st.text(alphabet="ab19.()+-*/<>=! notandrifels,_;:[]{}'\"\n", max_size=60))
def test_what_is_let_through_holds_only_listed_nodes(text: str) -> None:
    tree = parse(text)
    if isinstance(tree, ast.expr):
        allowed = (
            ast.BoolOp, ast.UnaryOp, ast.BinOp, ast.Compare, ast.IfExp, ast.Call, ast.Name, ast.Constant,
            ast.boolop, ast.unaryop, ast.operator, ast.cmpop, ast.expr_context,
        )  # fmt: skip
        assert all(isinstance(node, allowed) for node in ast.walk(tree))
