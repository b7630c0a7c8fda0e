"""Orders, fills, positions, trades: money as Decimal, prices in quote currency, times in UTC ms."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Literal

from engine.model.signal import DIRECTION, Side

Purpose = Literal["entry", "add", "exit"]
Liquidity = Literal["maker", "taker"]
ExitReason = Literal["stop", "target", "liquidation", "exit_rule", "reversal", "breaker"]

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Contract:
    """What a venue, or `contract_defaults`, says of a symbol.

    `tick_size` is in quote currency, `lot_size` in base coin, `max_leverage` a factor,
    `maintenance_margin_pct` in % of notional; `group` is the correlation group.
    """

    symbol: str
    base: str
    group: str
    tick_size: Decimal
    lot_size: Decimal
    max_leverage: Decimal
    maintenance_margin_pct: Decimal

    def ticks_up(self, price: Decimal) -> Decimal:
        """A price or distance in whole ticks, rounded up."""
        return (price / self.tick_size).to_integral_value(ROUND_CEILING) * self.tick_size


@dataclass(frozen=True, slots=True)
class Order:
    """An order for the next open of its symbol; an exit is reduce-only.

    `quantity` is in base coin. The distances (price) set stop and target from the fill;
    `reference_price` is the close at which it was decided.
    """

    id: str
    decision_id: str
    strategy_id: str
    symbol: str
    side: Side
    purpose: Purpose
    quantity: Decimal
    reference_price: Decimal
    leverage: Decimal
    created_at: int
    rank: int
    stop_distance: Decimal = ZERO
    target_distance: Decimal = ZERO
    reason: ExitReason | None = None

    @property
    def reduce_only(self) -> bool:
        return self.purpose == "exit"


@dataclass(frozen=True, slots=True)
class Fill:
    """An executed quantity: `price` after slippage, `fee` in quote currency, `at` the bar's open."""

    id: str
    order_id: str
    decision_id: str
    strategy_id: str
    symbol: str
    side: Side
    purpose: Purpose
    quantity: Decimal
    price: Decimal
    fee: Decimal
    liquidity: Liquidity
    at: int
    reason: ExitReason | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """An open position of one or more units; `cost` = sum of quantity x fill price of what is open,
    so that P&L stays exact.

    `fees` and `funding` were paid so far (funding received is negative), `initial_risk` is the sum
    of stop distance x quantity at each fill (1 R). `last_fill` is the price of the newest unit,
    `best` the most favourable price since the entry (kept up where a trailing stop reads it, else
    the fill). What was closed already, where an exit was
    filled in parts, is `closed_quantity` at `closed_value` (sum of quantity x price), with its
    cost in `closed_cost`.
    """

    id: str
    decision_id: str
    strategy_id: str
    symbol: str
    side: Side
    quantity: Decimal
    cost: Decimal
    stop: Decimal
    target: Decimal
    liquidation: Decimal
    leverage: Decimal
    fees: Decimal
    initial_risk: Decimal
    opened_at: int
    units: int = 1
    last_fill: Decimal = ZERO
    best: Decimal = ZERO
    funding: Decimal = ZERO
    closed_quantity: Decimal = ZERO
    closed_cost: Decimal = ZERO
    closed_value: Decimal = ZERO

    @property
    def entry_price(self) -> Decimal:
        """Mean fill price of what is open."""
        return self.cost / self.quantity

    @property
    def margin(self) -> Decimal:
        """Initial margin: entry notional / leverage."""
        return self.cost / self.leverage

    @property
    def risk(self) -> Decimal:
        """What the stop would lose from the entry, in quote currency: never below 0."""
        return max(ZERO, (self.cost - self.stop * self.quantity) * DIRECTION[self.side])

    @property
    def realised(self) -> Decimal:
        """P&L before costs of the part that was closed already; it is in the cash."""
        return (self.closed_value - self.closed_cost) * DIRECTION[self.side]

    def open_pnl(self, price: Decimal) -> Decimal:
        """P&L at `price` before costs of what is open."""
        return (price * self.quantity - self.cost) * DIRECTION[self.side]


@dataclass(frozen=True, slots=True)
class Trade:
    """A closed position. `pnl` is net of `fees` and `funding`; `pnl_pct` is of entry notional."""

    id: str
    decision_id: str
    strategy_id: str
    symbol: str
    side: Side
    quantity: Decimal
    entry_price: Decimal
    exit_price: Decimal
    opened_at: int
    closed_at: int
    gross_pnl: Decimal
    fees: Decimal
    funding: Decimal
    pnl: Decimal
    pnl_pct: float
    r_multiple: float
    exit_reason: ExitReason
    exit_decision_id: str | None = None
