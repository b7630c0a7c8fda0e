"""What a session carries from bar to bar, as records that can be stored: enough to go on behind a bar.

Orders of mappings and tuples are kept: sums of floats over positions depend on them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from engine.model.account import BreakerState, Performance
from engine.model.outcome import Outcome
from engine.model.trading import Order, Position

SNAPSHOT_VERSION: Final = 1
"""Raised when these records, or what they mean, change: an older snapshot is then not gone on from."""


@dataclass(slots=True)
class State:
    """The account of a session at a close; changed bar by bar. `day` counts UTC days, times are UTC ms."""

    equity: Decimal
    peak: Decimal
    day_start: Decimal
    day: int | None = None
    closed_at: int | None = None
    breakers: dict[str, BreakerState] = field(default_factory=dict)
    marks: dict[str, Decimal] = field(default_factory=dict)
    last_entry_at: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BrokerState:
    """The books of a paper broker. `filled_bars` counts, by order, the bars of an entry that waits for
    volume; of those in `begun` a part was filled.
    """

    cash: Decimal
    positions: tuple[Position, ...]
    orders: tuple[Order, ...]
    filled_bars: Mapping[str, int]
    begun: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StrategyRecord:
    """The record of a strategy: sums over its trades, its last outcomes, how it came to stand at 0."""

    strategy_id: str
    window: tuple[Outcome, ...]
    now: Performance
    trades: int
    wins: int
    total_pnl_pct: float
    total_r: float
    suspended: Performance | None


@dataclass(frozen=True, slots=True)
class PendingWalk:
    """A counterfactual on its way; `position` is None until its first open."""

    order: Order
    code: str
    horizon_ms: int
    position: Position | None
    leaves: bool


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A session behind the whole feed bar that opened at `at` (UTC ms)."""

    at: int
    state: State
    broker: BrokerState
    strategies: tuple[StrategyRecord, ...]
    walks: tuple[PendingWalk, ...]
