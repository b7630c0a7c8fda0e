"""Numbers in sentences: short, but never the same text for what differs."""

import math

import pytest

from engine.research.sentence import against, figures


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([31.2, 25.0], ["31.2", "25"]),
        ([43250.124, 43250.119], ["43250.124", "43250.119"]),
        ([1 / 3], ["0.33333"]),
        ([0.0000123456789], ["0.000012346"]),
        ([6477041.4, 0.0], ["6477041", "0"]),
        ([math.nan, 25.0], ["unknown", "25"]),
        ([-math.inf], ["-infinite"]),
        ([2.0, 2.0], ["2", "2"]),
    ],
)
def test_figures(values: list[float], texts: list[str]) -> None:
    assert figures(values) == texts


@pytest.mark.parametrize(
    ("value", "limit", "texts"),
    [
        (9.2, 9.0, ("9.2", "9.0")),
        (9.00001, 9.0, ("9.00001", "9.00000")),
        (5, 5, ("5", "5")),
        (1000.0, 9.5, ("1000.0", "9.5")),
        ("flat", "long", ("flat", "long")),
        (math.nan, 0, ("unknown", "0")),
        (None, None, ("unknown", "unknown")),
    ],
)
def test_against(value: float | str | None, limit: float | str | None, texts: tuple[str, str]) -> None:
    assert against(value, limit) == texts
