"""The best and the worst trades, each with its why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Engine

from engine.model.trading import Trade
from engine.research.trace import trace
from engine.research.trace_document import document

SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Reason:
    """A trade with the trace of the decision that opened it, as `trace_document` makes it."""

    trade: Trade
    why: dict[str, Any]


def best_and_worst(
    engine: Engine,
    run_id: str,
    trades: Sequence[Trade],
    step: Callable[[], None] = lambda: None,
    shown: int = SHOWN,
) -> tuple[list[Reason], list[Reason]]:
    """The trades with the highest net P&L (won), and with the lowest (lost), most extreme first.

    Equal ones in order of their close. `step` is called after each trade.
    """
    ordered = sorted(trades, key=lambda trade: (-trade.pnl, trade.closed_at, trade.id))
    best = [trade for trade in ordered[:shown] if trade.pnl > 0]
    worst = [trade for trade in ordered[::-1][:shown] if trade.pnl < 0]

    def reason(trade: Trade) -> Reason:
        found = Reason(trade, document(trace(engine, trade.decision_id, run_id)))
        step()
        return found

    return [reason(trade) for trade in best], [reason(trade) for trade in worst]
