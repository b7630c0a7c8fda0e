"""A folder of candle files as a universe: which files count, what of them is read, what was wrong."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from engine.market.candle_file import ENDINGS, read_columns
from engine.market.clean import Columns, Finding, clean, utc_text
from engine.market.file_times import check_times
from engine.market.hash import data_hash
from engine.model.candles import Candles, Universe
from engine.model.config import CandlePolicy
from engine.model.problem import CashTownError
from engine.model.timeframe import DURATION_MS

FILE_NAME = re.compile(r"(?P<symbol>[^.].*)_(?P<timeframe>\d+[A-Za-z]+)(?P<ending>\.parquet|\.csv(?:\.gz)?)")


@dataclass(frozen=True, slots=True)
class CandleFile:
    """A file by what its name says."""

    symbol: str
    timeframe: str
    path: Path


def read_universe(
    directory: Path,
    policy: CandlePolicy,
    timeframe: str | None,
    default_timeframe: str,
    symbols: Sequence[str] | None,
    from_ms: int | None,
    to_ms: int | None,
    warm_up_ms: int = 0,
) -> tuple[Universe, tuple[Finding, ...]]:
    """The candles of a folder whose bars open in [from_ms, to_ms), and what was wrong with them.

    `warm_up_ms` before `from_ms` is read too, as far as there is so much.

    1. Find the candle files `<SYMBOL>_<timeframe>.parquet|csv|csv.gz`.
    2. Choose the timeframe: the one asked for, else the default, else the only one there.
    3. Choose the symbols: those asked for, else all.
    4. Read, cut and clean each; a symbol without bars in the range is left out with a finding.
    Raises CashTownError, one clear line, for whatever is missing, ambiguous or unreadable.
    """
    files = candle_files(directory)
    chosen = _choose_timeframe(directory, files, timeframe, default_timeframe)
    paths = _by_symbol([file for file in files if file.timeframe == chosen])
    if symbols is not None:
        _check_known(directory, chosen, symbols, tuple(paths))
        paths = {symbol: path for symbol, path in paths.items() if symbol in set(symbols)}

    earliest = None if from_ms is None else from_ms - warm_up_ms
    candles: dict[str, Candles] = {}
    findings: list[Finding] = []
    covered: list[tuple[int, int]] = []
    for symbol, path in paths.items():
        columns = read_columns(path)
        check_times(path, chosen, columns["time"])
        covered += _range(columns)
        bars, found = clean(symbol, chosen, _cut(columns, earliest, to_ms), policy)
        findings += found
        if len(bars):
            candles[symbol] = bars
        else:
            findings.append(_left_out(symbol, columns, found))
    if not any(from_ms is None or bars.time[-1] >= from_ms for bars in candles.values()):
        raise CashTownError(_nothing(directory, chosen, covered, from_ms, to_ms, findings))
    source = f"{chosen} candle files in {directory}"
    return Universe(candles, chosen, source, False, data_hash(candles)), tuple(findings)


def candle_files(directory: Path) -> tuple[CandleFile, ...]:
    """The candle files of a folder, ordered by name. Raises CashTownError if there are none."""
    try:
        if not directory.is_dir():
            wrong = "is not a folder" if directory.exists() else "no such folder"
            raise CashTownError(f"{directory}: {wrong}")
        names = sorted(entry.name for entry in directory.iterdir())
    except OSError as error:
        raise CashTownError(f"{directory}: cannot be read: {error.strerror or error}") from error
    found = [(name, FILE_NAME.fullmatch(name)) for name in names]
    files = tuple(
        CandleFile(match["symbol"], match["timeframe"], directory / name)
        for name, match in found
        if match is not None
    )
    if not files:
        what = f"none of its {len(names)} files is a candle file" if names else "the folder is empty"
        raise CashTownError(f"{directory}: {what}; expected <SYMBOL>_<timeframe>{'|'.join(ENDINGS)}")
    return files


def _choose_timeframe(directory: Path, files: Sequence[CandleFile], asked: str | None, default: str) -> str:
    there = {file.timeframe for file in files}
    listed = ", ".join(sorted(there, key=lambda name: DURATION_MS.get(name, 0)))
    if asked is not None and asked not in there:
        raise CashTownError(f"{directory}: no {asked} candles; the folder has {listed}")
    if asked is None and default not in there and len(there) > 1:
        raise CashTownError(f"{directory}: several timeframes ({listed}) and no {default}; name one")
    chosen = asked or (default if default in there else next(iter(there)))
    if chosen not in DURATION_MS:
        raise CashTownError(f"{directory}: unknown timeframe {chosen}; known are {', '.join(DURATION_MS)}")
    return chosen


def _by_symbol(files: Sequence[CandleFile]) -> dict[str, Path]:
    paths: dict[str, Path] = {}
    for file in sorted(files, key=lambda file: (file.symbol, file.path.name)):
        if file.symbol in paths:
            raise CashTownError(
                f"{file.path}: a second file of {file.symbol} {file.timeframe} beside "
                f"{paths[file.symbol].name}; remove one"
            )
        paths[file.symbol] = file.path
    return paths


def _check_known(directory: Path, timeframe: str, asked: Sequence[str], known: Sequence[str]) -> None:
    unknown = [symbol for symbol in dict.fromkeys(asked) if symbol not in known]
    if not asked:
        raise CashTownError(f"{directory}: no symbol was asked for; the folder has {', '.join(known)}")
    if unknown:
        named = ", ".join(f"{symbol}{_did_you_mean(symbol, known)}" for symbol in unknown)
        raise CashTownError(
            f"{directory}: no {timeframe} candles of {named}; the folder has {', '.join(known)}"
        )


def _did_you_mean(asked: str, known: Sequence[str]) -> str:
    wanted = asked.upper()
    same_start = [symbol for symbol in known if wanted and symbol.upper().startswith(wanted)]
    near = {symbol.upper(): symbol for symbol in known}
    close = [near[name] for name in get_close_matches(wanted, near, n=1, cutoff=0.6)]
    return "".join(f" (did you mean {symbol}?)" for symbol in (same_start or close)[:1])


def _cut(columns: Columns, from_ms: int | None, to_ms: int | None) -> Columns:
    """The bars that open in [from_ms, to_ms); those without a time stay in, to be reported."""
    if from_ms is None and to_ms is None:
        return columns
    time = columns["time"]
    keep = np.ones(len(time), dtype=np.bool_)
    if from_ms is not None:
        keep &= time >= from_ms
    if to_ms is not None:
        keep &= time < to_ms
    keep |= time < 0
    return {name: values[keep] for name, values in columns.items()}


def _range(columns: Columns) -> list[tuple[int, int]]:
    """First and last bar open of a file, as a list of one; of none if no row has a time."""
    time = columns["time"][columns["time"] >= 0]
    return [(int(time.min()), int(time.max()))] if len(time) else []


def _left_out(symbol: str, columns: Columns, found: Sequence[Finding]) -> Finding:
    rows = len(columns["time"])
    if not rows:
        detail = "a file without bars"
    elif found:
        detail = "no usable bar"
    else:
        detail = f"no bar in the range asked for ({_span(_range(columns))})"
    return Finding(symbol, "empty", 0, detail, None, "left out")


def _span(covered: Sequence[tuple[int, int]]) -> str:
    if not covered:
        return "the files hold no bars"
    first, last = min(start for start, _ in covered), max(end for _, end in covered)
    return f"the files cover {utc_text(first)} to {utc_text(last)} UTC"


def _nothing(
    directory: Path,
    timeframe: str,
    covered: Sequence[tuple[int, int]],
    from_ms: int | None,
    to_ms: int | None,
    findings: Sequence[Finding],
) -> str:
    bad: Mapping[str, Finding] = {finding.kind: finding for finding in findings}
    if "nonsense" in bad:
        return f"{directory}: no usable {timeframe} candles: {bad['nonsense']}; {_span(covered)}"
    start = "" if from_ms is None else f" from {utc_text(from_ms)}"
    end = "" if to_ms is None else f" before {utc_text(to_ms)}"
    return f"{directory}: no {timeframe} candles{start}{end}; {_span(covered)}"
