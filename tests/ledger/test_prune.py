"""Retention: what goes, what stays, and that nothing of it is left behind."""

import pytest
from sqlalchemy import Engine, func, select

from engine.ledger import find, tables
from engine.ledger.hold import held
from engine.ledger.prune import prune, superfluous
from engine.ledger.write import LedgerWriter

from . import samples


@pytest.fixture
def full(engine: Engine) -> Engine:
    """Five runs that started at 1 ... 5, of two configurations; the third is live."""
    writer = LedgerWriter(engine)
    for number in range(1, 6):
        config = "old" if number < 3 else "new"
        kind = "live" if number == 3 else "paper"
        run_id = f"run-{number}"
        writer.save_config(config, "{}")
        writer.begin_run(samples.run(run_id, started_at=number, config_hash=config, kind=kind))
        writer.add(samples.batch(run_id))
        if number < 5:
            writer.end_run(run_id, "finished", None, {})
    return engine


def names(runs: object) -> list[str]:
    return [run.run_id for run in runs]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("keep", "before", "gone"),
    [
        (2, None, ["run-1", "run-2"]),
        (0, None, ["run-1", "run-2", "run-4", "run-5"]),
        (9, None, []),
        (None, 3, ["run-1", "run-2"]),
        (None, 5, ["run-1", "run-2", "run-4"]),
        (4, 5, ["run-1"]),
    ],
)
def test_what_is_superfluous(full: Engine, keep: int | None, before: int | None, gone: list[str]) -> None:
    assert names(superfluous(full, keep, before)) == gone


def test_a_run_at_work_stays(full: Engine) -> None:
    with held(full, "run-5"):
        assert names(superfluous(full, 0, None)) == ["run-1", "run-2", "run-4"]


def test_everything_of_them_goes_and_nothing_else(full: Engine) -> None:
    prune(full, superfluous(full, 2, None))
    assert names(find.runs(full)) == ["run-3", "run-4", "run-5"]
    with full.connect() as connection:
        for table in tables.metadata.sorted_tables:
            if "run_id" in table.columns:
                left = set(connection.scalars(select(table.c.run_id)))
                assert left <= {"run-3", "run-4", "run-5"}, table.name
        assert connection.scalars(select(tables.config_versions.c.config_hash)).all() == ["new"]
        assert connection.scalar(select(func.count()).select_from(tables.trades)) == 3
