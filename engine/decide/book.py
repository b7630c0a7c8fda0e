"""The book that limits are checked against: what is held, and what was accepted in this cycle."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from engine.model.account import Portfolio
from engine.model.signal import Side
from engine.model.trading import Contract


@dataclass(frozen=True, slots=True)
class Holding:
    """One position, or an entry that waits for its open. Risk and margin in % of equity."""

    symbol: str
    side: Side
    strategy_id: str
    group: str
    risk_pct: float
    margin_pct: float
    is_waiting: bool = False

    def on_top_of(self, held: "Holding | None") -> "Holding":
        """This and what is held of the symbol on the same side already, as one."""
        if held is None or held.side != self.side:
            return self
        return replace(
            self, risk_pct=held.risk_pct + self.risk_pct, margin_pct=held.margin_pct + self.margin_pct
        )


@dataclass(frozen=True, slots=True)
class Book:
    """Holdings by symbol: after pending exits, with the entries accepted earlier in the cycle."""

    holdings: Mapping[str, Holding]

    def plus(self, holding: Holding) -> "Book":
        return Book({**self.holdings, holding.symbol: holding})

    def without(self, symbol: str) -> "Book":
        return Book({name: held for name, held in self.holdings.items() if name != symbol})

    @property
    def risk_pct(self) -> float:
        return sum(held.risk_pct for held in self.holdings.values())

    @property
    def margin_pct(self) -> float:
        return sum(held.margin_pct for held in self.holdings.values())

    def group_risk_pct(self, group: str) -> float:
        return sum(held.risk_pct for held in self.holdings.values() if held.group == group)

    def count(self, side: Side | None = None) -> int:
        return sum(side in (None, held.side) for held in self.holdings.values())


def make_book(portfolio: Portfolio, contracts: Mapping[str, Contract], closing: Collection[str]) -> Book:
    """The book of a portfolio; `closing` are symbols whose position is closed in this cycle."""
    equity = float(portfolio.equity)
    leaving = {*closing, *(order.symbol for order in portfolio.orders if order.purpose == "exit")}
    holdings = {
        position.symbol: Holding(
            position.symbol,
            position.side,
            position.strategy_id,
            contracts[position.symbol].group,
            _pct(float(position.risk), equity),
            _pct(float(position.margin), equity),
        )
        for position in portfolio.positions.values()
        if position.symbol not in leaving
    }
    for order in portfolio.orders:
        if order.purpose != "exit":
            waiting = Holding(
                order.symbol,
                order.side,
                order.strategy_id,
                contracts[order.symbol].group,
                _pct(float(order.stop_distance * order.quantity), equity),
                _pct(float(order.reference_price * order.quantity / order.leverage), equity),
                is_waiting=True,
            )
            holdings[order.symbol] = waiting.on_top_of(holdings.get(order.symbol))
    return Book(dict(sorted(holdings.items())))


def _pct(amount: float, equity: float) -> float:
    return 100 * amount / equity if equity > 0 else float("inf")
