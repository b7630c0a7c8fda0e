"""Cleaning: each fault counted, reported and handled as declared, never silently."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.market.clean import Finding, clean
from engine.model.candles import COLUMNS
from engine.model.config import CandlePolicy
from engine.model.problem import CashTownError
from engine.model.timeframe import DAY_MS, HOUR_MS

START = 19_358 * DAY_MS  # 2023-01-01 00:00

GOOD = (10.0, 12.0, 9.0, 11.0, 5.0)


def columns(*rows: tuple[float, ...]) -> dict[str, NDArray[Any]]:
    """Rows of (hours after START, open, high, low, close, volume)."""
    table = np.array(rows, dtype=np.float64).reshape(len(rows), 6)
    hours = {"time": (START + table[:, 0] * HOUR_MS).astype(np.int64)}
    return hours | {name: table[:, i + 1] for i, name in enumerate(COLUMNS)}


def bar(hour: float, **changed: float) -> tuple[float, ...]:
    return (hour, *(dict(zip(COLUMNS, GOOD, strict=True)) | changed).values())


def hours(time: NDArray[np.int64]) -> list[float]:
    return [float(value) for value in (time - START) / HOUR_MS]


def test_good_bars_pass_unchanged_and_unreported(policy: CandlePolicy) -> None:
    candles, findings = clean("X", "1h", columns(bar(0), bar(1), bar(2, close=12.0)), policy)
    assert findings == ()
    assert hours(candles.time) == [0, 1, 2]
    assert candles.close.tolist() == [11.0, 11.0, 12.0]
    assert (candles.symbol, candles.timeframe) == ("X", "1h")
    assert not candles.close.flags.writeable


@pytest.mark.parametrize(
    "bad",
    [
        {"high": 8.0},
        {"open": 12.5},
        {"open": 8.5},
        {"close": 12.5},
        {"close": 8.5},
        {"low": 0.0},
        {"open": -1.0, "low": -2.0},
        {"volume": -1.0},
        *({name: value} for name in COLUMNS for value in (float("nan"), float("inf"), float("-inf"))),
    ],
    ids=str,
)
def test_nonsense_is_dropped_and_reported(bad: dict[str, float], policy: CandlePolicy) -> None:
    candles, findings = clean("X", "1h", columns(bar(0), bar(1, **bad), bar(2)), policy)
    assert hours(candles.time) == [0, 2]
    assert findings[0] == Finding("X", "nonsense", 1, "1 bar of nonsense", START + HOUR_MS, "dropped")
    assert [finding.kind for finding in findings] == ["nonsense", "gaps"]


@pytest.mark.parametrize("hour", [0.5, 1.001, -1e7])
def test_a_bar_off_the_grid_is_nonsense(hour: float, policy: CandlePolicy) -> None:
    candles, findings = clean("X", "1h", columns(bar(0), bar(hour), bar(1)), policy)
    assert hours(candles.time) == [0, 1]
    assert [(finding.kind, finding.bars) for finding in findings] == [("nonsense", 1)]


def test_the_noise_of_printed_floats_is_no_nonsense(policy: CandlePolicy) -> None:
    noisy = bar(0, close=12.0 * (1 + 1e-12), open=9.0 * (1 - 1e-12))
    assert clean("X", "1h", columns(noisy), policy)[1] == ()


def test_disorder_is_sorted_and_reported_at_the_first_bar_that_is_late(policy: CandlePolicy) -> None:
    mixed = columns(bar(2), bar(0, close=9.5), bar(1), bar(3))
    candles, findings = clean("X", "1h", mixed, policy)
    assert hours(candles.time) == [0, 1, 2, 3]
    assert candles.close[0] == 9.5
    assert findings == (Finding("X", "disorder", 2, "2 bars out of order", START, "sorted by time"),)


@pytest.mark.parametrize(("keep", "close"), [("keep_first", 10.0), ("keep_last", 11.5)])
def test_of_duplicates_the_declared_one_is_kept(keep: Any, close: float, policy: CandlePolicy) -> None:
    doubles = columns(bar(0), bar(1, close=10.0), bar(1, close=10.5), bar(1, close=11.5), bar(2))
    candles, findings = clean("X", "1h", doubles, replace(policy, duplicates=keep))
    assert hours(candles.time) == [0, 1, 2]
    assert candles.close[1] == close
    assert [(found.kind, found.bars, found.first_ms) for found in findings] == [
        ("duplicates", 2, START + HOUR_MS)
    ]
    assert keep.removeprefix("keep_") in findings[0].handled


def test_first_and_last_mean_the_order_of_the_file_even_if_it_is_out_of_order(policy: CandlePolicy) -> None:
    mixed = columns(bar(1, close=10.0), bar(0), bar(1, close=11.5))
    first, _ = clean("X", "1h", mixed, policy)
    last, _ = clean("X", "1h", mixed, replace(policy, duplicates="keep_last"))
    assert (first.close[1], last.close[1]) == (10.0, 11.5)


def test_a_good_bar_is_not_dropped_as_the_double_of_nonsense(policy: CandlePolicy) -> None:
    candles, findings = clean("X", "1h", columns(bar(0, high=1.0), bar(0)), policy)
    assert hours(candles.time) == [0]
    assert [finding.kind for finding in findings] == ["nonsense"]


@pytest.mark.parametrize(("choice", "left"), [("keep", [0, 1, 2]), ("drop", [0, 2])])
def test_bars_without_volume_are_kept_or_dropped(choice: Any, left: list[int], policy: CandlePolicy) -> None:
    quiet = columns(bar(0), bar(1, volume=0.0), bar(2))
    candles, findings = clean("X", "1h", quiet, replace(policy, zero_volume=choice))
    assert hours(candles.time) == left
    assert (findings[0].kind, findings[0].bars) == ("zero_volume", 1)
    assert findings[0].handled == {"keep": "kept", "drop": "dropped"}[choice]
    assert [found.kind for found in findings[1:]] == ([] if choice == "keep" else ["gaps"])


def test_gaps_are_counted_in_bars_and_holes_and_never_filled(policy: CandlePolicy) -> None:
    candles, findings = clean("X", "1h", columns(bar(0), bar(3), bar(4), bar(6)), policy)
    assert hours(candles.time) == [0, 3, 4, 6]
    assert findings == (
        Finding("X", "gaps", 3, "3 bars missing in 2 holes", START + HOUR_MS, "left missing"),
    )
    assert str(findings[0]) == "X: 3 bars missing in 2 holes, first at 2023-01-01 01:00; left missing"


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        ("nonsense", [bar(0), bar(2, high=1.0)]),
        ("disorder", [bar(3), bar(2)]),
        ("duplicates", [bar(2), bar(2)]),
        ("gaps", [bar(0), bar(1), bar(3)]),
    ],
)
def test_refuse_names_symbol_time_and_policy(
    kind: str, rows: list[tuple[float, ...]], policy: CandlePolicy
) -> None:
    strict = replace(policy, **{kind: "refuse"})
    with pytest.raises(CashTownError) as caught:
        clean("BTCUSDT", "1h", columns(*rows), strict)
    message = str(caught.value)
    assert message.startswith("BTCUSDT: 1 bar")
    assert "2023-01-01 02:00" in message
    assert f"candles.{kind} is refuse" in message
    assert "\n" not in message


def test_no_bars_are_no_error(policy: CandlePolicy) -> None:
    candles, findings = clean("X", "1h", columns(), policy)
    assert (len(candles), findings) == (0, ())


def test_the_grid_is_that_of_the_timeframe(policy: CandlePolicy) -> None:
    candles, findings = clean("X", "1d", columns(bar(0), bar(1), bar(24)), policy)
    assert hours(candles.time) == [0, 24]
    assert [finding.kind for finding in findings] == ["nonsense"]
