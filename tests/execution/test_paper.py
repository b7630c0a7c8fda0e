"""The paper broker bar by bar: where orders fill, in which order, and what is in the till after."""

from decimal import Decimal

import pytest

from engine.model.timeframe import HOUR_MS
from tests.execution.desk import BTC, ETH, Desk, bar, contract


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_an_entry_waits_for_the_next_open(desk: Desk) -> None:
    desk.enter()
    assert desk.journal.fills == []
    desk.bar("100", "101", "99")
    (fill,) = desk.journal.fills
    assert (fill.price, fill.fee, fill.liquidity) == (Decimal("100.05"), Decimal("0.12006"), "taker")
    assert fill.at == 0
    assert desk.broker.cash == Decimal("9999.87994")  # 10000 - 200.10 x 0.06 %
    assert desk.broker.orders == []


def test_a_long_to_its_target(desk: Desk) -> None:
    desk.enter()
    desk.bar("100", "101", "99")  # bought at 100.05: stop 96.05, target 110.05
    desk.bar("105", "111", "104")
    trade = desk.trade
    assert (trade.exit_reason, trade.exit_price) == ("target", Decimal("110.05"))  # no slippage
    assert trade.gross_pnl == Decimal("20.00")  # 2 x 10
    assert trade.fees == Decimal("0.16408")  # 200.10 x 0.06 % + 220.10 x 0.02 %
    assert trade.pnl == Decimal("19.83592")
    assert desk.broker.cash == Decimal("10019.83592")


def test_a_long_to_its_stop(desk: Desk) -> None:
    desk.enter()
    desk.bar("100", "101", "99")
    desk.bar("98", "99", "95")
    trade = desk.trade
    # 96.05 x 0.9995 = 96.001975, down to the cent
    assert (trade.exit_reason, trade.exit_price) == ("stop", Decimal("96.00"))
    assert trade.gross_pnl == Decimal("-8.10")  # 192.00 - 200.10
    assert trade.fees == Decimal("0.23526")  # 0.12006 + 192 x 0.06 %
    assert trade.pnl == Decimal("-8.33526")
    assert desk.broker.cash == Decimal("9991.66474")


def test_a_short_to_its_target(desk: Desk) -> None:
    desk.enter(side="short")
    desk.bar("100", "101", "99")  # sold at 99.95: stop 103.95, target 89.95
    desk.bar("95", "96", "89")
    trade = desk.trade
    assert (trade.exit_reason, trade.exit_price) == ("target", Decimal("89.95"))
    assert trade.gross_pnl == Decimal("20.00")
    assert trade.fees == Decimal("0.15592")  # 199.90 x 0.06 % + 179.90 x 0.02 %
    assert trade.pnl == Decimal("19.84408")
    assert desk.broker.cash == Decimal("10019.84408")


def test_a_short_to_its_stop(desk: Desk) -> None:
    desk.enter(side="short")
    desk.bar("100", "101", "99")
    desk.bar("102", "105", "101")
    trade = desk.trade
    # 103.95 x 1.0005 = 104.001975, up to the cent
    assert (trade.exit_reason, trade.exit_price) == ("stop", Decimal("104.01"))
    assert trade.gross_pnl == Decimal("-8.12")  # 199.90 - 208.02
    assert trade.fees == Decimal("0.244752")  # 0.11994 + 208.02 x 0.06 %
    assert trade.pnl == Decimal("-8.364752")
    assert desk.broker.cash == Decimal("9991.635248")


@pytest.mark.parametrize(
    ("side", "second", "price", "reason"),
    [
        ("long", ("90", "97", "89"), "89.95", "stop"),  # 90 x 0.9995 = 89.955, down
        ("short", ("110", "111", "103"), "110.06", "stop"),  # 110 x 1.0005 = 110.055, up
        ("long", ("115", "116", "114"), "115", "target"),  # a limit order: the open, no slippage
        ("short", ("85", "86", "84"), "85", "target"),
    ],
)
def test_a_bar_that_opens_beyond_a_level_fills_at_its_open(
    desk: Desk, side: str, second: tuple[str, str, str], price: str, reason: str
) -> None:
    desk.enter(side=side)  # type: ignore[arg-type]
    desk.bar("100", "101", "99")
    desk.bar(*second)
    assert (desk.trade.exit_price, desk.trade.exit_reason) == (Decimal(price), reason)


@pytest.mark.parametrize("side", ["long", "short"])
def test_both_levels_inside_one_bar_are_a_stop(desk: Desk, side: str) -> None:
    desk.enter(side=side)  # type: ignore[arg-type]
    desk.bar("100", "101", "99")
    desk.bar("100", "112", "88")
    assert desk.trade.exit_reason == "stop"


@pytest.mark.parametrize(
    ("side", "first", "reason", "price"),
    [
        ("long", ("100", "101", "96"), "stop", "96.00"),
        ("long", ("100", "110.05", "99"), "target", "110.05"),
        ("short", ("100", "104", "99"), "stop", "104.01"),
        ("short", ("100", "101", "89.95"), "target", "89.95"),
    ],
)
def test_the_entry_bar_counts(
    desk: Desk, side: str, first: tuple[str, str, str], reason: str, price: str
) -> None:
    desk.enter(side=side)  # type: ignore[arg-type]
    desk.bar(*first)
    trade = desk.trade
    assert (trade.exit_reason, trade.exit_price) == (reason, Decimal(price))
    assert trade.opened_at == trade.closed_at == 0
    assert not desk.broker.positions


def test_liquidation_comes_before_a_stop_that_is_further_away() -> None:
    desk = Desk(contract(maintenance_margin_pct=Decimal(5)))
    desk.enter(leverage=Decimal(10), stop_distance=Decimal(8))
    desk.bar("100", "101", "99")
    # 100.05 x 0.9 / 0.95 = 94.7842..., stop 92.05
    assert (desk.position.liquidation, desk.position.stop) == (Decimal("94.79"), Decimal("92.05"))
    desk.bar("98", "99", "90")
    # 94.79 x 0.9995 = 94.742605
    assert (desk.trade.exit_reason, desk.trade.exit_price) == ("liquidation", Decimal("94.74"))
    assert desk.journal.orders[-1].reference_price == Decimal("94.79")


def test_distances_count_from_the_fill(desk: Desk) -> None:
    desk.enter(reference_price=Decimal(100))
    desk.bar("103", "104", "102")  # 103 x 1.0005 = 103.0515: bought at 103.06
    position = desk.position
    assert position.entry_price == Decimal("103.06")
    assert (position.stop, position.target) == (Decimal("99.06"), Decimal("113.06"))
    assert position.initial_risk == Decimal(8)  # 4 x 2 coins
    assert position.margin == Decimal("41.224")  # 206.12 / 5


@pytest.mark.parametrize(
    ("side", "stop", "target"),
    [
        ("long", "96.04", "110.06"),  # 100.05 - 4.005 = 96.045 and 100.05 + 10.005 = 110.055
        ("short", "103.96", "89.94"),  # 99.95 + 4.005 = 103.955 and 99.95 - 10.005 = 89.945
    ],
)
def test_levels_off_the_grid_are_rounded_against_us(desk: Desk, side: str, stop: str, target: str) -> None:
    distances = {"stop_distance": Decimal("4.005"), "target_distance": Decimal("10.005")}
    desk.enter(side=side, **distances)  # type: ignore[arg-type]
    desk.bar("100", "101", "99")
    assert (desk.position.stop, desk.position.target) == (Decimal(stop), Decimal(target))


def test_pnl_pct_and_r_are_net_of_fees(desk: Desk) -> None:
    desk.enter()
    desk.bar("100", "101", "99")
    desk.bar("105", "111", "104")
    assert desk.trade.pnl_pct == pytest.approx(100 * 19.83592 / 200.10, rel=1e-15)  # unlevered
    assert desk.trade.r_multiple == pytest.approx(19.83592 / 8, rel=1e-15)


def test_an_exit_rule_leaves_at_the_next_open(desk: Desk) -> None:
    desk.enter()
    desk.bar("100", "101", "99")
    desk.leave()
    desk.bar("90", "112", "89")  # below the stop already: what was decided comes first
    trade = desk.trade
    assert (trade.exit_reason, trade.exit_price, trade.closed_at) == ("exit_rule", Decimal("89.95"), HOUR_MS)
    assert trade.fees == Decimal("0.228")  # 0.12006 + 179.90 x 0.06 %
    assert (trade.decision_id, trade.exit_decision_id) == (f"{BTC}-decision", "why")


def test_a_reversal_closes_before_it_opens(desk: Desk) -> None:
    desk.enter()
    desk.bar("100", "101", "99")
    desk.enter(side="short", id="b", decision_id="b", rank=1)
    desk.leave(reason="reversal")
    desk.bar("100", "101", "99")
    assert [(fill.purpose, fill.side, fill.price) for fill in desk.journal.fills] == [
        ("entry", "long", Decimal("100.05")),
        ("exit", "long", Decimal("99.95")),
        ("entry", "short", Decimal("99.95")),
    ]
    assert desk.position.side == "short"
    # Bought at 200.10 and sold at 199.90; fees 0.12006 + 0.11994, and 0.11994 for the new entry.
    assert desk.broker.cash == Decimal(10_000) - Decimal("0.20") - Decimal("0.24") - Decimal("0.11994")


def test_exits_of_all_symbols_come_before_entries(desk: Desk) -> None:
    desk.enter(BTC)
    desk.bar("100", "101", "99")
    desk.enter(ETH, rank=1)
    desk.leave(BTC)
    desk.bars(**{ETH: bar("100", "101", "99"), BTC: bar("100", "101", "99")})
    assert [(fill.symbol, fill.purpose) for fill in desk.journal.fills[1:]] == [(BTC, "exit"), (ETH, "entry")]


def test_entries_go_by_rank() -> None:
    names = ["AAAUSDTM", "BBBUSDTM", "CCCUSDTM"]
    desk = Desk(*(contract(name) for name in names))
    for name, rank in zip(names, (3, 1, 2), strict=True):
        desk.enter(name, rank=rank)
    desk.bars(**{name: bar("100", "101", "99") for name in names})
    assert [fill.symbol for fill in desk.journal.fills] == ["BBBUSDTM", "CCCUSDTM", "AAAUSDTM"]


def test_an_order_waits_over_a_hole(desk: Desk) -> None:
    desk.enter(BTC)
    desk.bars(**{ETH: bar("50", "51", "49")})
    desk.bars()
    assert len(desk.broker.orders) == 1
    assert desk.journal.fills == []
    desk.bar("102", "103", "101")
    (fill,) = desk.journal.fills
    assert (fill.at, fill.price) == (2 * HOUR_MS, Decimal("102.06"))  # 102.051, up


def test_an_exit_waits_over_a_hole_too(desk: Desk) -> None:
    desk.enter(BTC)
    desk.bar("100", "101", "99")
    desk.leave(BTC)
    desk.bars()
    assert BTC in desk.broker.positions
    desk.bar("94", "95", "93")
    assert (desk.trade.exit_reason, desk.trade.exit_price) == ("exit_rule", Decimal("93.95"))  # 93.953, down


def test_a_second_exit_of_one_position_has_nothing_left_to_close(desk: Desk) -> None:
    desk.enter()
    desk.bar("100", "101", "99")
    desk.leave()
    desk.leave(reason="breaker")
    desk.bar("100", "101", "99")
    assert desk.trade.exit_reason == "exit_rule"


def test_an_entry_into_an_open_position_is_a_bug(desk: Desk) -> None:
    desk.enter()
    desk.bar("100", "101", "99")
    desk.enter(id="again")
    with pytest.raises(AssertionError, match="again meets an open position"):
        desk.bar("100", "101", "99")


def test_orders_fills_and_trades_name_each_other(desk: Desk) -> None:
    desk.enter()
    desk.bar("100", "101", "99")
    desk.bar("98", "99", "95")
    entry, stop = desk.journal.orders
    assert [fill.order_id for fill in desk.journal.fills] == [entry.id, stop.id]
    assert (stop.purpose, stop.reason, stop.reduce_only) == ("exit", "stop", True)
    assert stop.reference_price == Decimal("96.05")
    assert desk.trade.exit_decision_id is None  # nobody decided it: the stop had been there all along
