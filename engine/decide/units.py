"""Adding to winners: which signals for a further unit apply to the position they are about."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from engine.decide.policy import Policy
from engine.model.account import Portfolio
from engine.model.signal import DIRECTION, Signal


def apply_units(
    signals: Sequence[Signal], portfolio: Portfolio, closing: Collection[str], policy: Policy
) -> list[Signal]:
    """The entry and add signals that are to be decided on.

    An add applies where the strategy holds the symbol on that side with fewer than its most units,
    nothing of it waits for an open, the position is not one of those `closing` now, and the close
    is far enough beyond the last fill (or the strategy's `also` holds). It then stands for the
    strategy's own entry signal of that close; else it is no signal at all.
    """
    asked = [signal for signal in signals if signal.kind == "add" and signal.symbol not in closing]
    adds = [_with_last_fill(signal, portfolio) for signal in asked if _applies(signal, portfolio, policy)]
    instead = {(signal.strategy_id, signal.symbol, signal.side) for signal in adds}
    entries = [
        signal
        for signal in signals
        if signal.kind == "entry" and (signal.strategy_id, signal.symbol, signal.side) not in instead
    ]
    return [*entries, *adds]


def unit_share(strategy_id: str, policy: Policy) -> float:
    """The share of a position's risk that one unit of the strategy may take."""
    strategy = policy.config.strategies.get(strategy_id)
    return 1.0 if strategy is None or strategy.units is None else 1 / strategy.units.maximum


def _with_last_fill(signal: Signal, portfolio: Portfolio) -> Signal:
    """The signal with the fill that it adds beyond among its facts, for the trace."""
    last_fill = float(portfolio.positions[signal.symbol].last_fill)
    return replace(signal, facts={**signal.facts, "last_fill": last_fill})


def _applies(signal: Signal, portfolio: Portfolio, policy: Policy) -> bool:
    strategy = policy.config.strategies.get(signal.strategy_id)
    position = portfolio.positions.get(signal.symbol)
    if strategy is None or strategy.units is None or position is None:
        return False
    if (position.strategy_id, position.side) != (signal.strategy_id, signal.side):
        return False
    if position.units >= strategy.units.maximum or any(o.symbol == signal.symbol for o in portfolio.orders):
        return False
    beyond = (signal.price - float(position.last_fill)) * DIRECTION[signal.side]
    return beyond >= signal.facts["unit_step"] or signal.facts["unit_also"] > 0
