"""The summary of a run: one JSON-able document, the same for the same run, without any wall clock."""

from decimal import Decimal, localcontext
from typing import Any, Final, get_args

from engine.model.timeframe import DAY_MS, DURATION_MS
from engine.model.trading import ZERO, ExitReason
from engine.research import metrics
from engine.research.activity import by_side, by_year, strategies_of
from engine.research.exact import moment, money
from engine.research.final_state import breakers, learning, positions
from engine.research.metrics import trade_figures
from engine.research.refusals import refusals
from engine.research.result import Result
from engine.session import MONEY_DIGITS

CURVE_POINTS: Final = 60


def summarise(result: Result) -> dict[str, Any]:
    """Everything that is said about a run, as nested dicts and lists of JSON values.

    Money that is exact is text (quote currency, all digits); means and ratios are floats, rates 0-1,
    None where a figure has no meaning. Moments are ISO 8601 in UTC and name a bar by its open.
    `reconciliation.difference` is "0" where P&L adds up: what to do otherwise is the caller's.
    """
    bar_ms = DURATION_MS[result.timeframe]
    strategies = strategies_of(result)
    daily = metrics.daily_equity(result.records.equity, bar_ms, result.starting_equity)
    return {
        "run": _run(result, bar_ms),
        "money": _money(result),
        "metrics": _metrics(result, daily, bar_ms),
        "curve": _curve(daily),
        "strategies": by_side(result, strategies),
        "by_year": by_year(result, strategies, bar_ms),
        "refusals": refusals(result.records.decisions, strategies),
        "rescues": _rescues(result),
        "exits": _exits(result),
        "breakers": breakers(result),
        "learning": learning(result, strategies),
        "positions": positions(result),
        "reconciliation": _reconciliation(result),
    }


def reconcile(result: Result) -> Decimal:
    """By how much P&L does not add up: 0 in every run.

    Final equity - (starting equity + net P&L of closed trades + P&L of open positions - what they
    paid in fees and funding), exactly, with the marks of the end.
    """
    with localcontext(prec=MONEY_DIGITS):
        return result.final_equity - _expected(result)


def _expected(result: Result) -> Decimal:
    closed = sum((trade.pnl for trade in result.records.trades), ZERO)
    return result.starting_equity + closed + _open_pnl(result) - _open_fees(result)


def _open_pnl(result: Result) -> Decimal:
    """P&L of open positions before costs, with what was taken out of them in parts."""
    return sum(
        (
            position.realised + position.open_pnl(result.marks[symbol])
            for symbol, position in result.positions.items()
        ),
        ZERO,
    )


def _open_fees(result: Result) -> Decimal:
    """Fees and funding that open positions have paid."""
    return sum((position.fees + position.funding for position in result.positions.values()), ZERO)


def _days(result: Result, bar_ms: int) -> float:
    """Length of the run in days: open of its first bar to close of its last."""
    return (result.to_ms + bar_ms - result.from_ms) / DAY_MS


def _run(result: Result, bar_ms: int) -> dict[str, Any]:
    return {
        "source": result.source,
        "simulated": result.simulated,
        "symbols": list(result.symbols),
        "strategies": list(result.strategies),
        "timeframe": result.timeframe,
        "from": moment(result.from_ms),
        "to": moment(result.to_ms),
        "bars": result.bars,
        "days": _days(result, bar_ms),
        "config_hash": result.config_hash,
        "data_hash": result.data_hash,
        "seed": result.seed,
        "interrupted": result.interrupted,
        "pending_counterfactuals": result.pending_counterfactuals,
    }


def _money(result: Result) -> dict[str, str]:
    figures = trade_figures(result.records.trades)
    with localcontext(prec=MONEY_DIGITS):
        amounts = {
            "starting_equity": result.starting_equity,
            "final_equity": result.final_equity,
            "change": result.final_equity - result.starting_equity,
            "closed_pnl": figures.pnl,
            "open_pnl": _open_pnl(result),
            "fees": sum((fill.fee for fill in result.records.fills), ZERO),
            "funding": figures.funding
            + sum((position.funding for position in result.positions.values()), ZERO),
            "traded_notional": metrics.traded_notional(result.records.fills),
        }
    return {name: money(amount) for name, amount in amounts.items()}


def _metrics(result: Result, daily: list[float], bar_ms: int) -> dict[str, Any]:
    points, days = result.records.equity, _days(result, bar_ms)
    start, end = float(result.starting_equity), float(result.final_equity)
    returns = metrics.daily_returns(daily)
    drawdown = metrics.max_drawdown(points, bar_ms, result.starting_equity)
    figures = trade_figures(result.records.trades)
    notional = metrics.traded_notional(result.records.fills)
    return {
        "return_pct": metrics.total_return_pct(start, end),
        "cagr_pct": metrics.cagr_pct(start, end, days),
        "sharpe": metrics.sharpe(returns),
        "sortino": metrics.sortino(returns),
        "max_drawdown_pct": drawdown.pct if drawdown else 0.0,
        "max_drawdown": None
        if drawdown is None
        else {
            "peak": moment(drawdown.peak_at),
            "trough": moment(drawdown.trough_at),
            "recovered": None if drawdown.recovered_at is None else moment(drawdown.recovered_at),
            "days": drawdown.days,
        },
        "trades": figures.trades,
        "wins": figures.wins,
        "win_rate": figures.win_rate,
        "profit_factor": figures.profit_factor,
        "expectancy_r": figures.mean_r,
        "expectancy": figures.expectancy,
        "average_win": figures.average_win,
        "average_loss": figures.average_loss,
        "time_in_market_pct": metrics.time_in_market_pct(points),
        "mean_margin_pct": metrics.mean_margin_pct(points),
        "turnover_a_year": metrics.turnover_a_year(notional, daily, days),
    }


def _curve(daily: list[float]) -> list[float]:
    """Daily equity thinned to what a line of text can show, first and last day kept."""
    if len(daily) <= CURVE_POINTS:
        return daily
    last = CURVE_POINTS - 1
    return [daily[step * (len(daily) - 1) // last] for step in range(CURVE_POINTS)]


def _rescues(result: Result) -> dict[str, Any]:
    """Second chance: near misses tried, rescued, how many of those passed the gates, and how they ended."""
    decisions = result.records.decisions
    near = (decision for decision in decisions if decision.rescued or decision.code == "confidence")
    tried = sum(any(gate.name == "second_chance" for gate in decision.gates) for decision in near)
    rescued = [decision for decision in decisions if decision.rescued]
    accepted = {
        decision.id for decision in rescued if decision.action == "enter" and decision.signal.kind == "entry"
    }
    figures = trade_figures([trade for trade in result.records.trades if trade.decision_id in accepted])
    return {
        "tried": tried,
        "rescued": len(rescued),
        "accepted": len(accepted),
        "won": figures.wins,
        "lost": figures.trades - figures.wins,
        "open": sum(position.decision_id in accepted for position in result.positions.values()),
        "mean_r": figures.mean_r,
        "pnl": money(figures.pnl),
    }


def _exits(result: Result) -> list[dict[str, Any]]:
    rows = []
    for reason in get_args(ExitReason):
        figures = trade_figures([trade for trade in result.records.trades if trade.exit_reason == reason])
        rows.append(
            {
                "reason": reason,
                "trades": figures.trades,
                "wins": figures.wins,
                "mean_r": figures.mean_r,
                "pnl": money(figures.pnl),
            }
        )
    return rows


def _reconciliation(result: Result) -> dict[str, str]:
    with localcontext(prec=MONEY_DIGITS):
        terms = {
            "starting_equity": result.starting_equity,
            "closed_pnl": sum((trade.pnl for trade in result.records.trades), ZERO),
            "open_pnl": _open_pnl(result),
            "open_fees": _open_fees(result),
            "expected": _expected(result),
            "final_equity": result.final_equity,
            "difference": reconcile(result),
        }
    return {name: money(term) for name, term in terms.items()}
