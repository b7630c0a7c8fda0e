"""Documents of records: every value comes back as it was, and what is no such document is refused."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ledger.documents import decode_record, encode_record


@dataclass(frozen=True)
class Leg:
    side: Literal["long", "short"]
    price: Decimal
    weight: float = 0.0


@dataclass(frozen=True)
class Book:
    name: str
    count: int
    is_open: bool
    cash: Decimal
    ratio: float
    first: Leg | None
    limit: float | None
    legs: tuple[Leg, ...]
    marks: Mapping[str, Decimal]
    by_name: dict[str, Leg]


decimals = st.decimals(allow_nan=False, allow_infinity=False)
legs = st.builds(Leg, side=st.sampled_from(["long", "short"]), price=decimals, weight=st.floats())
books = st.builds(
    Book,
    name=st.text(),
    count=st.integers(),
    is_open=st.booleans(),
    cash=decimals,
    ratio=st.floats(),
    first=st.none() | legs,
    limit=st.none() | st.floats(),
    legs=st.lists(legs, max_size=3).map(tuple),
    marks=st.dictionaries(st.text(), decimals, max_size=3),
    by_name=st.dictionaries(st.text(), legs, max_size=3),
)


def same(a: Any, b: Any) -> bool:
    """Equal to the bit: the digits of a Decimal, the sign of a zero, NaN as NaN."""
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return repr(a) == repr(b)
    if isinstance(a, Decimal):
        return a.as_tuple() == b.as_tuple()
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[name], b[name]) for name in a)
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, Leg | Book):
        return all(same(getattr(a, field.name), getattr(b, field.name)) for field in fields(a))
    return bool(a == b)


@given(books)
def test_a_record_comes_back_to_the_bit(book: Book) -> None:
    assert same(decode_record(Book, encode_record(book)), book)


BOOK = Book("a", 1, True, Decimal("1.50"), math.nan, None, -math.inf, (), {}, {})


def test_it_is_plain_json() -> None:
    assert encode_record(BOOK) == (
        '{"name":"a","count":1,"is_open":true,"cash":"1.50","ratio":"nan","first":null,"limit":"-inf",'
        '"legs":[],"marks":{},"by_name":{}}'
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"count":1', '"count":"1"'),
        ('"count":1', '"count":true'),
        ('"count":1,', ""),
        ('"is_open":true', '"is_open":1'),
        ('"cash":"1.50"', '"cash":"much"'),
        ('"first":null', '"first":{"side":"up","price":"1","weight":0}'),
        ('"first":null', '"first":{"side":"long"}'),
        ('"legs":[]', '"legs":[1]'),
        ('"by_name":{}}', '"by_name":{}'),
    ],
)
def test_what_is_no_such_record_is_refused(old: str, new: str) -> None:
    text = encode_record(BOOK)
    assert old in text
    with pytest.raises((ValueError, KeyError, TypeError, ArithmeticError)):
        decode_record(Book, text.replace(old, new))


def test_what_no_document_holds_is_a_bug() -> None:
    with pytest.raises(TypeError, match="holds no object"):
        encode_record((object(),))
    with pytest.raises(TypeError, match="not by int"):
        encode_record({1: "a"})
