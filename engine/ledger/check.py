"""Is the ledger sound: the database in itself, and what its runs say of money and order.

A quick look at every start, everything on request.
"""

import decimal
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, and_, func, select, text

from engine.ledger import find, read, tables
from engine.ledger.faults import clear_errors, place
from engine.ledger.records import RunRecord
from engine.model.problem import CashTownError

SMALL_BYTES: Final = 32 * 1024 * 1024
"""An SQLite file up to this size is read through at every start: a fraction of a second."""

_DIGITS: Final = 60
_COUNTED: Final = (
    *(tables.signals, tables.decisions, tables.orders, tables.fills, tables.trades),
    tables.breaker_events,
)
_BALANCED: Final = frozenset({"running", "interrupted", "finished"})


def was_closed(file: Path) -> bool:
    """Whether an SQLite file was closed in order (or is open elsewhere); to be asked before opening it."""
    log = file.with_name(file.name + "-wal")
    return not log.exists() or log.stat().st_size == 0


def check_at_start(engine: Engine, closed_well: bool = True) -> list[str]:
    """A quick look: a small file, or one that was not closed in order, is read through; PostgreSQL must
    let us write; the books of the latest run must balance, which is told in lines.

    Raises CashTownError in one line where the database is damaged or cannot be written.
    """
    with clear_errors(engine):
        found: Iterator[str] = iter(())
        if engine.dialect.name != "sqlite":
            found = _refusal(engine)
        elif not closed_well or _size(engine) <= SMALL_BYTES:
            found = _damage(engine, "quick_check")
        for line in found:
            raise CashTownError(f"{place(engine)} {line}; `cash-town ledger check` says everything")
        latest = find.runs(engine, 1)
        return list(books(engine, latest[0])) if latest else []


def everything(engine: Engine, run: RunRecord | None = None) -> Iterator[str]:
    """All that is wrong, a line each: the database, then run by run (or one) order, ties and books."""
    with clear_errors(engine):
        found = _damage(engine, "integrity_check") if engine.dialect.name == "sqlite" else _refusal(engine)
        yield from (f"{place(engine)} {line}" for line in found)
        for each in [run] if run is not None else find.runs(engine):
            yield from _order(engine, each)
            yield from _ties(engine, each)
            yield from books(engine, each)


def books(engine: Engine, run: RunRecord) -> Iterator[str]:
    """What does not add up in a run: its last cash and equity, from trades and open positions.

    Cash = starting equity + net P&L of trades + what open positions realised - their fees and funding;
    equity = cash + open P&L at the marks.
    """
    last = read.equity(engine, run.run_id, 1)
    if not last or run.status not in _BALANCED:
        return
    point = last[0]
    with decimal.localcontext(prec=_DIGITS):
        held = read.positions(engine, run.run_id)
        closed = _sum_of_trades(engine, run.run_id)
        costs = (each.position.realised - each.position.fees - each.position.funding for each in held)
        cash = run.starting_equity + closed + sum(costs, Decimal(0))
        if cash != point.cash:
            yield f"run {run.run_id}: cash is {point.cash}, its trades and positions make {cash}"
        open_pnl = sum((each.open_pnl or Decimal(0) for each in held), Decimal(0))
        equity = point.cash + open_pnl
        if equity != point.equity:
            yield f"run {run.run_id}: equity is {point.equity}, cash and open P&L make {equity}"
    if run.final_equity is not None and run.final_equity != point.equity:
        yield f"run {run.run_id}: ended with {run.final_equity}, its last bar says {point.equity}"


def _sum_of_trades(engine: Engine, run_id: str) -> Decimal:
    """In Python: the sums of SQLite would be floats."""
    table = tables.trades.c
    with engine.connect() as connection:
        found = connection.scalars(select(table.pnl).where(table.run_id == run_id))
        return sum((each for each in found if each is not None), Decimal(0))


def _order(engine: Engine, run: RunRecord) -> Iterator[str]:
    """Rows are counted from 0 without a gap, and a session's state stands behind the last stored bar."""
    with engine.connect() as connection:
        for table in _COUNTED:
            rows = select(func.count(), func.min(table.c.seq), func.max(table.c.seq))
            count, first, last = connection.execute(rows.where(table.c.run_id == run.run_id)).one()
            if count and (first, last) != (0, count - 1):
                yield f"run {run.run_id}: {count} {table.name} are numbered {first} to {last}"
        states, points = tables.session_states.c, tables.equity.c
        state = connection.scalar(select(states.at).where(states.run_id == run.run_id))
        last_bar = connection.scalar(select(func.max(points.at)).where(points.run_id == run.run_id))
        if state is not None and state != last_bar and run.status in _BALANCED:
            yield f"run {run.run_id}: its session stands at {state}, its last bar is {last_bar}"


def _ties(engine: Engine, run: RunRecord) -> Iterator[str]:
    """A fill has its order, a decision its signal, a trade its decision."""
    for table, other, column, key in (
        (tables.fills, tables.orders, "order_id", "id"),
        (tables.decisions, tables.signals, "id", "id"),
        (tables.trades, tables.decisions, "decision_id", "id"),
    ):
        matched = and_(other.c.run_id == table.c.run_id, other.c[key] == table.c[column])
        alone = ~select(other.c.run_id).where(matched).exists()
        query = select(func.count()).select_from(table).where(table.c.run_id == run.run_id, alone)
        with engine.connect() as connection:
            count = connection.scalar(query)
        if count:
            yield f"run {run.run_id}: {count} {table.name} without their {other.name[:-1]}"


def _damage(engine: Engine, pragma: str) -> Iterator[str]:
    with engine.connect() as connection:
        for (line,) in connection.exec_driver_sql(f"PRAGMA {pragma}(5)"):
            if line != "ok":
                yield f"is damaged ({' '.join(str(line).split())})"
        for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
            yield f"is damaged (a row of {row[0]} without its run)"
            return


def _refusal(engine: Engine) -> Iterator[str]:
    with engine.connect() as connection:
        if connection.scalar(text("SELECT pg_is_in_recovery()")):
            yield "cannot be written: this server is a stand-by copy"
        elif connection.scalar(text("SHOW transaction_read_only")) == "on":
            yield "cannot be written: it is read-only"


def _size(engine: Engine) -> int:
    file = Path(engine.url.database or "")
    return file.stat().st_size if file.is_file() else 0
