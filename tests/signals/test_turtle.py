"""The turtle by pocket calculator: when it may speak first, its confidence, its stop and target."""

from typing import Any

import pytest

from engine.model.candles import Candles
from engine.model.config import Config
from engine.model.signal import Signal
from engine.model.timeframe import DAY_MS
from engine.research.backtest import changed_config, plan_for
from engine.signals.plan import Plan
from engine.signals.table import signal_table
from tests.signals.samples import BTC, FLAT, MONDAY, Row, candles, changed, entries


@pytest.fixture(scope="module")
def turtle(config: Config) -> Plan:
    return plan_for(changed_config(config, ["turtle"]), "1d")


def signals(turtle: Plan, series: Candles) -> list[Signal]:
    return entries(signal_table(turtle, {series.symbol: series}))


@pytest.mark.parametrize(
    ("last", "side", "confidence"),
    [
        # The channel of the 20 flat days is 99 ... 101, N = 2 (or 2.05 where the day ranges over 3).
        ((101, 103, 100, 103, 200), "long", 0.65),  # 2 beyond the level, half of N is 1.025
        ((100, 101.7, 99.7, 101.7, 200), "long", 0.60),  # 0.7 beyond, a quarter of N is 0.5
        ((100, 101.4, 99.4, 101.4, 200), "long", 0.50),  # 0.4 beyond: the base
        ((99, 100, 97, 97, 200), "short", 0.65),
        ((100, 100.3, 98.3, 98.3, 200), "short", 0.60),
        ((100, 100.6, 98.6, 98.6, 200), "short", 0.50),
    ],
)
def test_confidence_is_the_base_and_the_first_tier_that_holds(
    turtle: Plan, last: Row, side: str, confidence: float
) -> None:
    (signal,) = signals(turtle, candles([FLAT] * 20 + [last]))
    assert (signal.side, signal.confidence) == (side, pytest.approx(confidence, rel=1e-15))
    assert (signal.at, signal.bar) == (MONDAY + 20 * DAY_MS, MONDAY + 20 * DAY_MS)


@pytest.mark.parametrize(
    "last",
    [
        (100, 101, 99, 101, 200),  # at the level, not beyond
        (101, 103, 100, 103, 100),  # volume at its mean of 100, not above
        (101, 103, 100, 103, 99),
        (100, 103, 99, 101, 200),  # the high does not count
    ],
)
def test_silence(turtle: Plan, last: Row) -> None:
    assert signals(turtle, candles([FLAT] * 20 + [last])) == []


def test_stop_and_target(turtle: Plan) -> None:
    (signal,) = signals(turtle, candles([FLAT] * 20 + [(101, 103, 100, 103, 200)]))
    # The true range of the last day is 3, Wilder's N = (19 x 2 + 3) / 20 = 2.05.
    assert signal.stop_distance == pytest.approx(4.10, rel=1e-12)
    assert signal.target_distance == pytest.approx(10.25, rel=1e-12)
    assert signal.reward_to_risk == pytest.approx(2.5, rel=1e-15)
    assert (signal.price, signal.kind, signal.rule) == (103, "entry", "")
    assert signal.operands == {
        "close": 103,
        "entry_high": 101,
        "volume": 200,
        "sma(volume, 20)": 105,
        "n": 2.05,
    }


def test_a_stop_is_never_wider_than_8_pct(turtle: Plan) -> None:
    wild: Row = (100, 110, 90, 100, 100)
    (signal,) = signals(turtle, candles([wild] * 20 + [(101, 112, 100, 112, 200)]))
    # N is 19.6 and twice that 39.2; 8 % of 112 are 8.96.
    assert signal.stop_distance == pytest.approx(8.96, rel=1e-12)
    assert signal.target_distance == pytest.approx(22.4, rel=1e-12)


def test_nothing_is_said_while_an_operand_is_unknown(turtle: Plan) -> None:
    """The channel asks for 20 bars before: the 21st may be the first signal, the 20th may not."""
    breakout: Row = (101, 103, 100, 103, 200)
    assert signals(turtle, candles([FLAT] * 19 + [breakout])) == []
    assert len(signals(turtle, candles([FLAT] * 20 + [breakout]))) == 1
    assert signals(turtle, candles([FLAT])) == []
    assert signals(turtle, candles([])) == []


def test_a_bonus_that_is_unknown_adds_nothing(config: Config) -> None:
    """It does not silence the signal, nor make its confidence unknown."""

    def changes(document: Any) -> None:
        group = {"name": "trend of a year", "add": "0.001 * roc(close, 300)"}
        document["strategies"]["strategies"]["turtle"]["confidence"]["long"]["add"].append(group)

    plan = plan_for(changed_config(changed(config, changes), ["turtle"]), "1d")
    breakout: Row = (101, 103, 100, 103, 200)
    (early,) = signals(plan, candles([FLAT] * 20 + [breakout]))
    assert early.confidence == pytest.approx(0.65, rel=1e-12)
    (late,) = signals(plan, candles([FLAT] * 300 + [breakout]))
    assert late.confidence == pytest.approx(0.653, rel=1e-12)  # 3 % above the close of 300 days before


def test_an_exit_rule_says_which_and_why(turtle: Plan) -> None:
    table = signal_table(turtle, {BTC: candles([FLAT] * 20 + [(100, 100, 98, 98, 50)])})
    moment = MONDAY + 20 * DAY_MS
    signal = table.exit(moment, "turtle", BTC, "long")
    assert signal is not None
    assert (signal.kind, signal.rule, signal.side, signal.price) == ("exit", "close < exit_low", "long", 98)
    assert signal.operands == {"close": 98, "exit_low": 99}
    assert table.exit(moment, "turtle", BTC, "short") is None
    assert table.exit(moment - DAY_MS, "turtle", BTC, "long") is None
    assert table.exit(moment, "zweig", BTC, "long") is None
    assert table.exit(moment, "turtle", "ETHUSDTM", "long") is None
    assert table.at(moment) == []  # the day's volume is too low for an entry


def test_signals_before_the_first_traded_bar_are_left_out(turtle: Plan) -> None:
    series = candles([FLAT] * 20 + [(101, 103, 100, 103, 200)])
    last = MONDAY + 20 * DAY_MS
    assert len(entries(signal_table(turtle, {BTC: series}, from_ms=last))) == 1
    assert entries(signal_table(turtle, {BTC: series}, from_ms=last + 1)) == []
