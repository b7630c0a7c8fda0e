"""What came of a decision, as text: orders and fills, the trade or position, the decision that won."""

import math
from collections.abc import Iterator
from decimal import Decimal

from engine.ledger.records import MarkedPosition
from engine.model.trading import Fill, Order, Trade
from engine.research.listing import utc
from engine.research.sentence import sentence
from engine.research.trace import Trace

Line = tuple[str, str]


def outcome_lines(trace: Trace) -> list[Line]:
    """(when or what, what happened), in order; for a decision that was not acted on, why."""
    decision = trace.decision
    if decision.entry_id is not None:
        return list(_entry(trace, decision.entry_id))
    if not decision.accepted:
        return [("nothing", "it was refused")]
    lines = [line for order in trace.orders for line in _order(order, trace)]
    for closed in trace.closed:
        lines += _trade(closed, f"closed by this decision ({closed.exit_reason})")
    if trace.position is not None:
        lines += _position(trace.position)
    if trace.trade is not None:
        lines += _trade(trace.trade, f"ended by {trace.trade.exit_reason}")
    if trace.closed_by is not None:
        lines += [("by decision", trace.closed_by.id), ("", sentence(trace.closed_by))]
    return lines or [("nothing", "the ledger holds no order of it")]


def _entry(trace: Trace, entry_id: str) -> Iterator[Line]:
    if trace.entry is None:
        yield ("entry", f"decision {entry_id}, which the ledger does not hold")
        return
    signal = trace.entry.signal
    yield ("entry", f"{signal.strategy_id} {signal.side}, decision {entry_id}")
    yield ("", sentence(trace.entry))
    yield ("", f"`cash-town why {entry_id}` explains it")
    if trace.entry_trade is not None:
        yield from _trade(trace.entry_trade, f"ended by {trace.entry_trade.exit_reason}")


def _order(order: Order, trace: Trace) -> Iterator[Line]:
    """An order with its fills; a resting one is stored as it triggers, inside its bar."""
    fills = [fill for fill in trace.fills if fill.order_id == order.id]
    reason = f" ({order.reason})" if order.reason else ""
    yield (utc(order.created_at), f"order: {order.purpose} {order.side} {order.quantity:f}{reason}")
    for fill in fills:
        yield (utc(fill.at), _fill(fill))
    if not fills:
        yield ("", "not filled: it waits for the next open of its symbol, or its position was gone")


def _fill(fill: Fill) -> str:
    return f"fill: {fill.quantity:f} at {_money(fill.price)}, fee {_money(fill.fee)} ({fill.liquidity})"


def _trade(trade: Trade, how: str) -> Iterator[Line]:
    r = "unknown" if math.isnan(trade.r_multiple) else f"{trade.r_multiple:+.2f}"
    yield ("trade", f"{trade.strategy_id} {trade.side} {trade.symbol}, {how}")
    yield ("", f"opened {utc(trade.opened_at)} at {_money(trade.entry_price)}, decision {trade.decision_id}")
    yield ("", f"closed {utc(trade.closed_at)} at {_money(trade.exit_price)}")
    yield ("P&L", f"{trade.pnl:+,.2f} net, {trade.pnl_pct:+.2f} % of entry notional, {r} R")
    yield ("", f"gross {trade.gross_pnl:+,.2f}, fees {trade.fees:,.2f}, funding {trade.funding:+,.2f}")


def _position(marked: MarkedPosition) -> Iterator[Line]:
    position = marked.position
    entry = _money(position.entry_price)
    yield ("position", f"open since {utc(position.opened_at)}, entry {entry}")
    yield ("", f"stop {_money(position.stop)}, target {_money(position.target)}")
    if marked.mark is not None and marked.open_pnl is not None:
        yield ("P&L", f"{marked.open_pnl:+,.2f} open at {_money(marked.mark)}, before fees")


def _money(value: Decimal) -> str:
    """To 8 places at most: what the ledger holds beyond is for sums, and JSON shows it."""
    text = f"{value:.8f}".rstrip("0")
    return text + "00" if text.endswith(".") else text
