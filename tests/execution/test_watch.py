"""The first look in floats never misses an exit that the exact rules would find."""

import math
from dataclasses import replace
from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st

from engine.execution.fills import Bar, exit_inside, price_of
from engine.execution.positions import open_position
from engine.execution.watch import Watch
from engine.model.signal import Side
from engine.model.trading import Position
from tests.execution.desk import BTC, ETH, EXECUTION, contract, order


def position(side: Side, stop: Decimal, target: Decimal, liquidation: Decimal) -> Position:
    made, _ = open_position(order(side=side), Decimal(100), 0, EXECUTION, contract())
    return replace(made, stop=stop, target=target, liquidation=liquidation)


LEVELS = st.decimals("0.00000001", "1000000", places=8)
"""More digits than a float holds: up to 15 of them."""


@st.composite
def cases(draw: st.DrawFn) -> tuple[Position, tuple[float, float, float]]:
    stop, target, liquidation = draw(LEVELS), draw(LEVELS), draw(LEVELS)
    at = [float(level) for level in (stop, target, liquidation)]
    edges = [*at, *(math.nextafter(x, 0) for x in at), *(math.nextafter(x, math.inf) for x in at)]
    price = st.one_of(st.sampled_from(edges), st.floats(1e-8, 1e6))
    low, opening, high = sorted((draw(price), draw(price), draw(price)))
    side: Side = draw(st.sampled_from(["long", "short"]))
    return position(side, stop, target, liquidation), (opening, high, low)


@given(cases())
@example((position("long", Decimal("0.3"), Decimal("0.4"), Decimal("0.1")), (0.35, 0.36, 0.3)))
@example((position("long", Decimal("0.1"), Decimal("0.3"), Decimal("0.1")), (0.2, 0.3, 0.2)))
@example((position("short", Decimal("0.3"), Decimal("0.1"), Decimal("0.4")), (0.2, 0.3, 0.2)))
@example((position("short", Decimal("0.3"), Decimal("0.1"), Decimal("0.4")), (0.2, 0.2, 0.1)))
def test_no_exit_is_missed(case: tuple[Position, tuple[float, float, float]]) -> None:
    held, (opening, high, low) = case
    (levels,) = Watch().of({BTC: held})
    is_looked_at = low <= levels.low or high >= levels.high
    if exit_inside(held, Bar(price_of(opening), price_of(high), price_of(low))) is not None:
        assert is_looked_at


def test_levels_risk_and_margin() -> None:
    held = position("long", Decimal(96), Decimal(110), Decimal(90))
    (levels,) = Watch().of({BTC: held})
    assert (levels.low, levels.high) == (96, 110)
    assert levels.risk == 8.1  # 200.10 - 2 x 96
    assert levels.margin == 40.02  # 200.10 / 5
    near = replace(held, liquidation=Decimal(98))
    assert Watch().of({BTC: near})[0].low == 98
    short = position("short", Decimal(104), Decimal(90), Decimal(102))
    assert [(each.low, each.high) for each in Watch().of({BTC: short})] == [(90, 102)]


def test_a_changed_position_is_looked_at_anew() -> None:
    watch = Watch()
    held = position("long", Decimal(96), Decimal(110), Decimal(90))
    assert watch.of({BTC: held, ETH: held})[0].low == 96
    moved = replace(held, stop=Decimal(101))
    assert [levels.low for levels in watch.of({BTC: moved, ETH: held})] == [101, 96]
    assert watch.of({BTC: moved})[0].position is moved
    assert watch.of({}) == []
    assert watch.of({BTC: held})[0].low == 96


def test_a_stop_beyond_the_entry_risks_nothing() -> None:
    assert Watch().of({BTC: position("long", Decimal(101), Decimal(110), Decimal(90))})[0].risk == 0
    assert Watch().of({BTC: position("short", Decimal(99), Decimal(90), Decimal(110))})[0].risk == 0
