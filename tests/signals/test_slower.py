"""Strategies on slower bars than the feed's: a signal exists on exactly one feed bar."""

import pytest

from engine.model.config import Config
from engine.model.timeframe import DAY_MS, HOUR_MS
from engine.research.backtest import changed_config, plan_for
from engine.signals.plan import Plan
from engine.signals.table import SignalTable, signal_table
from tests.signals.samples import BTC, FLAT, MONDAY, Row, entries, hourly

BREAKOUT: Row = (101, 103, 100, 103, 240)
BREAKOUT_DAY = MONDAY + 20 * DAY_MS


@pytest.fixture(scope="module")
def turtle(config: Config) -> Plan:
    return plan_for(changed_config(config, ["turtle"]), "1h")


def moments(turtle: Plan, days: list[Row], missing: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """(feed bar, own bar) of each signal, in hours after the day of the breakout began."""
    table = signal_table(turtle, {BTC: hourly(days, missing)})
    found = [
        ((signal.at - BREAKOUT_DAY) // HOUR_MS, (signal.bar - BREAKOUT_DAY) // HOUR_MS)
        for signal in entries(table)
    ]
    assert found == _by_asking(table)
    return found


def _by_asking(table: SignalTable) -> list[tuple[int, int]]:
    asked = range(MONDAY, MONDAY + 40 * DAY_MS, HOUR_MS)
    return [
        ((signal.at - BREAKOUT_DAY) // HOUR_MS, (signal.bar - BREAKOUT_DAY) // HOUR_MS)
        for at in asked
        for signal in table.at(at)
    ]


def test_a_slower_bar_closes_with_the_last_feed_bar_of_its_period(turtle: Plan) -> None:
    assert moments(turtle, [FLAT] * 20 + [BREAKOUT, FLAT], []) == [(23, 0)]


def test_or_with_the_first_later_one_if_that_is_missing(turtle: Plan) -> None:
    assert moments(turtle, [FLAT] * 20 + [BREAKOUT, FLAT], [(20, 23)]) == [(24, 0)]
    missing = [(20, 22), (20, 23), (21, 0), (21, 1)]
    assert moments(turtle, [FLAT] * 20 + [BREAKOUT, FLAT], missing) == [(26, 0)]


def test_a_bar_that_has_not_closed_is_not_seen(turtle: Plan) -> None:
    open_day = [(20, hour) for hour in range(20, 24)]
    assert moments(turtle, [FLAT] * 20 + [BREAKOUT], open_day) == []
    assert moments(turtle, [FLAT] * 20 + [BREAKOUT], [(20, 23)]) == []


def test_of_bars_that_become_known_together_only_the_newest_is_visible(turtle: Plan) -> None:
    """From the evening of the breakout to the next evening nothing trades: both days close at 23:00."""
    hole = [(20, 23), *((21, hour) for hour in range(23))]
    quiet: Row = (103, 103, 103, 103, 24)
    assert moments(turtle, [FLAT] * 20 + [BREAKOUT, quiet, FLAT], hole) == []
    # The next day breaks out further: its signal is there, the old one is not.
    further: Row = (105, 105, 105, 105, 24_000)
    assert moments(turtle, [FLAT] * 20 + [BREAKOUT, further, FLAT], hole) == [(47, 24)]


def test_a_hole_of_days_shows_no_bar_twice(turtle: Plan) -> None:
    hole = [(20, 23), *((day, hour) for day in (21, 22, 23) for hour in range(24))]
    assert moments(turtle, [FLAT] * 20 + [BREAKOUT, *[FLAT] * 5], hole) == [(96, 0)]


def test_nor_is_the_exit_of_an_older_bar(turtle: Plan) -> None:
    """The close of the first day is below the channel; that of the second, known with it, is back inside."""
    hole = [(20, 23), *((21, hour) for hour in range(23))]
    below: Row = (100, 100, 97, 97, 24)
    back: Row = (100, 100, 100, 100, 24)
    known = BREAKOUT_DAY + 47 * HOUR_MS
    table = signal_table(turtle, {BTC: hourly([*[FLAT] * 20, below, back, FLAT], hole)})
    assert table.exit(known, "turtle", BTC, "long") is None
    table = signal_table(turtle, {BTC: hourly([*[FLAT] * 20, below, (96, 96, 96, 96, 24), FLAT], hole)})
    exit = table.exit(known, "turtle", BTC, "long")
    assert exit is not None
    assert exit.price == 96


def test_volatility_stays_until_the_next_close(turtle: Plan) -> None:
    series = hourly([FLAT] * 3)
    table = signal_table(turtle, {BTC: series})
    known = table.volatility_pct(MONDAY + 30 * HOUR_MS, BTC)
    # 24 hourly returns of the flat second day and the end of the first: nothing moved.
    assert known == 0
    assert table.volatility_pct(MONDAY + 30 * HOUR_MS + 1, BTC) == known
    assert table.volatility_pct(MONDAY + 400 * HOUR_MS, BTC) == 0
    assert str(table.volatility_pct(MONDAY + 23 * HOUR_MS, BTC)) == "nan"  # 24 changes need 25 bars
