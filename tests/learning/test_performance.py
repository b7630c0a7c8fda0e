"""The record of a strategy: score, multiplier, Kelly, the fall to 0 and the way back."""

import math
from dataclasses import replace

import pytest

from engine.decide.policy import Policy, make_policy
from engine.learning.performance import Performances
from engine.model.account import Performance
from engine.model.outcome import Outcome
from tests.learning.outcomes import outcome, outcomes

ZERO = "multiplier_zero"


@pytest.fixture
def records(policy: Policy) -> Performances:
    return Performances(policy, seed=7)


def added(records: Performances, some: list[Outcome], strategy: str = "turtle") -> Performance:
    for each in some:
        records.add(each)
    return records.of(strategy)


def without_kelly(policy: Policy) -> Policy:
    risk = policy.config.risk
    kelly = replace(risk.sizing.kelly, enabled=False)
    return make_policy(replace(policy.config, risk=replace(risk, sizing=replace(risk.sizing, kelly=kelly))))


def test_before_the_first_trade(records: Performances) -> None:
    star = records.of("trend-following")
    assert (star.trades, star.score, star.multiplier, star.kelly_pct) == (0, 0.0, 1.5, None)
    assert math.isnan(star.win_rate)
    assert records.of("zweig").multiplier == 0.7
    assert records.of("someone-else's").multiplier == 1.0
    assert list(records.all()) == list(records.policy.config.strategies)


def test_the_score_is_0_under_ten_trades(records: Performances) -> None:
    nine = added(records, outcomes("++++++---"))
    assert (nine.trades, nine.wins, nine.score) == (9, 6, 0.0)
    ten = added(records, outcomes("-"))
    # Six wins of 2 % and four losses of 1 % are 8 %: 0.6 x (1 + 0.8 / 10)
    assert (ten.total_pnl_pct, ten.mean_pnl_pct, ten.win_rate) == (8.0, 0.8, 0.6)
    assert ten.score == pytest.approx(0.648, rel=1e-15)
    assert ten.mean_r == pytest.approx(0.8, rel=1e-15)


def test_the_default_multiplier_stands_until_ten_outcomes(records: Performances) -> None:
    nine = added(records, outcomes("---------"))
    assert (nine.multiplier, nine.multiplier_rule) == (1.0, "default until 10 outcomes")
    assert nine.window_outcomes == 9
    ten = added(records, outcomes("-"))
    assert (ten.multiplier, ten.multiplier_rule) == (0.0, "disabled")


@pytest.mark.parametrize(
    ("text", "pnl_pct", "multiplier", "rule"),
    [
        ("+++-------", (1.0, -1.0), 0.0, "disabled"),  # 30 % wins, mean R -0.4
        ("+++-------", (5.0, -1.0), 1.0, "otherwise"),  # 30 % wins pay at 5 R, but all in one week
        ("++++------", (1.0, -1.0), 0.5, "halved"),  # 40 % wins, mean R -0.2
        ("+++++-----", (1.0, -1.1), 0.7, "losing"),  # half of them win and still -0.5 %
        ("+++++-----", (2.0, -1.0), 1.01, "earning"),  # 5 % / 500
        ("++++++++++", (80.0, -1.0), 2.0, "earning"),  # 800 % / 500 is cut at 2
        ("+++++-----", (1.0, -1.0), 1.0, "otherwise"),
    ],
)
def test_the_rules_of_the_multiplier(
    policy: Policy, text: str, pnl_pct: tuple[float, float], multiplier: float, rule: str
) -> None:
    found = added(Performances(without_kelly(policy), 7), outcomes(text, pnl_pct))
    assert found.multiplier == pytest.approx(multiplier, rel=1e-12)
    assert found.multiplier_rule == rule


def test_the_window_holds_a_hundred_outcomes(policy: Policy) -> None:
    records = Performances(without_kelly(policy), 7)
    added(records, outcomes("-" * 5 + "+" * 4))
    found = added(records, outcomes("+" * 95))
    # 104 trades: the first four losses have left the window, the score still knows them.
    assert (found.window_outcomes, found.trades, found.wins) == (100, 104, 99)
    assert found.multiplier == pytest.approx(1 + (99 * 2 - 1) / 500, rel=1e-12)
    assert found.win_rate == 99 / 104


def test_strategies_have_records_of_their_own(records: Performances) -> None:
    added(records, outcomes("+++"))
    records.add(outcome(-1.0, strategy="zweig"))
    assert (records.of("turtle").trades, records.of("zweig").trades) == (3, 1)


def test_kelly_asks_for_twenty_outcomes(records: Performances) -> None:
    text = "+-" * 9 + "+"
    nineteen = added(records, outcomes(text))
    assert nineteen.kelly_pct is None
    assert nineteen.kelly_note == "fixed fractional: 19 of 20 outcomes that Kelly asks for"
    twenty = added(records, outcomes("-"))
    # W = (10 + 2) / (20 + 7), odds 2, f = W - (1 - W) / 2 = 1/6; a quarter of it over a loss of 1 R: 4.17 %,
    # above the 2 % that a position may risk.
    assert twenty.kelly_pct == 2.0
    assert twenty.kelly_note.startswith("Kelly: W 0.444, R 2.00, f 0.167")


def test_kelly_below_the_cap(records: Performances) -> None:
    found = added(records, outcomes("+-" * 10, (1.4, -1.0)))
    # f = 12/27 - 15/27 / 1.4 = 0.0476190...; x 25 % = 1.1904...
    assert found.kelly_pct == pytest.approx(100 * 0.25 * (12 / 27 - 15 / 27 / 1.4), rel=1e-12)
    assert not found.is_at_zero


def test_a_fall_to_0_by_the_multiplier(records: Performances) -> None:
    fallen = added(records, outcomes("----------"))
    assert fallen.is_at_zero
    assert fallen.multiplier_rule == "disabled"
    # The window begins anew, with what becomes of the refused signals.
    wins = outcomes("+++++++++", code=ZERO)
    waiting = added(records, wins)
    assert (waiting.multiplier, waiting.window_outcomes, waiting.window_counterfactuals) == (0.0, 9, 9)
    assert waiting.multiplier_rule == "disabled; at 0 until its last 10 outcomes say otherwise (9 so far)"
    assert waiting.trades == 10  # counterfactuals are no trades


def test_ten_good_counterfactuals_bring_it_back(records: Performances) -> None:
    added(records, outcomes("-" * 10))
    back = added(records, outcomes("+++++++---", code=ZERO))
    assert not back.is_at_zero
    # Seven wins of 2 % and three losses of 1 % are 11 %: 1 + 11 / 500, and nothing of what was before.
    assert (back.multiplier, back.multiplier_rule) == (pytest.approx(1.022, rel=1e-12), "earning")
    assert (back.window_outcomes, back.window_counterfactuals) == (10, 10)
    assert (back.trades, back.wins, back.total_pnl_pct) == (10, 0, -10.0)
    again = added(records, outcomes("+"))
    assert (again.window_outcomes, again.window_counterfactuals, again.trades) == (11, 10, 11)


def test_only_the_last_ten_are_asked(records: Performances) -> None:
    """Thirty losses do not have to be outweighed: ten outcomes at a time are judged."""
    added(records, outcomes("-" * 10))
    still = added(records, outcomes("-" * 30, code=ZERO))
    assert still.is_at_zero
    assert still.window_outcomes == 10
    seven = added(records, outcomes("+++", code=ZERO))
    assert seven.is_at_zero  # 3 of the last 10 won 6 and lost 7
    back = added(records, outcomes("+", code=ZERO))
    assert not back.is_at_zero  # 4 of 10 won 8 and lost 6
    assert back.window_outcomes == 10


def test_a_position_that_was_still_open_counts_too(records: Performances) -> None:
    added(records, outcomes("-" * 10))
    back = added(records, outcomes("+" * 9, code=ZERO) + outcomes("+"))
    assert not back.is_at_zero
    assert (back.window_outcomes, back.window_counterfactuals, back.trades) == (10, 9, 11)


def test_a_fall_to_0_by_kelly(records: Performances) -> None:
    """Every second trade wins, but wins are smaller than losses: W 12/27, odds 0.9, f < 0."""
    fallen = added(records, outcomes("+-" * 10, (0.9, -1.0)))
    assert fallen.kelly_pct is not None
    assert fallen.kelly_pct < 0
    assert (fallen.multiplier, fallen.is_at_zero) == (0.7, True)
    waiting = added(records, outcomes("+++++++++", code="kelly_zero"))
    assert waiting.kelly_pct == fallen.kelly_pct
    assert waiting.kelly_note.endswith("; at 0 until its last 10 outcomes say otherwise (9 so far)")
    assert not added(records, outcomes("+", code="kelly_zero")).is_at_zero


def test_it_can_fall_again(records: Performances) -> None:
    added(records, outcomes("-" * 10))
    assert not added(records, outcomes("++++------", code=ZERO)).is_at_zero
    # 4 of 13, then 4 of 14 won: below 0.35 and at a loss.
    assert added(records, outcomes("---")).is_at_zero


def test_few_wins_that_pay_every_week_earn(policy: Policy) -> None:
    """A third of them wins, below the half that would do by itself: the lower bound says yes."""
    records = Performances(without_kelly(policy), 7)
    weekly = [outcome(r, r, day=7 * week + day) for week in range(8) for day, r in enumerate((5.0, -1, -1))]
    found = added(records, weekly)
    # Eight weeks of 5 - 1 - 1: every resample has mean R of 1.
    assert found.multiplier_rule == "earning"
    assert found.multiplier == pytest.approx(1 + 24 / 500, rel=1e-12)


def test_one_lucky_week_is_not_enough_to_earn(policy: Policy) -> None:
    records = Performances(without_kelly(policy), 7)
    lucky = [outcome(30.0, 30.0, day=0)]
    found = added(records, lucky + [outcome(-1.0, day=7 * week) for week in range(1, 12)])
    assert found.total_pnl_pct == 19
    assert (found.multiplier, found.multiplier_rule) == (1.0, "otherwise")
