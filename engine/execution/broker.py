"""What a session asks of any broker, paper or exchange."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from engine.execution.fills import Bar
from engine.model.trading import Fill, Order, Position, Trade


@dataclass(slots=True)
class Journal:
    """What happened at a broker since it was last read, in order."""

    orders: list[Order] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    trades: list[Trade] = field(default_factory=list)


class Broker(Protocol):
    """Takes orders, fills them, and knows cash and positions. Times are opens of bars in UTC ms."""

    @property
    def cash(self) -> Decimal: ...

    @property
    def positions(self) -> Mapping[str, Position]: ...

    @property
    def orders(self) -> Sequence[Order]: ...

    def submit(self, order: Order, journal: Journal) -> None:
        """Takes an order for the next open of its symbol."""

    def at_open(self, at: int, opens: Mapping[str, Decimal], journal: Journal) -> None:
        """Fills what waits for the open: exits first, then entries by rank."""

    def inside(self, at: int, bars: Mapping[str, Bar], journal: Journal) -> None:
        """Fills stops, targets and liquidations that these bars reach."""
