"""The files of a run: decisions, trades and equity as Parquet, the summary as JSON.

docs/files.md lists every column. Equal runs give equal bytes.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from engine.model.problem import CashTownError
from engine.research.result import Result

SUMMARY: Final = "summary.json"
FILES: Final = ("decisions.parquet", "trades.parquet", "equity.parquet", SUMMARY)


def check_out(out: Path) -> None:
    """Says before the long work what would stop the files after it; leaves nothing behind.

    Raises CashTownError where `out` is no folder and cannot become one, or is not writable.
    """
    with _one_line(out):
        made = _make(out)
        try:
            with _aside(out):
                blocked = [name for name in FILES if (out / name).is_dir()]
        finally:
            _unmake(made)
    if blocked:
        raise CashTownError(f"cannot write to {out}: its {blocked[0]} is a folder")


def export(result: Result, summary: Mapping[str, Any], out: Path) -> None:
    """Writes the four files into the folder `out`, which is made if need be; other files stay.

    They are written aside and put in place at the end, so that a failure leaves the folder as it
    was. Raises CashTownError where the folder or the disk does not take them.
    """
    with _one_line(out):
        made = _make(out)
        try:
            with _aside(out) as aside:
                _write(result, summary, aside)
                for name in FILES:
                    os.replace(aside / name, out / name)
        except BaseException:
            _unmake(made)
            raise


def _write(result: Result, summary: Mapping[str, Any], folder: Path) -> None:
    import pyarrow.parquet as parquet

    from engine.research.parquet_tables import tables

    for name, table in tables(result).items():
        parquet.write_table(table, folder / name, compression="zstd")
    text = json.dumps(summary, indent=2, ensure_ascii=False, allow_nan=False)
    (folder / SUMMARY).write_text(text + "\n", encoding="utf-8")


@contextmanager
def _aside(out: Path) -> Iterator[Path]:
    """A hidden folder within `out`: on the same disk, so that putting a file in place is one step."""
    with TemporaryDirectory(dir=out, prefix=".partial-") as folder:
        yield Path(folder)


def _make(out: Path) -> list[Path]:
    """Makes the folder, and gives the folders that were made for it, the innermost first."""
    missing = [folder for folder in (out, *out.parents) if not os.path.lexists(folder)]
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError:
        _unmake(missing)
        raise
    return missing


def _unmake(made: list[Path]) -> None:
    for folder in made:
        with suppress(OSError):
            folder.rmdir()


@contextmanager
def _one_line(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else " ".join(str(error).split())
        if isinstance(error, FileExistsError):
            reason = "it is a file, not a folder"
        raise CashTownError(f"cannot write to {out}: {reason}") from error
