"""Records as JSON text and back, by their types: Decimals exact as text, floats bit for bit."""

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def encode_record(record: Any) -> str:
    """A dataclass of records, tuples, mappings by text, Decimals and plain values as JSON text.

    The order of mappings is kept. Raises TypeError for anything else.
    """
    return json.dumps(_plain(record), separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def decode_record(kind: type[T], text: str) -> T:
    """The record of this type that `encode_record` wrote.

    Raises ValueError, KeyError, TypeError or ArithmeticError where the text is none: of another form, or cut.
    """
    found = _read(kind, json.loads(text))
    assert isinstance(found, kind)
    return found


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else repr(value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {_name(key): _plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"a document holds no {type(value).__name__}")


def _name(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a document names things by text, not by {type(key).__name__}")
    return key


def _read(kind: Any, value: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        if value is None:
            return None
        (kind,) = (each for each in get_args(kind) if each is not NoneType)
        return _read(kind, value)
    if origin is Literal:
        if value not in get_args(kind):
            raise ValueError(f"{value!r} is none of {get_args(kind)}")
        return value
    if origin is tuple:
        return tuple(_read(get_args(kind)[0], each) for each in value)
    if origin is list:
        return [_read(get_args(kind)[0], each) for each in value]
    if origin in (dict, Mapping):
        return {name: _read(get_args(kind)[1], each) for name, each in value.items()}
    if is_dataclass(kind) and isinstance(kind, type):
        return kind(**{name: _read(hint, value[name]) for name, hint in _hints(kind)})
    if kind is Decimal or kind is float:
        return kind(value)
    if type(value) is not kind:
        raise TypeError(f"{value!r} is no {kind}")
    return value


@cache
def _hints(kind: type) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(kind)
    return tuple((field.name, hints[field.name]) for field in fields(kind))
