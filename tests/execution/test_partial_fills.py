"""Fills limited to 10 % of a bar's volume: what is left waits, and the money stays exact.

A bar in which 10 coins trade fills 1 of them; slippage, fees and ticks are the desk's.
"""

import decimal
from decimal import Decimal
from typing import Any

import pytest

from engine.execution.broker import Journal
from engine.execution.paper import PaperBroker
from engine.model.timeframe import HOUR_MS
from tests.execution.desk import BTC, EXECUTION, Desk, bar, contract


def desk(**changes: Any) -> Desk:
    return Desk(max_volume_share_pct=Decimal(10), **{"max_entry_bars": 3, **changes})


def fills(at: Desk) -> list[tuple[str, str, str]]:
    return [
        (fill.purpose, f"{fill.quantity.normalize():f}", f"{fill.price.normalize():f}")
        for fill in at.journal.fills
    ]


def whole(volume: str = "20", **changes: Any) -> Desk:
    """A long of two coins, bought at 100.05 in one bar: stop 96.05, target 110.05."""
    at = desk(**changes)
    at.enter()
    at.bar("100", "101", "99", volume)
    return at


def test_an_entry_goes_on_at_the_next_opens() -> None:
    at = desk()
    at.enter()
    at.bar("100", "101", "99", "5")  # half a coin at 100.05
    assert (at.position.quantity, at.position.stop) == (Decimal("0.5"), Decimal("96.05"))
    assert [order.quantity for order in at.broker.orders] == [Decimal("1.5")]
    at.bar("102", "103", "101", "10")  # one at 102 x 1.0005 = 102.051, up: 102.06
    position = at.position
    assert position.quantity == Decimal("1.5")
    assert position.cost == Decimal("152.085")  # 50.025 + 102.06
    assert (position.stop, position.target) == (Decimal("96.05"), Decimal("110.05"))  # of the first part
    assert position.initial_risk == Decimal(6)  # 1.5 coins x 4
    assert position.liquidation == Decimal("81.94")  # 101.39 x 0.8 / 0.99 = 81.9313..., up
    assert (position.units, position.opened_at) == (1, 0)
    at.bar("104", "105", "103", "1000")  # the last half at 104.052, up: 104.06
    assert at.position.quantity == Decimal(2)
    assert at.position.cost == Decimal("204.115")  # + 52.03
    assert at.broker.orders == []
    assert fills(at) == [("entry", "0.5", "100.05"), ("entry", "1", "102.06"), ("entry", "0.5", "104.06")]


def test_an_entry_is_cancelled_for_the_rest_after_its_bars() -> None:
    at = desk()
    at.enter()
    for _ in range(3):
        at.bar("100", "101", "99", "5")
    assert at.position.quantity == Decimal("1.5")
    assert at.broker.orders == []
    at.bar("100", "101", "99", "100")
    assert at.position.quantity == Decimal("1.5")


def test_one_bar_for_an_entry_is_one_bar() -> None:
    at = desk(max_entry_bars=1)
    at.enter()
    at.bar("100", "101", "99", "5")
    assert (at.position.quantity, list(at.broker.orders)) == (Decimal("0.5"), [])


def test_a_hole_is_no_bar_of_an_entry() -> None:
    at = desk(max_entry_bars=2)
    at.enter()
    at.bar("100", "101", "99", "5")
    at.bars()
    at.bars()
    at.bar("100", "101", "99", "100")
    assert at.position.quantity == Decimal(2)


def test_a_share_is_whole_lots() -> None:
    at = desk()
    at.enter()
    at.bar("100", "101", "99", "5.0199")  # 0.50199 coins, lots of 0.001
    assert at.position.quantity == Decimal("0.501")


def test_an_entry_that_finds_no_volume_waits_and_begins_later() -> None:
    at = desk()
    at.enter()
    at.bar("100", "101", "99", "0")
    assert BTC not in at.broker.positions
    assert at.journal.fills == []
    at.bar("102", "103", "101", "5")  # begins here: 102.06
    assert at.position.stop == Decimal("98.06")
    assert at.position.opened_at == HOUR_MS
    at.bar("102", "103", "101", "5")
    assert at.broker.orders == []  # three bars, the empty one counted
    assert at.position.quantity == Decimal(1)


def test_an_entry_that_never_finds_volume_is_cancelled() -> None:
    at = desk()
    at.enter()
    for _ in range(3):
        at.bar("100", "101", "99", "0")
    assert at.broker.orders == []
    at.enter(id="later", decision_id="later")
    at.bar("100", "101", "99", "100")
    assert at.position.id == "later"


def test_the_rest_of_an_entry_dies_with_its_position() -> None:
    at = desk()
    at.enter()
    at.bar("100", "101", "95", "10")  # one coin bought, and stopped in the same bar...
    # ...in which nothing is left to sell to: the stop goes at the next open, before the rest is bought.
    assert fills(at) == [("entry", "1", "100.05")]
    at.bar("95", "96", "94", "100")
    assert fills(at)[1:] == [("exit", "1", "94.95")]  # 95 x 0.9995 = 94.9525, down
    assert at.trade.exit_reason == "stop"
    assert at.broker.orders == []


def test_nothing_is_bought_on_while_a_position_is_sold_in_parts() -> None:
    at = desk()
    at.enter()
    at.bar("100", "101", "99", "10")  # one of two coins
    at.leave()
    at.bar("100", "101", "99", "5")  # half a coin sold, none bought
    at.bar("100", "101", "99", "100")
    assert [purpose for purpose, _, _ in fills(at)] == ["entry", "exit", "exit"]
    assert at.broker.orders == []


def test_a_stop_that_is_filled_in_parts_goes_on_at_the_next_opens() -> None:
    at = whole()
    at.bar("98", "99", "95", "10")  # one coin at 96.05 x 0.9995, down: 96.00
    position = at.position
    assert (position.quantity, position.cost) == (Decimal(1), Decimal("100.05"))
    assert (position.closed_quantity, position.closed_value) == (Decimal(1), Decimal("96.00"))
    # 10000 - 0.12006 of the entry, - 4.05, - 96 x 0.06 % = 0.0576
    assert at.broker.cash == Decimal("9995.77234")
    at.bar("97", "112", "95", "5")  # half of the rest at 97 x 0.9995 = 96.9515, down: 96.95
    at.bar("97", "112", "95", "100")
    trade = at.trade
    assert (trade.exit_reason, trade.quantity, trade.closed_at) == ("stop", Decimal(2), 3 * HOUR_MS)
    assert trade.entry_price == Decimal("100.05")
    assert trade.exit_price == Decimal("96.475")  # (96 + 48.475 + 48.475) / 2
    assert trade.gross_pnl == Decimal("-7.15")  # 192.95 - 200.10
    assert trade.fees == Decimal("0.23583")  # 200.10 x 0.06 % + 192.95 x 0.06 %
    assert trade.pnl == Decimal("-7.38583")
    assert trade.r_multiple == pytest.approx(-7.38583 / 8, rel=1e-15)
    assert trade.pnl_pct == pytest.approx(-738.583 / 200.10, rel=1e-15)
    assert at.broker.cash == Decimal("9992.61417")
    stop = at.journal.orders[-1]
    assert {fill.order_id for fill in at.journal.fills[1:]} == {stop.id}


def test_a_stop_that_finds_no_volume_leaves_at_the_next_open() -> None:
    at = whole()
    at.bar("98", "99", "95", "0")
    assert len(at.journal.fills) == 1
    at.bar("99", "111", "98", "1000")
    assert fills(at)[1:] == [("exit", "2", "98.95")]  # 99 x 0.9995 = 98.9505, down
    assert at.trade.exit_reason == "stop"


def test_a_target_that_is_filled_in_parts_goes_on_resting() -> None:
    at = whole()
    at.bar("105", "111", "104", "5")  # half a coin at 110.05
    assert at.broker.orders == []
    at.bar("105", "109", "104", "1000")  # not reached
    assert at.position.quantity == Decimal("1.5")
    at.bar("112", "113", "111", "10")  # opens beyond it: one at 112
    at.bar("105", "106", "95", "1000")  # the rest at the stop: 96.00
    trade = at.trade
    assert (trade.exit_reason, trade.quantity) == ("stop", Decimal(2))
    assert trade.exit_price == Decimal("107.5125")  # (55.025 + 112 + 48) / 2
    assert trade.gross_pnl == Decimal("14.925")  # 215.025 - 200.10
    # 0.12006 + (55.025 + 112) x 0.02 % + 48 x 0.06 % = 0.12006 + 0.033405 + 0.0288
    assert trade.fees == Decimal("0.182265")
    assert at.broker.cash == Decimal("10014.742735")
    assert len({order.id for order in at.journal.orders}) == 4  # the entry, two targets, a stop
    assert len({fill.id for fill in at.journal.fills}) == 4


def test_a_target_that_nobody_takes_is_no_event() -> None:
    at = whole()
    at.bar("105", "111", "104", "0")
    at.bar("105", "111", "104", "0")
    assert [order.purpose for order in at.journal.orders] == ["entry"]
    at.bar("105", "111", "104", "100")
    assert at.trade.exit_price == Decimal("110.05")


def test_all_fills_of_a_bar_share_its_volume() -> None:
    at = whole()
    at.enter(side="short", id="b", decision_id="b")
    at.leave(reason="reversal")
    at.bar("100", "101", "99", "25")  # 2.5: two sold, half a coin of the short
    assert fills(at)[1:] == [("exit", "2", "99.95"), ("entry", "0.5", "99.95")]


def test_a_reversal_that_cannot_close_whole_is_only_an_exit() -> None:
    at = whole()
    at.enter(side="short", id="b", decision_id="b")
    at.leave(reason="reversal")
    at.bar("100", "101", "99", "10")
    at.bar("100", "101", "99", "10")
    assert [purpose for purpose, _, _ in fills(at)] == ["entry", "exit", "exit"]
    assert at.broker.orders == []
    assert not at.broker.positions


def test_a_unit_in_parts_is_one_unit() -> None:
    at = whole()
    at.add()
    at.bar("104", "105", "103", "5")  # half a coin at 104.052, up: 104.06; the stop comes along
    assert (at.position.units, at.position.last_fill, at.position.stop) == (
        2,
        Decimal("104.06"),
        Decimal("100.06"),
    )
    at.bar("106", "107", "105", "100")  # the rest at 106.053, up: 106.06; nothing moves
    position = at.position
    assert (position.units, position.last_fill, position.stop) == (2, Decimal("104.06"), Decimal("100.06"))
    assert position.quantity == Decimal(4)
    assert position.cost == Decimal("411.22")  # 200.10 + 52.03 + 159.09
    assert position.initial_risk == Decimal(16)
    assert [fill.purpose for fill in at.journal.fills] == ["entry", "add", "add"]


def test_a_unit_that_finds_no_volume_is_a_unit_later() -> None:
    at = whole()
    at.add()
    at.bar("104", "105", "103", "0")
    assert (at.position.units, at.position.stop) == (1, Decimal("96.05"))
    at.bar("106", "107", "105", "100")
    assert (at.position.units, at.position.stop, at.position.last_fill) == (
        2,
        Decimal("102.06"),
        Decimal("106.06"),
    )


def test_a_cost_that_cannot_be_split_evenly_adds_up_again() -> None:
    """0.7 coins for 70.000000007: a seventh of it has no end."""
    with decimal.localcontext(prec=60):
        at = Desk(
            contract(tick_size=Decimal("1E-8")), max_volume_share_pct=Decimal(10), slippage_pct=Decimal(0)
        )
        at.enter(quantity=Decimal("0.7"))
        at.bar("100.00000001", "101", "99", "7")
        at.leave()
        for volume in ("1", "2", "3", "100"):
            at.bar("100", "101", "99", volume)
        trade = at.trade
        assert trade.gross_pnl == Decimal("-0.000000007")  # 70 - 70.000000007
        assert at.broker.cash == Decimal(10_000) + trade.pnl
        assert trade.fees == sum(fill.fee for fill in at.journal.fills)


def test_a_session_goes_on_with_half_an_entry() -> None:
    """What a broker needs to know of the rest survives in its snapshot."""
    at = whole()
    at.add()
    at.bar("104", "105", "103", "5")
    again = PaperBroker(at.broker._execution, at.contracts, Decimal(0))
    again.restore(at.broker.snapshot())
    for broker in (at.broker, again):
        journal = Journal()
        bars = {BTC: bar("106", "107", "105")}
        volumes = {BTC: Decimal(100)}
        broker.at_open(at.at, {BTC: Decimal(106)}, journal, volumes)
        broker.inside(at.at, bars, journal, volumes)
    assert again.positions == at.broker.positions
    assert again.cash == at.broker.cash
    assert again.snapshot() == at.broker.snapshot()


def test_without_a_limit_volume_does_not_matter() -> None:
    at = Desk()
    assert not at.broker.needs_volume
    assert EXECUTION.max_volume_share_pct == 0
    at.enter()
    at.bar("100", "101", "99", "0")
    assert at.position.quantity == Decimal(2)
