"""Funding rates of perpetuals: constant, or recorded beside the candles."""

import hashlib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import numpy as np

from engine.model.config import Execution
from engine.model.problem import CashTownError
from engine.model.timeframe import HOUR_MS

SUFFIXES = ("csv", "csv.gz", "parquet")


@dataclass(frozen=True, slots=True)
class Recorded:
    """Recorded payments of one symbol: rising times (UTC ms) and rates in % of notional."""

    times: tuple[int, ...]
    rates_pct: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Funding:
    """When funding is due and at which rate; `hours` 0: never.

    Where a symbol has records, they say when and how much from the first to the last of them; the
    constant rate holds before, after, and for symbols without.
    """

    hours: int
    rate_pct: Decimal
    recorded: Mapping[str, Recorded] = field(default_factory=dict)

    def hash_with(self, data_hash: str) -> str:
        """The hash of candles and recorded rates together; that of the candles alone without any."""
        if not self.recorded:
            return data_hash
        told = repr((data_hash, sorted((name, r.times, r.rates_pct) for name, r in self.recorded.items())))
        return hashlib.sha256(told.encode()).hexdigest()[: len(data_hash)]

    def due(self, symbol: str, after_ms: int, until_ms: int) -> list[tuple[int, Decimal]]:
        """(time, rate in %) of every payment in (after_ms, until_ms], in order."""
        if not self.hours:
            return []
        record = self.recorded.get(symbol)
        step = self.hours * HOUR_MS
        first = (after_ms // step + 1) * step
        constant = [(time, self.rate_pct) for time in range(first, until_ms + 1, step)]
        if record is None:
            return constant
        start, end = record.times[0], record.times[-1]
        low, high = bisect_right(record.times, after_ms), bisect_right(record.times, until_ms)
        known = list(zip(record.times[low:high], record.rates_pct[low:high], strict=True))
        return sorted([*known, *(pair for pair in constant if not start <= pair[0] <= end)])


def make_funding(execution: Execution, directory: Path | None, symbols: Sequence[str]) -> Funding:
    """The funding that `rules/execution.yaml` declares; records are read from `directory`.

    Raises CashTownError for records that are asked for and missing altogether, or unreadable.
    """
    if execution.funding == "none":
        return Funding(0, Decimal(0))
    recorded = {}
    if execution.funding == "recorded":
        if directory is None:
            raise CashTownError("recorded funding rates need a folder of candle files (--candles)")
        recorded = {
            symbol: _read(path) for symbol in symbols if (path := _file_of(directory, symbol)) is not None
        }
        if not recorded:
            raise CashTownError(f"{directory}: no <SYMBOL>_funding.csv or .parquet of any symbol here")
    return Funding(execution.funding_hours, execution.funding_rate_pct, recorded)


def _file_of(directory: Path, symbol: str) -> Path | None:
    paths = (directory / f"{symbol}_funding.{suffix}" for suffix in SUFFIXES)
    return next((path for path in paths if path.is_file()), None)


def _read(path: Path) -> Recorded:
    """Columns timestamp (UTC ms, strictly rising) and rate (a share of notional: 0.0001 is 0.01 %)."""
    from pyarrow import ArrowException, csv, parquet

    try:
        table = parquet.read_table(path) if path.suffix == ".parquet" else csv.read_csv(path)
        times = table.column("timestamp").to_numpy()
        rates = table.column("rate").to_numpy()
    except (OSError, ArrowException, KeyError, ValueError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise CashTownError(f"{path}: not readable as columns timestamp, rate: {first}") from error
    if not (np.issubdtype(times.dtype, np.integer) and np.issubdtype(rates.dtype, np.number)):
        raise CashTownError(f"{path}: timestamp must be whole UTC ms and rate a number")
    if not len(times) or np.any(np.diff(times) <= 0) or not np.all(np.isfinite(rates)):
        raise CashTownError(f"{path}: timestamps must rise strictly, and every rate be a number")
    shares = [Decimal(repr(float(rate))) for rate in rates]
    return Recorded(tuple(int(time) for time in times), tuple(100 * share for share in shares))
