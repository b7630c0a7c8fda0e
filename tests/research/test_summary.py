"""The summary of a small run made by hand, line by line; and of runs in which hardly anything happened."""

import json
from dataclasses import replace
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model.decision import REFUSAL_CODES
from engine.research.refusals import SENTENCES
from engine.research.result import Records
from engine.research.summary import CURVE_POINTS, reconcile, summarise

from .runs import BAR_MS, START, decision, point, position, run, trade, untouched


def test_the_facts_of_the_run() -> None:
    facts = summarise(run())["run"]
    assert facts["from"] == "2021-12-30T00:00:00Z"
    assert facts["to"] == "2022-01-02T12:00:00Z"
    assert (facts["bars"], facts["days"], facts["timeframe"]) == (8, 4.0, "12h")
    assert (facts["simulated"], facts["seed"], facts["symbols"]) == (False, 7, ["BTCUSDT", "ETHUSDT"])


def test_its_money_is_exact_text() -> None:
    assert summarise(run())["money"] == {
        "starting_equity": "1000",
        "final_equity": "1010.5",
        "change": "10.5",
        "closed_pnl": "1",
        "open_pnl": "10",
        "fees": "6.5",
        "funding": "0",
        "traded_notional": "711",
    }


def test_its_metrics() -> None:
    metrics = summarise(run())["metrics"]
    assert metrics["return_pct"] == pytest.approx(1.05)
    assert metrics["cagr_pct"] == pytest.approx(100 * (1.0105 ** (365 / 4) - 1))
    assert metrics["max_drawdown_pct"] == pytest.approx(100 * 11 / 1012)
    assert metrics["max_drawdown"] == {
        "peak": "2021-12-31T00:00:00Z",
        "trough": "2022-01-01T12:00:00Z",
        "recovered": None,
        "days": 3.0,
    }
    assert (metrics["trades"], metrics["wins"]) == (3, 1)
    assert metrics["profit_factor"] == pytest.approx(10 / 9)
    assert metrics["expectancy_r"] == pytest.approx(1 / 6)
    assert (metrics["average_win"], metrics["average_loss"]) == (10.0, -4.5)
    assert (metrics["time_in_market_pct"], metrics["mean_margin_pct"]) == (50.0, 2.0)
    assert metrics["turnover_a_year"] == pytest.approx(711 / 1005.3 * 365 / 4)


def test_a_row_for_each_strategy_and_side() -> None:
    rows = summarise(run())["strategies"]
    names = ("signals", "accepted", "merged", "refused", "entered", "trades", "wins", "pnl", "fees")
    assert {(row["strategy_id"], row["side"]): tuple(row[name] for name in names) for row in rows} == {
        ("turtle", "long"): (3, 3, 0, 0, 2, 2, 1, "5", "4"),
        ("turtle", "short"): (2, 1, 0, 1, 1, 0, 0, "0", "0"),
        ("zweig", "long"): (2, 0, 1, 1, 0, 0, 0, "0", "0"),
        ("zweig", "short"): (2, 1, 0, 1, 1, 1, 0, "-4", "2"),
    }
    assert (rows[0]["win_rate"], rows[0]["mean_r"], rows[0]["expectancy"]) == (0.5, 0.5, 2.5)
    assert (rows[1]["win_rate"], rows[1]["mean_r"]) == (None, None)


def test_how_often_each_fires_per_year() -> None:
    rows = summarise(run())["by_year"]
    names = ("long_accepted", "long_signals", "short_accepted", "short_signals")
    assert {(row["strategy_id"], row["year"]): tuple(row[name] for name in names) for row in rows} == {
        ("turtle", 2021): (2, 2, 0, 0),
        ("turtle", 2022): (1, 1, 1, 2),
        ("zweig", 2021): (0, 1, 1, 2),
        ("zweig", 2022): (0, 1, 0, 0),
    }


def test_refusals_per_code_and_strategy() -> None:
    part = summarise(run())["refusals"]
    assert part["total"] == 3
    assert [row["code"] for row in part["codes"]] == list(REFUSAL_CODES)
    given = {row["code"]: (row["count"], row["share_pct"]) for row in part["codes"] if row["count"]}
    assert given == {"breaker": (2, pytest.approx(200 / 3)), "confidence": (1, pytest.approx(100 / 3))}
    turtle, zweig = part["by_strategy"]
    assert (turtle["breaker"], turtle["confidence"]) == (1, 0)
    assert (zweig["breaker"], zweig["confidence"]) == (1, 1)


def test_every_code_has_a_short_sentence() -> None:
    assert list(SENTENCES) == list(REFUSAL_CODES)
    assert all(len(sentence) <= 48 and sentence.endswith(".") for sentence in SENTENCES.values())


def test_rescues_and_how_they_ended() -> None:
    assert summarise(run())["rescues"] == {
        "tried": 2,
        "rescued": 2,
        "accepted": 1,
        "won": 0,
        "lost": 1,
        "open": 0,
        "mean_r": -1.0,
        "pnl": "-5",
    }


def test_exits_breakers_records_and_positions() -> None:
    summary = summarise(run())
    exits = {row["reason"]: (row["trades"], row["wins"], row["pnl"]) for row in summary["exits"]}
    assert (exits["stop"], exits["target"], exits["breaker"]) == ((2, 0, "-9"), (1, 1, "10"), (0, 0, "0"))
    daily, drawdown = summary["breakers"]
    assert (daily["name"], daily["tripped"], daily["reset"], daily["is_tripped"]) == (
        "daily_loss",
        1,
        1,
        False,
    )
    assert (drawdown["name"], drawdown["tripped"]) == ("max_drawdown", 0)
    turtle, zweig = summary["learning"]
    assert (turtle["multiplier"], turtle["multiplier_rule"], turtle["kelly_pct"]) == (0.7, "losing", None)
    assert (zweig["trades"], zweig["win_rate"]) == (0, None)
    (held,) = summary["positions"]
    assert (held["symbol"], held["entry_price"], held["mark"], held["open_pnl"]) == (
        "ETHUSDT",
        50.0,
        "45",
        "10",
    )


def test_the_books_add_up() -> None:
    assert reconcile(run()) == 0
    assert summarise(run())["reconciliation"] == {
        "starting_equity": "1000",
        "closed_pnl": "1",
        "open_pnl": "10",
        "open_fees": "0.5",
        "expected": "1010.5",
        "final_equity": "1010.5",
        "difference": "0",
    }


def test_what_does_not_add_up_is_told_to_the_last_digit() -> None:
    wrong = replace(run(), final_equity=Decimal("1010.500000000000000000000000001"))
    assert reconcile(wrong) == Decimal("1e-27")
    assert summarise(wrong)["reconciliation"]["difference"] == "0.000000000000000000000000001"


@given(
    st.lists(st.decimals(-1_000, 1_000, places=12), max_size=20),
    st.decimals("0.0001", 100_000, places=8),
    st.decimals("0.00000001", 100, places=8),
)
def test_the_books_add_up_exactly_for_any_money(pnl: list[Decimal], mark: Decimal, quantity: Decimal) -> None:
    held = position(quantity=quantity, cost=quantity * Decimal("50.12345678"))
    with localcontext(prec=100):
        final = 1000 + sum(pnl, Decimal(0)) - (mark * quantity - held.cost) - held.fees
    trades = [trade(str(each)) for each in pnl]
    result = run(records=Records(trades=trades), positions={"E": held}, marks={"E": mark}, final_equity=final)
    assert reconcile(result) == 0


def test_it_is_json_and_the_same_for_the_same_run() -> None:
    first, second = (json.dumps(summarise(run()), allow_nan=False) for _ in range(2))
    assert first == second
    assert json.loads(first) == summarise(run())
    assert "backtest-1" not in first  # a run's name holds its wall clock


def test_a_run_in_which_nothing_happened() -> None:
    summary = summarise(untouched([point(bar, "1000") for bar in range(8)]))
    metrics = summary["metrics"]
    assert (metrics["return_pct"], metrics["max_drawdown_pct"], metrics["max_drawdown"]) == (0.0, 0.0, None)
    nothing = ("sharpe", "sortino", "win_rate", "profit_factor", "expectancy_r", "average_win")
    assert [metrics[name] for name in nothing] == [None] * len(nothing)
    assert summary["refusals"]["total"] == 0
    assert summary["positions"] == summary["breakers"] == summary["learning"] == []
    json.dumps(summary, allow_nan=False)


def test_a_run_that_was_interrupted_before_its_first_close() -> None:
    summary = summarise(replace(untouched(), bars=0, to_ms=START, interrupted=True))
    assert summary["run"]["interrupted"] is True
    assert summary["curve"] == [1000.0]
    json.dumps(summary, allow_nan=False)


def test_an_account_that_is_ruined_stays_json() -> None:
    ruined = replace(point(0, "-5"), exposure_pct=float("inf"))
    summary = summarise(replace(untouched([ruined]), final_equity=Decimal(-5)))
    assert summary["metrics"]["mean_margin_pct"] is None
    assert summary["metrics"]["max_drawdown_pct"] == pytest.approx(100.5)
    json.dumps(summary, allow_nan=False)


def test_strategies_that_posted_signals_from_elsewhere_are_in_it() -> None:
    records = Records(decisions=[decision("a", "elsewhere", "long", 0)])
    summary = summarise(run(records=records))
    assert [row["strategy_id"] for row in summary["strategies"]][::2] == ["turtle", "zweig", "elsewhere"]


def test_a_long_curve_is_thinned_and_keeps_its_ends() -> None:
    equity = [point(2 * day, str(1000 + day)) for day in range(1000)]
    result = replace(untouched(equity), to_ms=START + 1998 * BAR_MS)
    curve = summarise(result)["curve"]
    assert (len(curve), curve[0], curve[-1]) == (CURVE_POINTS, 1000.0, 1999.0)
