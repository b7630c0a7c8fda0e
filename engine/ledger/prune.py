"""Takes old runs out of the ledger, with everything that hangs on them."""

from collections.abc import Sequence

from sqlalchemy import Engine, delete, select

from engine.ledger import find, tables
from engine.ledger.faults import clear_errors
from engine.ledger.hold import held
from engine.ledger.records import RunRecord
from engine.ledger.sqlite import WRITES


def superfluous(engine: Engine, keep: int | None, before_ms: int | None) -> list[RunRecord]:
    """Runs beyond the newest `keep`, and those that started before `before_ms` (UTC ms); oldest first.

    Where both are given a run must be both. Live runs are books of real money and always stay, and
    so do runs at which somebody is at work.
    """
    every = find.runs(engine)
    newest = {run.run_id for run in every[max(0, len(every) - keep) :]} if keep else set()
    return [
        run
        for run in every
        if run.kind != "live"
        and (keep is None or run.run_id not in newest)
        and (before_ms is None or run.started_at < before_ms)
        and not _is_at_work(engine, run)
    ]


def prune(engine: Engine, runs: Sequence[RunRecord]) -> None:
    """Deletes these runs in one transaction, and configurations that no run names any longer."""
    writing = engine.execution_options(**{WRITES: True})
    with clear_errors(engine):
        with writing.begin() as connection:
            for run in runs:
                connection.execute(delete(tables.runs).where(tables.runs.c.run_id == run.run_id))
            used = select(tables.runs.c.config_hash)
            versions = tables.config_versions
            connection.execute(delete(versions).where(versions.c.config_hash.not_in(used)))
        if engine.dialect.name == "sqlite":  # PostgreSQL does it by itself
            _give_back(engine)


def _is_at_work(engine: Engine, run: RunRecord) -> bool:
    if run.status != "running":
        return False
    with held(engine, run.run_id) as is_ours:
        return not is_ours


def _give_back(engine: Engine) -> None:
    """Hands the room back to the disk; outside of any transaction."""
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("VACUUM")
    finally:
        connection.close()
