"""Adding to winners: when a unit is asked for at all, what it passes, what stops it, how large it is.

The Turtle holds SOL from 100, and the close is 101: half an N of 2 beyond. A unit may take a quarter of
2 %; at a confidence of 0.80 (factor 0.9) that is 0.45 %, 45 USDT, and with a stop 4 away 11.25 coins.
"""

import math
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from engine.model.decision import Decision
from engine.model.signal import Side, Signal
from engine.model.timeframe import HOUR_MS
from engine.model.trading import Position

from .builders import (
    AT,
    NOW,
    breakers_at,
    contract,
    decided,
    decision,
    exit_signal,
    factor,
    facts,
    gate,
    leaving,
    policy,
    portfolio,
    position,
    record,
    signal,
    waiting,
)

SOL = "SOLUSDTM"


def add(price: float = 101.0, side: Side = "long", also: float = 0.0, **changes: Any) -> Signal:
    """What the Turtle says at each of its closes while it holds SOL."""
    made = signal("turtle", SOL, side, price=price, kind="add", facts={"unit_step": 1.0, "unit_also": also})
    return replace(made, **{"stop_distance": 4.0, "target_distance": 10.0, **changes})


def held(side: Side = "long", units: int = 1, **changes: Any) -> Position:
    made = position(SOL, side, quantity=10, stop_pct=4, strategy="turtle")
    return replace(made, units=units, last_fill=Decimal(100), **changes)


def the(*signals: Signal, account: Any = None, **desk: Any) -> Decision | None:
    """The decision on the unit, if there is one."""
    made = decided(*signals, account=account or portfolio(held()), **desk)
    return next((one for one in made if one.signal.kind == "add"), None)


@pytest.mark.parametrize(
    ("side", "price", "also", "asked"),
    [
        ("long", 101.0, 0.0, True),  # 0.5 N
        ("long", 100.99, 0.0, False),
        ("long", 105.0, 0.0, True),
        ("long", 95.0, 0.0, False),
        ("short", 99.0, 0.0, True),
        ("short", 99.01, 0.0, False),
        ("short", 105.0, 0.0, False),
        ("long", 100.0, 1.0, True),  # a breakout of 55 days needs no step
        ("short", 100.5, 1.0, True),
        ("long", 100.0, math.nan, False),  # unknown is not true
        ("long", 101.0, math.nan, True),
    ],
)
def test_a_unit_needs_its_step_or_what_else_is_declared(
    side: Side, price: float, also: float, asked: bool
) -> None:
    made = the(add(price, side, also), account=portfolio(held(side)))
    assert (made is not None) == asked
    if made is not None:
        assert made.action == "enter"
        assert made.signal.facts["last_fill"] == 100.0


def test_an_unknown_n_is_no_step() -> None:
    unknown = replace(add(150.0), facts={"unit_step": math.nan, "unit_also": 0.0})
    assert the(unknown) is None


def test_the_step_counts_from_the_newest_unit() -> None:
    account = portfolio(replace(held(units=2), last_fill=Decimal(101)))
    assert the(add(101.9), account=account) is None
    assert the(add(102.0), account=account) is not None


def test_what_does_not_apply_is_no_decision_at_all() -> None:
    assert decided(add(100.5), account=portfolio(held())) == []


@pytest.mark.parametrize("units", [1, 2, 3, 4])
def test_four_units_are_the_most(units: int) -> None:
    assert (the(add(), account=portfolio(held(units=units))) is not None) == (units < 4)


def test_only_the_strategy_that_holds_the_side_adds() -> None:
    assert the(add(), account=portfolio(replace(held(), strategy_id="weinstein"))) is None
    assert the(add(), account=portfolio(held("short"))) is None
    assert the(add(), account=portfolio()) is None
    other = replace(add(), strategy_id="weinstein")  # declares no units
    assert the(other, account=portfolio(replace(held(), strategy_id="weinstein"))) is None


def test_a_unit_risks_a_quarter() -> None:
    made = the(add())
    assert made is not None
    assert [one.name for one in made.factors[:2]] == ["base", "unit"]
    assert (factor(made, "base"), factor(made, "unit")) == (2.0, 0.25)
    assert made.risk_pct == pytest.approx(0.45)  # 2 x 0.25 x 0.9
    assert made.quantity == Decimal("11.25")  # 45 USDT / 4


def test_the_first_unit_is_a_quarter_as_well_and_others_are_whole() -> None:
    assert decision(signal("turtle")).risk_pct == pytest.approx(0.45)
    assert decision(signal("weinstein")).risk_pct == pytest.approx(1.8)


def test_no_unit_is_more_than_its_share_of_the_most() -> None:
    """2 x 0.25 x 0.9 x 1.5 = 0.675 % is cut to 0.5 %."""
    made = the(add(), known=facts(record("turtle", multiplier=1.5)))
    assert made is not None
    assert made.risk_pct == pytest.approx(0.5)
    (cut,) = (one for one in made.gates if one.cut)
    assert (cut.name, cut.value, cut.limit) == ("max_position", pytest.approx(0.675), pytest.approx(0.5))


def test_kelly_is_shared_as_well() -> None:
    made = the(add(), known=facts(record("turtle", kelly_pct=0.8)))
    assert made is not None
    assert made.risk_pct == pytest.approx(0.18)  # 0.8 x 0.25 x 0.9


BASES = ("AVAX", "XBT", "ETH", "LTC", "XRP")


def others(count: int, side: Side = "long") -> list[Position]:
    return [position(f"{base}USDTM", side, quantity=5) for base in BASES[:count]]


def test_it_passes_same_side_and_direction() -> None:
    """Four longs are the most of one direction, its own among them."""
    account = portfolio(held(), *others(3))
    made = the(add(), account=account)
    assert made is not None
    assert made.action == "enter"
    assert gate(made, "same_side").passed
    assert gate(made, "direction").passed
    assert gate(made, "direction").value == 3
    fifth = signal("livermore", "LINKUSDTM")
    assert decision(fifth, account=account).code == "direction"
    assert decision(signal("turtle", SOL), account=account).code == "same_side"


def test_its_own_position_is_not_counted_twice() -> None:
    """Five positions are the most; a sixth is refused, a unit of the fifth is none."""
    account = portfolio(held(), *others(2), *others(4, "short")[2:])
    assert decision(signal("livermore", "LINKUSDTM"), account=account).code == "max_positions"
    made = the(add(), account=account)
    assert made is not None
    assert (made.action, gate(made, "max_positions").value) == ("enter", 4)


def test_it_stands_for_the_strategys_own_entry() -> None:
    """The Turtle's entry says the same again: one decision, not a unit and a refusal."""
    (made,) = decided(signal("turtle", SOL), add(), account=portfolio(held()))
    assert (made.signal.kind, made.action) == ("add", "enter")
    (made,) = decided(signal("turtle", SOL), add(100.5), account=portfolio(held()))
    assert (made.signal.kind, made.code) == ("entry", "same_side")


def test_others_of_the_side_are_merged_into_it() -> None:
    """Even a more confident entry: it could only be refused, for the symbol is held."""
    louder = signal("livermore", SOL, confidence=0.95)
    made = decided(louder, add(), account=portfolio(held()))
    assert {one.signal.strategy_id: one.action for one in made} == {"turtle": "enter", "livermore": "merged"}
    unit = next(one for one in made if one.signal.kind == "add")
    assert unit.consensus == 2
    assert next(one for one in made if one is not unit).entry_id == unit.id


def test_a_stronger_other_side_refuses_it_and_reverses() -> None:
    against = [signal(name, SOL, "short", 0.9) for name in ("livermore", "weinstein")]
    made = decided(*against, add(), account=portfolio(held()))
    assert {one.signal.strategy_id: (one.action, one.code) for one in made} == {
        "turtle": ("refused", "conflict"),
        "weinstein": ("enter", None),
        "livermore": ("merged", None),
    }


def test_not_while_an_order_of_the_symbol_waits() -> None:
    position_held = held()
    for order in (waiting(SOL), leaving(position_held)):
        assert the(add(), account=portfolio(position_held, orders=[order])) is None
    elsewhere = portfolio(position_held, orders=[waiting("XBTUSDTM")])
    assert the(add(), account=elsewhere) is not None


def test_not_while_the_position_is_being_closed() -> None:
    made = decided(add(), exit_signal("turtle"), account=portfolio(held()))
    assert [one.action for one in made] == ["close"]


@pytest.mark.parametrize(
    ("code", "desk", "changes"),
    [
        ("blacklist", {"rules": (("aggregation.blacklist", '["SOL"]'),)}, {}),
        ("stale", {}, {"at": AT - 5 * HOUR_MS}),
        ("confidence", {}, {"confidence": 0.40}),
        ("stop_too_tight", {}, {"stop_distance": 0.1}),
        ("breaker", {"known": {"breakers": breakers_at(8_000)}}, {}),
        ("multiplier_zero", {"known": {"performance": record("turtle", multiplier=0.0)}}, {}),
        ("kelly_zero", {"known": {"performance": record("turtle", kelly_pct=-1.0)}}, {}),
        (
            "cooldown",
            {
                "rules": (("aggregation.cooldown_minutes", 60),),
                "known": {"last_entry_at": {SOL: NOW - HOUR_MS // 2}},
            },
            {},
        ),
        (
            "minimum",
            {"known": {"contracts": {SOL: replace(contract(SOL), lot_size=Decimal(1_000_000))}}},
            {},
        ),
    ],
)
def test_it_is_refused_as_any_entry_is(code: str, desk: dict[str, Any], changes: dict[str, Any]) -> None:
    rules = policy(*desk.get("rules", ()))
    made = the(add(**changes), known=facts(**desk.get("known", {})), rules=rules)
    assert made is not None
    assert (made.action, made.code) == ("refused", code)


def test_too_much_risk_in_the_book_refuses_it() -> None:
    """9 % of 10 are at risk: 10 coins x 4 are 0.4 %, three shorts of 36 x 8 8.64 %."""
    short = [position(f"{base}USDTM", "short", 36, 8) for base in ("XBT", "ETH", "LTC")]
    made = the(add(), account=portfolio(held(), *short))
    assert made is not None
    assert made.code == "total_risk"


def test_the_group_counts_what_the_position_risks_already() -> None:
    """4 % is the most of a group; 90 coins x 4 are 3.6 %: 0.4 % is left of 0.45."""
    large = replace(held(), quantity=Decimal(90), cost=Decimal(9_000))
    made = the(add(), account=portfolio(large))
    assert made is not None
    assert made.risk_pct == pytest.approx(0.4)
    full = replace(held(), quantity=Decimal(100), cost=Decimal(10_000))
    made = the(add(), account=portfolio(full))
    assert made is not None
    assert made.code == "group"


def test_margin_of_both_is_the_exposure() -> None:
    """20 % is the most: 140 coins at leverage 7 hold all of it, with a stop so near that risk is left."""
    large = replace(held(), quantity=Decimal(140), cost=Decimal(14_000), stop=Decimal(99))
    made = the(add(), account=portfolio(large))
    assert made is not None
    assert made.code == "exposure"


def test_a_unit_leaves_less_room_for_who_comes_after() -> None:
    """The unit (0.45 %) comes first; 3.3 % are held already: 0.25 of the group's 4 % are left."""
    large = replace(held(), quantity=Decimal("82.5"), cost=Decimal(8_250))
    after = signal("livermore", "AVAXUSDTM", confidence=0.75)
    made = decision(after, add(), account=portfolio(large))
    assert made.action == "enter"
    assert made.risk_pct == pytest.approx(0.25)
