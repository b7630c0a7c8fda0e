"""Orders out of decisions: where floats of a signal become exact decimals."""

from decimal import Decimal

from engine.execution.fills import price_of
from engine.model.decision import Decision
from engine.model.trading import Contract, ExitReason, Order, Position


def entry_order(decision: Decision, contract: Contract, at: int) -> Order:
    """The order of an accepted entry, for the next open of its symbol; distances in whole ticks."""
    signal = decision.signal
    assert decision.quantity is not None
    assert decision.leverage is not None
    assert decision.rank is not None
    return Order(
        id=f"{decision.id}-entry",
        decision_id=decision.id,
        strategy_id=signal.strategy_id,
        symbol=signal.symbol,
        side=signal.side,
        purpose="add" if signal.kind == "add" else "entry",
        quantity=decision.quantity,
        reference_price=price_of(signal.price),
        leverage=decision.leverage,
        created_at=at,
        rank=decision.rank,
        stop_distance=contract.ticks_up(price_of(signal.stop_distance)),
        target_distance=contract.ticks_up(price_of(signal.target_distance)),
    )


def unit_order(decision: Decision, contract: Contract, leverage: Decimal) -> Order:
    """The order that a refused decision would have been, for one base coin."""
    signal = decision.signal
    return Order(
        id=f"{decision.id}-counterfactual",
        decision_id=decision.id,
        strategy_id=signal.strategy_id,
        symbol=signal.symbol,
        side=signal.side,
        purpose="entry",
        quantity=Decimal(1),
        reference_price=price_of(signal.price),
        leverage=leverage,
        created_at=decision.at,
        rank=0,
        stop_distance=contract.ticks_up(price_of(signal.stop_distance)),
        target_distance=contract.ticks_up(price_of(signal.target_distance)),
    )


def exit_order(position: Position, decision_id: str, reason: ExitReason, mark: Decimal, at: int) -> Order:
    """The reduce-only market order that closes a whole position at the next open."""
    return Order(
        id=f"{decision_id}-{reason}",
        decision_id=decision_id,
        strategy_id=position.strategy_id,
        symbol=position.symbol,
        side=position.side,
        purpose="exit",
        quantity=position.quantity,
        reference_price=mark,
        leverage=position.leverage,
        created_at=at,
        rank=0,
        reason=reason,
    )


def resting_order(position: Position, reason: ExitReason, at: int) -> Order:
    """The reduce-only order that has rested at a level since the entry, as it triggers."""
    levels = {"target": position.target, "liquidation": position.liquidation}
    again = f"-{at}" if position.closed_quantity else ""
    return Order(
        id=f"{position.id}-{reason}{again}",
        decision_id=position.decision_id,
        strategy_id=position.strategy_id,
        symbol=position.symbol,
        side=position.side,
        purpose="exit",
        quantity=position.quantity,
        reference_price=levels.get(reason, position.stop),
        leverage=position.leverage,
        created_at=at,
        rank=0,
        reason=reason,
    )
