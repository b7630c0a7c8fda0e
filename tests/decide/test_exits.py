"""Exits: the signal meets its position, and passes every gate."""

from decimal import Decimal

import pytest

from engine.model.decision import Gate

from .builders import (
    breakers_at,
    decided,
    exit_signal,
    facts,
    leaving,
    policy,
    portfolio,
    position,
    record,
    signal,
)

HELD = position("SOLUSDTM", "long", quantity=12.5, leverage=5, strategy="livermore")


def test_an_exit_rule_closes_the_whole_position() -> None:
    [made] = decided(exit_signal(), account=portfolio(HELD))
    assert (made.action, made.accepted, made.code) == ("close", True, None)
    assert (made.quantity, made.leverage) == (Decimal("12.5"), Decimal(5))
    assert made.gates == (Gate("exit_rule", "close < exit_low", "holds", True),)


def test_exits_pass_every_gate() -> None:
    """Blacklisted, tripped, at 0, without equity: one may always leave."""
    [made] = decided(
        exit_signal(),
        account=portfolio(HELD, equity=0),
        known=facts(record(multiplier=0.0, kelly_pct=-1.0), breakers_at(5_000)),
        rules=policy(("aggregation.blacklist", '["SOL"]'), ("aggregation.max_signals_per_cycle", 1)),
    )
    assert made.action == "close"


@pytest.mark.parametrize(
    "asked",
    [exit_signal("weinstein"), exit_signal(side="short"), exit_signal(symbol="XBTUSDTM")],
    ids=["another strategy", "another side", "another symbol"],
)
def test_a_rule_closes_only_what_its_own_strategy_holds(asked: object) -> None:
    assert decided(asked, account=portfolio(HELD)) == []  # type: ignore[arg-type]


def test_what_already_leaves_is_not_closed_twice() -> None:
    assert decided(exit_signal(), account=portfolio(HELD, orders=[leaving(HELD)])) == []
    assert len(decided(exit_signal(), exit_signal(), account=portfolio(HELD))) == 1


def test_exits_take_no_part_in_votes_and_ranks() -> None:
    made = decided(
        exit_signal(), signal("weinstein", "SOLUSDTM", "short", confidence=0.80), account=portfolio(HELD)
    )
    assert [(one.action, one.rank, one.consensus, one.dissent) for one in made] == [
        ("close", None, 1, 0),
        ("enter", 1, 1, 0),
    ]
