"""Where an order fills and what it costs; every number can be checked with a pocket calculator."""

from dataclasses import replace
from decimal import Decimal

import pytest

from engine.execution.fills import (
    Exit,
    exit_inside,
    fee_of,
    liquidation_price,
    market_price,
    price_of,
    to_tick,
)
from engine.execution.positions import open_position
from engine.model.signal import Side
from engine.model.trading import Position, Purpose
from tests.execution.desk import EXECUTION, bar, contract, order


@pytest.mark.parametrize(
    ("side", "purpose", "price"),
    [
        ("long", "entry", "100.05"),  # 100 + 0.05
        ("long", "exit", "99.95"),  # 100 - 0.05
        ("short", "entry", "99.95"),
        ("short", "exit", "100.05"),
    ],
)
def test_slippage_is_always_against_us(side: Side, purpose: Purpose, price: str) -> None:
    assert market_price(Decimal(100), side, purpose, EXECUTION, contract()) == Decimal(price)


@pytest.mark.parametrize(
    ("side", "purpose", "price"),
    [
        ("long", "entry", "33.35"),  # 33.33 x 1.0005 = 33.346665, up to the cent
        ("long", "exit", "33.31"),  # 33.33 x 0.9995 = 33.313335, down
        ("short", "entry", "33.31"),
        ("short", "exit", "33.35"),
    ],
)
def test_ticks_are_rounded_against_us(side: Side, purpose: Purpose, price: str) -> None:
    assert market_price(Decimal("33.33"), side, purpose, EXECUTION, contract()) == Decimal(price)


@pytest.mark.parametrize(
    ("price", "tick", "up", "expected"),
    [
        ("1.25", "0.5", True, "1.5"),
        ("1.25", "0.5", False, "1.0"),
        ("1.5", "0.5", True, "1.5"),
        ("1.5", "0.5", False, "1.5"),
        ("0.10", "0.03", True, "0.12"),
        ("0.10", "0.03", False, "0.09"),
        ("0.09", "0.03", True, "0.09"),
        ("-0.1", "0.03", False, "-0.12"),
    ],
)
def test_a_tick_need_not_be_a_power_of_ten(price: str, tick: str, up: bool, expected: str) -> None:
    grid = contract(tick_size=Decimal(tick))
    assert to_tick(Decimal(price), grid, up) == Decimal(expected)


def test_fees() -> None:
    assert fee_of(Decimal("200.10"), "taker", EXECUTION) == Decimal("0.12006")  # x 0.06 %
    assert fee_of(Decimal("200.10"), "maker", EXECUTION) == Decimal("0.04002")  # x 0.02 %


def test_a_float_price_is_what_its_shortest_text_says() -> None:
    assert price_of(0.1) == Decimal("0.1")
    assert price_of(1e-07) == Decimal("0.0000001")


@pytest.mark.parametrize(
    ("entry", "side", "leverage", "expected"),
    [
        ("99", "long", "10", "90"),  # 99 x 0.9 / 0.99
        ("101", "short", "10", "110"),  # 101 x 1.1 / 1.01
        ("99", "long", "5", "80"),  # 99 x 0.8 / 0.99
        ("101", "short", "4", "125"),  # 101 x 1.25 / 1.01
        ("99", "long", "1", "0"),  # unlevered: only at nothing
        ("100", "long", "7", "86.59"),  # 100 x (6/7) / 0.99 = 86.5800..., up
        ("100", "short", "7", "113.15"),  # 100 x (8/7) / 1.01 = 113.1541..., down
    ],
)
def test_the_liquidation_price(entry: str, side: Side, leverage: str, expected: str) -> None:
    assert liquidation_price(Decimal(entry), side, Decimal(leverage), contract()) == Decimal(expected)


def test_a_liquidation_on_a_tick_is_that_tick_though_a_third_has_no_end() -> None:
    """2.6152875 x (4/3) / 1.05 = 3.321; and 2.97 x (2/3) / 0.99 = 2, also as a mean of three coins."""
    fine = contract(tick_size=Decimal("1E-8"), maintenance_margin_pct=Decimal(5))
    assert liquidation_price(Decimal("2.6152875"), "short", Decimal(3), fine) == Decimal("3.321")
    assert liquidation_price(Decimal("2.97"), "long", Decimal(3), contract()) == Decimal(2)
    assert liquidation_price(Decimal("8.91"), "long", Decimal(3), contract(), Decimal(3)) == Decimal(2)


LONG = replace(
    open_position(order(side="long"), Decimal(100), 0, EXECUTION, contract())[0],
    stop=Decimal(96),
    target=Decimal(110),
    liquidation=Decimal(90),
)
SHORT = replace(
    open_position(order(side="short"), Decimal(100), 0, EXECUTION, contract())[0],
    stop=Decimal(104),
    target=Decimal(90),
    liquidation=Decimal(110),
)
NEAR_LIQUIDATION = replace(LONG, liquidation=Decimal(98))
NEAR_LIQUIDATION_SHORT = replace(SHORT, liquidation=Decimal(102))


@pytest.mark.parametrize(
    ("what", "position", "prices", "expected"),
    [
        ("nothing", LONG, ("100", "109.99", "96.01"), None),
        ("nothing", SHORT, ("100", "103.99", "90.01"), None),
        ("stop", LONG, ("100", "101", "95"), ("96", "stop", "taker")),
        ("stop", SHORT, ("100", "105", "99"), ("104", "stop", "taker")),
        ("touched stop", LONG, ("100", "101", "96"), ("96", "stop", "taker")),
        ("touched stop", SHORT, ("100", "104", "99"), ("104", "stop", "taker")),
        ("gap through the stop", LONG, ("95", "97", "94"), ("95", "stop", "taker")),
        ("gap through the stop", SHORT, ("105", "106", "103"), ("105", "stop", "taker")),
        ("target", LONG, ("100", "111", "99"), ("110", "target", "maker")),
        ("target", SHORT, ("100", "101", "89"), ("90", "target", "maker")),
        ("touched target", LONG, ("100", "110", "99"), ("110", "target", "maker")),
        ("touched target", SHORT, ("100", "101", "90"), ("90", "target", "maker")),
        ("opens beyond the target", LONG, ("112", "113", "109"), ("112", "target", "maker")),
        ("opens beyond the target", SHORT, ("88", "91", "87"), ("88", "target", "maker")),
        ("both inside: the stop counts", LONG, ("100", "111", "95"), ("96", "stop", "taker")),
        ("both inside: the stop counts", SHORT, ("100", "105", "89"), ("104", "stop", "taker")),
        ("opens beyond the target, then the stop", LONG, ("112", "113", "95"), ("112", "target", "maker")),
        ("opens beyond the target, then the stop", SHORT, ("88", "105", "87"), ("88", "target", "maker")),
        ("liquidation is nearer", NEAR_LIQUIDATION, ("100", "101", "95"), ("98", "liquidation", "taker")),
        (
            "liquidation is nearer",
            NEAR_LIQUIDATION_SHORT,
            ("100", "105", "99"),
            ("102", "liquidation", "taker"),
        ),
        ("gap to liquidation", NEAR_LIQUIDATION, ("95", "99", "94"), ("95", "liquidation", "taker")),
        ("gap to liquidation", NEAR_LIQUIDATION_SHORT, ("105", "106", "99"), ("105", "liquidation", "taker")),
        ("the stop is nearer", LONG, ("100", "101", "85"), ("96", "stop", "taker")),
        ("the stop is nearer", SHORT, ("100", "115", "99"), ("104", "stop", "taker")),
    ],
)
def test_what_a_bar_reaches(
    what: str, position: Position, prices: tuple[str, str, str], expected: tuple[str, str, str] | None
) -> None:
    found = exit_inside(position, bar(*prices))
    if expected is None:
        assert found is None
    else:
        price, reason, liquidity = expected
        assert found == Exit(Decimal(price), reason, liquidity)  # type: ignore[arg-type]
