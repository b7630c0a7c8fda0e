"""The whole ledger, or one run of it, as Parquet: a file a table, exact money, docs/ledger.md lists it."""

import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as parquet
from sqlalchemy import BigInteger, Boolean, Column, Connection, Double, Engine, Integer, Select, Table, select

from engine.ledger import tables
from engine.ledger.faults import clear_errors
from engine.ledger.money import Money
from engine.model.problem import CashTownError

ROWS: Final = 20_000
"""Rows that are held in memory together: a ledger may be larger than that."""

MONEY: Final = pa.decimal128(38, 18)
TIME: Final = pa.timestamp("ms", tz="UTC")
_TIMES: Final = frozenset({"at", "bar", "until", "from_ms", "to_ms"})


def export_ledger(engine: Engine, out: Path, run_id: str | None = None) -> dict[str, int]:
    """Writes <table>.parquet of every table into the folder `out`, which is made; rows by table.

    With `run_id` only what belongs to that run. Files are written aside and put in place at the end.
    Raises CashTownError where the folder does not take them.
    """
    counts: dict[str, int] = {}
    try:
        out.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=out, prefix=".partial-") as aside:
            with clear_errors(engine), engine.connect() as connection:
                for table in tables.metadata.sorted_tables:
                    file = Path(aside) / f"{table.name}.parquet"
                    counts[table.name] = _write(connection, table, run_id, file)
            for name in counts:
                os.replace(Path(aside) / f"{name}.parquet", out / f"{name}.parquet")
    except OSError as error:
        raise CashTownError(f"cannot write to {out}: {error.strerror or error}") from error
    return counts


def _write(connection: Connection, table: Table, run_id: str | None, file: Path) -> int:
    schema = pa.schema([pa.field(each.name, _type(each), nullable=each.nullable) for each in table.columns])
    count = 0
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for rows in _parts(connection, _rows(table, run_id)):
            columns = zip(*rows, strict=True)
            arrays = [
                pa.array([_value(value) for value in column], field.type)
                for column, field in zip(columns, schema, strict=True)
            ]
            writer.write_table(pa.table(arrays, schema=schema))
            count += len(rows)
    return count


def _rows(table: Table, run_id: str | None) -> Select[Any]:
    query = select(table).order_by(*table.primary_key.columns)
    if run_id is None:
        return query
    if "run_id" in table.columns:
        return query.where(table.c.run_id == run_id)
    used = select(tables.runs.c.config_hash).where(tables.runs.c.run_id == run_id)
    return query.where(table.c.config_hash.in_(used))


def _parts(connection: Connection, query: Select[Any]) -> Iterator[list[Any]]:
    with connection.execution_options(yield_per=ROWS).execute(query) as found:
        for rows in found.partitions():
            yield list(rows)


def _type(column: Column[Any]) -> pa.DataType:
    kind = column.type
    if isinstance(kind, Money):
        return MONEY
    if isinstance(kind, Double):
        return pa.float64()
    if isinstance(kind, Boolean):
        return pa.bool_()
    if isinstance(kind, BigInteger):
        return TIME if column.name in _TIMES or column.name.endswith("_at") else pa.int64()
    return pa.int32() if isinstance(kind, Integer) else pa.string()


def _value(value: Any) -> Any:
    """NaN is null, as it is in SQLite; Decimals come with the digits that they have."""
    return None if isinstance(value, float | Decimal) and value != value else value
