"""Writes the ledger: a run, its batches (each in one transaction: all or nothing), its end."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, delete, func, insert, select, update

from engine.ledger import json_text, tables
from engine.ledger.faults import clear_errors
from engine.ledger.money import Money
from engine.ledger.records import Batch, RunRecord, RunStatus, SessionState
from engine.ledger.rows import FLAT, Row, decision_row, flat_row, run_row, signal_row
from engine.ledger.sqlite import WRITES
from engine.model.account import BreakerEvent, BreakerState
from engine.model.problem import CashTownError
from engine.model.trading import Fill, Order, Position, Trade

_COUNTED: Final = (tables.decisions, tables.orders, tables.fills, tables.trades, tables.breaker_events)


class LedgerWriter:
    """Writes runs through one engine. A failed call raises CashTownError and leaves no trace.

    Bulk rows skip SQLAlchemy's work per row (half of the time): the INSERT is compiled once by
    it, and the rows are tuples bound by its own types.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing = engine.execution_options(**{WRITES: True})
        self._inserts = {name: _Insert(engine, table) for name, table in tables.metadata.tables.items()}
        self._flat = {table.name: flat_row(record) for record, table in FLAT.items()}
        self._counts: dict[str, dict[str, int]] = {}

    def begin_run(self, run: RunRecord) -> None:
        """Stores a new run; its id must be new."""
        with self._transaction() as connection:
            connection.execute(insert(tables.runs), run_row(run))
        self._counts[run.run_id] = {table.name: 0 for table in _COUNTED}

    def save_config(self, config_hash: str, document: str) -> None:
        """Stores the text of a configuration under its hash, once."""
        table = tables.config_versions
        with self._transaction() as connection:
            known = select(table.c.config_hash).where(table.c.config_hash == config_hash)
            if connection.scalar(known) is None:
                connection.execute(insert(table), {"config_hash": config_hash, "document": document})

    def add(self, batch: Batch) -> None:
        """Stores a batch in one transaction: all of it, or nothing."""
        run_id = batch.run_id
        with self._transaction() as connection:
            counts = dict(self._counts.get(run_id) or _stored_counts(connection, run_id))
            first = counts["decisions"]
            numbered = list(enumerate(batch.decisions, first))
            self._insert(connection, "signals", [signal_row(run_id, seq, each) for seq, each in numbered])
            self._insert(connection, "decisions", [decision_row(run_id, seq, each) for seq, each in numbered])
            counts["decisions"] = first + len(numbered)
            streams: tuple[tuple[str, Sequence[Order | Fill | Trade | BreakerEvent]], ...] = (
                ("orders", batch.orders),
                ("fills", batch.fills),
                ("trades", batch.trades),
                ("breaker_events", batch.breaker_events),
            )
            for name, records in streams:
                row = self._flat[name]
                rows = [(run_id, seq, *row(each)) for seq, each in enumerate(records, counts[name])]
                self._insert(connection, name, rows)
                counts[name] += len(rows)
            row = self._flat["equity"]
            self._insert(connection, "equity", [(run_id, *row(point)) for point in batch.equity])
            if batch.positions is not None:
                self._replace_positions(connection, run_id, batch.positions, batch.marks)
            if batch.breakers is not None:
                self._replace_breakers(connection, run_id, batch.breakers)
            if batch.state is not None:
                self._replace_state(connection, run_id, batch.state)
        self._counts[run_id] = counts  # only now: a failed batch must not leave a gap

    def replace_positions(
        self, run_id: str, positions: Iterable[Position], marks: Mapping[str, Decimal]
    ) -> None:
        """Makes `positions` the run's open ones, marked at the last close by symbol."""
        with self._transaction() as connection:
            self._replace_positions(connection, run_id, positions, marks)

    def save_breakers(self, run_id: str, states: Iterable[BreakerState]) -> None:
        """Makes `states` the run's breakers."""
        with self._transaction() as connection:
            self._replace_breakers(connection, run_id, states)

    def end_run(
        self,
        run_id: str,
        status: RunStatus,
        final_equity: Decimal | None,
        summary: Mapping[str, Any],
        ended_at: int | None = None,
    ) -> None:
        """Closes a run; `ended_at` is wall clock in UTC ms. The summary is hashed: no clock in it."""
        values = {
            "status": status,
            "final_equity": final_equity,
            "summary": json_text.encode(dict(summary)),
            "ended_at": ended_at,
        }
        with self._transaction() as connection:
            found = connection.execute(
                update(tables.runs).where(tables.runs.c.run_id == run_id).values(values)
            )
            if found.rowcount != 1:
                raise CashTownError(f"there is no run {run_id} to end")
        self._counts.pop(run_id, None)

    def resume_run(self, run_id: str) -> None:
        """Opens a run again that was interrupted: it goes on where its batches end."""
        values = {"status": "running", "final_equity": None, "summary": "{}", "ended_at": None}
        with self._transaction() as connection:
            connection.execute(update(tables.runs).where(tables.runs.c.run_id == run_id).values(values))
        self._counts.pop(run_id, None)

    @property
    def engine(self) -> Engine:
        """The ledger that is written."""
        return self._engine

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with clear_errors(self._engine), self._writing.begin() as connection:
            yield connection

    def _insert(self, connection: Connection, table: str, rows: list[Row]) -> None:
        if rows:
            self._inserts[table].execute(connection, rows)

    def _replace_positions(
        self,
        connection: Connection,
        run_id: str,
        positions: Iterable[Position],
        marks: Mapping[str, Decimal],
    ) -> None:
        connection.execute(delete(tables.positions).where(tables.positions.c.run_id == run_id))
        row = self._flat["positions"]
        rows = [(run_id, *row(position), marks.get(position.symbol)) for position in positions]
        self._insert(connection, "positions", rows)

    def _replace_breakers(self, connection: Connection, run_id: str, states: Iterable[BreakerState]) -> None:
        connection.execute(delete(tables.breaker_states).where(tables.breaker_states.c.run_id == run_id))
        row = self._flat["breaker_states"]
        self._insert(connection, "breaker_states", [(run_id, *row(state)) for state in states])

    def _replace_state(self, connection: Connection, run_id: str, state: SessionState) -> None:
        table = tables.session_states
        connection.execute(delete(table).where(table.c.run_id == run_id))
        self._insert(connection, table.name, [(run_id, *self._flat[table.name](state))])


class _Insert:
    """The INSERT of a table in an engine's dialect; only money needs its type's hand on the way in."""

    def __init__(self, engine: Engine, table: Table) -> None:
        self._sql = str(insert(table).compile(dialect=engine.dialect))
        self._money = [index for index, column in enumerate(table.columns) if isinstance(column.type, Money)]
        bind = Money().dialect_impl(engine.dialect).bind_processor(engine.dialect)
        assert bind is not None
        self._bind = bind

    def execute(self, connection: Connection, rows: list[Row]) -> None:
        if self._money:
            rows = [self._bound(row) for row in rows]
        connection.exec_driver_sql(self._sql, rows)

    def _bound(self, row: Row) -> Row:
        bound = row
        for index in self._money:
            if row[index] is not None:  # most decisions are refusals, without any money
                bound = (*bound[:index], self._bind(row[index]), *bound[index + 1 :])
        return bound


def _stored_counts(connection: Connection, run_id: str) -> dict[str, int]:
    """How many rows of each counted table a run already has: a session that goes on appends."""
    counts: dict[str, int] = {}
    for table in _COUNTED:
        last = connection.scalar(select(func.max(table.c.seq)).where(table.c.run_id == run_id))
        counts[table.name] = 0 if last is None else last + 1
    return counts
