"""JSON as the ledger stores it: sorted keys, compact, equal values give equal text."""

import json
from collections.abc import Mapping
from typing import Any

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def encode(value: Any) -> str:
    """`value` as compact JSON; NaN becomes null, an infinity 1e999 (which JSON readers take as one)."""
    try:
        return _ENCODER.encode(value)
    except ValueError:  # NaN and infinity are rare: only they pay for the slow way
        return _render(value)


def _render(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_ENCODER.encode(k)}:{_render(v)}" for k, v in sorted(value.items())) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_render, value)) + "]"
    if isinstance(value, float) and value - value != 0:
        return "null" if value != value else "1e999" if value > 0 else "-1e999"
    return _ENCODER.encode(value)


def numbers(values: Mapping[str, float]) -> str:
    """A mapping of names to numbers as JSON text; the empty one, which is common, at no cost."""
    return encode(values if isinstance(values, dict) else dict(values)) if values else "{}"


def decode(text: str) -> Any:
    """The value of JSON text; null stays None."""
    return json.loads(text)


def decode_numbers(text: str) -> dict[str, float]:
    """The mapping that `numbers` wrote, null as NaN."""
    if text == "{}":
        return {}
    return {name: float("nan") if value is None else value for name, value in json.loads(text).items()}
