"""Opens the ledger's database: SQLite or PostgreSQL; says what is wrong in one line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

from engine.ledger import sqlite
from engine.ledger.faults import clear_errors
from engine.ledger.schema import check_schema, make_schema
from engine.model.problem import CashTownError

CONNECT_SECONDS: Final = 10
"""How long a server may take to answer at all."""

_POSTGRES: Final = frozenset({"postgres", "postgresql"})
_DRIVER: Final = "postgresql+psycopg"
_MISSING: Final = "PostgreSQL needs a driver that is not installed: pip install 'cash-town[postgres]'"


def open_ledger(
    url: str,
    *,
    create: bool = True,
    busy_timeout: float = 5.0,
    notify: Callable[[str], None] = lambda line: None,
) -> Engine:
    """The engine of the ledger at `url`: `sqlite:///FILE`, `postgresql://USER@HOST/DATABASE`.

    An empty database gets the schema, unless `create` is False, as for commands that only show;
    a ledger of an older schema is upgraded, which `notify` is told in a line. `busy_timeout` is how
    many seconds are waited for another program's lock. Raises CashTownError where the database
    cannot be used, is no ledger, or has a newer schema.
    """
    try:
        parsed = _url(url)
        is_sqlite = parsed.get_backend_name() == "sqlite"
        if is_sqlite and parsed.database and not parsed.database.startswith((":memory:", "file:")):
            sqlite.check_file(Path(parsed.database), create)
        engine = create_engine(parsed, **_options(is_sqlite, busy_timeout))
    except ModuleNotFoundError as error:
        if error.name == "psycopg":
            raise CashTownError(_MISSING) from error
        raise CashTownError(f"no driver for this ledger's database is installed: {error}") from error
    except NoSuchModuleError as error:
        raise CashTownError(f"no driver for this ledger's database is installed: {error}") from error
    except SQLAlchemyError as error:
        raise CashTownError(f"not the URL of a database: {error}") from error
    if is_sqlite:
        sqlite.prepare(engine)
    try:
        with clear_errors(engine):
            if not check_schema(engine, create, notify):
                if is_sqlite:
                    sqlite.shape(engine, busy_timeout)
                make_schema(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _url(url: str) -> URL:
    """The URL with the driver of this house: `postgres://` is what hosts of databases hand out."""
    scheme, separator, rest = url.partition("://")
    return make_url(f"{_DRIVER}://{rest}" if separator and scheme in _POSTGRES else url)


def _options(is_sqlite: bool, busy_timeout: float) -> dict[str, Any]:
    if is_sqlite:
        return {"connect_args": {"timeout": busy_timeout}}
    return {
        "paramstyle": "format",  # instead of named: rows are bound as tuples, in column order
        "pool_pre_ping": True,  # a session outlives a restart of the server between two bars
        "connect_args": {
            "connect_timeout": CONNECT_SECONDS,
            "options": f"-c lock_timeout={round(busy_timeout * 1000)} -c timezone=UTC",
        },
    }
