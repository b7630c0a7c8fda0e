"""Months, curve, candles, histogram of the report, by hand."""

import hashlib
import json
import re
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from engine.model.candles import Candles
from engine.research.report.candle_chart import encode, fitting_timeframe
from engine.research.report.curve import curve, thinned
from engine.research.report.histogram import histogram
from engine.research.report.months import by_month, heat
from engine.research.report.page import LIBRARY
from tests.research.runs import BAR_MS, point, points

HOUR = 3_600_000
ROOT = Path(__file__).parents[2]


def test_months_compound_to_their_year() -> None:
    # 12 h bars from 2021-12-30: 1005 at the close that ends 2021 (the bar opens in it), 1010.5 at the end.
    run = points("1000", "1010", "1012", "1005", "1003", "1001", "1003", "1010.5")
    first, second = by_month(run, BAR_MS, Decimal(1000))
    assert (first.year, first.months[:11], first.months[11]) == (2021, (None,) * 11, pytest.approx(0.5))
    assert first.total == pytest.approx(0.5)
    assert second.months[0] == pytest.approx(100 * (1010.5 / 1005 - 1))
    assert second.months[1:] == (None,) * 11


def test_a_month_without_bars_repeats_the_one_before() -> None:
    days = 2  # bars a day
    run = [point(0, "1100"), point(70 * days, "1210")]
    (december, january) = by_month(run, BAR_MS, Decimal(1000))
    assert december.months[11] == pytest.approx(10)
    assert january.months[:3] == (0.0, 0.0, pytest.approx(10))
    assert by_month([], BAR_MS, Decimal(1000)) == []


@pytest.mark.parametrize(
    ("value", "shade"),
    [
        (None, ""),
        (0.0, ""),
        (0.004, ""),
        (0.5, "gain-1"),
        (1.0, "gain-2"),
        (-3.0, "loss-3"),
        (-40.0, "loss-5"),
    ],
)
def test_heat(value: float | None, shade: str) -> None:
    assert heat(value) == shade


def test_thinning_keeps_every_extreme_and_what_is_needed() -> None:
    values = [1000 + (index * 7919) % 501 for index in range(5_000)]
    values[1234], values[4321] = 1, 9_999
    run = points(*map(str, values))
    kept = thinned(run, {run[777].at}, 200)
    assert len(kept) <= 201
    assert {run[0], run[1234], run[4321], run[777], run[-1]} <= set(kept)
    assert [each.at for each in kept] == sorted({each.at for each in kept})
    assert thinned(run[:10], (), 200) == run[:10]


def test_the_curve_stands_at_closes_and_falls_below_zero() -> None:
    drawn = curve(points("1000.10", "1010"), BAR_MS)
    assert drawn["equity"] == ["1000.1", "1010"]
    assert drawn["time"][1] - drawn["time"][0] == BAR_MS // 1000
    assert drawn["drawdown"] == [0.0, 0.0]


def candles(bars: int, price: float = 30_000.0, holes: tuple[int, ...] = ()) -> Candles:
    random = np.random.default_rng(1)
    close = price * np.exp(np.cumsum(random.normal(0, 0.008, bars)))
    first = np.concatenate(([price], close[:-1])) * (1 + random.normal(0, 0.0001, bars))
    high = np.maximum(first, close) * (1 + np.abs(random.normal(0, 0.004, bars)))
    low = np.minimum(first, close) * (1 - np.abs(random.normal(0, 0.004, bars)))
    time = np.arange(bars, dtype=np.int64) * HOUR
    keep = ~np.isin(np.arange(bars), holes)
    columns = (column[keep] for column in (first, high, low, close, np.ones(bars)))
    return Candles("X", "1h", time[keep], *columns)


def decode(packed: dict[str, object]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """What the page's script does: a row of time (s), open, high, low, close a bar."""
    rows = np.array(packed["bars"]).reshape(-1, 4)
    gaps = dict(packed["gaps"])  # type: ignore[call-overload]
    time, close, found = packed["start"], 0, []
    for index, (first, high, low, move) in enumerate(rows):
        if index:
            time += packed["step"] * (1 + gaps.get(index, 0))  # type: ignore[operator]
        first += close
        close = first + move
        found.append((time, first, max(first, close) + high, min(first, close) - low, close))
    return np.array(found) / [1, *[10.0 ** packed["places"]] * 4]  # type: ignore[operator]


@pytest.mark.parametrize("price", [30_000.0, 0.0312, 1.0])
def test_candles_come_back_to_six_digits(price: float) -> None:
    given = candles(300, price, holes=(5, 6, 100))
    found = decode(encode(given, "1h"))
    assert found[:, 0].tolist() == (given.time // 1000).tolist()
    for column, name in enumerate(("open", "high", "low", "close"), 1):
        assert found[:, column] == pytest.approx(getattr(given, name), rel=2e-5)


def test_a_year_of_sixteen_symbols_of_hours_stays_small() -> None:
    packed = encode(candles(8_760), "1h")
    assert 16 * len(json.dumps(packed, separators=(",", ":"))) < 5_000_000
    assert fitting_timeframe({str(symbol): candles(8_760) for symbol in range(16)}, "1h") == "1h"


def test_long_runs_are_drawn_on_slower_bars() -> None:
    many = {"X": candles(1_000), "Y": candles(1_000)}
    assert fitting_timeframe(many, "1h", 2_000) == "1h"
    assert fitting_timeframe(many, "1h", 600) == "4h"
    assert fitting_timeframe(many, "1h", 1) == "1d"
    slow = encode(many["X"], "4h")
    assert (slow["step"], len(slow["bars"])) == (4 * 3600, 4 * 250)


def test_the_histogram_counts_every_trade() -> None:
    drawing = histogram([-9.0, -1.0, -1.02, 0.0, 2.5, 99.0])
    assert sum(int(number) for number in re.findall(r">(\d+)</text>", drawing)) == 6
    assert histogram([]) == ""


def test_the_charts_library_is_the_one_that_is_noted() -> None:
    """Kept unmodified, with its licence and notice; `make charts` fetches it again."""
    digest = hashlib.sha256(LIBRARY.read_bytes()).hexdigest()
    noted = (ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8")
    assert f"`{digest}`" in noted
    version = re.search(r"Lightweight Charts™ v(\S+)", LIBRARY.read_text(encoding="utf-8")[:300])
    assert version is not None
    assert f"CHARTS_VERSION := {version[1]}\n" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"Lightweight Charts** {version[1]}," in noted
    assert "Apache License" in (LIBRARY.parent / "lightweight-charts.LICENSE").read_text(encoding="utf-8")
    assert "TradingView, Inc." in (LIBRARY.parent / "lightweight-charts.NOTICE").read_text(encoding="utf-8")
