"""When funding is due and at which rate: constant, or recorded beside the candles."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from engine.market.funding import Funding, Recorded, make_funding
from engine.model.problem import CashTownError
from engine.model.timeframe import HOUR_MS
from tests.execution.desk import BTC, ETH, EXECUTION

RATE = Decimal("0.01")
CONSTANT = Funding(8, RATE)


def hours(due: list[tuple[int, Decimal]]) -> list[tuple[float, str]]:
    return [(time / HOUR_MS, str(rate)) for time, rate in due]


@pytest.mark.parametrize(
    ("after", "until", "times"),
    [
        (7, 8, [8]),  # the end of the stretch belongs to it, its begin does not
        (8, 9, []),
        (0, 7, []),
        (0, 8, [8]),
        (-1, 0, [0]),
        (6, 33, [8, 16, 24, 32]),
        (8, 8, []),
    ],
)
def test_a_constant_rate_is_due_every_8_hours_of_utc(after: int, until: int, times: list[int]) -> None:
    due = CONSTANT.due(BTC, after * HOUR_MS, until * HOUR_MS)
    assert due == [(time * HOUR_MS, RATE) for time in times]


def test_a_millisecond_decides() -> None:
    assert CONSTANT.due(BTC, 8 * HOUR_MS - 1, 8 * HOUR_MS) == [(8 * HOUR_MS, RATE)]
    assert CONSTANT.due(BTC, 0, 8 * HOUR_MS - 1) == []


def test_without_funding_nothing_is_ever_due() -> None:
    assert Funding(0, RATE).due(BTC, 0, 10**9 * HOUR_MS) == []
    none = make_funding(replace(EXECUTION, funding="none", funding_rate_pct=RATE), None, [BTC])
    assert none.due(BTC, 0, 100 * HOUR_MS) == []


def test_records_say_when_and_how_much_between_their_first_and_last() -> None:
    """Records at 16:00, 20:00 and 30:00.5: of the constant moments 8, 16, 24, 32 only 8 and 32 are left."""
    times = (16 * HOUR_MS, 20 * HOUR_MS, 30 * HOUR_MS + HOUR_MS // 2)
    record = Recorded(times, (Decimal("0.03"), Decimal("-0.02"), Decimal(0)))
    funding = Funding(8, RATE, {BTC: record})
    assert hours(funding.due(BTC, 0, 40 * HOUR_MS)) == [
        (8, "0.01"),
        (16, "0.03"),
        (20, "-0.02"),
        (30.5, "0"),
        (32, "0.01"),
        (40, "0.01"),
    ]
    assert hours(funding.due(ETH, 0, 20 * HOUR_MS)) == [(8, "0.01"), (16, "0.01")]
    assert hours(funding.due(BTC, 16 * HOUR_MS, 20 * HOUR_MS)) == [(20, "-0.02")]


@given(
    st.lists(st.integers(0, 100), min_size=1, max_size=6),
    st.lists(st.integers(1, 400), unique=True, min_size=1, max_size=5).map(sorted),
)
def test_however_time_is_cut_each_payment_is_due_once(steps: list[int], times: list[int]) -> None:
    record = Recorded(
        tuple(time * HOUR_MS // 2 for time in times), tuple(Decimal(number) for number in range(len(times)))
    )
    funding = Funding(4, RATE, {BTC: record})
    found, at = [], 0
    for step in steps:
        found += funding.due(BTC, at, at + step * HOUR_MS)
        at += step * HOUR_MS
    assert found == funding.due(BTC, 0, at)


def recorded(folder: Path, *symbols: str) -> Funding:
    execution = replace(EXECUTION, funding="recorded", funding_rate_pct=RATE, funding_hours=8)
    return make_funding(execution, folder, symbols)


def test_records_are_read_from_csv_and_parquet(tmp_path: Path) -> None:
    """A rate of 0.0001 of the notional is 0.01 %."""
    (tmp_path / f"{BTC}_funding.csv").write_text("timestamp,rate\n28800000,0.0001\n57600000,-0.00025\n")
    table = pa.table({"timestamp": [28_800_000], "rate": [0.1]})
    parquet.write_table(table, tmp_path / f"{ETH}_funding.parquet")
    funding = recorded(tmp_path, BTC, ETH, "SOLUSDTM")
    assert funding.recorded == {
        BTC: Recorded((28_800_000, 57_600_000), (Decimal("0.0100"), Decimal("-0.02500"))),
        ETH: Recorded((28_800_000,), (Decimal(10),)),
    }
    assert hours(funding.due("SOLUSDTM", 0, 8 * HOUR_MS)) == [(8, "0.01")]  # the constant rate


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("timestamp,rate\n2,0.1\n1,0.1\n", "must rise strictly"),
        ("timestamp,rate\n1,0.1\n1,0.1\n", "must rise strictly"),
        ("timestamp,rate\n1,nan\n", "rate a number"),
        ("timestamp,rate\n1,inf\n", "every rate be a number"),
        ("timestamp,rate\n1,\n", "a number"),
        ("timestamp,rate\n1.5,0.1\n", "whole UTC ms"),
        ("timestamp,rate\n2021-01-01 00:00:00,0.1\n", "whole UTC ms"),
        ("timestamp,rate\n1,a lot\n", "rate a number"),
        ("timestamp,rate\n", "whole UTC ms"),
        ("time,rate\n1,0.1\n", "timestamp, rate"),
        ("", "timestamp, rate"),
    ],
)
def test_a_bad_file_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / f"{BTC}_funding.csv"
    file.write_text(text)
    with pytest.raises(CashTownError, match=message) as raised:
        recorded(tmp_path, BTC)
    assert str(file) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_records_that_are_asked_for_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(CashTownError, match="no <SYMBOL>_funding"):
        recorded(tmp_path, BTC)
    execution = replace(EXECUTION, funding="recorded")
    with pytest.raises(CashTownError, match="need a folder"):
        make_funding(execution, None, [BTC])
