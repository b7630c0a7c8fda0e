"""What a database reports, as one clear line that names the ledger; and how the ledger is named."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from engine.model.problem import CashTownError

_SENTENCES: Final = (  # part of a driver's message, what it means
    # SQLite
    ("locked", "is locked by another program; try again when it has finished"),
    ("busy", "is locked by another program; try again when it has finished"),
    ("disk is full", "cannot be written: the disk is full"),
    ("disk i/o error", "cannot be read or written: the disk reports an error"),
    ("readonly", "cannot be written: it is read-only"),
    ("unable to open", "cannot be opened: no such directory, or no permission"),
    ("not a database", "is not a Cash Town ledger (not a SQLite database at all)"),
    ("malformed", "is damaged"),
    # PostgreSQL
    ("password authentication failed", "refuses this user or password"),
    ("no password supplied", "asks for a password; write it into the URL, or into PGPASSWORD"),
    ("no pg_hba.conf entry", "does not let this user in from here"),
    ("permission denied", "may not be used so by this user"),
    ("read-only transaction", "cannot be written: it is read-only"),
    ("no space left", "cannot be written: the disk is full"),
    ("connection refused", "cannot be reached: no server listens there"),
    ("no such file or directory", "cannot be reached: no server listens there"),
    ("failed to resolve host", "cannot be reached: no such host"),
    ("could not translate host", "cannot be reached: no such host"),
    ("timeout expired", "cannot be reached: no answer in time"),
    ("too many", "takes no further connection now; try again later"),
    ("connection slots", "takes no further connection now; try again later"),
    ("starting up", "is starting up; try again in a moment"),
    ("lock timeout", "is locked by another program; try again when it has finished"),
    ("server closed the connection", "has lost its connection to the server"),
    ("terminating connection", "has lost its connection to the server"),
    ("connection is closed", "has lost its connection to the server"),
    ("connection is lost", "has lost its connection to the server"),
    ("shutting down", "has lost its connection to the server"),
    # both
    ("unique constraint", "already holds such a row"),
    ("foreign key", "knows no such run"),
)
_MISSING: Final = (
    ("database", "is not there: the server has no such database"),
    ("role", "knows no such user"),
)
_PERMISSION: Final = "42501"


def place(engine: Engine) -> str:
    """The ledger as a message names it: its file, or its URL without the password."""
    if engine.dialect.name == "sqlite":
        return f"ledger {engine.url.database or ':memory:'}"
    url = engine.url.set(drivername=engine.dialect.name)
    return f"ledger {url.render_as_string(hide_password=True)}"


@contextmanager
def clear_errors(engine: Engine) -> Iterator[None]:
    """Turns what the database reports into a CashTownError of one line that names the ledger.

    A wrong statement or a value of a wrong type is a bug, and stays what it is.
    """
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except (DBAPIError, sqlite3.Error, PoolTimeoutError) as error:
        if isinstance(error, ProgrammingError) and not is_refused(error):
            raise
        cause = str(error.orig if isinstance(error, DBAPIError) else error)
        raise CashTownError(f"{place(engine)} {_sentence(cause)} ({_short(cause)})") from error


def is_refused(error: DBAPIError) -> bool:
    """Whether the user of the URL lacks a right."""
    return getattr(error.orig, "sqlstate", None) == _PERMISSION


def _sentence(cause: str) -> str:
    lower = cause.lower()
    if "does not exist" in lower:
        for noun, sentence in _MISSING:
            if f'{noun} "' in lower:
                return sentence
    return next((sentence for part, sentence in _SENTENCES if part in lower), "cannot be used")


def _short(cause: str) -> str:
    """The driver's own words, in one line; psycopg's begin with which attempt it was."""
    first_line = cause.strip().split("\n")[0]
    return first_line.rsplit("FATAL:", 1)[-1].strip()
