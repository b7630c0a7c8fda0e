"""A paper desk for tests: round fees, a cent as tick, and bars written as strings.

Slippage 0.05 %, taker 0.06 %, maker 0.02 %, tick 0.01, maintenance margin 1 %: an open of 100 is
bought at 100.05 and sold at 99.95.
"""

import math
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from engine.execution.broker import Journal
from engine.execution.fills import Bar
from engine.execution.orders import exit_order
from engine.execution.paper import PaperBroker
from engine.execution.trailing import trailed
from engine.model.config import Execution
from engine.model.signal import Side
from engine.model.strategy import Trailing
from engine.model.timeframe import HOUR_MS
from engine.model.trading import Contract, ExitReason, Order, Position, Trade

BTC: Final = "XBTUSDTM"
ETH: Final = "ETHUSDTM"

EXECUTION: Final = Execution(
    broker="paper",
    starting_equity=Decimal(10_000),
    taker_fee_pct=Decimal("0.06"),
    maker_fee_pct=Decimal("0.02"),
    slippage_pct=Decimal("0.05"),
)


def contract(symbol: str = BTC, **changes: Any) -> Contract:
    made = Contract(
        symbol=symbol,
        base=symbol[:3],
        group=symbol[:3].lower(),
        tick_size=Decimal("0.01"),
        lot_size=Decimal("0.001"),
        max_leverage=Decimal(10),
        maintenance_margin_pct=Decimal(1),
    )
    return replace(made, **changes)


def order(symbol: str = BTC, side: Side = "long", **changes: Any) -> Order:
    """Two coins, stop 4 and target 10 away from wherever they are filled, leverage 5."""
    made = Order(
        id=f"{symbol}-entry",
        decision_id=f"{symbol}-decision",
        strategy_id="turtle",
        symbol=symbol,
        side=side,
        purpose="entry",
        quantity=Decimal(2),
        reference_price=Decimal(100),
        leverage=Decimal(5),
        created_at=0,
        rank=1,
        stop_distance=Decimal(4),
        target_distance=Decimal(10),
    )
    return replace(made, **changes)


def bar(opening: str, high: str, low: str) -> Bar:
    return Bar(Decimal(opening), Decimal(high), Decimal(low))


class Desk:
    """A paper broker, and hourly bars: what opens is filled first, then what lies inside."""

    def __init__(self, *contracts: Contract, **changes: Any) -> None:
        """`changes` are of the execution: another fee, a share of the volume."""
        known = contracts or (contract(BTC), contract(ETH))
        self.contracts = {each.symbol: each for each in known}
        self.broker = PaperBroker(replace(EXECUTION, **changes), self.contracts, Decimal(10_000))
        self.journal = Journal()
        self.at = 0

    def enter(self, symbol: str = BTC, side: Side = "long", **changes: Any) -> None:
        self.broker.submit(order(symbol, side, **changes), self.journal)

    def add(self, symbol: str = BTC, **changes: Any) -> None:
        """Asks for a further unit at the next open, two coins with a stop 4 away as the first."""
        side = self.broker.positions[symbol].side
        named = {"id": f"{symbol}-add", "decision_id": f"{symbol}-further", **changes}
        self.broker.submit(order(symbol, side, purpose="add", **named), self.journal)

    def leave(self, symbol: str = BTC, reason: ExitReason = "exit_rule") -> None:
        """Asks for the next open, as an exit rule that held at the last close does."""
        position = self.broker.positions[symbol]
        self.broker.submit(exit_order(position, "why", reason, Decimal(100), self.at), self.journal)

    def bars(self, volume: str = "0", **bars: Bar) -> None:
        """One feed bar of the symbols that have one, `volume` coins traded of each."""
        volumes = dict.fromkeys(bars, Decimal(volume))
        opens = {symbol: each.open for symbol, each in bars.items()}
        self.broker.at_open(self.at, opens, self.journal, volumes)
        self.broker.inside(self.at, bars, self.journal, volumes)
        self.at += HOUR_MS

    def bar(self, opening: str, high: str, low: str, volume: str = "0") -> None:
        self.bars(volume, **{BTC: bar(opening, high, low)})

    def trail(self, *rules: Trailing, high: str, low: str, close: str, distance: float = math.nan) -> None:
        """Moves the stop at a close, as a session does; one distance for all rules."""
        distances = [distance] * len(rules)
        prices = Decimal(high), Decimal(low), Decimal(close)
        moved = trailed(self.position, rules, distances, *prices, self.contracts[BTC])
        self.broker.follow(moved)

    @property
    def position(self) -> Position:
        return self.broker.positions[BTC]

    @property
    def trade(self) -> Trade:
        """The only trade there was."""
        (trade,) = self.journal.trades
        return trade
