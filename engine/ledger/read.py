"""Reads a run back as records, in the order in which they happened."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

from sqlalchemy import Engine, RowMapping, Select, Table, and_, func, select

from engine.ledger import tables
from engine.ledger.faults import clear_errors
from engine.ledger.records import MarkedPosition, SessionState
from engine.ledger.rows import Named, decision_record, flat_record
from engine.model.account import BreakerEvent, BreakerState, EquityPoint
from engine.model.decision import Decision
from engine.model.problem import CashTownError
from engine.model.trading import Fill, Order, Position, Trade

Filter = str | int | bool | None
R = TypeVar("R")

# The column that places a row in time, per table; `from_ms` and `to_ms` ask for it.
_TIME: Final[Mapping[str, str]] = {
    "decisions": "at",
    "orders": "created_at",
    "fills": "at",
    "trades": "closed_at",
    "equity": "at",
    "breaker_events": "at",
}
_FILTERABLE: Final = frozenset(
    (
        *("id", "at", "strategy_id", "symbol", "side", "action", "accepted", "code", "rescued"),
        *("entry_id", "decision_id", "order_id", "purpose", "liquidity", "reason", "exit_reason"),
        *("name", "event"),
    )
)
# Labels keep apart what decisions and signals both call `id`, `at`, `side`, ...
_SIGNAL: Final = {column.name: f"signal_{column.name}" for column in tables.signals.columns}


def decisions(engine: Engine, run_id: str, limit: int | None = None, **filters: Filter) -> list[Decision]:
    """Decisions with their signals; the last `limit` ones.

    `filters` name columns (`strategy_id`, `symbol`, `side`, `action`, `accepted`, `code`, ...) or
    bound the time, both ends included (`from_ms`, `to_ms`); None does not filter.
    """
    rows = _last(engine, with_signals(), tables.decisions, run_id, limit, filters)
    return [decision_of(row) for row in rows]


def refusal_counts(engine: Engine, run_id: str) -> dict[str, int]:
    """How often each refusal code was given, without reading the decisions; only codes that were."""
    table = tables.decisions.c
    query = (
        select(table.code, func.count())
        .where(table.run_id == run_id, table.action == "refused")
        .group_by(table.code)
    )
    with clear_errors(engine), engine.connect() as connection:
        return {str(code): int(number) for code, number in connection.execute(query)}


def orders(engine: Engine, run_id: str, limit: int | None = None, **filters: Filter) -> list[Order]:
    """Orders, filtered as `decisions` are; the last `limit` ones."""
    return _records(engine, tables.orders, flat_record(Order), run_id, limit, filters)


def fills(engine: Engine, run_id: str, limit: int | None = None, **filters: Filter) -> list[Fill]:
    """Fills, filtered as `decisions` are; the last `limit` ones."""
    return _records(engine, tables.fills, flat_record(Fill), run_id, limit, filters)


def trades(engine: Engine, run_id: str, limit: int | None = None, **filters: Filter) -> list[Trade]:
    """Closed trades in order of their close, filtered as `decisions` are; the last `limit` ones."""
    return _records(engine, tables.trades, flat_record(Trade), run_id, limit, filters)


def equity(engine: Engine, run_id: str, limit: int | None = None, **filters: Filter) -> list[EquityPoint]:
    """The equity curve, one point a feed bar; the last `limit` ones."""
    return _records(engine, tables.equity, flat_record(EquityPoint), run_id, limit, filters)


def breaker_events(
    engine: Engine, run_id: str, limit: int | None = None, **filters: Filter
) -> list[BreakerEvent]:
    """What breakers did, filtered as `decisions` are; the last `limit` events."""
    return _records(engine, tables.breaker_events, flat_record(BreakerEvent), run_id, limit, filters)


def breakers(engine: Engine, run_id: str) -> list[BreakerState]:
    """Where each breaker of the run stands, by name."""
    found = _records(engine, tables.breaker_states, flat_record(BreakerState), run_id, None, {})
    return sorted(found, key=lambda state: state.name)


def positions(
    engine: Engine, run_id: str, limit: int | None = None, **filters: Filter
) -> list[MarkedPosition]:
    """The open positions with their marks, by time of opening and id; the last `limit` ones."""
    build = flat_record(Position)
    rows = _last(engine, select(tables.positions), tables.positions, run_id, None, filters)
    found = [MarkedPosition(build(row), row["mark"]) for row in rows]
    found.sort(key=lambda each: (each.position.opened_at, each.position.id))
    return found if limit is None else found[len(found) - min(limit, len(found)) :]


def session_state(engine: Engine, run_id: str) -> SessionState | None:
    """What the run's session needs to go on; None if nothing of it was stored yet."""
    found = _records(engine, tables.session_states, flat_record(SessionState), run_id, None, {})
    return found[0] if found else None


def config_document(engine: Engine, config_hash: str) -> str:
    """The configuration with this hash, as text; CashTownError if the ledger does not hold it."""
    table = tables.config_versions
    with clear_errors(engine), engine.connect() as connection:
        document = connection.scalar(select(table.c.document).where(table.c.config_hash == config_hash))
    if document is None:
        raise CashTownError(f"the ledger holds no configuration {config_hash}")
    return str(document)


def with_signals() -> Select[Any]:
    """Decisions joined with their signals, whose columns are labelled; `decision_of` reads a row."""
    signal = tables.signals.c
    decision = tables.decisions.c
    labelled = [column.label(_SIGNAL[column.name]) for column in signal]
    joined = tables.decisions.join(
        tables.signals, and_(signal.run_id == decision.run_id, signal.seq == decision.seq)
    )
    return select(tables.decisions, *labelled).select_from(joined)


def decision_of(row: RowMapping) -> Decision:
    """The decision of a row of `with_signals`."""
    return decision_record(row, {name: row[label] for name, label in _SIGNAL.items()})


def _records(
    engine: Engine,
    table: Table,
    build: Callable[[Named], R],
    run_id: str,
    limit: int | None,
    filters: Mapping[str, Filter],
) -> list[R]:
    return [build(row) for row in _last(engine, select(table), table, run_id, limit, filters)]


def _last(
    engine: Engine,
    query: Select[Any],
    table: Table,
    run_id: str,
    limit: int | None,
    filters: Mapping[str, Filter],
) -> Iterable[RowMapping]:
    """The last `limit` rows of a run that pass the filters, oldest first; no text decides the order."""
    query = query.where(table.c.run_id == run_id)
    for name, value in filters.items():
        if value is not None:
            query = query.where(_condition(table, name, value))
    order = next((table.c[name] for name in ("seq", "at") if name in table.c), None)
    if order is not None:
        query = query.order_by(order.desc() if limit is not None else order)
    if limit is not None:
        query = query.limit(limit)
    with clear_errors(engine), engine.connect() as connection:
        rows = connection.execute(query).mappings().all()
    return rows if limit is None else rows[::-1]


def _condition(table: Table, name: str, value: Filter) -> Any:
    if name in ("from_ms", "to_ms") and table.name in _TIME:
        time = table.c[_TIME[table.name]]
        return time >= value if name == "from_ms" else time <= value
    if name not in _FILTERABLE or name not in table.c:
        raise TypeError(f"{table.name} cannot be filtered by {name!r}")
    return table.c[name] == value
