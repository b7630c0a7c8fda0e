"""The ledger's JSON: one text for equal values, NaN as null, infinities kept."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ledger import json_text

NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None]}, '{"a":[true,null],"b":1}'),
        ({"rsi": NAN, "adx": 31.5}, '{"adx":31.5,"rsi":null}'),
        ([("limit", math.inf, "é"), -math.inf], '[["limit",1e999,"é"],-1e999]'),
        ({'quo"te': NAN}, '{"quo\\"te":null}'),
    ],
)
def test_text(value: object, text: str) -> None:
    assert json_text.encode(value) == text


@given(st.dictionaries(st.text(max_size=8), st.floats(), max_size=6))
def test_numbers_come_back(values: dict[str, float]) -> None:
    text = json_text.numbers(values)
    json.loads(text)
    read = json_text.decode_numbers(text)
    assert read.keys() == values.keys()
    for name, value in values.items():
        assert read[name] == value or (math.isnan(value) and math.isnan(read[name]))


@given(st.permutations(["adx", "rsi", "ema_fast", "volume"]))
def test_order_of_keys_does_not_matter(names: list[str]) -> None:
    assert json_text.numbers({name: float(len(name)) for name in names}) == (
        '{"adx":3.0,"ema_fast":8.0,"rsi":3.0,"volume":6.0}'
    )
