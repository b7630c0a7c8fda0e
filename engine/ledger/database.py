"""Opens the ledger's database: creates, checks and guards it; says what is wrong in one line."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, make_url, select
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, ProgrammingError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from engine.ledger.tables import SCHEMA_VERSION, metadata, schema_version
from engine.model.problem import CashTownError

# An execution option: the transaction will write, so SQLite takes the lock at its begin. One that
# began by reading cannot wait for the lock later: SQLite refuses it at once.
WRITES = "cash_town_writes"

_SENTENCES = (  # part of a driver's message, what it means
    ("locked", "is locked by another program; try again when it has finished"),
    ("busy", "is locked by another program; try again when it has finished"),
    ("disk is full", "cannot be written: the disk is full"),
    ("disk i/o error", "cannot be read or written: the disk reports an error"),
    ("readonly", "cannot be written: it is read-only"),
    ("unable to open", "cannot be opened: no such directory, or no permission"),
    ("not a database", "is not a Cash Town ledger (not a SQLite database at all)"),
    ("malformed", "is damaged (the database is malformed)"),
    ("unique constraint", "already holds such a row"),
    ("foreign key", "knows no such run"),
)


def open_ledger(url: str, *, create: bool = True, busy_timeout: float = 5.0) -> Engine:
    """The engine of the ledger at `url` (`sqlite:///FILE`, or another database of SQLAlchemy's).

    An empty database gets the schema, unless `create` is False, as for commands that only show.
    `busy_timeout` is how many seconds SQLite waits for another program's lock. Raises
    CashTownError where the database cannot be used or is not a ledger of this schema version.
    """
    try:
        parsed = make_url(url)
        sqlite = parsed.get_backend_name() == "sqlite"
        if sqlite and parsed.database and not parsed.database.startswith((":memory:", "file:")):
            _check_file(Path(parsed.database), create)
        # "format" instead of named parameters elsewhere: rows are bound as tuples, in column order
        options: dict[str, Any] = (
            {"connect_args": {"timeout": busy_timeout}} if sqlite else {"paramstyle": "format"}
        )
        engine = create_engine(parsed, **options)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise CashTownError(f"no driver for this ledger's database is installed: {error}") from error
    except SQLAlchemyError as error:
        raise CashTownError(f"not the URL of a database: {error}") from error
    if sqlite:
        _prepare_sqlite(engine)
    try:
        with clear_errors(engine):
            _check_schema(engine, create)
    except CashTownError:
        engine.dispose()
        raise
    return engine


def place(engine: Engine) -> str:
    """The ledger as a message names it: its file, or its URL without the password."""
    if engine.dialect.name == "sqlite":
        return f"ledger {engine.url.database or ':memory:'}"
    return f"ledger {engine.url.render_as_string(hide_password=True)}"


@contextmanager
def clear_errors(engine: Engine) -> Iterator[None]:
    """Turns what the database reports into a CashTownError of one line that names the ledger.

    A wrong statement or a value of a wrong type is a bug, and stays what it is.
    """
    try:
        yield
    except (ProgrammingError, sqlite3.ProgrammingError):
        raise
    except (DBAPIError, sqlite3.Error, PoolTimeoutError) as error:
        cause = str(error.orig if isinstance(error, DBAPIError) else error)
        first_line = cause.strip().split("\n")[0]
        known = (sentence for part, sentence in _SENTENCES if part in cause.lower())
        sentence = next(known, "cannot be used")
        raise CashTownError(f"{place(engine)} {sentence} ({first_line})") from error


def _check_file(file: Path, create: bool) -> None:
    folder = file.parent
    if file.is_dir():
        raise CashTownError(f"ledger {file} is a directory, not a file")
    if not file.exists() and not create:
        raise CashTownError(f"there is no ledger {file} yet; `cash-town run` makes one")
    if not folder.is_dir():
        raise CashTownError(f"ledger {file} cannot be made: there is no directory {folder}")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise CashTownError(f"ledger {file} cannot be written: directory {folder} is read-only")
    if file.exists() and not os.access(file, os.R_OK | os.W_OK):
        raise CashTownError(f"ledger {file} cannot be written: no permission")


def _prepare_sqlite(engine: Engine) -> None:
    def connected(connection: Any, _record: Any) -> None:
        # The driver begins transactions late and commits around DDL; "begun" below does it right.
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA cache_size=-32768")

    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)


def _check_schema(engine: Engine, create: bool) -> None:
    with engine.connect() as connection:
        empty = _is_empty(engine, connection)
    if not empty:
        return
    if not create:
        raise CashTownError(f"{place(engine)} is empty; `cash-town run` fills it")
    if engine.dialect.name == "sqlite":
        _shape_sqlite(engine)
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        if _is_empty(engine, connection):  # another process may have been faster
            metadata.create_all(connection)
            connection.execute(insert(schema_version).values(version=SCHEMA_VERSION))


def _is_empty(engine: Engine, connection: Connection) -> bool:
    tables = inspect(connection).get_table_names()
    if not tables:
        return True
    if schema_version.name not in tables or "runs" not in tables:
        raise CashTownError(f"{place(engine)} is not a Cash Town ledger: it holds other tables")
    version = connection.scalar(select(schema_version.c.version))
    if version != SCHEMA_VERSION:
        raise CashTownError(
            f"{place(engine)} has schema version {version}, this Cash Town works with {SCHEMA_VERSION}"
        )
    return False


def _shape_sqlite(engine: Engine) -> None:
    """Page size and WAL are properties of the file: set once, on a file that becomes ours."""
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA page_size=8192")  # rows are long: a sixth faster than 4096 in bulk
        cursor.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()
