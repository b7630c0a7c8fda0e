"""The paper broker: next-open fills, stops and targets inside a bar, exact money."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from engine.execution.broker import Journal
from engine.execution.fills import Bar, exit_inside, market_price
from engine.execution.positions import close_at, close_position, open_position
from engine.model.config import Execution
from engine.model.trading import Contract, Fill, Order, Position, Trade


class PaperBroker:
    """Fills orders from candles by the rules of fills.py. Cash moves by P&L and fees only:
    margin stays in the account (isolated by position, `Position.margin`).
    """

    def __init__(self, execution: Execution, contracts: Mapping[str, Contract], cash: Decimal) -> None:
        self._execution = execution
        self._contracts = contracts
        self._cash = cash
        self._positions: dict[str, Position] = {}
        self._orders: list[Order] = []

    @property
    def cash(self) -> Decimal:
        return self._cash

    @property
    def positions(self) -> Mapping[str, Position]:
        return self._positions

    @property
    def orders(self) -> Sequence[Order]:
        return self._orders

    def submit(self, order: Order, journal: Journal) -> None:
        """Takes an order for the next open of its symbol."""
        self._orders.append(order)
        journal.orders.append(order)

    def at_open(self, at: int, opens: Mapping[str, Decimal], journal: Journal) -> None:
        """Fills the orders of symbols that open now: exits first, then entries by rank."""
        due = [order for order in self._orders if order.symbol in opens]
        self._orders = [order for order in self._orders if order.symbol not in opens]
        for order in sorted(due, key=lambda order: (order.purpose == "entry", order.rank, order.symbol)):
            if order.purpose == "entry":
                self._enter(order, opens[order.symbol], at, journal)
            elif order.symbol in self._positions:
                self._leave(order, opens[order.symbol], at, journal)

    def inside(self, at: int, bars: Mapping[str, Bar], journal: Journal) -> None:
        """Fills stops, targets and liquidations that these bars reach, in order of symbol."""
        for symbol in sorted(bars):
            position = self._positions.get(symbol)
            found = None if position is None else exit_inside(position, bars[symbol])
            if position is None or found is None:
                continue
            order = self._resting_order(position, found.reason, at)
            journal.orders.append(order)
            trade, fill = close_at(
                position, found, order.id, order.decision_id, at, self._execution, self._contracts[symbol]
            )
            self._settle(trade, fill, journal)

    def _enter(self, order: Order, open_price: Decimal, at: int, journal: Journal) -> None:
        if order.symbol in self._positions:
            raise AssertionError(f"entry {order.id} meets an open position: the gates let it pass")
        position, fill = open_position(order, open_price, at, self._execution, self._contracts[order.symbol])
        self._positions[order.symbol] = position
        self._cash -= fill.fee
        journal.fills.append(fill)

    def _leave(self, order: Order, open_price: Decimal, at: int, journal: Journal) -> None:
        position = self._positions[order.symbol]
        contract = self._contracts[order.symbol]
        price = market_price(open_price, position.side, "exit", self._execution, contract)
        assert order.reason is not None
        trade, fill = close_position(
            position, price, "taker", order.reason, order.id, order.decision_id, at, self._execution
        )
        self._settle(trade, fill, journal)

    def _settle(self, trade: Trade, fill: Fill, journal: Journal) -> None:
        del self._positions[trade.symbol]
        self._cash += trade.gross_pnl - fill.fee
        journal.trades.append(trade)
        journal.fills.append(fill)

    def _resting_order(self, position: Position, reason: str, at: int) -> Order:
        """The reduce-only order that has rested at a level since the entry, as it triggers."""
        level = position.target if reason == "target" else position.stop
        return Order(
            id=f"{position.id}-{reason}",
            decision_id=position.decision_id,
            strategy_id=position.strategy_id,
            symbol=position.symbol,
            side=position.side,
            purpose="exit",
            quantity=position.quantity,
            reference_price=position.liquidation if reason == "liquidation" else level,
            leverage=position.leverage,
            created_at=at,
            rank=0,
            reason="target" if reason == "target" else "stop" if reason == "stop" else "liquidation",
        )
