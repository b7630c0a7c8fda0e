"""Migrations: step by step or in one go the same schema; old data stays; whoever comes first does it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Final
from unittest.mock import patch

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, inspect, text

from engine.ledger import find, read, schema, tables
from engine.ledger.database import open_ledger
from engine.ledger.hash import ledger_hash
from engine.ledger.write import LedgerWriter
from engine.model.problem import CashTownError

from . import first_schema, samples

ROOT: Final = Path(__file__).parents[2]
SAMPLE: Final = 4  # kills a database; `make soak` kills at every statement

Fresh = Callable[[], str]


def versions() -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(schema.VERSIONS))
    config.set_main_option("path_separator", "os")
    return [each.revision for each in reversed(list(ScriptDirectory.from_config(config).walk_revisions()))]


def at_version(url: str, revision: str) -> None:
    """Makes a ledger by migrations up to this revision."""
    engine = schema_engine(url)
    schema.upgrade(engine, lambda line: None, revision)
    engine.dispose()


def schema_engine(url: str) -> Engine:
    """An engine as `open_ledger` makes it, before it looks at the schema."""
    with patch("engine.ledger.database.check_schema", return_value=True):
        return open_ledger(url)


def described(url: str) -> dict[str, Any]:
    """What a database says of its tables, in no order."""
    engine = schema_engine(url)
    found: dict[str, Any] = {}
    with engine.connect() as connection:
        seen = inspect(connection)
        for name in seen.get_table_names():
            columns = {
                each["name"]: (repr(each["type"]), each["nullable"]) for each in seen.get_columns(name)
            }
            found[name] = (
                columns,
                seen.get_pk_constraint(name),
                sorted(map(str, seen.get_foreign_keys(name))),
                sorted(map(str, seen.get_indexes(name))),
                sorted(map(str, seen.get_unique_constraints(name))),
            )
    engine.dispose()
    return found


def test_versions_are_numbered_in_one_line_up_to_the_programs() -> None:
    assert versions() == [f"{number:04d}" for number in range(1, len(versions()) + 1)]
    assert versions()[-1] == tables.REVISION, "a new version: tables.REVISION must name it"


def test_the_versions_make_the_schema_of_the_tables(fresh_url: Fresh) -> None:
    url = fresh_url()
    at_version(url, tables.REVISION)
    engine = schema_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, tables.metadata)
    engine.dispose()
    assert found == [], "engine/ledger/migrations/versions needs a further version that does this"


def test_in_one_go_it_is_the_same_schema(fresh_url: Fresh) -> None:
    stepwise, at_once = fresh_url(), fresh_url()
    at_version(stepwise, tables.REVISION)
    open_ledger(at_once).dispose()
    assert described(at_once) == described(stepwise)


def test_the_first_schema_upgrades_with_its_rows(fresh_url: Fresh) -> None:
    url = fresh_url()
    at_version(url, schema.FIRST)
    old = schema_engine(url)
    first_schema.fill(old)
    with old.begin() as connection:  # as it was before Alembic's table: it counted by itself
        connection.execute(text("DROP TABLE alembic_version"))
        connection.execute(text("INSERT INTO schema_version (version) VALUES (1)"))
    old.dispose()
    told: list[str] = []
    engine = open_ledger(url, create=False, notify=told.append)
    assert len(told) == 1
    assert told[0].endswith(f": schema 0001 upgraded to {tables.REVISION}")
    run = find.find_run(engine, "old-run")
    assert (run.status, run.starting_equity, run.summary) == ("finished", Decimal(10_000), {"trades": 1})
    assert [each.id for each in read.decisions(engine, "old-run")] == ["d1", "d2"]
    assert read.decisions(engine, "old-run") == [samples.decision(), samples.refusal()]
    assert read.trades(engine, "old-run") == [samples.TRADE]
    (held,) = read.positions(engine, "old-run")
    assert (held.position.units, held.position.last_fill, held.mark) == (
        1,
        Decimal("29015.00025"),
        Decimal(29_500),
    )
    assert len(read.equity(engine, "old-run")) == 2
    LedgerWriter(engine).begin_run(samples.run())
    LedgerWriter(engine).add(samples.batch())
    with engine.begin() as connection:  # the rows still hang on their run
        connection.execute(text("DELETE FROM runs WHERE run_id = 'old-run'"))
    assert read.trades(engine, "old-run") == []
    assert len(read.trades(engine, "run-a")) == 1
    engine.dispose()
    open_ledger(url, notify=told.append).dispose()
    assert len(told) == 1


def test_every_version_upgrades(fresh_url: Fresh) -> None:
    for revision in versions()[:-1]:
        url = fresh_url()
        at_version(url, revision)
        told: list[str] = []
        open_ledger(url, notify=told.append).dispose()
        assert [line.partition("schema ")[2] for line in told] == [
            f"{revision} upgraded to {tables.REVISION}"
        ]


def test_a_newer_schema_is_refused_and_left_alone(fresh_url: Fresh) -> None:
    url = fresh_url()
    open_ledger(url).dispose()
    engine = schema_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(CashTownError, match=r"has schema 9999, this Cash Town works with \d{4}; use a newer"):
        open_ledger(url)
    engine.dispose()


def test_many_openers_make_one_ledger(fresh_url: Fresh) -> None:
    new, old = fresh_url(), fresh_url()
    at_version(old, schema.FIRST)
    for url in (new, old):
        told: list[str] = []
        with ThreadPoolExecutor(6) as pool:
            jobs = [pool.submit(open_ledger, url, busy_timeout=20, notify=told.append) for _ in range(6)]
            for job in jobs:
                job.result().dispose()
        assert len(told) == (0 if url == new else 1)
    assert described(new) == described(old)


def test_a_failing_version_leaves_the_ledger_as_it_was(
    fresh_url: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = fresh_url()
    at_version(url, schema.FIRST)
    before = described(url)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("as a bug would")

    with monkeypatch.context() as patched:
        patched.setattr("alembic.op.drop_table", fail)
        with pytest.raises(RuntimeError, match="as a bug would"):
            open_ledger(url)
    assert described(url) == before
    open_ledger(url).dispose()


KILLED_AT: Final = """
import os, signal, sys
from sqlalchemy import Engine, event
from engine.ledger.database import open_ledger
url, last = sys.argv[1], int(sys.argv[2])
done = 0
def count(*_):
    global done
    done += 1
    if done == last:
        os.kill(os.getpid(), signal.SIGKILL)
event.listen(Engine, "before_cursor_execute", count)
open_ledger(url).dispose()
print(done)
"""


def opened_and_killed(url: str, statement: int) -> str | None:
    """Opens in another process, killed at its n-th statement; what it said if it came to the end."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED_AT, url, str(statement)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == -signal.SIGKILL:
        return None
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def killed_everywhere(fresh_url: Fresh, points: Callable[[int], list[int]]) -> None:
    url = fresh_url()
    at_version(url, schema.FIRST)
    first_schema.fill(engine := schema_engine(url))
    engine.dispose()
    before = described(url)
    total = int(opened_and_killed(prepared(fresh_url), 0) or 0)
    assert total > 10
    for point in points(total):
        assert opened_and_killed(url, point) is None
        assert described(url) == before, f"killed at statement {point}"
    whole = open_ledger(url)
    assert read.trades(whole, "old-run") == [samples.TRADE]
    hash_of_killed = ledger_hash(whole, "old-run")
    whole.dispose()
    other = open_ledger(prepared(fresh_url))
    assert ledger_hash(other, "old-run") == hash_of_killed
    other.dispose()


def prepared(fresh_url: Fresh) -> str:
    url = fresh_url()
    at_version(url, schema.FIRST)
    first_schema.fill(engine := schema_engine(url))
    engine.dispose()
    return url


def test_killed_in_the_middle_of_a_migration(fresh_url: Fresh, seed: int) -> None:
    killed_everywhere(fresh_url, lambda total: sorted(Random(seed).sample(range(3, total + 1), SAMPLE)))


@pytest.mark.soak
def test_killed_at_every_statement_of_a_migration(fresh_url: Fresh) -> None:
    killed_everywhere(fresh_url, lambda total: list(range(1, total + 1)))


def test_killed_while_a_new_ledger_is_made(fresh_url: Fresh, seed: int) -> None:
    url = fresh_url()
    for point in sorted(Random(seed).sample(range(4, 20), 3)):
        assert opened_and_killed(url, point) is None
    open_ledger(url).dispose()
    open_ledger(other := fresh_url()).dispose()
    assert described(url) == described(other)


def test_metadata_and_versions_share_no_objects() -> None:
    """A version that used today's tables would change with them."""
    for path in (schema.VERSIONS / "versions").glob("v*.py"):
        source = path.read_text(encoding="utf-8")
        assert "engine.ledger.tables" not in source, path.name
        assert "engine.ledger.money" not in source, path.name
    assert isinstance(tables.metadata, MetaData)
