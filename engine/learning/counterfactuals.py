"""Refused signals walked on with the broker's own rules, as if their position stood alone.

Here for strategies that stand at 0: what became of their signals is how they come back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from engine.execution.fills import Bar, Exit, exit_inside
from engine.execution.orders import unit_order
from engine.execution.positions import close_at, open_position
from engine.model.config import Execution
from engine.model.decision import Decision
from engine.model.outcome import Ending, Outcome
from engine.model.signal import Side
from engine.model.snapshot import PendingWalk
from engine.model.trading import Contract, Order, Position, Trade

ExitRule = Callable[[str, str, Side], bool]
"""Whether an exit rule of (strategy, symbol, side) holds at the close at hand."""

AtClose = Callable[[Position], Position]
"""What the close at hand does to an open position: its trailing stop moves, funding is paid."""


@dataclass(slots=True)
class _Walk:
    order: Order
    code: str
    horizon_ms: int
    position: Position | None = None
    leaves: bool = False
    stop: float = 0.0
    target: float = 0.0

    def look(self) -> None:
        """Notes the levels as floats, for the first look at each bar."""
        assert self.position is not None
        self.stop, self.target = float(_nearer(self.position)), float(self.position.target)


@dataclass(slots=True)
class Counterfactuals:
    """Pending walks by symbol. Called once a feed bar (of `bar_ms`), as the broker is: open, inside,
    close.
    """

    execution: Execution
    contracts: Mapping[str, Contract]
    bar_ms: int
    _walks: dict[str, list[_Walk]] = field(default_factory=dict)

    def __len__(self) -> int:
        return sum(len(walks) for walks in self._walks.values())

    def start(self, decision: Decision, leverage: Decimal, horizon_ms: int) -> None:
        """Begins the walk of a refused decision at unit size, from the next open of its symbol.

        It ends at the latest with the close at which it is `horizon_ms` old.
        """
        assert decision.code is not None
        order = unit_order(decision, self.contracts[decision.signal.symbol], leverage)
        self._walks.setdefault(order.symbol, []).append(_Walk(order, decision.code, horizon_ms))

    def snapshot(self) -> tuple[PendingWalk, ...]:
        """The walks on their way, each symbol's in order."""
        return tuple(
            PendingWalk(walk.order, walk.code, walk.horizon_ms, walk.position, walk.leaves)
            for symbol in self.symbols
            for walk in self._walks[symbol]
        )

    def restore(self, walks: Sequence[PendingWalk]) -> None:
        """Makes these the walks on their way."""
        self._walks = {}
        for kept in walks:
            walk = _Walk(kept.order, kept.code, kept.horizon_ms, kept.position, kept.leaves)
            if walk.position is not None:
                walk.look()
            self._walks.setdefault(kept.order.symbol, []).append(walk)

    @property
    def symbols(self) -> list[str]:
        """Symbols that have a walk pending, in order."""
        return sorted(symbol for symbol, walks in self._walks.items() if walks)

    def walk(
        self,
        symbol: str,
        at: int,
        prices: tuple[float, float, float, float],
        exit_rule: ExitRule,
        at_close: AtClose = lambda position: position,
    ) -> list[Outcome]:
        """Takes all walks of a symbol through its feed bar at `at` (open, high, low, close)."""
        ended: list[Outcome] = []
        going: list[_Walk] = []
        for walk in self._walks.get(symbol, ()):
            trade = self._through(walk, at, prices, exit_rule, at_close)
            if trade is None:
                going.append(walk)
            else:
                ended.append(_outcome(walk, *trade))
        self._walks[symbol] = going
        return ended

    def _through(
        self,
        walk: _Walk,
        at: int,
        prices: tuple[float, float, float, float],
        exit_rule: ExitRule,
        at_close: AtClose,
    ) -> tuple[Trade, Ending] | None:
        opening, high, low, close = prices
        contract = self.contracts[walk.order.symbol]
        if walk.position is None:
            price = Decimal(repr(opening))
            walk.position, _ = open_position(walk.order, price, at, self.execution, contract)
            walk.look()
        elif walk.leaves:
            return self._close(walk, Exit(Decimal(repr(opening)), "exit_rule", "taker"), at), "exit_rule"
        is_long = walk.order.side == "long"
        inside = (
            (low <= walk.stop or high >= walk.target)
            if is_long
            else (high >= walk.stop or low <= walk.target)
        )
        if inside:
            bar = Bar(Decimal(repr(opening)), Decimal(repr(high)), Decimal(repr(low)))
            found = exit_inside(walk.position, bar)
            if found is not None:
                return self._close(walk, found, at), found.reason
        if at + self.bar_ms - walk.position.opened_at >= walk.horizon_ms:
            return self._close(walk, Exit(Decimal(repr(close)), "exit_rule", "taker"), at), "horizon"
        walk.position = at_close(walk.position)
        walk.look()
        walk.leaves = exit_rule(walk.order.strategy_id, walk.order.symbol, walk.order.side)
        return None

    def _close(self, walk: _Walk, found: Exit, at: int) -> Trade:
        assert walk.position is not None
        contract = self.contracts[walk.order.symbol]
        return close_at(walk.position, found, walk.order.id, walk.order.id, at, self.execution, contract)[0]


def _nearer(position: Position) -> Decimal:
    pick = max if position.side == "long" else min
    return pick(position.stop, position.liquidation)


def _outcome(walk: _Walk, trade: Trade, ending: Ending) -> Outcome:
    return Outcome(
        trade.decision_id,
        trade.strategy_id,
        trade.symbol,
        trade.side,
        walk.code,
        trade.opened_at,
        trade.closed_at,
        trade.pnl_pct,
        trade.r_multiple,
        ending,
    )


def outcome_of(trade: Trade) -> Outcome:
    """A closed trade as an outcome."""
    return Outcome(
        trade.decision_id,
        trade.strategy_id,
        trade.symbol,
        trade.side,
        None,
        trade.opened_at,
        trade.closed_at,
        trade.pnl_pct,
        trade.r_multiple,
        trade.exit_reason,
    )
