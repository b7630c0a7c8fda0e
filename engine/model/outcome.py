"""What became of a decision: real, or counterfactual as if its position had stood alone."""

from dataclasses import dataclass
from typing import Literal

from engine.model.signal import Side

Ending = Literal["stop", "target", "liquidation", "exit_rule", "reversal", "breaker", "horizon"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a position, taken or not. P&L in % of entry notional, net of costs.

    It is a fact from `ended_at` on (open in UTC ms of the feed bar in which it ended). `code` is
    the refusal that a counterfactual answers, None for a trade.
    """

    decision_id: str
    strategy_id: str
    symbol: str
    side: Side
    code: str | None
    opened_at: int
    ended_at: int
    pnl_pct: float
    r_multiple: float
    ending: Ending

    @property
    def is_counterfactual(self) -> bool:
        return self.code is not None
