"""Says whether two runs are the same, byte for byte: hashes over ordered rows, and what differs.

What happened is hashed; what a run is called is not (its id and kind, the words on its source, the
wall clock). So a backtest and a session bar by bar over the same candles hash equal.
"""

import hashlib
from collections.abc import Generator
from contextlib import closing
from itertools import zip_longest
from typing import Any, Final

from sqlalchemy import Connection, Double, Engine, Table, select

from engine.ledger import json_text, tables
from engine.ledger.faults import clear_errors
from engine.ledger.money import Money, plain

HASHED: Final = (
    tables.runs,
    tables.signals,
    tables.decisions,
    tables.orders,
    tables.fills,
    tables.positions,
    tables.trades,
    tables.equity,
    tables.breaker_states,
    tables.breaker_events,
)
NAMES_OF_A_RUN: Final = frozenset({"run_id", "kind", "source", "started_at", "ended_at"})

_CHUNK: Final = 5_000
_SHOWN: Final = 60  # characters of a differing value


def ledger_hash(engine: Engine, run_id: str) -> str:
    """SHA-256 (hex) over everything that the run stored; equal runs, equal hashes."""
    whole = hashlib.sha256()
    for name, digest in table_hashes(engine, run_id).items():
        whole.update(f"{name} {digest}\n".encode())
    return whole.hexdigest()


def table_hashes(engine: Engine, run_id: str) -> dict[str, str]:
    """SHA-256 (hex) of the run's rows, table by table, so that a difference can be located."""
    hashes: dict[str, str] = {}
    with clear_errors(engine), engine.connect() as connection:
        for table in HASHED:
            digest = hashlib.sha256()
            for row in _rows(connection, table, run_id):
                digest.update(json_text.encode(row).encode())
                digest.update(b"\n")
            hashes[table.name] = digest.hexdigest()
    return hashes


def differences(engine: Engine, run_a: str, run_b: str, limit: int = 10) -> list[str]:
    """The first differing fields of two runs in words, at most `limit`; none if they hash equal."""
    found: list[str] = []
    with clear_errors(engine), engine.connect() as connection:
        for table in HASHED:
            names = [column.name for column in _columns(table)]
            with (
                closing(_rows(connection, table, run_a)) as one,
                closing(_rows(connection, table, run_b)) as two,
            ):
                for number, (a, b) in enumerate(zip_longest(one, two)):
                    for line in _compare(table.name, number, names, a, b):
                        found.append(line)
                        if len(found) == limit:
                            return found
                    if a is None or b is None:
                        break  # the rest of the longer one is missing too
    return found


def _compare(
    table: str, number: int, names: list[str], a: list[Any] | None, b: list[Any] | None
) -> list[str]:
    row = dict(zip(names, a or b or [], strict=True))
    what = " ".join(str(row[name])[:16] for name in ("id", "at", "name", "symbol") if name in row)
    place = f"{table}[{number}] {what}".rstrip()
    if a is None or b is None:
        return [f"{place}: only in the {'second' if a is None else 'first'} run"]
    return [
        f"{place}: {name} {_around(x, y)} != {_around(y, x)}"
        for name, x, y in zip(names, a, b, strict=True)
        if x != y
    ]


def _around(value: Any, other: Any) -> str:
    """The value, of a long text only what surrounds the first difference."""
    text, beside = str(value), str(other)
    if len(text) <= _SHOWN:
        return text
    same = next((i for i, (x, y) in enumerate(zip(text, beside, strict=False)) if x != y), len(beside))
    start = max(0, same - _SHOWN // 2)
    return ("…" if start else "") + text[start : start + _SHOWN] + "…"


def _columns(table: Table) -> list[Any]:
    return [column for column in table.columns if column.name not in NAMES_OF_A_RUN]


def _rows(connection: Connection, table: Table, run_id: str) -> Generator[list[Any], None, None]:
    """A run's rows in a fixed order, as lists of JSON values: the same from every database."""
    columns = _columns(table)
    money = [index for index, column in enumerate(columns) if isinstance(column.type, Money)]
    reals = [index for index, column in enumerate(columns) if isinstance(column.type, Double)]
    query = select(*columns).where(table.c.run_id == run_id)
    counted = next((table.c[name] for name in ("seq", "at") if name in table.c), None)
    if counted is not None:
        query = query.order_by(counted)
    # `with`: who stops in the middle leaves no open cursor on the server
    with connection.execution_options(yield_per=_CHUNK).execute(query) as rows:
        # The few tables without a count are ordered here: a database orders text by its own collation.
        for row in rows if counted is not None else sorted(rows, key=lambda row: str(row[0])):
            values = list(row)
            for index in money:
                if values[index] is not None:
                    values[index] = plain(values[index])
            for index in reals:
                number = values[index]
                if number is not None:  # SQLite knows neither NaN nor -0.0
                    values[index] = None if number != number else number + 0.0
            yield values
