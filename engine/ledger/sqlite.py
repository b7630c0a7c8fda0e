"""What SQLite needs to be told: transactions, durability, the shape of the file; and what a file may be."""

import os
import sqlite3
import time
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, event

from engine.model.problem import CashTownError

WRITES: Final = "cash_town_writes"
"""An execution option: the transaction will write, so it takes the lock at its begin. One that began
by reading cannot wait for the lock later: SQLite refuses it at once."""

RESHAPES: Final = "cash_town_reshapes"
"""An execution option: tables may be rebuilt, which must not delete the rows that point to them."""

_AGAIN: Final = 0.02  # seconds


def check_file(file: Path, create: bool) -> None:
    """CashTownError where the ledger cannot be at this place, or is not there and must be."""
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


def prepare(engine: Engine) -> None:
    """Settings of every connection, and transactions that begin when they say so."""

    def connected(connection: Any, _record: Any) -> None:
        # The driver begins transactions late and commits around DDL; "begun" below does it right.
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA cache_size=-32768")

    def begun(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get(RESHAPES, False):  # only before the begin has this an effect
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(WRITES, False) else "BEGIN")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)


def shape(engine: Engine, wait: float) -> None:
    """Page size and WAL are properties of the file: set once, on a file that becomes ours.

    Others may be opening it just now. SQLite does not wait for them here, as it does elsewhere: this
    tries again for `wait` seconds.
    """
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("PRAGMA page_size=8192")  # rows are long: a sixth faster than 4096 in bulk
        for left in range(round(wait / _AGAIN), -1, -1):
            try:
                cursor.execute("PRAGMA journal_mode=WAL")
                return
            except sqlite3.OperationalError as error:
                if not left or error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise
            time.sleep(_AGAIN)
    finally:
        connection.close()
