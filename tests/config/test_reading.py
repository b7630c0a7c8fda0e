"""Strict reading: what plain YAML means here, and a located problem for everything else."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.config.reading import MAX_DEPTH, MAX_NODES, read_yaml

ROOT = Path(__file__).parents[2]
SHIPPED = sorted([ROOT / "strategies.yaml", ROOT / "risk.yaml", *(ROOT / "rules").glob("*.yaml")])


def problems(text: str | bytes) -> list[str]:
    content = text if isinstance(text, bytes) else text.encode()
    return [f"{p.line}:{p.column} {p.code}" for p in read_yaml(content, "f.yaml").problems]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_files_read_without_a_problem(path: Path) -> None:
    document = read_yaml(path.read_bytes(), path.name)
    assert document.is_read
    assert document.problems == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("-5", -5),
        ("+5", 5),
        ("0.50", 0.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("1d", "1d"),
        ('"5"', "5"),
        ("'yes'", "yes"),
        ('"12:30"', "12:30"),
        ("5 %", "5 %"),
        ("close > open", "close > open"),
        ("-overshoot", "-overshoot"),
        ("noon", "noon"),
        ("info", "info"),
        ("1.2.3", "1.2.3"),
    ],
)
def test_plain_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    document = read_yaml(f"key: {text}\n".encode(), "f.yaml")
    assert document.problems == ()
    assert document.data == {"key": value}
    assert type(document.data["key"]) is type(value)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("yes", "yaml-1.1-boolean"),
        ("No", "yaml-1.1-boolean"),
        ("ON", "yaml-1.1-boolean"),
        ("off", "yaml-1.1-boolean"),
        ("y", "yaml-1.1-boolean"),
        ("N", "yaml-1.1-boolean"),
        ("012", "octal"),
        ("0o17", "octal"),
        ("00", "octal"),
        ("12:30", "sexagesimal"),
        ("1:20:30.5", "sexagesimal"),
        ("2023-01-01", "date"),
        ("2023-01-01T00:00:00Z", "date"),
        (".nan", "not-finite"),
        ("-.inf", "not-finite"),
        ("NaN", "not-finite"),
        ("Infinity", "not-finite"),
        ("1e-3", "exponent"),
        ("1.5E+10", "exponent"),
        ("1e999999999", "exponent"),
        ("0xff", "number-form"),
        ("1_000", "number-form"),
        ("1" * 400, "number-form"),
        ("&a 1", "anchor"),
        ("!!int 5", "tag"),
        ("!x 5", "tag"),
        ("!!python/object/apply:os.system [ls]", "tag"),
        ('"\\u202e"', "bidi-character"),
        ('"\\0"', "control-character"),
    ],
)
def test_surprising_scalars_are_located_errors(text: str, code: str) -> None:
    assert problems(f"first: 1\nkey: {text}\n") == [f"2:6 {code}"]


def test_an_exponent_is_written_out_for_the_reader() -> None:
    (problem,) = read_yaml(b"a: 1e-3", "f.yaml").problems
    assert problem.hint == "write 0.001"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", ["3:1 duplicate-key"]),
        ("a: {b: 1, b: 2}\n", ["1:11 duplicate-key"]),
        ("a: 1\n1: 2\n", ["2:1 non-string-key"]),
        ("true: 2\n", ["1:1 non-string-key"]),
        ("on: 2\n", ["1:1 yaml-1.1-boolean"]),
        ("n: 2\n", []),
        ("'on': 2\n", []),
        ("? [a]\n: 1\n", ["1:3 non-string-key"]),
        ("<<: {a: 1}\n", ["1:1 merge-key"]),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", ["1:4 anchor", "3:3 merge-key", "3:7 alias"]),
        ("a: 1\n---\nb: 2\n", ["2:1 several-documents"]),
        ("a: [max(b, c), 1]\n", ["1:12 comma-in-value"]),
        ("a: {b: max(c, d) > 1, e: 1}\n", ["1:15 comma-in-value"]),
        ("---\na: 1\n...\n", []),
        ("%YAML 1.1\n---\na: 1\n", ["1:1 directive"]),
        ("", ["1:1 empty-file"]),
        ("# only words\n", ["1:1 empty-file"]),
        ("a:\t1\n", ["1:3 tab"]),
        ("a:\n\tb: 1\n\tc: 2\n", ["2:1 tab"]),
        ("a: 1 # \u202e\n", ["1:8 bidi-character"]),
        ("a: \u00e9\u0007\n", ["1:5 control-character"]),
        ("a: 1\rb: 2\n", ["1:5 control-character"]),
        ("a: 1\r\nb: 2\r\n", []),
        (b"\xef\xbb\xbfa: 1\n", ["1:1 byte-order-mark"]),
        ("a: ä".encode("latin-1"), ["1:4 not-utf-8"]),
        ("a: 1".encode("utf-16"), ["1:1 not-utf-8"]),
        ("a: 'x\nb: 1\n", ["1:4 syntax"]),
        ("strategies\n  a: 1\n", ["1:11 syntax"]),
        ("a:\n  b: 1\n c: 2\n", ["3:2 syntax"]),
        ("a: {b: 1\nc: 2\n", ["1:4 syntax"]),
        ("a: close: open\n", ["1:9 syntax"]),
        ("a: @x\n", ["1:4 syntax"]),
    ],
)
def test_structure_that_readers_disagree_on_is_a_located_error(
    text: str | bytes, expected: list[str]
) -> None:
    assert problems(text) == expected


def test_limits_hold_before_anything_costs_time() -> None:
    assert problems("a: " + "x" * 300_000) == ["0:0 too-large"]
    assert problems("[" * 100_000) == [f"1:{MAX_DEPTH + 1} too-deep"]
    assert problems("[1" + ",1" * MAX_NODES + "]")[0].endswith("too-many-nodes")
    deepest = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert problems(deepest) == []


def test_a_repeated_key_keeps_the_first_value_and_reports_inside_the_second() -> None:
    document = read_yaml(b"a: 1\na: {b: on}\nc: 3\n", "f.yaml")
    assert document.data == {"a": 1, "c": 3}
    assert [p.code for p in document.problems] == ["duplicate-key", "yaml-1.1-boolean"]


def test_places_of_keys_values_and_items() -> None:
    document = read_yaml("höhe: 1\nlist:\n  - {a: 'x'}\n".encode(), "f.yaml")
    assert (document.places[("höhe",)].key_column, document.places[("höhe",)].column) == (1, 7)
    item = document.places[("list", 0, "a")]
    assert (item.line, item.key_column, item.column, item.style) == (3, 6, 9, "'")


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.one_of(st.binary(max_size=80), st.text(alphabet="ab:-[]{}&*!|>'\"#%@,? \n\t0159.e", max_size=60)))
def test_no_bytes_raise(content: bytes | str) -> None:
    raw = content if isinstance(content, bytes) else content.encode()
    document = read_yaml(raw, "f.yaml")
    assert document.is_read or document.problems
    lines = document.text.count("\n") + 2
    assert all(problem.line <= lines for problem in document.problems)
