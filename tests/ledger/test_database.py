"""Opening a ledger: what is not one, or cannot be used, is told in one line that names the file."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from engine.ledger import find
from engine.ledger.database import open_ledger
from engine.ledger.tables import REVISION
from engine.ledger.write import LedgerWriter
from engine.model.problem import CashTownError

from . import samples


def opened(file: Path, **options: bool) -> str:
    """The one line of the refusal."""
    with pytest.raises(CashTownError) as error:
        open_ledger(f"sqlite:///{file}", busy_timeout=0.05, **options)
    line = str(error.value)
    assert "\n" not in line
    assert str(file) in line
    return line


def test_a_new_file_gets_the_schema_in_wal_and_opens_again(sqlite_engine: Engine, file: Path) -> None:
    again = open_ledger(f"sqlite:///{file}", create=False)
    with again.connect() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA synchronous")) == 1
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == REVISION
    again.dispose()


def test_not_a_database(file: Path) -> None:
    file.write_text("just some words, long enough to be no SQLite header at all\n" * 40)
    assert "not a Cash Town ledger" in opened(file)
    assert file.read_text().startswith("just some words")


def test_another_database_is_left_as_it_is(file: Path) -> None:
    other = sqlite3.connect(file)
    other.execute("CREATE TABLE recipes (name TEXT)")
    other.commit()
    other.close()
    before = file.read_bytes()
    assert "holds other tables" in opened(file)
    assert file.read_bytes() == before


def test_a_newer_schema(sqlite_engine: Engine, file: Path) -> None:
    with sqlite_engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert "has schema 9999, this Cash Town works with" in opened(file)


def test_missing_directory(tmp_path: Path) -> None:
    file = tmp_path / "nowhere" / "ledger.db"
    assert "there is no directory" in opened(file)
    assert not file.parent.exists()


def test_a_directory_in_its_place(tmp_path: Path) -> None:
    assert "is a directory" in opened(tmp_path)


def test_showing_makes_no_ledger(file: Path) -> None:
    assert "there is no ledger" in opened(file, create=False)
    assert not file.exists()
    file.touch()
    assert "is empty" in opened(file, create=False)


def test_read_only_directory(bound: Callable[[], AbstractContextManager[Path]], tmp_path: Path) -> None:
    open_ledger(f"sqlite:///{tmp_path / 'fine.db'}").dispose()
    assert "there is no directory" in opened(tmp_path / "nowhere" / "ledger.db")
    with bound() as locked:
        assert "read-only" in opened(locked / "ledger.db")


def test_a_read_only_connection_says_so(sqlite_engine: Engine, file: Path) -> None:
    sqlite_engine.dispose()
    uri = open_ledger(f"sqlite:///file:{file}?mode=ro&uri=true")
    with pytest.raises(CashTownError, match="it is read-only"):
        LedgerWriter(uri).begin_run(samples.run())
    uri.dispose()


@pytest.mark.parametrize("url", ["nonsense", "nosuch://host/ledger", "sqlite+nosuch:///x.db"])
def test_bad_urls(url: str) -> None:
    with pytest.raises(CashTownError, match=r"not the URL|no driver"):
        open_ledger(url)


def test_locked_while_writing_and_free_afterwards(sqlite_engine: Engine, file: Path) -> None:
    writer = LedgerWriter(sqlite_engine)
    writer.begin_run(samples.run())
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(CashTownError, match=f"ledger {file} is locked by another program"):
        writer.add(samples.batch())
    assert len(find.runs(sqlite_engine)) == 1  # in WAL reading goes on
    other.execute("ROLLBACK")
    other.close()
    writer.add(samples.batch())
    assert len(find.find_decisions(sqlite_engine, "d")) == 2


def test_locked_from_the_start(sqlite_engine: Engine, file: Path) -> None:
    sqlite_engine.dispose()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    other.execute("UPDATE alembic_version SET version_num = version_num")
    assert "is locked by another program" in opened(file)
    other.close()
