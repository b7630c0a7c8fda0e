"""The paper broker: next-open fills, stops and targets inside a bar, exact money."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal

from engine.execution.broker import Journal
from engine.execution.fills import Bar, Exit, exit_inside
from engine.execution.orders import resting_order
from engine.execution.positions import (
    close_position,
    exit_price,
    extend_position,
    funded,
    open_position,
    reduce_position,
)
from engine.model.config import Execution
from engine.model.snapshot import BrokerState
from engine.model.trading import ZERO, Contract, Fill, Order, Position

Volumes = Mapping[str, Decimal] | None


class PaperBroker:
    """Fills orders from candles by the rules of fills.py.

    Cash moves by P&L, fees and funding only: margin stays in the account (isolated by position,
    `Position.margin`). Where fills are limited to a share of a bar's volume, what is left of an
    order waits for the next bar of its symbol: an entry for so many bars, an exit until it is done.
    All that is filled of a symbol in one bar shares its volume, in the order of the fills.
    """

    def __init__(self, execution: Execution, contracts: Mapping[str, Contract], cash: Decimal) -> None:
        self._execution = execution
        self._contracts = contracts
        self._cash = cash
        self._positions: dict[str, Position] = {}
        self._orders: list[Order] = []
        self._filled_bars: dict[str, int] = {}
        self._begun: set[str] = set()
        self._traded: dict[str, tuple[int, Decimal]] = {}

    @property
    def cash(self) -> Decimal:
        return self._cash

    @property
    def positions(self) -> Mapping[str, Position]:
        return self._positions

    @property
    def orders(self) -> Sequence[Order]:
        return self._orders

    @property
    def needs_volume(self) -> bool:
        return self._execution.max_volume_share_pct > 0

    def snapshot(self) -> BrokerState:
        """The books as they stand."""
        positions, orders = tuple(self._positions.values()), tuple(self._orders)
        begun = tuple(sorted(self._begun))
        return BrokerState(self._cash, positions, orders, dict(self._filled_bars), begun)

    def restore(self, state: BrokerState) -> None:
        """Makes these the books."""
        self._cash = state.cash
        self._positions = {position.symbol: position for position in state.positions}
        self._orders = list(state.orders)
        self._filled_bars = dict(state.filled_bars)
        self._begun = set(state.begun)

    def submit(self, order: Order, journal: Journal) -> None:
        """Takes an order for the next open of its symbol."""
        self._orders.append(order)
        journal.orders.append(order)

    def cancel_entries(self, before: int | None = None) -> None:
        """Takes back the orders that would open or add, all or those created before a moment."""
        kept = [
            o for o in self._orders if o.purpose == "exit" or (before is not None and o.created_at >= before)
        ]
        if len(kept) < len(self._orders):
            self._orders = kept
            waiting = {order.id for order in kept}
            self._filled_bars = {name: bars for name, bars in self._filled_bars.items() if name in waiting}
            self._begun &= waiting

    def at_open(
        self, at: int, opens: Mapping[str, Decimal], journal: Journal, volumes: Volumes = None
    ) -> None:
        """Fills the orders of symbols that open now: exits first, then entries by rank."""
        due = [order for order in self._orders if order.symbol in opens]
        self._orders = [order for order in self._orders if order.symbol not in opens]
        for order in sorted(due, key=lambda order: (order.purpose != "exit", order.rank, order.symbol)):
            price = opens[order.symbol]
            if order.purpose == "exit":
                self._leave(order, price, at, journal, volumes)
            else:
                self._enter(order, price, at, journal, volumes)

    def inside(self, at: int, bars: Mapping[str, Bar], journal: Journal, volumes: Volumes = None) -> None:
        """Fills stops, targets and liquidations that these bars reach, in order of symbol."""
        leaving = {order.symbol for order in self._orders if order.purpose == "exit"}
        for symbol in sorted(set(bars) - leaving):
            position = self._positions.get(symbol)
            found = None if position is None else exit_inside(position, bars[symbol])
            if position is None or found is None:
                continue
            if found.liquidity == "maker" and not self._most(symbol, at, volumes):
                continue  # nobody took any of it: it goes on resting
            order = resting_order(position, found.reason, at)
            journal.orders.append(order)
            left = self._exit(order, found, at, journal, volumes)
            if left > 0 and found.liquidity == "taker":
                # A target goes on resting; what a stop could not sell goes at the next open.
                self._orders.append(replace(order, quantity=left))

    def follow(self, position: Position) -> None:
        """Moves the stop of an open position to where this record of it says."""
        if position.symbol not in self._positions:
            raise AssertionError(f"no position in {position.symbol} to follow")
        self._positions[position.symbol] = position

    def fund(self, symbol: str, rate_pct: Decimal, mark: Decimal) -> None:
        """Pays (or receives) funding on an open position, in % of its notional at the mark."""
        self._positions[symbol], payment = funded(self._positions[symbol], rate_pct, mark)
        self._cash -= payment

    def _enter(self, order: Order, open_price: Decimal, at: int, journal: Journal, volumes: Volumes) -> None:
        """Opens a position, adds a unit, or goes on filling an entry that was filled in parts."""
        contract = self._contracts[order.symbol]
        position = self._positions.get(order.symbol)
        goes_on = order.id in self._begun
        if goes_on or order.purpose == "add":
            leaving = {other.symbol for other in self._orders if other.purpose == "exit"}
            if position is None or order.symbol in leaving:
                self._forget(order)
                return  # what it was to be added to has been closed in the meantime, or is being
        elif position is not None:
            if self.needs_volume:
                self._forget(order)
                return  # the position that it was to reverse could not be closed whole
            raise AssertionError(f"entry {order.id} meets an open position: the gates let it pass")
        quantity = min(order.quantity, self._most(order.symbol, at, volumes))
        if quantity > 0:
            part = replace(order, quantity=quantity)
            if position is None:
                position, fill = open_position(part, open_price, at, self._execution, contract)
            else:
                part = replace(part, purpose="entry") if goes_on else part
                position, fill = extend_position(position, part, open_price, at, self._execution, contract)
            self._positions[order.symbol] = position
            self._begun.add(order.id)
            self._settle(replace(fill, purpose=order.purpose), ZERO, journal)
        self._wait(order, order.quantity - quantity)

    def _wait(self, order: Order, left: Decimal) -> None:
        """Keeps what is left of an entry for the next bar, or cancels it where its bars are over."""
        tries = self._filled_bars.get(order.id, 0) + 1
        if left > 0 and tries < self._execution.max_entry_bars:
            self._filled_bars[order.id] = tries
            self._orders.append(replace(order, quantity=left))
        else:
            self._forget(order)

    def _forget(self, order: Order) -> None:
        self._filled_bars.pop(order.id, None)
        self._begun.discard(order.id)

    def _leave(self, order: Order, open_price: Decimal, at: int, journal: Journal, volumes: Volumes) -> None:
        if order.symbol not in self._positions:
            return  # a stop or target came first
        assert order.reason is not None
        left = self._exit(order, Exit(open_price, order.reason, "taker"), at, journal, volumes)
        if left > 0:
            self._orders.append(replace(order, quantity=left))

    def _exit(self, order: Order, found: Exit, at: int, journal: Journal, volumes: Volumes) -> Decimal:
        """Closes as much as the bar's volume allows; returns what is left open."""
        symbol = order.symbol
        position = self._positions[symbol]
        price = exit_price(position, found, self._execution, self._contracts[symbol])
        quantity = min(position.quantity, self._most(symbol, at, volumes))
        terms = (price, found.liquidity, found.reason, order.id, order.decision_id, at, self._execution)
        if quantity >= position.quantity:
            trade, fill = close_position(position, *terms)
            del self._positions[symbol]
            self._settle(fill, position.open_pnl(price), journal)
            journal.trades.append(trade)
            return ZERO
        if quantity > 0:
            rest, fill = reduce_position(position, quantity, *terms)
            self._positions[symbol] = rest
            self._settle(fill, rest.realised - position.realised, journal)
        return position.quantity - quantity

    def _settle(self, fill: Fill, gross: Decimal, journal: Journal) -> None:
        self._cash += gross - fill.fee
        if self.needs_volume:
            self._traded[fill.symbol] = (fill.at, self._traded_at(fill.symbol, fill.at) + fill.quantity)
        journal.fills.append(fill)

    def _traded_at(self, symbol: str, at: int) -> Decimal:
        """What was filled of the symbol in this bar already."""
        last, quantity = self._traded.get(symbol, (at, ZERO))
        return quantity if last == at else ZERO

    def _most(self, symbol: str, at: int, volumes: Volumes) -> Decimal:
        """The largest quantity that the bar still fills, in whole lots."""
        if not self.needs_volume:
            return Decimal("Infinity")
        assert volumes is not None
        share = volumes[symbol] * self._execution.max_volume_share_pct / 100 - self._traded_at(symbol, at)
        lot = self._contracts[symbol].lot_size
        return (share / lot).to_integral_value(ROUND_DOWN) * lot
