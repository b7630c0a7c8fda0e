"""Multiplier rules: their order and boundaries; on the shipped numbers."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from engine.decide.multipliers import multiplier
from engine.learning.performance import Performances
from engine.model.outcome import Outcome
from engine.model.timeframe import DAY_MS

from .builders import policy, shipped


def never() -> float:
    raise AssertionError("the interval was asked for, where nothing depends on it")


def ruled(
    win_rate: float,
    mean_r: float,
    pnl: float,
    lower: Callable[[], float] = never,
    outcomes: int = 10,
    default: float = 1.5,
) -> tuple[float, str]:
    known = {"win_rate": win_rate, "mean_r": mean_r, "total_pnl_pct": pnl}
    return multiplier(outcomes, known, lower, default, policy())


@pytest.mark.parametrize(
    ("win_rate", "mean_r", "pnl", "expected"),
    [
        # win rate under 0.35 and a mean R under 0: disabled
        (0.34, -0.01, -5, (0, "disabled")),
        (0.34, -0.01, 5, (0, "disabled")),
        (0.35, -0.01, -5, (0.5, "halved")),
        (0.00, -1.00, -50, (0, "disabled")),
        # under 0.45 and a mean R under 0: halved
        (0.44, -0.01, -5, (0.5, "halved")),
        (0.45, -0.01, -5, (0.7, "losing")),
        # a low win rate alone disables nothing
        (0.30, 0.00, -5, (0.7, "losing")),
        (0.30, 0.10, 0, (1.0, "otherwise")),
        # a loss: 0.7
        (0.60, 0.20, -0.01, (0.7, "losing")),
        (0.60, 0.20, 0.0, (1.0, "otherwise")),
        # a gain, with half of them won: 1 + P&L / 500, at most 2
        (0.50, 0.20, 0.005, (1.00001, "earning")),
        (0.50, 0.20, 0.5, (1.001, "earning")),
        (0.50, -0.20, 50, (1.1, "earning")),
        (0.50, 0.20, 250, (1.5, "earning")),
        (0.50, 0.20, 500, (2.0, "earning")),
        (0.50, 0.20, 900, (2.0, "earning")),
    ],
)
def test_the_first_rule_that_holds_sets_it(
    win_rate: float, mean_r: float, pnl: float, expected: tuple[float, str]
) -> None:
    assert ruled(win_rate, mean_r, pnl) == (pytest.approx(expected[0]), expected[1])


@pytest.mark.parametrize(
    ("lower", "expected"),
    [
        (0.01, (1.2, "earning")),
        (0.0, (1.0, "otherwise")),
        (-0.1, (1.0, "otherwise")),
        (math.nan, (1.0, "otherwise")),
    ],
)
def test_a_gain_with_fewer_wins_needs_a_mean_r_surely_above_0(
    lower: float, expected: tuple[float, str]
) -> None:
    assert ruled(0.49, 0.3, 100, lambda: lower) == (pytest.approx(expected[0]), expected[1])


def test_the_interval_is_asked_for_once_and_only_there() -> None:
    asked = []

    def lower() -> float:
        asked.append(1)
        return 0.1

    for win_rate in (0.2, 0.4, 0.49, 0.5, 0.9):
        for pnl in (-1, 0, 1):
            ruled(win_rate, -0.1 if win_rate < 0.45 else 0.1, pnl, lower)
    assert len(asked) == 1


@pytest.mark.parametrize(("outcomes", "expected"), [(0, 1.5), (9, 1.5), (10, 0.0), (100, 0.0)])
def test_until_10_outcomes_the_default_of_the_strategy_stands(outcomes: int, expected: float) -> None:
    value, rule = ruled(0.1, -0.5, -50, outcomes=outcomes)
    assert value == expected
    assert (rule == "default until 10 outcomes") == (outcomes < 10)


def test_the_default_is_that_of_the_strategy() -> None:
    records = Performances(policy(), seed=7)
    for name, strategy in shipped().strategies.items():
        assert records.of(name).multiplier == strategy.multiplier
    assert records.of("trend-following").multiplier == 1.5
    assert records.of("posted-by-a-client").multiplier == 1.0


def outcomes(results: list[float], strategy: str = "turtle", **changes: Any) -> list[Outcome]:
    """One outcome a day, of so many R and as many per cent."""
    known: dict[str, Any] = {"code": None, "symbol": "XBTUSDTM", "side": "long", "ending": "stop"} | changes
    return [
        Outcome(
            f"d{day}",
            strategy,
            opened_at=day * DAY_MS,
            ended_at=day * DAY_MS,
            pnl_pct=result,
            r_multiple=result,
            **known,
        )
        for day, result in enumerate(results)
    ]


def test_the_window_is_the_last_100_outcomes() -> None:
    records = Performances(policy(), seed=7)
    for outcome in outcomes([-1, 2.0] * 20 + [2.0] * 99):
        records.add(outcome)
    assert (records.of("turtle").multiplier, records.of("turtle").multiplier_rule) == (
        pytest.approx(1 + 2 * 100 / 500),
        "earning",
    )
    assert records.of("turtle").window_outcomes == 100


def test_a_strategy_at_0_returns_by_ten_counterfactuals() -> None:
    records = Performances(policy(), seed=7)
    for outcome in outcomes([-1.0] * 10):
        records.add(outcome)
    assert records.of("turtle").multiplier == 0
    for outcome in outcomes([1.0] * 9, code="multiplier_zero"):
        records.add(outcome)
    assert records.of("turtle").multiplier == 0
    records.add(outcomes([1.0], code="multiplier_zero")[0])
    now = records.of("turtle")
    assert (now.multiplier, now.window_counterfactuals, now.trades) == (pytest.approx(1.02), 10, 10)
