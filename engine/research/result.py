"""Everything that a replay produced, as records in order of time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from engine.ledger.records import Batch
from engine.model.account import BreakerEvent, BreakerState, EquityPoint, Performance
from engine.model.decision import Decision
from engine.model.trading import Fill, Order, Position, Trade


@dataclass(slots=True)
class Records:
    """Collects the batches of a session."""

    decisions: list[Decision] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    trades: list[Trade] = field(default_factory=list)
    equity: list[EquityPoint] = field(default_factory=list)
    breaker_events: list[BreakerEvent] = field(default_factory=list)

    def add(self, batch: Batch) -> None:
        self.decisions.extend(batch.decisions)
        self.orders.extend(batch.orders)
        self.fills.extend(batch.fills)
        self.trades.extend(batch.trades)
        self.equity.extend(batch.equity)
        self.breaker_events.extend(batch.breaker_events)


@dataclass(frozen=True, slots=True)
class Result:
    """A finished (or interrupted) replay.

    `bars` is the number of feed bars of the tape, `symbols` those that were traded, `timeframe`
    the feed's. `strategies` are the ids that took part, in their fixed order. `positions` are
    open at the end, marked at `marks`. `performances` is the record of each strategy at the end.
    """

    run_id: str
    source: str
    simulated: bool
    timeframe: str
    symbols: tuple[str, ...]
    strategies: tuple[str, ...]
    config_hash: str
    data_hash: str
    seed: int
    from_ms: int
    to_ms: int
    bars: int
    starting_equity: Decimal
    final_equity: Decimal
    records: Records
    positions: Mapping[str, Position]
    marks: Mapping[str, Decimal]
    breakers: Mapping[str, BreakerState]
    performances: Mapping[str, Performance]
    pending_counterfactuals: int
    interrupted: bool = False
