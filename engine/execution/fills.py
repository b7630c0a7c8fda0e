"""Where an order fills and what it costs: the paper broker's rules, as pure functions on Decimal."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from engine.model.config import Execution
from engine.model.signal import DIRECTION, Side
from engine.model.trading import Contract, ExitReason, Liquidity, Position, Purpose

FEE_STEP: Final = Decimal("1E-12")
_ONE: Final = Decimal(1)
_HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class Bar:
    """Open, high and low of a feed bar as exact decimals of their shortest float text."""

    open: Decimal
    high: Decimal
    low: Decimal


@dataclass(frozen=True, slots=True)
class Exit:
    """A stop or target that fills inside a bar: the price before slippage."""

    price: Decimal
    reason: ExitReason
    liquidity: Liquidity


def price_of(value: float) -> Decimal:
    """A float price as the decimal that its shortest text says."""
    return Decimal(repr(float(value)))


def market_price(
    price: Decimal, side: Side, purpose: Purpose, execution: Execution, contract: Contract
) -> Decimal:
    """A market order's price: `price` worsened by slippage, rounded to the tick against us."""
    is_buy = (side == "long") == (purpose == "entry")
    slip = price * execution.slippage_pct / _HUNDRED
    return to_tick(price + slip if is_buy else price - slip, contract, up=is_buy)


def to_tick(price: Decimal, contract: Contract, up: bool) -> Decimal:
    """The price on the contract's grid, rounded up or down."""
    tick = contract.tick_size
    return (price / tick).to_integral_value(ROUND_CEILING if up else ROUND_FLOOR) * tick


def fee_of(notional: Decimal, liquidity: Liquidity, execution: Execution) -> Decimal:
    """Fee in quote currency on a notional, to 12 digits."""
    pct = execution.taker_fee_pct if liquidity == "taker" else execution.maker_fee_pct
    return (notional * pct / _HUNDRED).quantize(FEE_STEP)


def liquidation_price(
    entry: Decimal, side: Side, leverage: Decimal, contract: Contract, quantity: Decimal = _ONE
) -> Decimal:
    """Isolated margin: entry x (1 -/+ 1/leverage) / (1 -/+ maintenance rate), to the nearer tick.

    `entry` is a price, or what `quantity` has cost. There is one division only: the last digit of a
    third would move a level that lies on a tick to the next one.
    """
    direction = DIRECTION[side]
    maintenance = contract.maintenance_margin_pct / _HUNDRED
    level = entry * (leverage - direction) / (quantity * leverage * (1 - direction * maintenance))
    return to_tick(level, contract, up=side == "long")


def exit_inside(position: Position, bar: Bar) -> Exit | None:
    """The exit of a position within a bar, if one of its levels is reached.

    A level that the bar opens beyond fills at the open; when stop and target both lie inside,
    the stop counts; of stop and liquidation the nearer one fills first.
    """
    if position.side == "long":
        worst = max(position.stop, position.liquidation)
        opens_worse, reaches_worse = bar.open <= worst, bar.low <= worst
        opens_better, reaches_better = bar.open >= position.target, bar.high >= position.target
    else:
        worst = min(position.stop, position.liquidation)
        opens_worse, reaches_worse = bar.open >= worst, bar.high >= worst
        opens_better, reaches_better = bar.open <= position.target, bar.low <= position.target
    reason: ExitReason = "stop" if worst == position.stop else "liquidation"
    if opens_worse:
        return Exit(bar.open, reason, "taker")
    if opens_better:
        return Exit(bar.open, "target", "maker")
    if reaches_worse:
        return Exit(worst, reason, "taker")
    if reaches_better:
        return Exit(position.target, "target", "maker")
    return None
