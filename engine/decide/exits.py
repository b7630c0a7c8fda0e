"""Exit rules: a signal to close meets the position that it is about."""

from collections.abc import Sequence
from dataclasses import replace

from engine.decide.policy import Policy
from engine.model.account import Portfolio
from engine.model.decision import Decision, Gate


def close_positions(decisions: Sequence[Decision], portfolio: Portfolio, policy: Policy) -> list[Decision]:
    """Exit decisions whose position is open and not already being closed; exits pass every gate."""
    leaving = {order.symbol for order in portfolio.orders if order.purpose == "exit"}
    closed = []
    for decision in decisions:
        signal = decision.signal
        position = portfolio.positions.get(signal.symbol)
        if position is None or signal.symbol in leaving:
            continue
        if (position.strategy_id, position.side) == (signal.strategy_id, signal.side):
            leaving.add(signal.symbol)
            gate = Gate("exit_rule", signal.rule, "holds", True)
            closed.append(
                replace(
                    decision,
                    action="close",
                    confidence=1.0,
                    quantity=position.quantity,
                    leverage=position.leverage,
                    gates=(gate,),
                )
            )
    return closed
