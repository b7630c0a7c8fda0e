"""Where the ledger is: --ledger, else DATABASE_URL, else a file in DATA_DIR."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.model.problem import CashTownError

if TYPE_CHECKING:
    from sqlalchemy import Engine

DATA_DIR: Final = "data"
FILE: Final = "ledger.db"


def ledger_url(option: str | None, environ: Mapping[str, str]) -> str:
    """The database URL of the ledger; what is no URL is the path of an SQLite file."""
    named = option or environ.get("DATABASE_URL")
    if named:
        return named if "://" in named else f"sqlite:///{named}"
    return f"sqlite:///{Path(environ.get('DATA_DIR') or DATA_DIR) / FILE}"


@contextmanager
def reading(option: str | None, environ: Mapping[str, str]) -> "Iterator[Engine]":
    """The ledger, opened to read; CashTownError where there is none yet, or it cannot be read."""
    from engine.ledger.database import open_ledger

    engine = open_ledger(ledger_url(option, environ), create=False, notify=_tell)
    try:
        yield engine
    finally:
        engine.dispose()


def open_to_write(option: str | None, environ: Mapping[str, str]) -> "Engine":
    """The ledger, made if it is new, DATA_DIR too; looked at if it is not.

    CashTownError where it cannot be written, or is damaged.
    """
    from engine.ledger.check import check_at_start, was_closed
    from engine.ledger.database import open_ledger
    from engine.ledger.faults import place

    if not (option or environ.get("DATABASE_URL")):
        folder = Path(environ.get("DATA_DIR") or DATA_DIR)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CashTownError(f"DATA_DIR {folder} cannot be made: {error.strerror}") from error
    url = ledger_url(option, environ)
    scheme, _, file = url.partition(":///")
    closed_well = scheme != "sqlite" or was_closed(Path(file))
    engine = open_ledger(url, notify=_tell)
    try:
        for line in check_at_start(engine, closed_well):
            _tell(f"{place(engine)}: {line}")
    except CashTownError:
        engine.dispose()
        raise
    return engine


def _tell(line: str) -> None:
    print(line, file=sys.stderr)
