"""Size: Kelly by hand, and every factor between the base and the limits; on the shipped numbers."""

import math

import pytest

from engine.decide.sizing import kelly_pct
from engine.learning.performance import Performances
from engine.model.config import Kelly
from engine.model.decision import Decision

from .builders import decision, factor, facts, policy, portfolio, record, shipped, signal
from .test_multipliers import outcomes


def kelly() -> Kelly:
    return shipped().risk.sizing.kelly


def allowed(results: list[float]) -> float:
    return kelly_pct(results, kelly(), shipped().risk.limits.max_position_pct)[0]


def test_kelly_by_hand() -> None:
    """10 of 20 won: W = (10 + 2) / (20 + 7) = 12/27; R = 2 / 1; f = W - (1 - W) / R = 1/6.

    A quarter of it is 4.17 % of equity an average loss of 1 R: cut to 2 %.
    """
    made, note = kelly_pct([2.0] * 10 + [-1.0] * 10, kelly(), 2.0)
    assert made == 2.0
    assert note == "Kelly: W 0.444, R 2.00, f 0.167 over 20 outcomes; x 0.25 / mean loss 1.00 R"
    uncut, _ = kelly_pct([2.0] * 10 + [-1.0] * 10, kelly(), 100.0)
    assert uncut == pytest.approx(100 * 0.25 / 6)


def test_kelly_under_the_cap() -> None:
    """7 of 20 won 2.5 R: W = 9/27, f = 1/3 - (2/3) / 2.5 = 1/15: 1.67 % of equity."""
    assert allowed([2.5] * 7 + [-1.0] * 13) == pytest.approx(100 * 0.25 / 15)


def test_kelly_divides_by_the_mean_loss() -> None:
    """Wins of 5 and losses of 2 R are the same odds; each R costs twice as much: half the risk."""
    assert allowed([5.0] * 7 + [-2.0] * 13) == pytest.approx(100 * 0.25 / 15 / 2)


def test_the_prior_alone_is_break_even_at_2_5_to_1() -> None:
    """Beta(2, 5): mean 2/7; f = 2/7 - (5/7) / 2.5 = 0."""
    prior = kelly().prior_wins / (kelly().prior_wins + kelly().prior_losses)
    assert prior == pytest.approx(2 / 7)
    assert allowed([2.5] * 2 + [-1.0] * 5) == pytest.approx(0.0)


def test_without_a_loss_the_cap_stands() -> None:
    assert allowed([0.1] * 20) == 2.0


def test_without_a_win_it_is_0() -> None:
    assert allowed([-0.1] * 20) == 0.0


def test_losing_odds_are_below_0() -> None:
    """4 of 20 won 2 R: W = 6/27, f = 6/27 - (21/27) / 2 = -1/6."""
    assert allowed([2.0] * 4 + [-1.0] * 16) == pytest.approx(-100 * 0.25 / 6)


def test_a_trade_that_came_out_even_is_no_win() -> None:
    """Nothing lost on average: no odds to divide by."""
    assert allowed([1.0] * 10 + [0.0] * 10) == 2.0


def test_kelly_asks_for_20_outcomes() -> None:
    records = Performances(policy(), seed=7)
    for outcome in outcomes([2.5, -1.0] * 10)[:19]:
        records.add(outcome)
    assert records.of("turtle").kelly_pct is None
    records.add(outcomes([-1.0] * 20)[19])
    assert records.of("turtle").kelly_pct is not None


def test_kelly_looks_at_the_last_100_outcomes() -> None:
    records = Performances(policy(), seed=7)
    for outcome in outcomes([2.0] * 60 + [2.5, -1.0, -1.0] * 33 + [-1.0]):
        records.add(outcome)
    expected = allowed([2.5] * 33 + [-1.0] * 67)
    assert expected < 2
    assert records.of("turtle").kelly_pct == pytest.approx(expected)


def test_kelly_can_be_switched_off() -> None:
    records = Performances(policy(("risk.sizing.kelly.enabled", False)), seed=7)
    for outcome in outcomes([2.5, -1.0] * 20):
        records.add(outcome)
    assert records.of("turtle").kelly_pct is None


def sized(
    confidence: float = 0.80, volatility: float = 2.0, peak: float = 10_000, **figures: float
) -> Decision:
    """A long at the desk, with this record of its strategy."""
    return decision(
        signal(confidence=confidence),
        account=portfolio(peak=peak),
        known=facts(record(**figures), volatility={"SOLUSDTM": volatility}),
    )


def test_the_base_is_2_pct_without_kelly_and_what_kelly_allows_with_it() -> None:
    assert factor(sized(), "base") == 2.0
    assert factor(sized(kelly_pct=0.7), "base") == 0.7
    assert sized(kelly_pct=0.7).risk_pct == pytest.approx(0.7 * 0.9)


@pytest.mark.parametrize(
    ("confidence", "expected"), [(0.55, 0.775), (0.60, 0.80), (0.80, 0.90), (0.95, 0.975)]
)
def test_confidence_is_half_of_the_size(confidence: float, expected: float) -> None:
    made = sized(confidence)
    assert factor(made, "confidence") == pytest.approx(expected)
    assert made.risk_pct == pytest.approx(2 * expected)


@pytest.mark.parametrize(
    ("volatility", "expected"),
    [(0.0, 1.0), (2.99, 1.0), (3.0, 0.5), (5.99, 0.5), (6.0, 0.25), (40.0, 0.25), (math.nan, 0.25)],
)
def test_volatility_takes_the_size_down(volatility: float, expected: float) -> None:
    made = sized(volatility=volatility)
    assert factor(made, "volatility") == expected
    assert made.risk_pct == pytest.approx(2 * 0.9 * expected)


def test_a_symbol_of_unknown_volatility_is_the_wildest() -> None:
    told = facts()
    bare = type(told)(
        told.performance, told.breakers, {}, told.contracts, told.last_entry_at, told.feed_bar_ms
    )
    assert factor(decision(signal(), known=bare), "volatility") == 0.25


@pytest.mark.parametrize(("peak", "expected"), [(10_000, 1.0), (11_111, 1.0), (11_112, 0.5), (20_000, 0.5)])
def test_sizes_are_halved_from_10_pct_under_the_peak(peak: float, expected: float) -> None:
    made = sized(peak=peak)
    assert factor(made, "drawdown") == expected
    assert made.risk_pct == pytest.approx(2 * 0.9 * expected)


def test_exactly_10_pct_under_the_peak_counts() -> None:
    made = decision(signal(), account=portfolio(equity=9_000, peak=10_000))
    assert factor(made, "drawdown") == 0.5


@pytest.mark.parametrize("multiplier", [0.5, 0.7, 1.0])
def test_the_multiplier_is_a_factor(multiplier: float) -> None:
    made = sized(multiplier=multiplier)
    assert factor(made, "multiplier") == multiplier
    assert made.risk_pct == pytest.approx(2 * 0.9 * multiplier)


def test_every_factor_is_a_line_and_their_product_is_the_size() -> None:
    made = sized(0.70, 4.0, 12_000, multiplier=1.5, kelly_pct=1.2)
    assert [one.name for one in made.factors] == [
        "base",
        "confidence",
        "volatility",
        "drawdown",
        "multiplier",
    ]
    assert made.risk_pct == pytest.approx(math.prod(one.value for one in made.factors))
    assert made.risk_pct == pytest.approx(1.2 * 0.85 * 0.5 * 0.5 * 1.5)


def test_dust_is_no_size() -> None:
    """W = 1/3 and R = 2.005 leave f = 0.0008: 0.02 % of equity, under the 0.05 % of risk.yaml."""
    made, note = kelly_pct([2.005] * 7 + [-1.0] * 13, kelly(), 2.0)
    assert made == 0.0
    assert note.endswith("0.021 % is under 0.05 %")
    assert kelly_pct([2.02] * 7 + [-1.0] * 13, kelly(), 2.0)[0] == pytest.approx(
        100 * 0.25 * (1 / 3 - 2 / 3 / 2.02)
    )
