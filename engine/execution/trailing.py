"""Trailing stops: where a stop moves to at a close, only ever in the position's favour."""

import math
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from engine.execution.fills import price_of, to_tick
from engine.model.signal import DIRECTION
from engine.model.strategy import Trailing
from engine.model.trading import Contract, Position


def trailed(
    position: Position,
    rules: Sequence[Trailing],
    distances: Sequence[float],
    high: Decimal,
    low: Decimal,
    close: Decimal,
    contract: Contract,
) -> Position:
    """The position after a close, with its best price and its stop; valid from the next bar.

    `distances` (price) stand beside the rules, NaN where a rule has none or it is unknown: an
    unknown one moves nothing. Of several rules the tightest stop counts.
    """
    is_long = position.side == "long"
    best = max(position.best, high) if is_long else min(position.best, low)
    levels = [position.stop]
    for rule, distance in zip(rules, distances, strict=True):
        level = _level(position, rule, distance, best, close)
        if level is not None:
            levels.append(to_tick(level, contract, up=not is_long))
    stop = max(levels) if is_long else min(levels)
    return replace(position, best=best, stop=stop)


def _level(
    position: Position, rule: Trailing, distance: float, best: Decimal, close: Decimal
) -> Decimal | None:
    direction = DIRECTION[position.side]
    value = Decimal(repr(rule.value))
    if rule.kind == "percent":
        return best - direction * best * value / 100
    if rule.kind == "breakeven":
        # The same as best - entry >= value x R a coin, without the last digits of a quotient.
        whole = position.quantity + position.closed_quantity
        gained = (best * position.quantity - position.cost) * direction
        reached = gained * whole >= value * position.initial_risk * position.quantity
        return position.entry_price if reached else None
    if math.isnan(distance):
        return None
    return (best if rule.kind == "chandelier" else close) - direction * value * price_of(distance)
