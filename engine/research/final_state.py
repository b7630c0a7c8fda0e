"""Where a run stands at its end: breakers, the record of each strategy, open positions."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal, localcontext
from typing import Any

from engine.research.exact import moment, money
from engine.research.metrics import finite
from engine.research.result import Result
from engine.session import MONEY_DIGITS


def breakers(result: Result) -> list[dict[str, Any]]:
    """How often each breaker tripped, was reset and cleared, and whether it is tripped now."""
    events = Counter((event.name, event.event) for event in result.records.breaker_events)
    names = {*result.breakers, *(name for name, _ in events)}
    return [
        {
            "name": name,
            **{event: events[name, event] for event in ("tripped", "reset", "cleared")},
            "is_tripped": name in result.breakers and result.breakers[name].is_tripped,
            "reason": result.breakers[name].reason if name in result.breakers else "",
        }
        for name in sorted(names)
    ]


def learning(result: Result, strategies: tuple[str, ...]) -> list[dict[str, Any]]:
    """Where each strategy's record stands at the end, and what it made of its size."""
    known = [result.performances[name] for name in strategies if name in result.performances]
    return [
        {
            "strategy_id": record.strategy_id,
            "trades": record.trades,
            "win_rate": finite(record.win_rate),
            "mean_r": finite(record.mean_r),
            "score": finite(record.score),
            "window_outcomes": record.window_outcomes,
            "window_counterfactuals": record.window_counterfactuals,
            "multiplier": finite(record.multiplier),
            "multiplier_rule": record.multiplier_rule,
            "kelly_pct": finite(record.kelly_pct),
            "kelly_note": record.kelly_note,
        }
        for record in known
    ]


def positions(result: Result) -> list[dict[str, Any]]:
    """What is open, marked at the last closes; the amounts are exact, the entry price a mean."""
    rows = []
    for symbol in sorted(result.positions):
        position, mark = result.positions[symbol], result.marks[symbol]
        with localcontext(prec=MONEY_DIGITS):
            amounts: Mapping[str, Decimal] = {
                "quantity": position.quantity,
                "mark": mark,
                "stop": position.stop,
                "target": position.target,
                "open_pnl": position.open_pnl(mark),
                "fees": position.fees,
            }
        rows.append(
            {
                "symbol": symbol,
                "strategy_id": position.strategy_id,
                "side": position.side,
                "opened": moment(position.opened_at),
                "entry_price": float(position.entry_price),
                **{name: money(amount) for name, amount in amounts.items()},
            }
        )
    return rows
