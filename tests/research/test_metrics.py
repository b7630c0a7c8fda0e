"""The figures of a run, computed by hand, and what they are where there is nothing to compute."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.research import metrics
from engine.research.metrics import Drawdown

from .runs import BAR_MS, START, fill, point, points, trade

THOUSAND = Decimal(1000)


def test_a_day_ends_with_its_last_bar_and_the_start_comes_first() -> None:
    equity = points("1001", "1002", "1003", "1004", "1005")
    assert metrics.daily_equity(equity, BAR_MS, THOUSAND) == [1000, 1002, 1004, 1005]


def test_the_bar_that_closes_at_midnight_belongs_to_the_day_before() -> None:
    before_midnight = point(1, "1002")
    assert metrics.daily_equity([before_midnight], BAR_MS, THOUSAND) == [1000, 1002]


def test_a_day_without_bars_repeats_the_day_before() -> None:
    equity = [point(0, "1001"), point(6, "1100")]
    assert metrics.daily_equity(equity, BAR_MS, THOUSAND) == [1000, 1001, 1001, 1001, 1100]


def test_no_bars_leave_the_starting_equity() -> None:
    assert metrics.daily_equity([], BAR_MS, THOUSAND) == [1000]


def test_returns_go_from_day_to_day() -> None:
    assert metrics.daily_returns([100, 110, 99]) == pytest.approx([0.1, -0.1])
    assert metrics.daily_returns([100]) == []


def test_nothing_returns_from_ruin() -> None:
    assert metrics.daily_returns([100, 0, 50]) == []
    assert metrics.daily_returns([100, -5]) == pytest.approx([-1.05])


def test_total_return() -> None:
    assert metrics.total_return_pct(1000, 1250) == pytest.approx(25)
    assert metrics.total_return_pct(0, 10) is None


@pytest.mark.parametrize(
    ("start", "end", "days", "expected"),
    [
        (100, 121, 730, 10),  # two years at 10 %
        (100, 200, 365, 100),
        (100, 110, 182.5, 21),  # half a year, twice
        (100, 50, 730, 100 * (math.sqrt(0.5) - 1)),
        (100, 0, 365, -100),
        (100, 110, 1, None),  # one day is nothing to compound
        (0, 110, 365, None),
        (100, 1000, 2, None),  # beyond all numbers
    ],
)
def test_growth_is_compounded_over_years_of_365_days(
    start: float, end: float, days: float, expected: float | None
) -> None:
    assert metrics.cagr_pct(start, end, days) == (expected if expected is None else pytest.approx(expected))


def test_sharpe_by_hand() -> None:
    # Mean 1 %; deviations 1, -1, 1, -1 %; sample deviation sqrt(4 / 3) %.
    expected = 1 / math.sqrt(4 / 3) * math.sqrt(365)
    assert metrics.sharpe([0.02, 0.0, 0.02, 0.0]) == pytest.approx(expected)


def test_sortino_by_hand() -> None:
    # Mean 1 %; of four days one lost 2 %: the root of 4 / 4.
    assert metrics.sortino([0.03, -0.02, 0.03, 0.0]) == pytest.approx(1 / 1 * math.sqrt(365))


def test_ratios_need_two_days_that_differ_or_lose() -> None:
    assert metrics.sharpe([]) is metrics.sharpe([0.1]) is metrics.sharpe([0.1, 0.1, 0.1]) is None
    assert metrics.sortino([]) is metrics.sortino([-0.1]) is metrics.sortino([0.1, 0.0, 0.2]) is None


def test_the_deepest_drawdown_with_its_days() -> None:
    equity = points("1000", "1100", "990", "1045", "1100", "1089", "1200")
    found = metrics.max_drawdown(equity, BAR_MS, THOUSAND)
    assert found == Drawdown(
        pct=pytest.approx(10),
        peak_at=START + BAR_MS,
        trough_at=START + 2 * BAR_MS,
        recovered_at=START + 4 * BAR_MS,
        days=1.5,
    )


def test_a_drawdown_from_the_very_start_that_has_not_recovered() -> None:
    found = metrics.max_drawdown(points("950", "900", "999"), BAR_MS, THOUSAND)
    assert found == Drawdown(pytest.approx(10), START, START + BAR_MS, None, 1.5)


def test_no_drawdown() -> None:
    assert metrics.max_drawdown([], BAR_MS, THOUSAND) is None
    assert metrics.max_drawdown(points("1000", "1001"), BAR_MS, THOUSAND) is None


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=30))
def test_the_deepest_drawdown_is_the_deepest_of_all_pairs(equities: list[int]) -> None:
    found = metrics.max_drawdown(points(*map(str, equities)), BAR_MS, Decimal(equities[0]))
    falls = [100 * (a - b) / a for i, a in enumerate(equities) for b in equities[i:] if b < a]
    assert (found.pct if found else 0.0) == pytest.approx(max(falls, default=0.0))


def test_the_figures_of_trades_by_hand() -> None:
    found = metrics.trade_figures([trade("30", 3.0), trade("-10", -1.0), trade("0", 0.0), trade("-5", -0.5)])
    assert (found.trades, found.wins, found.win_rate) == (4, 1, 0.25)
    assert found.profit_factor == 2.0
    assert found.mean_r == 0.375
    assert found.expectancy == 3.75
    assert (found.average_win, found.average_loss) == (30.0, -5.0)
    assert (found.pnl, found.gross_pnl, found.fees) == (Decimal(15), Decimal(23), Decimal(8))


def test_without_trades_there_are_no_means() -> None:
    found = metrics.trade_figures([])
    means = (found.win_rate, found.profit_factor, found.mean_r, found.expectancy)
    assert means == (None,) * 4
    assert (found.average_win, found.average_loss, found.pnl) == (None, None, 0)


def test_wins_alone_have_no_profit_factor_and_losses_alone_have_0() -> None:
    wins, losses = metrics.trade_figures([trade("5")]), metrics.trade_figures([trade("-5")])
    assert (wins.win_rate, wins.profit_factor, wins.average_loss) == (1.0, None, None)
    assert (losses.win_rate, losses.profit_factor, losses.average_win) == (0.0, 0.0, None)


def test_only_free_losses_divide_nothing() -> None:
    assert metrics.trade_figures([trade("0")]).profit_factor is None


def test_sums_of_money_keep_every_digit() -> None:
    pnl = ["123456789012345678.123456789012", "0.000000000000000001"]
    assert metrics.trade_figures([trade(each) for each in pnl]).pnl == Decimal(
        "123456789012345678.123456789012000001"
    )


def test_exposure_is_time_in_the_market_and_mean_margin() -> None:
    equity = [
        point(0, "1000"),
        point(1, "1000", positions=2),
        point(2, "1000", positions=1),
        point(3, "1000"),
    ]
    assert metrics.time_in_market_pct(equity) == 50
    assert metrics.mean_margin_pct(equity) == 3
    assert metrics.time_in_market_pct([]) is metrics.mean_margin_pct([]) is None


def test_turnover_counts_entries_and_exits() -> None:
    fills = [fill("d", "turtle", "long", "entry", "100"), fill("d", "turtle", "long", "exit", "120")]
    notional = metrics.traded_notional(fills)
    assert notional == 220
    assert metrics.turnover_a_year(notional, [100, 120], 73) == pytest.approx(10)
    assert metrics.turnover_a_year(notional, [], 73) is metrics.turnover_a_year(notional, [100], 0) is None
