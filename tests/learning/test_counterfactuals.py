"""Refused signals walked on: the same as what the paper broker does with the order alone."""

import decimal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.execution.broker import Journal
from engine.execution.fills import Bar, price_of
from engine.execution.orders import exit_order, unit_order
from engine.execution.paper import PaperBroker
from engine.learning.counterfactuals import Counterfactuals, outcome_of
from engine.model.config import Execution
from engine.model.decision import Decision
from engine.model.outcome import Outcome
from engine.model.signal import Side, Signal
from engine.model.timeframe import HOUR_MS
from engine.model.trading import Contract
from engine.session import MONEY_DIGITS

BTC: Final = "XBTUSDTM"
FOR_EVER: Final = 10**6 * HOUR_MS

EXECUTION: Final = Execution(
    "paper", Decimal(10_000), Decimal("0.06"), Decimal("0.02"), slippage_pct=Decimal("0.05")
)
CONTRACT: Final = Contract(
    BTC, "XBT", "btc", Decimal("0.01"), Decimal("0.001"), Decimal(100), maintenance_margin_pct=Decimal(1)
)


@dataclass(frozen=True)
class Hour:
    """A feed bar: open in hours, prices, and whether the exit rule holds at its close."""

    at: int
    open: float
    high: float
    low: float
    close: float
    exit_rule: bool = False


def refused(side: Side = "long", stop: float = 4.0, target: float = 10.0, id: str = "d") -> Decision:
    signal = Signal("turtle", BTC, side, -HOUR_MS, -HOUR_MS, 100.0, 0.6, stop, target)
    return Decision(id, "c0ffee", 0, signal, "refused", 0.6, code="multiplier_zero")


def walked(
    hours: Sequence[Hour], *decisions: Decision, leverage: int = 5, horizon_ms: int = FOR_EVER
) -> list[Outcome]:
    """The outcomes of these refused decisions over these bars."""
    counterfactuals = Counterfactuals(EXECUTION, {BTC: CONTRACT}, HOUR_MS)
    for decision in decisions:
        counterfactuals.start(decision, Decimal(leverage), horizon_ms)
    ended = []
    for hour in hours:
        rule = hour.exit_rule
        ended += counterfactuals.walk(
            BTC,
            hour.at * HOUR_MS,
            (hour.open, hour.high, hour.low, hour.close),
            lambda strategy_id, symbol, side, rule=rule: rule,  # type: ignore[misc]
        )
    assert len(counterfactuals) == len(decisions) - len(ended)
    return ended


def traded(hours: Sequence[Hour], decision: Decision, leverage: int) -> list[Outcome]:
    """What the paper broker makes of the same order, alone in its account."""
    broker, journal = PaperBroker(EXECUTION, {BTC: CONTRACT}, Decimal(10_000)), Journal()
    broker.submit(unit_order(decision, CONTRACT, Decimal(leverage)), journal)
    for hour in hours:
        at = hour.at * HOUR_MS
        bar = Bar(price_of(hour.open), price_of(hour.high), price_of(hour.low))
        broker.at_open(at, {BTC: bar.open}, journal)
        broker.inside(at, {BTC: bar}, journal)
        if hour.exit_rule and BTC in broker.positions:
            position = broker.positions[BTC]
            broker.submit(exit_order(position, "x", "exit_rule", bar.open, at), journal)
    return [outcome_of(trade) for trade in journal.trades]


@pytest.fixture(autouse=True)
def _digits() -> Iterator[None]:
    """As many digits as a session computes with."""
    with decimal.localcontext(prec=MONEY_DIGITS):
        yield


@st.composite
def histories(draw: st.DrawFn) -> list[Hour]:
    """Bars around 100 with holes between them; rarely, the exit rule holds."""
    cents = st.integers(8_000, 12_000)
    at, hours = 0, []
    for _ in range(draw(st.integers(1, 12))):
        low, one, other, high = (value / 100 for value in sorted(draw(st.tuples(*[cents] * 4))))
        if draw(st.booleans()):
            one, other = other, one
        hours.append(Hour(at, one, high, low, other, draw(st.integers(0, 5)) == 0))
        at += draw(st.sampled_from([1, 1, 1, 2, 7]))
    return hours


@given(
    histories(),
    st.sampled_from(["long", "short"]),
    st.integers(25, 2_500),
    st.integers(25, 3_000),
    st.sampled_from([1, 5, 20, 50]),
)
def test_it_is_what_the_paper_broker_does(
    hours: list[Hour], side: Side, stop: int, target: int, leverage: int
) -> None:
    decision = refused(side, stop / 100, target / 100)
    ends = [_facts(outcome) for outcome in walked(hours, decision, leverage=leverage)]
    assert ends == [_facts(outcome) for outcome in traded(hours, decision, leverage)]


def _facts(outcome: Outcome) -> tuple[Any, ...]:
    return (
        outcome.decision_id,
        outcome.opened_at,
        outcome.ended_at,
        outcome.pnl_pct,
        outcome.r_multiple,
        outcome.ending,
    )


def test_an_outcome_says_what_it_answers() -> None:
    (outcome,) = walked([Hour(0, 100, 101, 99, 100), Hour(1, 105, 111, 104, 106)], refused())
    assert (outcome.code, outcome.is_counterfactual) == ("multiplier_zero", True)
    assert (outcome.strategy_id, outcome.symbol, outcome.side) == ("turtle", BTC, "long")
    assert (outcome.opened_at, outcome.ended_at, outcome.ending) == (0, HOUR_MS, "target")
    # One coin at 100.05, out at 110.05: 10 less 0.06003 (0.06 %) and 0.02201 (0.02 %).
    assert outcome.pnl_pct == pytest.approx(100 * 9.91796 / 100.05, rel=1e-15)
    assert outcome.r_multiple == pytest.approx(9.91796 / 4, rel=1e-15)


@pytest.mark.parametrize(
    ("side", "leverage", "last", "ending"),
    [
        ("long", 5, Hour(1, 98, 99, 95, 96), "stop"),
        ("short", 5, Hour(1, 102, 105, 101, 103), "stop"),
        ("long", 5, Hour(1, 105, 111, 104, 106), "target"),
        ("short", 5, Hour(1, 95, 96, 89, 90), "target"),
        ("long", 5, Hour(1, 98, 99, 96.05, 97), "stop"),  # at the level, to the cent
        ("short", 5, Hour(1, 102, 103.95, 101, 103), "stop"),
        ("long", 5, Hour(1, 105, 110.05, 104, 106), "target"),
        ("short", 5, Hour(1, 95, 96, 89.95, 90), "target"),
        ("long", 50, Hour(1, 100, 101, 98, 99), "liquidation"),  # 100.05 x 0.98 / 0.99 = 99.04
        ("short", 50, Hour(1, 100, 102, 99, 100), "liquidation"),  # 99.95 x 1.02 / 1.01 = 100.94
    ],
)
def test_every_ending(side: Side, leverage: int, last: Hour, ending: str) -> None:
    quiet = Hour(0, 100, 100.5, 99.5, 100)
    (outcome,) = walked([quiet, last], refused(side), leverage=leverage)
    assert outcome.ending == ending
    assert _facts(outcome) == _facts(traded([quiet, last], refused(side), leverage)[0])


def test_an_exit_rule_leaves_at_the_next_open() -> None:
    hours = [Hour(0, 100, 101, 99, 100, exit_rule=True), Hour(5, 90, 112, 89, 90)]
    (outcome,) = walked(hours, refused())
    assert (outcome.ending, outcome.ended_at) == ("exit_rule", 5 * HOUR_MS)
    # In at 100.05, out at 89.95; fees 0.06003 and 0.05397.
    assert outcome.pnl_pct == pytest.approx(100 * (-10.10 - 0.114) / 100.05, rel=1e-12)


def test_it_may_end_in_the_bar_of_its_entry() -> None:
    (outcome,) = walked([Hour(0, 100, 101, 95, 96)], refused())
    assert (outcome.ending, outcome.opened_at, outcome.ended_at) == ("stop", 0, 0)


def test_the_entry_waits_over_a_hole() -> None:
    (outcome,) = walked([Hour(7, 100, 101, 99, 100), Hour(8, 100, 111, 99, 100)], refused())
    assert (outcome.opened_at, outcome.ended_at) == (7 * HOUR_MS, 8 * HOUR_MS)


QUIET: Final = [Hour(at, 100, 101, 99, 100) for at in range(10)]


def test_the_horizon_ends_it_at_a_close() -> None:
    hours = [*QUIET[:2], Hour(2, 100, 103, 99, 102), Hour(3, 90, 91, 89, 90)]
    (outcome,) = walked(hours, refused(), horizon_ms=3 * HOUR_MS)
    assert outcome.ending == "horizon"
    # In at 100.05, out at 102 x 0.9995 = 101.949, down to 101.94; fees 0.06003 and 0.061164.
    assert outcome.pnl_pct == pytest.approx(100 * (1.89 - 0.121194) / 100.05, rel=1e-12)


def test_a_walk_has_no_more_bars_than_its_horizon() -> None:
    """Three hours after the open of the entry is the close of the third bar."""
    (outcome,) = walked(QUIET, refused(), horizon_ms=3 * HOUR_MS)
    assert outcome.ended_at == 2 * HOUR_MS


def test_the_horizon_counts_from_the_entry_and_waits_over_a_hole() -> None:
    hours = [Hour(5, 100, 101, 99, 100), Hour(6, 100, 101, 99, 100), Hour(20, 100, 101, 99, 100)]
    (outcome,) = walked(hours, refused(), horizon_ms=4 * HOUR_MS)
    assert (outcome.ending, outcome.opened_at, outcome.ended_at) == ("horizon", 5 * HOUR_MS, 20 * HOUR_MS)


def test_a_level_in_the_last_bar_comes_before_the_horizon() -> None:
    hours = [*QUIET[:2], Hour(2, 100, 111, 99, 100)]
    assert walked(hours, refused(), horizon_ms=3 * HOUR_MS)[0].ending == "target"


def test_walks_of_one_symbol_do_not_touch_each_other() -> None:
    hours = [Hour(0, 100, 101, 99, 100), Hour(1, 100, 105, 95, 100), Hour(2, 100, 111, 99, 100)]
    ended = walked(hours, refused(id="a"), refused("short", 3, id="b"), refused(stop=8, id="c"))
    assert [(outcome.decision_id, outcome.ending, outcome.ended_at // HOUR_MS) for outcome in ended] == [
        ("a", "stop", 1),
        ("b", "stop", 1),
        ("c", "target", 2),
    ]


def test_what_has_not_ended_is_no_outcome() -> None:
    counterfactuals = Counterfactuals(EXECUTION, {BTC: CONTRACT}, HOUR_MS)
    counterfactuals.start(refused(), Decimal(5), FOR_EVER)
    assert counterfactuals.symbols == [BTC]
    for hour in QUIET:
        prices = (hour.open, hour.high, hour.low, hour.close)
        assert counterfactuals.walk(BTC, hour.at * HOUR_MS, prices, lambda *_: False) == []
    assert len(counterfactuals) == 1
    assert counterfactuals.walk("ETHUSDTM", 0, (1, 1, 1, 1), lambda *_: True) == []
    assert counterfactuals.walk(BTC, 10 * HOUR_MS, (90, 90, 90, 90), lambda *_: False)[0].ending == "stop"
    assert counterfactuals.symbols == []


def test_the_exit_rule_is_asked_at_every_close_of_an_open_walk() -> None:
    asked: list[tuple[str, str, Side]] = []

    def rule(strategy_id: str, symbol: str, side: Side) -> bool:
        asked.append((strategy_id, symbol, side))
        return False

    counterfactuals = Counterfactuals(EXECUTION, {BTC: CONTRACT}, HOUR_MS)
    counterfactuals.start(refused("short"), Decimal(5), FOR_EVER)
    for at in range(3):
        counterfactuals.walk(BTC, at * HOUR_MS, (100, 101, 99, 100), rule)
    assert asked == [("turtle", BTC, "short")] * 3
