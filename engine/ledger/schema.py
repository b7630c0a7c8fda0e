"""Which schema a ledger has: makes today's in an empty database, upgrades an older one, refuses a newer.

Whoever comes first does it, in one transaction under a lock; others wait, and find it done. Killed
in the middle it leaves the ledger as it was.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import OperationalError, ProgrammingError

from engine.ledger.faults import is_refused, place
from engine.ledger.sqlite import RESHAPES, WRITES
from engine.ledger.tables import REVISION, metadata
from engine.model.problem import CashTownError

FIRST: Final = "0001"
VERSIONS: Final = Path(__file__).parent / "migrations"

_LOCK: Final = 4_271_016_530  # of this house's migrations, among PostgreSQL's advisory locks

# Alembic's own, as it would make it.
_revisions = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def stored_revision(connection: Connection) -> str | None:
    """The revision that a ledger has, None for an empty database; for one in order it is one query.

    Raises CashTownError where the database holds something else.
    """
    found = _revision(connection)
    if found is not None:
        return found
    tables = set(inspect(connection).get_table_names())
    if _revisions.name in tables:  # another process has made the ledger between the two looks
        found = _revision(connection)
        if found is not None:
            return found
        tables.remove(_revisions.name)
    if not tables:
        return None
    if {"schema_version", "runs"} <= tables:  # the first schema counted by itself
        return FIRST
    raise CashTownError(f"{place(connection.engine)} is not a Cash Town ledger: it holds other tables")


def _revision(connection: Connection) -> str | None:
    """What Alembic's table says; None where there is no such table, or nothing in it."""
    try:
        with connection.begin_nested():
            found = connection.scalar(select(_revisions.c.version_num))
    except (OperationalError, ProgrammingError) as error:
        if is_refused(error):
            raise
        return None
    return None if found is None else str(found)


def check_schema(engine: Engine, create: bool, notify: Callable[[str], None]) -> bool:
    """Whether the ledger has today's schema; it is upgraded if it is older, with a line to `notify`.

    False for an empty database, which is left to `make_schema`. Raises CashTownError for a newer
    one, and for an empty one unless `create`.
    """
    with engine.connect() as connection:
        revision = stored_revision(connection)
    if revision == REVISION:
        return True
    if revision is None:
        if not create:
            raise CashTownError(f"{place(engine)} is empty; `cash-town run` fills it")
        return False
    if not revision.isdigit() or revision > REVISION:
        raise CashTownError(
            f"{place(engine)} has schema {revision}, this Cash Town works with {REVISION}; use a newer one"
        )
    upgrade(engine, notify)
    return True


def make_schema(engine: Engine) -> None:
    """Today's schema in one go, equal to what the versions make one after the other (a test)."""
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        _lock(connection)
        if stored_revision(connection) is None:  # another process may have been faster
            metadata.create_all(connection)
            _revisions.create(connection, checkfirst=True)
            connection.execute(insert(_revisions).values(version_num=REVISION))


def upgrade(engine: Engine, notify: Callable[[str], None], target: str = REVISION) -> None:
    """Runs the versions that are missing up to `target`: all of them or, where one fails, none."""
    with engine.execution_options(**{WRITES: True, RESHAPES: True}).begin() as connection:
        _lock(connection)
        before = stored_revision(connection)
        if before is not None and before >= target:  # another process was faster
            return
        migrate(connection, before, target)
        if connection.dialect.name == "sqlite":
            _check_references(connection)
    engine.dispose()  # connections from now on have the settings of every day
    if before is not None:
        notify(f"{place(engine)}: schema {before} upgraded to {target}")


def migrate(connection: Connection, before: str | None, target: str) -> None:
    """Runs the versions behind `before` in the connection's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(VERSIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    if before == FIRST:
        command.stamp(config, FIRST)
    command.upgrade(config, target)


def _lock(connection: Connection) -> None:
    """One at a time, to the end of the transaction; SQLite's is locked from its begin."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


def _check_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise AssertionError(f"the upgrade would leave {len(broken)} rows without their run")
