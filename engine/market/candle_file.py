"""One candle file, parquet or csv, to raw columns; whatever is wrong with it is one clear line."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.model.candles import COLUMNS
from engine.model.problem import CashTownError

FILE_COLUMNS: Final = ("timestamp", *COLUMNS)
ENDINGS: Final = (".parquet", ".csv", ".csv.gz")

NO_TIME: Final = -1
"""Stands for an empty timestamp: off every grid, so that it is reported as nonsense."""


def read_columns(path: Path) -> dict[str, NDArray[Any]]:
    """`time` (int64, UTC ms) and the float64 columns of the file at `path`, as they stand.

    An empty field is NaN (for a timestamp `NO_TIME`). Raises CashTownError that names the file
    when it cannot be read, is no such table, lacks a column or holds a value that is no number.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CashTownError(f"{path}: cannot be read: {error.strerror or error}") from error
    table = _read_parquet(path, data) if path.suffix == ".parquet" else _read_csv(path, data)
    columns = {name: table.column(name) for name in FILE_COLUMNS}
    time = columns.pop("timestamp")
    if time.null_count:
        time = time.fill_null(NO_TIME)
    return {
        "time": time.to_numpy(),
        # Arrow gives read-only views of its own memory; a chunked column is copied into one piece.
        **{name: column.to_numpy() for name, column in columns.items()},
    }


def _read_parquet(path: Path, data: bytes) -> Any:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(pa.BufferReader(data)) as file:
            _check_names(path, file.schema_arrow.names)
            table = file.read(columns=list(FILE_COLUMNS))
    # Of a damaged page Arrow tells by OSError, though nothing is read from disk here, and of a
    # damaged name by UnicodeDecodeError.
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise CashTownError(f"{path}: damaged parquet file: {_first_line(error)}") from error
    arrays = [_as_number(path, name, table.column(name)) for name in FILE_COLUMNS]
    return pa.table(arrays, names=list(FILE_COLUMNS))


def _as_number(path: Path, name: str, column: Any) -> Any:
    """The column as int64 ms or float64; a column of text is refused even if it reads as numbers."""
    import pyarrow as pa
    from pyarrow import types

    kind = column.type
    try:
        if name == "timestamp":
            if types.is_timestamp(kind):
                # Truncates below a millisecond, where no bar opens.
                column = column.cast(pa.timestamp("ms", kind.tz), safe=False)
            elif not (types.is_integer(kind) or types.is_floating(kind)):
                raise CashTownError(f"{path}: column timestamp holds {kind}, not UTC milliseconds")
            return column.cast(pa.int64())
        if not (types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind)):
            raise CashTownError(f"{path}: column {name} holds {kind}, not numbers")
        return column.cast(pa.float64())
    except pa.ArrowInvalid as error:
        raise CashTownError(f"{path}: column {name}: {_first_line(error)}") from error


def _read_csv(path: Path, data: bytes) -> Any:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    if path.suffix == ".gz":
        try:
            data = gzip.decompress(data)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise CashTownError(f"{path}: damaged gzip file: {_first_line(error)}") from error
    try:
        header = next(_rows(data), (0, []))[1]
    except (csv.Error, UnicodeDecodeError) as error:
        raise CashTownError(f"{path}: no csv text: {_first_line(error)}") from error
    _check_names(path, header)
    types = {name: pa.float64() for name in COLUMNS} | {"timestamp": pa.int64()}
    options = arrow_csv.ConvertOptions(column_types=types, include_columns=list(FILE_COLUMNS))
    try:
        return arrow_csv.read_csv(
            pa.BufferReader(data),
            read_options=arrow_csv.ReadOptions(use_threads=False),
            convert_options=options,
        )
    except (pa.ArrowException, UnicodeDecodeError) as error:
        place = _first_bad_line(path, data) or f"{path}: {_first_line(error)}"
        raise CashTownError(place) from error


def _check_names(path: Path, names: Sequence[str]) -> None:
    missing = [name for name in FILE_COLUMNS if name not in names]
    if missing:
        has = ", ".join(names[:12]) or "nothing"
        raise CashTownError(f"{path}: no column {', '.join(missing)}; the file has {has}")
    double = [name for name in FILE_COLUMNS if list(names).count(name) > 1]
    if double:
        raise CashTownError(f"{path}: column {', '.join(double)} is there twice")


def _rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Line number and fields of each row that is not blank."""
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(data), "utf-8-sig", newline=""))
    for row in reader:
        if row:
            yield reader.line_num, row


def _first_bad_line(path: Path, data: bytes) -> str | None:
    """Where the reader must have stumbled, in words: it is fast but does not tell the line."""
    try:
        rows = _rows(data)
        _, header = next(rows)
        places = [(name, header.index(name)) for name in FILE_COLUMNS]
        for line, row in rows:
            if len(row) != len(header):
                return f"{path}:{line}: {len(row)} fields where the header has {len(header)}"
            for name, place in places:
                if not _is_number(row[place], whole=name == "timestamp"):
                    kind = "whole number of ms" if name == "timestamp" else "number"
                    return f"{path}:{line}: column {name}: {row[place][:40]!r} is no {kind}"
    except (csv.Error, UnicodeDecodeError) as error:
        return f"{path}: no csv text: {_first_line(error)}"
    return None


def _is_number(text: str, *, whole: bool) -> bool:
    try:
        np.int64(int(text)) if whole else float(text)
    except (ValueError, OverflowError):
        return not text.strip()
    return True


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
