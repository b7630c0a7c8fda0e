"""What a session asks of any broker, paper or exchange."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from engine.execution.fills import Bar
from engine.model.snapshot import BrokerState
from engine.model.trading import Fill, Order, Position, Trade


@dataclass(slots=True)
class Journal:
    """What happened at a broker since it was last read, in order."""

    orders: list[Order] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    trades: list[Trade] = field(default_factory=list)


class Broker(Protocol):
    """Takes orders, fills them, and knows cash and positions. Times are opens of bars in UTC ms.

    `volumes` (base coin traded in the bar, by symbol) are only asked for where fills are limited to
    a share of it (`needs_volume`).
    """

    @property
    def cash(self) -> Decimal: ...

    @property
    def positions(self) -> Mapping[str, Position]: ...

    @property
    def orders(self) -> Sequence[Order]: ...

    @property
    def needs_volume(self) -> bool: ...

    def snapshot(self) -> BrokerState:
        """The books as they stand."""

    def restore(self, state: BrokerState) -> None:
        """Makes these the books: a session goes on."""

    def submit(self, order: Order, journal: Journal) -> None:
        """Takes an order for the next open of its symbol."""

    def cancel_entries(self, before: int | None = None) -> None:
        """Takes back the orders that would open or add, all or those created before a moment."""

    def at_open(
        self,
        at: int,
        opens: Mapping[str, Decimal],
        journal: Journal,
        volumes: Mapping[str, Decimal] | None = None,
    ) -> None:
        """Fills what waits for the open: exits first, then entries by rank."""

    def inside(
        self,
        at: int,
        bars: Mapping[str, Bar],
        journal: Journal,
        volumes: Mapping[str, Decimal] | None = None,
    ) -> None:
        """Fills stops, targets and liquidations that these bars reach."""

    def follow(self, position: Position) -> None:
        """Moves the stop of an open position to where this record of it says."""

    def fund(self, symbol: str, rate_pct: Decimal, mark: Decimal) -> None:
        """Pays (or receives) funding on an open position, in % of its notional at the mark."""
