"""Units of one position: shared stops, the mean price, and R over all of them; by pocket calculator.

The Turtle of the desk: N is 2, so the stop is 4 away from a fill; slippage 0.05 %, fees 0.06 %, tick 0.01.
"""

from decimal import Decimal

import pytest

from engine.model.timeframe import HOUR_MS
from tests.execution.desk import BTC, ETH, Desk, bar, contract


def two_units() -> Desk:
    """A long of 2 at 100.05 and, at 104, a unit of 1 at 104.052, up: 104.06."""
    at = Desk()
    at.enter(target_distance=Decimal(90))
    at.bar("100", "101", "99")
    at.add(quantity=Decimal(1))
    at.bar("104", "105", "103")
    return at


def test_a_unit_moves_the_stop_of_all() -> None:
    at = two_units()
    position = at.position
    assert (position.units, position.quantity) == (2, Decimal(3))
    assert position.cost == Decimal("304.16")  # 200.10 + 104.06
    assert position.stop == Decimal("100.06")  # 104.06 - 4
    assert position.target == Decimal("190.05")  # that of the first unit
    assert position.last_fill == Decimal("104.06")
    assert position.initial_risk == Decimal(12)  # 2 x 4 + 1 x 4
    assert position.fees == Decimal("0.182496")  # 0.12006 + 104.06 x 0.06 % = 0.062436
    # The mean, 304.16 / 3 = 101.3867, x 0.8 / 0.99 = 81.9286..., to the nearer tick for a long: up
    assert position.liquidation == Decimal("81.93")
    assert position.margin == Decimal("60.832")  # 304.16 / 5
    assert position.risk == Decimal("3.98")  # 304.16 - 3 x 100.06
    assert position.opened_at == 0
    assert at.broker.cash == Decimal("9999.817504")


def test_a_unit_is_added_and_all_are_stopped() -> None:
    at = two_units()
    at.bar("102", "103", "100")
    trade = at.trade
    # 100.06 x 0.9995 = 100.00997, down to 100.00
    assert (trade.exit_reason, trade.exit_price) == ("stop", Decimal("100.00"))
    assert trade.quantity == Decimal(3)
    assert trade.entry_price == Decimal("101.386666666667")
    assert trade.gross_pnl == Decimal("-4.16")  # 300 - 304.16
    assert trade.fees == Decimal("0.362496")  # 0.182496 + 300 x 0.06 %
    assert trade.pnl == Decimal("-4.522496")
    assert trade.r_multiple == pytest.approx(-4.522496 / 12, rel=1e-15)
    assert trade.pnl_pct == pytest.approx(-452.2496 / 304.16, rel=1e-15)
    assert at.broker.cash == Decimal("9995.477504")
    assert [fill.quantity for fill in at.journal.fills] == [Decimal(2), Decimal(1), Decimal(3)]
    assert [fill.purpose for fill in at.journal.fills] == ["entry", "add", "exit"]
    assert not at.broker.positions


def test_a_short_is_the_mirror() -> None:
    at = Desk()
    at.enter(side="short", target_distance=Decimal(90))
    at.bar("100", "101", "99")  # two at 99.95
    at.add(quantity=Decimal(1))
    at.bar("96", "97", "95")  # one at 96 x 0.9995 = 95.952, down: 95.95
    position = at.position
    assert (position.cost, position.stop) == (Decimal("295.85"), Decimal("99.95"))
    assert position.target == Decimal("9.95")
    # 98.6167 x 1.2 / 1.01 = 117.1683..., to the nearer tick for a short: down
    assert position.liquidation == Decimal("117.16")
    at.bar("98", "100", "97")  # 99.95 x 1.0005 = 99.999975, up: 100
    trade = at.trade
    assert (trade.exit_price, trade.gross_pnl) == (Decimal("100.00"), Decimal("-4.15"))
    assert trade.fees == Decimal("0.35751")  # 295.85 x 0.06 % + 300 x 0.06 %
    assert trade.r_multiple == pytest.approx(-4.50751 / 12, rel=1e-15)


def test_a_unit_never_moves_the_stop_back() -> None:
    at = two_units()
    at.add(quantity=Decimal(1), stop_distance=Decimal(8), id="third")
    at.bar("105", "106", "104")  # 105.0525, up: 105.06; 8 below is 97.06
    assert (at.position.units, at.position.stop) == (3, Decimal("100.06"))
    short = Desk()
    short.enter(side="short")
    short.bar("100", "101", "99")
    short.add(stop_distance=Decimal(9))
    short.bar("98", "99", "97")
    assert (short.position.units, short.position.stop) == (2, Decimal("103.95"))


def test_four_units_of_different_distances_have_one_r() -> None:
    at = Desk()
    at.enter(quantity=Decimal(1), target_distance=Decimal(90))
    at.bar("100", "101", "99")
    for number, (opening, distance) in enumerate([("102", 4), ("104", 5), ("106", 6)]):
        at.add(quantity=Decimal(1), stop_distance=Decimal(distance), id=f"add-{number}")
        at.bar(opening, opening, opening)
    position = at.position
    # 100.05 + 102.06 + 104.06 + 106.06; 106.06 - 6
    assert (position.units, position.cost, position.stop) == (4, Decimal("412.23"), Decimal("100.06"))
    assert position.initial_risk == Decimal(19)  # 4 + 4 + 5 + 6
    at.bar("90", "91", "89")  # 89.955, down: 89.95
    assert at.trade.gross_pnl == Decimal("-52.43")  # 359.80 - 412.23
    assert at.trade.fees == Decimal("0.463218")  # 0.06 % of 412.23 + 359.80
    assert at.trade.r_multiple == pytest.approx(-52.893218 / 19, rel=1e-15)


def test_the_liquidation_of_units_comes_before_their_stop() -> None:
    """Leverage 10, maintenance 5 %: the mean of 100.05 and 104.06 is 102.055; x 0.9 / 0.95 = 96.683..."""
    at = Desk(contract(maintenance_margin_pct=Decimal(5)))
    at.enter(leverage=Decimal(10), stop_distance=Decimal(12), target_distance=Decimal(90))
    at.bar("100", "101", "99")
    at.add(leverage=Decimal(10), stop_distance=Decimal(12))
    at.bar("104", "105", "103")
    assert (at.position.liquidation, at.position.stop) == (Decimal("96.69"), Decimal("92.06"))
    at.bar("97", "98", "92")
    # 96.69 x 0.9995 = 96.641655, down
    assert (at.trade.exit_reason, at.trade.exit_price) == ("liquidation", Decimal("96.64"))
    assert at.trade.quantity == Decimal(4)


def test_the_bar_of_the_unit_counts_with_the_new_stop() -> None:
    at = Desk()
    at.enter()
    at.bar("100", "101", "99")
    at.add()
    at.bar("104", "105", "100")  # a stop of 96.05 would stand, 100.06 does not
    assert at.trade.exit_reason == "stop"
    assert at.trade.quantity == Decimal(4)
    assert at.trade.closed_at == HOUR_MS


def test_a_unit_comes_too_late_where_the_position_has_gone() -> None:
    at = Desk()
    at.enter()
    at.bar("100", "101", "99")
    at.add()
    at.leave()
    at.bar("104", "105", "103")
    assert [fill.purpose for fill in at.journal.fills] == ["entry", "exit"]
    assert not at.broker.positions
    assert at.broker.orders == []


def test_a_unit_that_opens_beyond_the_stop_leaves_with_the_rest_at_once() -> None:
    """Entries come before stops at an open: both units are in, then both out at that open."""
    at = Desk()
    at.enter()
    at.bar("100", "101", "99")
    at.add()
    at.bar("95", "97", "94")  # bought at 95.0475, up: 95.05; its stop would be 91.05, never back: 96.05
    assert (at.trade.exit_price, at.trade.quantity) == (Decimal("94.95"), Decimal(4))
    assert at.trade.gross_pnl == Decimal("-10.40")  # 379.80 - 200.10 - 190.10


def test_a_trailed_stop_is_not_taken_back_by_a_unit() -> None:
    from tests.execution.test_trailing import percent

    at = two_units()
    at.trail(percent(1), high="110", low="104", close="109")
    assert at.position.stop == Decimal("108.90")
    at.add(id="third")
    at.bar("109", "110", "109")  # 109.0545, up: 109.06, less 4: 105.06
    assert at.position.stop == Decimal("108.90")


def test_units_of_other_symbols_go_by_rank() -> None:
    at = Desk()
    at.enter(BTC)
    at.enter(ETH, rank=2)
    at.bars(**{BTC: bar("100", "101", "99"), ETH: bar("50", "51", "49")})
    at.add(BTC, rank=2)
    at.add(ETH, rank=1)
    at.bars(**{BTC: bar("101", "102", "100"), ETH: bar("51", "52", "50")})
    assert [fill.symbol for fill in at.journal.fills[2:]] == [ETH, BTC]


def test_the_fill_of_a_unit_is_its_own() -> None:
    at = two_units()
    fill = at.journal.fills[1]
    assert (fill.order_id, fill.decision_id) == (f"{BTC}-add", f"{BTC}-further")
    assert (fill.price, fill.fee, fill.liquidity) == (Decimal("104.06"), Decimal("0.062436"), "taker")
    at.leave()
    at.bar("110", "111", "109")
    assert at.trade.decision_id == f"{BTC}-decision"  # the trade is that of the first
