"""A paper desk for tests: round fees, a cent as tick, and bars written as strings.

Slippage 0.05 %, taker 0.06 %, maker 0.02 %, tick 0.01, maintenance margin 1 %: an open of 100 is
bought at 100.05 and sold at 99.95.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from engine.execution.broker import Journal
from engine.execution.fills import Bar
from engine.execution.orders import exit_order
from engine.execution.paper import PaperBroker
from engine.model.config import Execution
from engine.model.signal import Side
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

    def __init__(self, *contracts: Contract) -> None:
        known = contracts or (contract(BTC), contract(ETH))
        self.broker = PaperBroker(EXECUTION, {each.symbol: each for each in known}, Decimal(10_000))
        self.journal = Journal()
        self.at = 0

    def enter(self, symbol: str = BTC, side: Side = "long", **changes: Any) -> None:
        self.broker.submit(order(symbol, side, **changes), self.journal)

    def leave(self, symbol: str = BTC, reason: ExitReason = "exit_rule") -> None:
        """Asks for the next open, as an exit rule that held at the last close does."""
        position = self.broker.positions[symbol]
        self.broker.submit(exit_order(position, "why", reason, Decimal(100), self.at), self.journal)

    def bars(self, **bars: Bar) -> None:
        """One feed bar of the symbols that have one."""
        self.broker.at_open(self.at, {symbol: each.open for symbol, each in bars.items()}, self.journal)
        self.broker.inside(self.at, bars, self.journal)
        self.at += HOUR_MS

    def bar(self, opening: str, high: str, low: str) -> None:
        self.bars(**{BTC: bar(opening, high, low)})

    @property
    def position(self) -> Position:
        return self.broker.positions[BTC]

    @property
    def trade(self) -> Trade:
        """The only trade there was."""
        (trade,) = self.journal.trades
        return trade
