"""Opening and closing a position: the records that come of one fill."""

from dataclasses import replace
from decimal import Decimal

from engine.execution.fills import FEE_STEP, Exit, fee_of, liquidation_price, market_price, to_tick
from engine.model.config import Execution
from engine.model.signal import DIRECTION
from engine.model.trading import (
    Contract,
    ExitReason,
    Fill,
    Liquidity,
    Order,
    Position,
    Purpose,
    Trade,
)


def open_position(
    order: Order, open_price: Decimal, at: int, execution: Execution, contract: Contract
) -> tuple[Position, Fill]:
    """The position and fill of an entry order at a bar's open; levels are set from the fill."""
    price = market_price(open_price, order.side, "entry", execution, contract)
    cost = price * order.quantity
    fee = fee_of(cost, "taker", execution)
    direction = DIRECTION[order.side]
    position = Position(
        id=order.decision_id,
        decision_id=order.decision_id,
        strategy_id=order.strategy_id,
        symbol=order.symbol,
        side=order.side,
        quantity=order.quantity,
        cost=cost,
        stop=to_tick(price - direction * order.stop_distance, contract, up=direction < 0),
        target=to_tick(price + direction * order.target_distance, contract, up=direction > 0),
        liquidation=liquidation_price(price, order.side, order.leverage, contract),
        leverage=order.leverage,
        fees=fee,
        initial_risk=order.stop_distance * order.quantity,
        opened_at=at,
        last_fill=price,
        best=price,
    )
    return position, _fill(order.id, position, "entry", price, fee, "taker", at, None)


def extend_position(
    position: Position, order: Order, open_price: Decimal, at: int, execution: Execution, contract: Contract
) -> tuple[Position, Fill]:
    """The position after a further fill at a bar's open.

    A unit (`order.purpose` add) moves the stop of all units to its own distance from this fill,
    never back; the rest of an entry that was filled in parts moves nothing. The target stays.
    """
    price = market_price(open_price, position.side, "entry", execution, contract)
    cost = price * order.quantity
    fee = fee_of(cost, "taker", execution)
    whole = replace(
        position,
        quantity=position.quantity + order.quantity,
        cost=position.cost + cost,
        fees=position.fees + fee,
        initial_risk=position.initial_risk + order.stop_distance * order.quantity,
    )
    liquidation = liquidation_price(whole.cost, whole.side, whole.leverage, contract, whole.quantity)
    whole = replace(whole, liquidation=liquidation)
    if order.purpose == "add":
        is_long = position.side == "long"
        stop = to_tick(price - DIRECTION[position.side] * order.stop_distance, contract, up=not is_long)
        stop = max(stop, position.stop) if is_long else min(stop, position.stop)
        whole = replace(whole, stop=stop, units=position.units + 1, last_fill=price)
    fill = _fill(order.id, position, order.purpose, price, fee, "taker", at, None, order.decision_id)
    return whole, replace(fill, quantity=order.quantity)


def funded(position: Position, rate_pct: Decimal, mark: Decimal) -> tuple[Position, Decimal]:
    """The position after a funding payment of `rate_pct` % of its notional at the mark, and the
    payment: what it pays, negative where it receives. A long pays a positive rate.
    """
    payment = (position.quantity * mark * rate_pct / 100).quantize(FEE_STEP) * DIRECTION[position.side]
    return replace(position, funding=position.funding + payment), payment


def close_at(
    position: Position,
    found: Exit,
    order_id: str,
    decision_id: str,
    at: int,
    execution: Execution,
    contract: Contract,
) -> tuple[Trade, Fill]:
    """Closes at a level inside a bar: a limit order at its price, a market order with slippage."""
    price = exit_price(position, found, execution, contract)
    return close_position(
        position, price, found.liquidity, found.reason, order_id, decision_id, at, execution
    )


def exit_price(position: Position, found: Exit, execution: Execution, contract: Contract) -> Decimal:
    """What an exit found inside a bar fills at: a market order is worsened by slippage."""
    if found.liquidity == "taker":
        return market_price(found.price, position.side, "exit", execution, contract)
    return found.price


def reduce_position(
    position: Position,
    quantity: Decimal,
    price: Decimal,
    liquidity: Liquidity,
    reason: ExitReason,
    order_id: str,
    decision_id: str,
    at: int,
    execution: Execution,
) -> tuple[Position, Fill]:
    """The position after a part of it (less than all) was closed at `price`, slippage included."""
    fee = fee_of(price * quantity, liquidity, execution)
    cost = (position.cost * quantity / position.quantity).quantize(FEE_STEP)
    rest = replace(
        position,
        quantity=position.quantity - quantity,
        cost=position.cost - cost,
        fees=position.fees + fee,
        closed_quantity=position.closed_quantity + quantity,
        closed_cost=position.closed_cost + cost,
        closed_value=position.closed_value + price * quantity,
    )
    fill = _fill(order_id, position, "exit", price, fee, liquidity, at, reason, decision_id)
    return rest, replace(fill, quantity=quantity)


def close_position(
    position: Position,
    price: Decimal,
    liquidity: Liquidity,
    reason: ExitReason,
    order_id: str,
    decision_id: str,
    at: int,
    execution: Execution,
) -> tuple[Trade, Fill]:
    """The trade and fill where all that is open is closed at `price` (slippage included).

    The trade is of the whole position, parts that were closed before included.
    """
    fee = fee_of(price * position.quantity, liquidity, execution)
    quantity = position.quantity + position.closed_quantity
    cost = position.cost + position.closed_cost
    value = price * position.quantity + position.closed_value
    gross = position.realised + position.open_pnl(price)
    fees = position.fees + fee
    pnl = gross - fees - position.funding
    trade = Trade(
        id=position.id,
        decision_id=position.decision_id,
        strategy_id=position.strategy_id,
        symbol=position.symbol,
        side=position.side,
        quantity=quantity,
        entry_price=(cost / quantity).quantize(FEE_STEP),
        exit_price=(value / quantity).quantize(FEE_STEP),
        opened_at=position.opened_at,
        closed_at=at,
        gross_pnl=gross,
        fees=fees,
        funding=position.funding,
        pnl=pnl,
        pnl_pct=float(100 * pnl / cost),
        r_multiple=float(pnl / position.initial_risk),
        exit_reason=reason,
        exit_decision_id=decision_id if decision_id != position.decision_id else None,
    )
    return trade, _fill(order_id, position, "exit", price, fee, liquidity, at, reason, decision_id)


def _fill(
    order_id: str,
    position: Position,
    purpose: Purpose,
    price: Decimal,
    fee: Decimal,
    liquidity: Liquidity,
    at: int,
    reason: ExitReason | None,
    decision_id: str | None = None,
) -> Fill:
    """A fill of all that is open; its id names the bar, for an order may be filled in parts."""
    return Fill(
        id=f"{order_id}-{at}",
        order_id=order_id,
        decision_id=decision_id or position.decision_id,
        strategy_id=position.strategy_id,
        symbol=position.symbol,
        side=position.side,
        purpose=purpose,
        quantity=position.quantity,
        price=price,
        fee=fee,
        liquidity=liquidity,
        at=at,
        reason=reason,
    )
