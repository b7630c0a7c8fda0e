"""Opening and closing a position: the records that come of one fill."""

from decimal import Decimal

from engine.execution.fills import FEE_STEP, Exit, fee_of, liquidation_price, market_price, to_tick
from engine.model.config import Execution
from engine.model.signal import DIRECTION
from engine.model.trading import (
    ZERO,
    Contract,
    ExitReason,
    Fill,
    Liquidity,
    Order,
    Position,
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
    )
    return position, _fill(order.id, position, "entry", price, fee, "taker", at, None)


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
    price = found.price
    if found.liquidity == "taker":
        price = market_price(price, position.side, "exit", execution, contract)
    return close_position(
        position, price, found.liquidity, found.reason, order_id, decision_id, at, execution
    )


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
    """The trade and fill of a whole position closed at `price` (slippage included)."""
    fee = fee_of(price * position.quantity, liquidity, execution)
    gross = position.open_pnl(price)
    fees = position.fees + fee
    pnl = gross - fees
    trade = Trade(
        id=position.id,
        decision_id=position.decision_id,
        strategy_id=position.strategy_id,
        symbol=position.symbol,
        side=position.side,
        quantity=position.quantity,
        entry_price=position.entry_price.quantize(FEE_STEP),
        exit_price=price,
        opened_at=position.opened_at,
        closed_at=at,
        gross_pnl=gross,
        fees=fees,
        funding=ZERO,
        pnl=pnl,
        pnl_pct=float(100 * pnl / position.cost),
        r_multiple=float(pnl / position.initial_risk),
        exit_reason=reason,
        exit_decision_id=decision_id if decision_id != position.decision_id else None,
    )
    return trade, _fill(order_id, position, "exit", price, fee, liquidity, at, reason, decision_id)


def _fill(
    order_id: str,
    position: Position,
    purpose: str,
    price: Decimal,
    fee: Decimal,
    liquidity: Liquidity,
    at: int,
    reason: ExitReason | None,
    decision_id: str | None = None,
) -> Fill:
    return Fill(
        id=f"{order_id}-fill",
        order_id=order_id,
        decision_id=decision_id or position.decision_id,
        strategy_id=position.strategy_id,
        symbol=position.symbol,
        side=position.side,
        purpose="entry" if purpose == "entry" else "exit",
        quantity=position.quantity,
        price=price,
        fee=fee,
        liquidity=liquidity,
        at=at,
        reason=reason,
    )
