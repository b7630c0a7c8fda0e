"""Rules over facts: the first tier that certainly holds, and what is unknown."""

import math

import pytest

from engine.decide.policy import make_policy

from .builders import policy, shipped


def test_the_first_tier_that_holds_counts() -> None:
    factors = policy().factors
    for volatility, factor in ((2.99, 1.0), (3.0, 0.5), (5.99, 0.5), (6.0, 0.25)):
        found = {one.name: one for one in factors.evaluate({"volatility_pct": volatility})}
        assert found["volatility"].value == factor


@pytest.mark.parametrize("known", [{}, {"volatility_pct": math.nan}])
def test_of_an_unknown_fact_no_tier_holds(known: dict[str, float]) -> None:
    found = {one.name: one for one in policy().factors.evaluate(known)}
    assert (found["volatility"].value, found["volatility"].note) == (0.25, "otherwise")
    assert math.isnan(found["confidence"].value)


def test_a_group_of_which_no_tier_holds_is_left_out() -> None:
    found = policy().adjust.evaluate({"agreeing": 0, "dissenting": 0, "trades": 9, "score": 1})
    assert [one.name for one in found] == ["agreement", "dissent"]


def test_a_factor_carries_the_words_of_its_tier() -> None:
    found = {
        one.name: one.note for one in policy().factors.evaluate({"volatility_pct": 4.0, "confidence": 1})
    }
    assert found["volatility"] == "volatility_pct < volatility_high_pct"
    assert found["confidence"] == "0.5 + 0.5 * confidence"


def test_parameters_are_numbers_of_the_yaml() -> None:
    changed = policy(("risk.sizing.params.volatility_calm_pct", 4.5))
    found = {one.name: one.value for one in changed.factors.evaluate({"volatility_pct": 4.0})}
    assert found["volatility"] == 1.0


def test_a_measure_and_a_limit_are_numbers_and_a_condition_is_a_truth() -> None:
    daily = next(rule for rule in policy().breakers if rule.breaker.name == "daily_loss")
    assert (daily.measure.evaluate({"daily_loss_pct": 3.5}), daily.limit.evaluate({})) == (3.5, 5.0)
    assert daily.clear is not None
    assert [bool(daily.clear.evaluate({"is_new_day": day})) for day in (0.0, 1.0)] == [False, True]


def test_a_policy_is_made_of_a_configuration_alone() -> None:
    first, second = make_policy(shipped()), make_policy(shipped())
    told = {"volatility_pct": 4.0, "confidence": 0.7, "multiplier": 1.0, "drawdown_pct": 11.0}
    assert first.factors.evaluate(told) == second.factors.evaluate(told)
