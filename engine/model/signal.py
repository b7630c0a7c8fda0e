"""A signal: what a strategy says about a symbol at the close of a bar."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Side = Literal["long", "short"]
SignalKind = Literal["entry", "add", "exit"]

OPPOSITE: dict[Side, Side] = {"long": "short", "short": "long"}
DIRECTION: dict[Side, int] = {"long": 1, "short": -1}


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal of one strategy.

    `at` is the open (UTC ms) of the feed bar on whose close it exists, `bar` that of the
    strategy's own bar. `price` is that close; the distances are in price, fixed here and
    applied to the fill later; `stop` and `target` are set only where a client posted absolute
    levels. `operands` are the values that made it true, to 10 digits; `facts` are what later
    rules ask about it (second chance's technicals). `rule` is the exit condition that held,
    empty for entries; an `add` asks for a further unit of an open position.
    """

    strategy_id: str
    symbol: str
    side: Side
    at: int
    bar: int
    price: float
    confidence: float
    stop_distance: float
    target_distance: float
    kind: SignalKind = "entry"
    rule: str = ""
    stop: float | None = None
    target: float | None = None
    operands: Mapping[str, float] = field(default_factory=dict)
    facts: Mapping[str, float] = field(default_factory=dict)

    @property
    def reward_to_risk(self) -> float:
        """Target distance over stop distance; NaN without a stop."""
        return self.target_distance / self.stop_distance if self.stop_distance > 0 else float("nan")
