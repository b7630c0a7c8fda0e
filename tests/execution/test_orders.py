"""Orders out of decisions: floats of a signal become exact decimals, distances whole ticks."""

from decimal import Decimal

from engine.execution.orders import entry_order, exit_order, unit_order
from engine.execution.positions import open_position
from engine.model.decision import Decision
from engine.model.signal import Signal
from tests.execution.desk import BTC, EXECUTION, contract, order

SIGNAL = Signal("turtle", BTC, "long", 0, 0, 0.1, 0.6, 4.001, 10.0025)
ENTRY = Decision(
    "d1", "c0ffee", 7, SIGNAL, "enter", 0.6, rank=3, quantity=Decimal("1.25"), leverage=Decimal(7)
)


def test_an_entry_order() -> None:
    made = entry_order(ENTRY, contract(), 7)
    assert (made.id, made.decision_id, made.purpose, made.reduce_only) == ("d1-entry", "d1", "entry", False)
    assert (made.quantity, made.leverage, made.rank) == (Decimal("1.25"), Decimal(7), 3)
    assert (made.stop_distance, made.target_distance) == (Decimal("4.01"), Decimal("10.01"))  # up to the cent
    assert made.reference_price == Decimal("0.1")  # not 0.1000000000000000055


def test_the_order_that_a_refused_decision_would_have_been() -> None:
    refused = Decision("d2", "c0ffee", 9, SIGNAL, "refused", 0.6, code="multiplier_zero")
    made = unit_order(refused, contract(), Decimal(3))
    assert (made.quantity, made.leverage, made.created_at) == (Decimal(1), Decimal(3), 9)
    assert (made.stop_distance, made.target_distance) == (Decimal("4.01"), Decimal("10.01"))


def test_an_exit_order_closes_the_whole_position() -> None:
    position, _ = open_position(order(), Decimal(100), 0, EXECUTION, contract())
    made = exit_order(position, "x1", "exit_rule", Decimal(99), 5)
    assert (made.id, made.decision_id, made.reason) == ("x1-exit_rule", "x1", "exit_rule")
    assert (made.side, made.quantity, made.reduce_only) == ("long", Decimal(2), True)
