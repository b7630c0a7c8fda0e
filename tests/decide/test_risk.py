"""The limits of risk.yaml: refusals, cuts to the headroom, and how the numbers fit together."""

import math
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from engine.model.decision import Decision, Gate
from engine.model.trading import Position

from .builders import (
    contract,
    decided,
    decision,
    facts,
    gate,
    policy,
    portfolio,
    position,
    record,
    shipped,
    signal,
)


def on(*positions: Position, **changes: Any) -> Decision:
    """A turtle long in SOL of full size (2 % risk and more wanted), on a book of these positions."""
    return decision(
        signal(**({"confidence": 0.95} | changes)),
        account=portfolio(*positions),
        known=facts(record(multiplier=1.5)),
    )


def cuts(made: Decision) -> list[Gate]:
    return [one for one in made.gates if one.cut]


WANTED = 2 * 0.975 * 1.5


def test_the_shipped_limits() -> None:
    limits = shipped().risk.limits
    assert (limits.max_position_pct, limits.max_total_risk_pct, limits.refuse_total_risk_from_pct) == (
        2,
        10,
        90,
    )
    assert (limits.max_total_exposure_pct, limits.max_positions, limits.max_group_risk_pct) == (20, 5, 4)
    assert (limits.max_same_direction, limits.min_order_value, shipped().risk.sizing.leverage) == (4, 10, 7)


def test_2_pct_with_an_8_pct_stop_is_25_pct_notional_and_3_6_pct_margin() -> None:
    made = on()
    assert made.quantity is not None
    assert made.leverage is not None
    assert made.risk_pct == pytest.approx(2.0)
    notional_pct = float(made.quantity) * 100 / 10_000 * 100
    assert notional_pct == pytest.approx(25.0)
    assert notional_pct / float(made.leverage) == pytest.approx(3.571, abs=0.001)


def test_five_of_them_are_10_pct_risk_and_17_9_pct_exposure() -> None:
    asked = [
        signal("livermore", f"{base}USDTM", side, confidence=0.95)
        for base, side in (
            ("XBT", "long"),
            ("ETH", "long"),
            ("SOL", "long"),
            ("AVAX", "long"),
            ("BNB", "short"),
            ("DOGE", "short"),
        )
    ]
    made = decided(*asked, known=facts(record(multiplier=1.5)))
    entries = [one for one in made if one.action == "enter"]
    assert [one.risk_pct for one in entries] == [pytest.approx(2.0)] * 5
    assert sum(one.risk_pct or 0 for one in entries) == pytest.approx(10.0)
    margins = [float((one.quantity or 0) / (one.leverage or 1)) * 100 for one in entries]
    assert sum(margins) / 10_000 * 100 == pytest.approx(17.9, abs=0.05)
    [sixth] = [one for one in made if one.action == "refused"]
    assert (sixth.code, sixth.value, sixth.limit) == ("max_positions", 5, 5)


def test_2_pct_hold_again_after_confidence_and_multiplier() -> None:
    made = on()
    [cut] = cuts(made)
    assert (cut.name, cut.value, cut.limit, cut.passed) == ("max_position", pytest.approx(WANTED), 2, True)
    assert made.risk_pct == pytest.approx(2.0)
    assert made.risk_pct <= 2.0


@pytest.mark.parametrize(
    ("held", "name", "headroom"),
    [
        # 8.5 % of 10 %
        ([("XBTUSDTM", "long", 42.5, 10), ("ETHUSDTM", "short", 42.5, 10)], "total_risk", 1.5),
        # 8.99 %, just under the 90 % from which entries are refused
        ([("XBTUSDTM", "long", 44.95, 10), ("ETHUSDTM", "short", 44.95, 10)], "total_risk", 1.01),
        # 2.8 % of 4 % in the group of SOL
        ([("AVAXUSDTM", "short", 35, 8)], "group", 1.2),
        # 18 % of 20 % exposure: 2 % margin x 7 = 14 % notional, at an 8 % stop 1.12 % risk
        ([("XBTUSDTM", "long", 126, 1)], "exposure", 1.12),
    ],
)
def test_size_is_cut_to_exactly_the_headroom(
    held: list[tuple[Any, Any, float, float]], name: str, headroom: float
) -> None:
    made = on(*(position(*one) for one in held))
    assert [cut.name for cut in cuts(made)] == ["max_position", name]
    cut = cuts(made)[-1]
    assert (cut.value, cut.limit, cut.passed) == (2, pytest.approx(headroom), True)
    assert made.risk_pct == pytest.approx(headroom)
    assert made.risk_pct <= headroom + 1e-9


def test_each_headroom_cuts_what_the_one_before_has_left() -> None:
    """8.5 % of 10 % in all, 2.8 % of 4 % in the group."""
    made = on(position("AVAXUSDTM", quantity=35, stop_pct=8), position("XBTUSDTM", "short", 57, 10))
    assert [(cut.name, cut.limit) for cut in cuts(made)] == [
        ("max_position", 2),
        ("total_risk", pytest.approx(1.5)),
        ("group", pytest.approx(1.2)),
    ]
    assert made.risk_pct == pytest.approx(1.2)


def test_a_size_within_every_headroom_is_not_cut() -> None:
    made = decision(signal(confidence=0.80))
    assert cuts(made) == []
    assert made.risk_pct == pytest.approx(1.8)


def test_group_is_a_limit_on_risk_not_on_margin() -> None:
    """A wide stop is more risk at the same margin."""
    assert on(position("AVAXUSDTM", quantity=50, stop_pct=8)).code == "group"
    assert on(position("AVAXUSDTM", quantity=50, stop_pct=4)).code is None


def test_other_groups_do_not_count() -> None:
    assert on(position("UNIUSDTM", quantity=50, stop_pct=8)).code is None


def test_a_stop_beyond_the_entry_is_no_risk() -> None:
    free = replace(position("AVAXUSDTM", quantity=50), stop=Decimal(108))
    made = on(free)
    assert gate(made, "group").value == 0
    assert made.risk_pct == pytest.approx(2.0)


GROUPS = {
    "btc": "XBT",
    "eth": "ETH",
    "alt_l1": "SOL AVAX NEAR APT SUI TON ICP",
    "defi": "UNI LINK INJ",
    "l2": "MATIC ARB OP",
    "cosmos": "ATOM TIA",
    "old_guard": "LTC BCH XRP ADA DOT ETC EOS XLM TRX",
    "storage": "FIL RENDER",
    "exchange": "BNB",
    "meme": "DOGE",
}


@pytest.mark.parametrize(("group", "bases"), GROUPS.items())
def test_the_correlation_groups(group: str, bases: str) -> None:
    assert {contract(f"{base}USDTM").group for base in bases.split()} == {group}
    assert set(shipped().risk.groups[group]) == set(bases.split())


def test_there_are_no_other_groups_and_a_stranger_is_one_of_its_own() -> None:
    assert set(shipped().risk.groups) == set(GROUPS)
    assert contract("PEPEUSDTM").group == "PEPE"
    assert contract("BTCUSDT").group == "btc"


@pytest.mark.parametrize(("maximum", "used"), [(3, 3), (5, 5), (7, 7), (10, 7), (125, 7)])
def test_leverage_is_7_cut_to_the_maximum_of_the_contract(maximum: int, used: int) -> None:
    known = facts(contracts={"SOLUSDTM": replace(contract("SOLUSDTM"), max_leverage=Decimal(maximum))})
    assert decision(signal(), known=known).leverage == used


def test_less_leverage_is_more_margin() -> None:
    """At leverage 2, 22.5 % notional is 11.25 % margin: with 10 % in use it is cut."""
    known = facts(contracts={"SOLUSDTM": replace(contract("SOLUSDTM"), max_leverage=Decimal(2))})
    made = decision(signal(), account=portfolio(position("XBTUSDTM", quantity=70, stop_pct=1)), known=known)
    assert [cut.name for cut in cuts(made)] == ["exposure"]
    assert made.risk_pct == pytest.approx(1.6)


@pytest.mark.parametrize(("equity", "code"), [(49.99, "minimum"), (50.01, None)])
def test_orders_are_worth_10_usdt_at_least(equity: float, code: str | None) -> None:
    """Confidence 0.60: 1.6 % risk at an 8 % stop is an order of a fifth of equity."""
    made = decision(signal(confidence=0.60), account=portfolio(equity=equity))
    assert made.code == code
    assert gate(made, "minimum").limit == 10


def test_quantities_are_whole_lots_rounded_down() -> None:
    known = facts(contracts={"SOLUSDTM": replace(contract("SOLUSDTM"), lot_size=Decimal("0.1"))})
    made = decision(signal(confidence=0.83), known=known)
    assert made.quantity == Decimal("22.8")  # 22.875
    assert made.risk_pct == pytest.approx(22.8 * 8 / 100)


def test_direction_counts_each_side_by_itself() -> None:
    four = [position(f"{base}USDTM", "long", 5) for base in ("XBT", "ETH", "XRP", "DOGE")]
    assert on(*four, side="long").code == "direction"
    assert on(*four, side="short").code is None


def test_the_position_that_a_signal_would_close_is_left_out_of_every_limit() -> None:
    others = [position(f"{base}USDTM", "long", 5) for base in ("XBT", "ETH", "XRP", "DOGE")]
    reversed_ = position("SOLUSDTM", "short", quantity=60, stop_pct=8)  # 4.8 % risk, 8.6 % margin
    full = on(*others[:3], position("BNBUSDTM", "short", 5), reversed_)
    assert full.action == "enter"
    assert gate(full, "max_positions").value == 4
    assert gate(full, "direction").value == 3
    assert gate(full, "total_risk").value == pytest.approx(4 * 0.4)
    assert gate(full, "group").value == 0
    assert gate(full, "exposure").value == pytest.approx(4 * 5 / 7)


def test_the_opposite_position_stays_where_the_entry_is_refused() -> None:
    held = position("SOLUSDTM", "short")
    longs = [position(f"{base}USDTM", "long", 5) for base in ("XBT", "ETH", "XRP", "DOGE")]
    made = decided(signal(), account=portfolio(held, *longs))
    assert [(one.action, one.code) for one in made] == [("refused", "direction")]


def test_a_reversed_position_still_counts_for_those_ranked_after_a_refused_reversal() -> None:
    """SOL is refused for its multiplier, so its short still fills the book when AVAX is checked."""
    made = decided(
        signal("livermore", "SOLUSDTM", confidence=0.9),
        signal("weinstein", "AVAXUSDTM", confidence=0.8),
        account=portfolio(position("SOLUSDTM", "short", 50, 8)),
        known=facts(record("livermore", multiplier=0.0)),
    )
    assert [one.code for one in made] == ["multiplier_zero", "group"]


def test_a_limit_of_the_yaml_is_the_limit_that_holds() -> None:
    one = policy(("risk.limits.max_position_pct", 1))
    assert decision(signal(), rules=one).risk_pct == pytest.approx(0.9)
    tight = policy(("risk.limits.max_positions", 1))
    made = decision(signal(), account=portfolio(position("XBTUSDTM")), rules=tight)
    assert (made.code, made.limit) == ("max_positions", 1)


@pytest.mark.parametrize("equity", [0, -500])
def test_without_equity_nothing_is_entered(equity: float) -> None:
    made = decision(signal(), account=portfolio(equity=equity))
    assert (made.code, made.value) == ("size", equity)
    holding = decision(signal(), account=portfolio(position("XBTUSDTM"), equity=equity))
    assert (holding.code, holding.value) == ("total_risk", math.inf)
