"""A ledger in a real database, fresh for each test: in an SQLite file, and on a PostgreSQL server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from engine.ledger.database import open_ledger
from engine.ledger.write import LedgerWriter


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def sqlite_engine(file: Path) -> Iterator[Engine]:
    engine = open_ledger(f"sqlite:///{file}", busy_timeout=0.05)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(ledger_url: str) -> Iterator[Engine]:
    engine = open_ledger(ledger_url, busy_timeout=0.05)
    yield engine
    engine.dispose()


@pytest.fixture
def writer(engine: Engine) -> LedgerWriter:
    return LedgerWriter(engine)
