"""Trailing stops: only ever in the position's favour, on the grid against us, valid from the next bar.

The desk's long is bought at 100.05 with its stop at 96.05, its short sold at 99.95 with one at 103.95.
"""

import math
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.execution.trailing import trailed
from engine.model.signal import Side
from engine.model.strategy import Trailing
from engine.model.trading import Position
from tests.execution.desk import Desk, contract

UNKNOWN: Final = math.nan


def percent(value: float) -> Trailing:
    return Trailing("percent", value)


def breakeven(value: float) -> Trailing:
    return Trailing("breakeven", value)


def chandelier(value: float) -> Trailing:
    return Trailing("chandelier", value)  # its distance is handed in, worked out


def atr(value: float) -> Trailing:
    return Trailing("atr", value)


def held(side: Side = "long", **changes: Any) -> Desk:
    at = Desk()
    at.enter(side=side, **{"target_distance": Decimal(90), **changes})
    at.bar("100", "101", "99")
    return at


def closes(at: Desk, *rules: Trailing, prices: list[tuple[str, str, str]], distance: float) -> list[str]:
    """The stop to the cent after each close of (high, low, close)."""
    stops = []
    for high, low, close in prices:
        at.trail(*rules, high=high, low=low, close=close, distance=distance)
        stops.append(f"{at.position.stop:.2f}")
    return stops


RISE: Final = [("105", "99", "104"), ("110", "103", "106"), ("108", "101", "102")]
"""The best price is 105, 110, 110; the close comes back."""
FALL: Final = [("101", "95", "96"), ("97", "90", "94"), ("99", "92", "98")]
"""Its mirror at 100."""


@pytest.mark.parametrize(
    ("rule", "distance", "stops"),
    [
        # 4 % under the best: 105 x 0.96, 110 x 0.96
        (percent(4), UNKNOWN, ["100.80", "105.60", "105.60"]),
        # 2 x 3.5 under the best
        (chandelier(2), 3.5, ["98.00", "103.00", "103.00"]),
        # 2 x 3.5 under the close: 97, 99, and 95, which would be back
        (atr(2), 3.5, ["97.00", "99.00", "99.00"]),
        # 1 R is 4: the mean entry once 104.05 was seen; 2 R once 108.05
        (breakeven(1), UNKNOWN, ["100.05", "100.05", "100.05"]),
        (breakeven(2), UNKNOWN, ["96.05", "100.05", "100.05"]),
        (breakeven(3), UNKNOWN, ["96.05", "96.05", "96.05"]),
    ],
)
def test_the_stop_of_a_long_only_rises(rule: Trailing, distance: float, stops: list[str]) -> None:
    assert closes(held(), rule, prices=RISE, distance=distance) == stops


@pytest.mark.parametrize(
    ("rule", "distance", "stops"),
    [
        # 4 % over the best: 95 x 1.04, 90 x 1.04
        (percent(4), UNKNOWN, ["98.80", "93.60", "93.60"]),
        (chandelier(2), 3.5, ["102.00", "97.00", "97.00"]),
        # 96 + 7, 94 + 7, and 98 + 7, which would be back
        (atr(2), 3.5, ["103.00", "101.00", "101.00"]),
        # 1 R from 99.95 is 95.95, 2 R 91.95
        (breakeven(1), UNKNOWN, ["99.95", "99.95", "99.95"]),
        (breakeven(2), UNKNOWN, ["103.95", "99.95", "99.95"]),
        (breakeven(3), UNKNOWN, ["103.95", "103.95", "103.95"]),
    ],
)
def test_the_stop_of_a_short_only_falls(rule: Trailing, distance: float, stops: list[str]) -> None:
    assert closes(held("short"), rule, prices=FALL, distance=distance) == stops


@pytest.mark.parametrize(
    ("side", "high", "low", "stop"),
    [
        ("long", "104.04", "99", "96.05"),  # a cent short of 1 R
        ("long", "104.05", "99", "100.05"),
        ("short", "101", "95.96", "103.95"),
        ("short", "101", "95.95", "99.95"),
    ],
)
def test_breakeven_begins_exactly_at_its_r(side: Side, high: str, low: str, stop: str) -> None:
    at = held(side)
    at.trail(breakeven(1), high=high, low=low, close="100")
    assert at.position.stop == Decimal(stop)


def test_the_best_price_begins_with_the_fill() -> None:
    """A long that was never above its fill trails from the fill: 100.05 x 0.98 = 98.049, down."""
    at = held()
    at.trail(percent(2), high="100", low="99", close="99.5")
    assert (at.position.best, at.position.stop) == (Decimal("100.05"), Decimal("98.04"))
    short = held("short")
    short.trail(percent(2), high="101", low="100", close="100.5")  # 99.95 x 1.02 = 101.949, up
    assert (short.position.best, short.position.stop) == (Decimal("99.95"), Decimal("101.95"))


@pytest.mark.parametrize(
    ("side", "close", "distance", "stop"),
    [
        ("long", "104", 3.333, "100.66"),  # 104 - 3.333 = 100.667, down
        ("short", "96", 3.333, "99.34"),  # 96 + 3.333 = 99.333, up
        ("long", "104", 3.33, "100.67"),
        ("short", "96", 3.33, "99.33"),
    ],
)
def test_a_stop_off_the_grid_is_rounded_away_from_the_price(
    side: Side, close: str, distance: float, stop: str
) -> None:
    at = held(side)
    at.trail(atr(1), high=close, low=close, close=close, distance=distance)
    assert at.position.stop == Decimal(stop)


def test_of_several_the_tightest_counts() -> None:
    """At a best of 110 and a close of 106: 5 % is 104.50, 1 x 4 under the close 102, breakeven 100.05."""
    rules = (breakeven(1), percent(5), atr(1))
    for turned in (rules, rules[::-1], rules[1:] + rules[:1]):
        at = held()
        at.trail(*turned, high="110", low="103", close="106", distance=4.0)
        assert at.position.stop == Decimal("104.50")
    short = held("short")
    short.trail(*rules, high="97", low="90", close="94", distance=4.0)  # 94.50, 98, 99.95
    assert short.position.stop == Decimal("94.50")


def test_an_unknown_distance_moves_nothing_and_stops_no_other_rule() -> None:
    at = held()
    at.trail(chandelier(1), atr(1), high="110", low="103", close="106", distance=UNKNOWN)
    assert at.position.stop == Decimal("96.05")
    assert at.position.best == Decimal(110)  # it was seen all the same
    at.trail(atr(1), breakeven(1), high="106", low="103", close="105", distance=UNKNOWN)
    assert at.position.stop == Decimal("100.05")
    at.trail(chandelier(1), high="106", low="103", close="105", distance=5.0)  # from 110
    assert at.position.stop == Decimal("105.00")


def test_a_stop_that_moved_counts_from_the_next_bar() -> None:
    at = held()
    at.bar("101", "110", "100")  # 5 % under its own high is 104.50, and it was at 100: still open
    at.trail(percent(5), high="110", low="100", close="108")
    assert at.position.stop == Decimal("104.50")
    at.bar("106", "107", "104")
    # 104.50 x 0.9995 = 104.44775, down
    assert (at.trade.exit_reason, at.trade.exit_price) == ("stop", Decimal("104.44"))
    assert at.trade.pnl > 0
    # R stays what was at risk at the entry: 2 x 4.39 - 0.12006 - 0.125328 over 8
    assert at.trade.r_multiple == pytest.approx(8.534612 / 8, rel=1e-12)


def test_a_bar_that_opens_beyond_the_moved_stop_fills_at_its_open() -> None:
    at = held("short")
    at.trail(percent(5), high="97", low="90", close="92")
    assert at.position.stop == Decimal("94.50")
    at.bar("96", "97", "95")
    assert at.trade.exit_price == Decimal("96.05")  # 96 x 1.0005 = 96.048, up


def test_a_trailed_stop_may_pass_the_close() -> None:
    """5 % under a high of 110 is above a close of 103: the next open is beyond it."""
    at = held()
    at.trail(percent(5), high="110", low="102", close="103")
    assert at.position.stop == Decimal("104.50")
    at.bar("103", "110", "102")
    assert at.trade.exit_price == Decimal("102.94")  # 103 x 0.9995 = 102.9485, down


def test_breakeven_of_units_is_their_mean_and_their_mean_r() -> None:
    """Two coins at 100.05 with 4, and two at 104.06 with 6 away: mean 102.055, R 5."""
    at = held()
    at.add(stop_distance=Decimal(6))
    at.bar("104", "105", "103")
    assert (at.position.entry_price, at.position.stop) == (Decimal("102.055"), Decimal("98.06"))
    at.trail(breakeven(1), high="107.05", low="103", close="105")
    assert at.position.stop == Decimal("98.06")
    at.trail(breakeven(1), high="107.06", low="103", close="105")  # 102.055 + 5 = 107.055
    assert at.position.stop == Decimal("102.05")  # 102.055, down


def test_breakeven_of_a_part_that_is_left_is_still_its_r() -> None:
    at = Desk(max_volume_share_pct=Decimal(10))
    at.enter()
    at.bar("100", "101", "99", "100")
    at.bar("105", "110.05", "104", "5")  # half a coin at the target
    at.trail(breakeven(1), high="104.04", low="103", close="104")
    assert at.position.stop == Decimal("96.05")
    at.trail(breakeven(1), high="104.05", low="103", close="104")
    assert at.position.stop == Decimal("100.05")


def test_only_an_open_position_can_be_followed() -> None:
    at = held()
    position = at.position
    at.leave()
    at.bar("100", "101", "99")
    with pytest.raises(AssertionError, match="no position"):
        at.broker.follow(position)


PRICES: Final = st.integers(5_000, 20_000).map(lambda cents: Decimal(cents) / 100)
RULES: Final = st.lists(
    st.builds(
        Trailing,
        st.sampled_from(["percent", "chandelier", "atr", "breakeven"]),
        st.integers(1, 200).map(lambda value: value / 10),
    ),
    max_size=3,
)


@given(
    st.sampled_from(["long", "short"]),
    RULES,
    st.lists(
        st.tuples(st.tuples(PRICES, PRICES, PRICES), st.floats(0.01, 50) | st.just(UNKNOWN)), max_size=8
    ),
)
def test_never_back_never_off_the_grid_and_the_best_is_the_best(
    side: Side, rules: list[Trailing], bars: list[tuple[tuple[Decimal, ...], float]]
) -> None:
    at = held(side)
    position: Position = at.position
    grid = contract(tick_size=Decimal("0.03"))
    seen = [position.best]
    for prices, distance in bars:
        low, close, high = sorted(prices)
        after = trailed(position, rules, [distance] * len(rules), high, low, close, grid)
        seen.append(high if side == "long" else low)
        assert after.best == (max(seen) if side == "long" else min(seen))
        assert after.stop == position.stop or after.stop % grid.tick_size == 0
        assert (after.stop - position.stop) * (1 if side == "long" else -1) >= 0
        assert after == replace(position, stop=after.stop, best=after.best)
        position = after
