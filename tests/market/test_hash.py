"""The data hash: the same for the same values, another for any other."""

import numpy as np
import pytest

from engine.market.hash import data_hash
from engine.model.candles import COLUMNS, Candles
from engine.model.timeframe import HOUR_MS


def bars(symbol: str, timeframe: str = "1h", **changed: float) -> Candles:
    """Three bars; `close=9.0` changes the last value of that column."""
    columns = {"time": np.arange(3, dtype=np.int64) * HOUR_MS}
    columns |= {name: np.array([1.0, 2.0, 3.0]) for name in COLUMNS}
    for name, value in changed.items():
        columns[name][-1] = value
    return Candles(symbol, timeframe, **columns)


def test_it_is_short_and_repeatable() -> None:
    first, second = ({"A": bars("A"), "B": bars("B")} for _ in range(2))
    assert data_hash(first) == data_hash(second)
    assert len(data_hash(first)) == 16


def test_the_order_of_symbols_does_not_count() -> None:
    a, b = bars("A"), bars("B")
    assert data_hash({"A": a, "B": b}) == data_hash({"B": b, "A": a})


@pytest.mark.parametrize("column", ["time", *COLUMNS])
def test_every_value_counts(column: str) -> None:
    assert data_hash({"A": bars("A")}) != data_hash({"A": bars("A", **{column: 8_000_000})})


def test_names_timeframes_and_lengths_count() -> None:
    plain = data_hash({"A": bars("A")})
    assert plain != data_hash({"B": bars("B")})
    assert plain != data_hash({"A": bars("A", "5m")})
    assert plain != data_hash({"A": bars("A").part(0, 2)})


def test_a_view_hashes_like_its_copy() -> None:
    view = bars("A").part(1, 3)
    copy = Candles("A", "1h", view.time.copy(), *(getattr(view, name).copy() for name in COLUMNS))
    assert data_hash({"A": view}) == data_hash({"A": copy})
