"""The account as decisions see it: portfolio, breakers, and the record of a strategy."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from engine.model.trading import Contract, Order, Position


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The account at a close: equity = cash + open P&L, marked at that close.

    `marks` holds the last close of each symbol with a position. `orders` are entries and exits
    that wait for an open.
    """

    cash: Decimal
    equity: Decimal
    peak_equity: Decimal
    day_start_equity: Decimal
    positions: Mapping[str, Position]
    orders: tuple[Order, ...] = ()
    marks: Mapping[str, Decimal] | None = None


@dataclass(frozen=True, slots=True)
class BreakerState:
    """Where a breaker stands. `last_trip` is the measure at which it last tripped, until cleared."""

    name: str
    is_tripped: bool = False
    tripped_at: int | None = None
    until: int | None = None
    last_trip: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Performance:
    """Record of one strategy.

    `trades` ... `total_pnl_pct` are over all closed trades of the run (rates 0-1, P&L in % of
    entry notional). The `window_` figures are over its last outcomes (closed trades, and marked
    counterfactuals of signals refused while the strategy stood at 0). `kelly_pct` is the risk in
    % of equity that Kelly allows, None while there are too few trades; `multiplier` with the
    rule that set it.
    """

    strategy_id: str
    trades: int = 0
    wins: int = 0
    win_rate: float = float("nan")
    total_pnl_pct: float = 0.0
    mean_pnl_pct: float = float("nan")
    mean_r: float = float("nan")
    score: float = 0.0
    window_outcomes: int = 0
    window_counterfactuals: int = 0
    multiplier: float = 1.0
    multiplier_rule: str = ""
    kelly_pct: float | None = None
    kelly_note: str = ""

    @property
    def is_at_zero(self) -> bool:
        """Whether multiplier or Kelly refuses every signal of the strategy."""
        return self.multiplier <= 0 or (self.kelly_pct is not None and self.kelly_pct <= 0)


@dataclass(frozen=True, slots=True)
class Facts:
    """What decisions know beside signals and portfolio.

    `volatility_pct` and `contracts` are by symbol, `performance` by strategy, `breakers` by
    name, `last_entry_at` by symbol (UTC ms of the last accepted entry).
    """

    performance: Mapping[str, Performance]
    breakers: Mapping[str, BreakerState]
    volatility_pct: Mapping[str, float]
    contracts: Mapping[str, Contract]
    last_entry_at: Mapping[str, int]
    feed_bar_ms: int


@dataclass(frozen=True, slots=True)
class EquityPoint:
    """The account at the close of the feed bar that opened at `at`."""

    at: int
    equity: Decimal
    cash: Decimal
    open_pnl: Decimal
    peak_equity: Decimal
    drawdown_pct: float
    exposure_pct: float
    risk_pct: float
    positions: int


@dataclass(frozen=True, slots=True)
class BreakerEvent:
    """A breaker that tripped, was reset, or was cleared, at the close of the bar opening at `at`."""

    at: int
    name: str
    event: str
    value: float
    limit: float
    reason: str
