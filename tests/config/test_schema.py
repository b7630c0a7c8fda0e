"""Schemas are complete and strict, and what they refuse is said at its innermost cause."""

# ruff: noqa: E501 (a message is read best on one line)

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema.validators import Draft202012Validator

from engine.config.kinds import KINDS, file_of, read_schema
from engine.config.reading import read_yaml
from engine.config.schema import schema_problems
from engine.model.decision import REFUSAL_CODES
from engine.model.timeframe import DURATION_MS

ROOT = Path(__file__).parents[2]


def found(kind: str, text: str) -> list[str]:
    document = read_yaml(text.encode(), "f.yaml")
    assert document.problems == ()
    problems, _, _ = schema_problems(document, read_schema(kind))
    return [f"{p.line}:{p.column} {p.code}: {p.message}; {p.hint}".rstrip("; ") for p in sorted(problems)]


def subschemas(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from subschemas(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from subschemas(value)


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_is_valid_strict_and_says_what_every_key_is(kind: str) -> None:
    schema = read_schema(kind)
    Draft202012Validator.check_schema(schema)
    for part in subschemas(schema):
        if part.get("type") == "object":
            assert "additionalProperties" in part
        assert "oneOf" not in part
        for key, value in part.get("properties", {}).items() if "$schema" in part or "type" in part else ():
            described = (
                {**schema["$defs"][value["$ref"].split("/")[-1]], **value} if "$ref" in value else value
            )
            assert described.get("title"), key
            assert described.get("description", "").endswith("."), key


@pytest.mark.parametrize("kind", KINDS)
def test_the_shipped_file_fits_its_schema_and_names_it(kind: str) -> None:
    text = (ROOT / file_of(kind)).read_text("utf-8")
    assert found(kind, text) == []
    up = "" if "/" not in file_of(kind) else "../"
    assert text.startswith(
        f"# yaml-language-server: $schema={up}schemas/{kind}.schema.json\n"
        f"# $schema: {up}schemas/{kind}.schema.json\n"
    )


def test_names_that_the_program_knows_are_those_of_the_schemas() -> None:
    codes = read_schema("multipliers")["properties"]["counterfactuals"]["properties"]["codes"]
    assert tuple(codes["items"]["enum"]) == REFUSAL_CODES
    assert read_schema("strategies")["$defs"]["timeframe"]["enum"] == list(DURATION_MS)


STRATEGY = "strategies:\n  one:\n    title: One\n    long: [close > open]\n    confidence: {base: 0.5}\n"


@pytest.mark.parametrize(
    ("addition", "expected"),
    [
        ("    indicatros: {a: rsi(14)}", "6:5 unknown-key: the key 'indicatros' is not known here; did you mean 'indicators'?"),
        ("    timeframe: 4H", "6:16 unknown-value: the text '4H' is none of: 1m, 5m, 15m, 30m, 1h, 2h, 4h, 6h, 8h, 12h, 1d; did you mean '4h'?"),
        ("    multiplier: high", "6:17 wrong-type: expected a number, got the text 'high'"),
        ("    multiplier: '1.5'", "6:17 wrong-type: expected a number, got the text '1.5'; write 1.5 without quotes"),
        ("    multiplier: 5 %", "6:17 wrong-type: expected a number, got the text '5 %'; write 5: percentages are plain numbers"),
        ("    multiplier: true", "6:17 wrong-type: expected a number, got true"),
        ("    multiplier: 11", "6:17 out-of-bounds: 11 is out of bounds: at most 10"),
        ("    multiplier:", "6:16 missing-value: a value is missing: a number"),
        ("    enabled: maybe", "6:14 wrong-type: expected true or false, got the text 'maybe'"),
        ("    short: close < open", "6:12 wrong-type: expected a list, got the text 'close < open'"),
        ("    short: []", "6:12 empty: nothing is given here; write at least one"),
        ("    short:\n      - close: open", "7:9 wrong-type: expected text, got a mapping; a condition is text; if it holds ': ' or ' #', put it in quotes"),
        ("    params: {Fast: 3}", "6:14 bad-name: 'Fast' is not a name: lower-case letters, digits and _, beginning with a letter, like adx_floor"),
        ("    slower: {1week: {}}", "6:14 unknown-value: '1week' is none of: 1m, 5m, 15m, 30m, 1h, 2h, 4h, 6h, 8h, 12h, 1d"),
        ("    indicators: {a: 5}", "6:21 wrong-type: expected text, got 5; an indicator is an expression; numbers belong under params"),
    ],
)  # fmt: skip
def test_one_mistake_in_a_strategy_is_one_problem(addition: str, expected: str) -> None:
    assert found("strategies", STRATEGY + addition + "\n") == [expected]


@pytest.mark.parametrize(
    ("confidence", "expected"),
    [
        ("{cap: 0.9}", ["5:5 missing-key: the key 'base' is missing"]),
        ("{long: {base: 0.5}, base: 0.5}", ["5:37 misplaced-key: 'base' cannot stand beside 'long' and 'short': write it under each"]),
        ("{base: 0.5, add: [{name: a}]}", ["5:35 missing-key: needs 'add', or 'first' with tiers"]),
        ("{base: 0.5, add: [{name: a, add: 0.1, otherwise: 1}]}", ["5:55 misplaced-key: 'otherwise' needs 'first' beside it"]),
        ("{base: 0.5, add: [{name: a, first: [{when: volume > 1, add: on it}], add: 1}]}", ["5:86 misplaced-key: 'add' cannot stand beside 'first': use 'otherwise', or a tier"]),
        ("{bse: 0.5}", ["5:18 unknown-key: the key 'bse' is not known here; did you mean 'base'?"]),
        ("{base: 50}", ["5:24 out-of-bounds: 50 is out of bounds: at most 1"]),
        ("0.5", ["5:17 wrong-type: expected a mapping (key: value), got 0.5"]),
    ],
)  # fmt: skip
def test_one_mistake_in_a_confidence_is_one_problem(confidence: str, expected: list[str]) -> None:
    assert found("strategies", STRATEGY.replace("{base: 0.5}", confidence)) == expected


def test_a_strategy_needs_a_side_and_an_id() -> None:
    text = "strategies:\n  My Strategy:\n    title: One\n    confidence: {base: 0.5}\n"
    assert [line.split(":")[1] for line in found("strategies", text)] == ["3 bad-name", "3 missing-key"]


def test_a_repeated_item_is_placed_at_its_second_standing() -> None:
    text = (ROOT / "rules/aggregation.yaml").read_text("utf-8") + "  - turtle\n"
    (problem,) = found("aggregation", text)
    assert problem.endswith("duplicate-item: the text 'turtle' is already in the list")


def test_a_faulty_path_is_not_complained_about_again() -> None:
    document = read_yaml((STRATEGY + "    multiplier: off\n").encode(), "f.yaml")
    assert [p.code for p in document.problems] == ["yaml-1.1-boolean"]
    assert schema_problems(document, read_schema("strategies"))[0] == ()
