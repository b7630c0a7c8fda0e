"""What a close does to an open position: its trailing stop moves, funding is paid."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from engine.execution.feed_bars import Prices
from engine.execution.fills import price_of
from engine.execution.positions import funded
from engine.execution.trailing import trailed
from engine.market.funding import Funding
from engine.model.strategy import Trailing
from engine.model.trading import Contract, Position


@dataclass(frozen=True, slots=True)
class AtClose:
    """Trailing stops by strategy, and funding. `trail(at, strategy, symbol)` gives the distances of
    a strategy's trailing stops as last known at a close.
    """

    trailing: Mapping[str, tuple[Trailing, ...]]
    trail: Callable[[int, str, str], tuple[float, ...]]
    funding: Funding
    contracts: Mapping[str, Contract]

    def followed(self, position: Position, prices: Prices, at: int) -> Position:
        """The position with its stop where this close moves it; the same one where nothing trails."""
        rules = self.trailing.get(position.strategy_id)
        if rules is None:
            return position
        _, high, low, close = prices
        distances = self.trail(at, position.strategy_id, position.symbol)
        contract = self.contracts[position.symbol]
        return trailed(position, rules, distances, price_of(high), price_of(low), price_of(close), contract)

    def due(self, position: Position, after: int, now: int) -> list[Decimal]:
        """Funding rates (%) that the position pays for moments in (after, now] since it was opened."""
        rates = self.funding.due(position.symbol, after, now)
        return [rate for moment, rate in rates if moment > position.opened_at]

    def alone(self, position: Position, prices: Prices, at: int, after: int, now: int) -> Position:
        """A position without a broker after this close: what a counterfactual is."""
        position = self.followed(position, prices, at)
        for rate in self.due(position, after, now):
            position, _ = funded(position, rate, price_of(prices[3]))
        return position
