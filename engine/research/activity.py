"""What the strategies did: signals, accepted entries and trades by side and by calendar year."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from engine.model.decision import Decision
from engine.model.signal import Side
from engine.model.timeframe import DAY_MS, utc_day
from engine.model.trading import Trade
from engine.research.exact import money
from engine.research.metrics import trade_figures
from engine.research.result import Result

SIDES: Final[tuple[Side, ...]] = ("long", "short")


def strategies_of(result: Result) -> tuple[str, ...]:
    """The strategies that took part in their fixed order, then others that posted signals, by name."""
    others = {decision.signal.strategy_id for decision in result.records.decisions}
    others |= {trade.strategy_id for trade in result.records.trades}
    return (*result.strategies, *sorted(others - set(result.strategies)))


def by_side(result: Result, strategies: Sequence[str]) -> list[dict[str, Any]]:
    """A row a strategy and side: signals and what became of them, and the figures of its trades.

    One decision a signal: signals = accepted + added + merged + refused. `added` are further units
    of a position, `entered` counts accepted entries that were filled, `trades` those of them that
    were closed since.
    """
    records = result.records
    actions = Counter(
        (decision.signal.strategy_id, decision.signal.side, _action(decision))
        for decision in records.decisions
    )
    filled = {
        (fill.strategy_id, fill.side, fill.decision_id) for fill in records.fills if fill.purpose == "entry"
    }
    entered = Counter((strategy, side) for strategy, side, _ in filled)
    closed: dict[tuple[str, str], list[Trade]] = defaultdict(list)
    for trade in records.trades:
        closed[trade.strategy_id, trade.side].append(trade)
    rows = []
    for strategy in strategies:
        for side in SIDES:
            accepted, added, merged, refused = (
                actions[strategy, side, action] for action in ("enter", "add", "merged", "refused")
            )
            figures = trade_figures(closed[strategy, side])
            rows.append(
                {
                    "strategy_id": strategy,
                    "side": side,
                    "signals": accepted + added + merged + refused,
                    "accepted": accepted,
                    "added": added,
                    "merged": merged,
                    "refused": refused,
                    "entered": entered[strategy, side],
                    "trades": figures.trades,
                    "wins": figures.wins,
                    "win_rate": figures.win_rate,
                    "mean_r": figures.mean_r,
                    "expectancy": figures.expectancy,
                    "profit_factor": figures.profit_factor,
                    "pnl": money(figures.pnl),
                    "fees": money(figures.fees),
                }
            )
    return rows


def by_year(result: Result, strategies: Sequence[str], bar_ms: int) -> list[dict[str, Any]]:
    """How often each strategy fires: signals and accepted entries of either side, a row a year.

    A decision counts in the UTC year of its bar's day (close - 1 ms). Every strategy has every year
    of the run, with 0 where it was silent.
    """
    year_of: dict[int, int] = {}
    signals: Counter[tuple[str, int, str]] = Counter()
    accepted: Counter[tuple[str, int, str]] = Counter()
    for decision in result.records.decisions:
        if decision.action == "close":
            continue
        year = _year(decision, bar_ms, year_of)
        key = (decision.signal.strategy_id, year, decision.signal.side)
        signals[key] += 1
        accepted[key] += _action(decision) == "enter"
    first, last = (year_of_day(utc_day(at + bar_ms)) for at in (result.from_ms, result.to_ms))
    return [
        {
            "strategy_id": strategy,
            "year": year,
            **{f"{side}_signals": signals[strategy, year, side] for side in SIDES},
            **{f"{side}_accepted": accepted[strategy, year, side] for side in SIDES},
        }
        for strategy in strategies
        for year in range(first, last + 1)
    ]


def _action(decision: Decision) -> str:
    """What was done: an accepted signal for a further unit is an add, no entry."""
    is_add = decision.action == "enter" and decision.signal.kind == "add"
    return "add" if is_add else decision.action


def _year(decision: Decision, bar_ms: int, year_of: dict[int, int]) -> int:
    day = utc_day(decision.at + bar_ms)
    if day not in year_of:
        year_of[day] = year_of_day(day)
    return year_of[day]


def year_of_day(day: int) -> int:
    """Calendar year of a UTC day, counted from 1970."""
    return datetime.fromtimestamp(day * DAY_MS / 1000, UTC).year
