"""Trades and open positions as the candle chart and its table show them, stops and targets included."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from engine.execution.fills import to_tick
from engine.market.symbols import contracts
from engine.model.signal import DIRECTION
from engine.model.trading import Contract, Order, Position, Trade
from engine.research.exact import money
from engine.research.figures import amount, figure, price
from engine.research.metrics import finite
from engine.research.report.gather import Gathered


def by_symbol(gathered: Gathered) -> dict[str, list[dict[str, Any]]]:
    """Per symbol of the run, in order of opening, what the chart draws; times in UTC seconds."""
    orders, known = gathered.entry_orders, _contracts(gathered)
    filled = _entry_prices(gathered)
    rows: dict[str, list[dict[str, Any]]] = {symbol: [] for symbol in gathered.run.symbols}
    for trade in gathered.result.records.trades:
        order = orders.get(trade.decision_id)
        levels = _levels(order, filled.get(trade.decision_id), known.get(trade.symbol))
        rows.setdefault(trade.symbol, []).append(_trade(trade, levels))
    for symbol, position in gathered.result.positions.items():
        mark = gathered.result.marks[symbol]
        rows.setdefault(symbol, []).append(_position(position, mark, gathered.result.to_ms))
    for listed in rows.values():
        listed.sort(key=lambda row: (row["opened"], row["closed"], row["id"]))
    return rows


def _contracts(gathered: Gathered) -> Mapping[str, Contract]:
    config = gathered.config
    if config is None:
        return {}
    return contracts(gathered.run.symbols, config.market, config.risk.groups)


def _entry_prices(gathered: Gathered) -> dict[str, Decimal]:
    """The price of each decision's first entry fill, from which its levels were set."""
    found: dict[str, Decimal] = {}
    for fill in gathered.result.records.fills:
        if fill.purpose == "entry":
            found.setdefault(fill.decision_id, fill.price)
    return found


def _levels(
    order: Order | None, entry: Decimal | None, contract: Contract | None
) -> tuple[Decimal | None, Decimal | None]:
    """Stop and target as they were set at the fill, on the grid of ticks as the broker puts them."""
    if order is None or entry is None:
        return None, None
    direction = DIRECTION[order.side]
    stop, target = entry - direction * order.stop_distance, entry + direction * order.target_distance
    if contract is not None:
        stop, target = (
            to_tick(stop, contract, up=direction < 0),
            to_tick(target, contract, up=direction > 0),
        )
    return stop if order.stop_distance else None, target if order.target_distance else None


def _trade(trade: Trade, levels: tuple[Decimal | None, Decimal | None]) -> dict[str, Any]:
    row = {
        "state": trade.exit_reason,
        "opened": trade.opened_at // 1000,
        "closed": trade.closed_at // 1000,
        "r": finite(round(trade.r_multiple, 4)),
        "shown": {
            "r": figure(finite(trade.r_multiple), 2, signed=True),
            "pnl": amount(money(trade.pnl), signed=True),
        },
        "pnl": money(trade.pnl),
    }
    return {**_common(trade), **row, **_prices(trade.entry_price, trade.exit_price, *levels)}


def _position(position: Position, mark: Decimal, last_ms: int) -> dict[str, Any]:
    pnl = position.open_pnl(mark)
    row = {
        "state": "open",
        "opened": position.opened_at // 1000,
        "closed": last_ms // 1000,
        "r": None,
        "shown": {"r": figure(None), "pnl": amount(money(pnl), signed=True)},
        "pnl": money(pnl),
    }
    levels = _prices(position.entry_price, mark, position.stop, position.target)
    return {**_common(position), **row, **levels}


def _common(record: Trade | Position) -> dict[str, Any]:
    side: Literal["long", "short"] = record.side
    return {"id": record.decision_id, "strategy": record.strategy_id, "side": side}


def _prices(
    entry: Decimal, leave: Decimal, stop: Decimal | None, target: Decimal | None
) -> dict[str, str | None]:
    """Prices as a person reads them; drawing needs no more digits either."""
    named = {"entry": entry, "exit": leave, "stop": stop, "target": target}
    return {name: None if value is None else price(money(value)) for name, value in named.items()}
