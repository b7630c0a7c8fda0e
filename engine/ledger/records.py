"""Records that only the ledger speaks of: a run, a batch of rows, an open position with its mark."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from engine.model.account import BreakerEvent, BreakerState, EquityPoint
from engine.model.decision import Decision
from engine.model.trading import Fill, Order, Position, Trade

RunKind = Literal["backtest", "paper", "live"]
RunStatus = Literal["running", "finished", "interrupted", "failed"]


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One backtest, paper or live session.

    `source` says in words where the candles came from, `simulated` that they are no real ones.
    `from_ms` and `to_ms` are the opens of the first and last feed bar (UTC ms; None: not known
    yet). `started_at` and `ended_at` are wall clock, UTC ms, and the only such columns; `summary`
    must hold none, since it is hashed.
    """

    run_id: str
    kind: RunKind
    source: str
    timeframe: str
    symbols: tuple[str, ...]
    config_hash: str
    data_hash: str
    starting_equity: Decimal
    started_at: int
    simulated: bool = False
    seed: int | None = None
    from_ms: int | None = None
    to_ms: int | None = None
    status: RunStatus = "running"
    final_equity: Decimal | None = None
    ended_at: int | None = None
    summary: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SessionState:
    """What a session needs to go on behind the bar that opened at `at` (UTC ms).

    `document` is text of the form `version`, which only sessions read; `made_by` is the version of
    the program that wrote it.
    """

    at: int
    version: int
    made_by: str
    document: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What is stored together: a live bar, or a chunk of a replay cut at a bar's end.

    Rows are kept in the order given. `positions` (with `marks`, the last close by symbol), `breakers`
    and `state` replace what the ledger holds for the run; None leaves it as it is.
    """

    run_id: str
    decisions: Sequence[Decision] = ()
    orders: Sequence[Order] = ()
    fills: Sequence[Fill] = ()
    trades: Sequence[Trade] = ()
    equity: Sequence[EquityPoint] = ()
    breaker_events: Sequence[BreakerEvent] = ()
    positions: Sequence[Position] | None = None
    marks: Mapping[str, Decimal] = field(default_factory=dict)
    breakers: Sequence[BreakerState] | None = None
    state: SessionState | None = None


@dataclass(frozen=True, slots=True)
class MarkedPosition:
    """An open position and the last close of its symbol (None: not marked yet)."""

    position: Position
    mark: Decimal | None

    @property
    def open_pnl(self) -> Decimal | None:
        """P&L at the mark before fees, in quote currency."""
        return None if self.mark is None else self.position.open_pnl(self.mark)
