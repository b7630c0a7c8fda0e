"""Proof that signals read only the past: those of a prefix are the prefix of those of the whole."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.model.candles import Candles, Universe
from engine.model.config import Config
from engine.model.signal import Signal
from engine.research.backtest import plan_for
from engine.signals.table import SignalTable, signal_table


@dataclass(frozen=True, slots=True)
class Report:
    """Signals counted by strategy (entries and exits), the cuts (UTC ms), and what differed."""

    signals: Mapping[str, int]
    cuts: tuple[int, ...]
    differences: tuple[str, ...]


def compare_prefixes(config: Config, universe: Universe, cuts: int, seed: int) -> Report:
    """Compares all signals of all strategies with those of prefixes, field by field.

    Half of the cuts are drawn with `seed` over the second half of the bars. The others are entries:
    a prefix that ends with a signal of its own is where a look into the next bar shows, so the last
    ones of every strategy and side are taken in turn.
    """
    plan = plan_for(config, universe.timeframe)
    whole = _signals(signal_table(plan, universe.candles))
    times = np.unique(np.concatenate([series.time for series in universe.candles.values()]))
    rng = np.random.default_rng(seed)
    later = np.arange(len(times) // 2, len(times))
    drawn = rng.choice(later, size=min(max(1, cuts // 2), len(later)), replace=False)
    moments = tuple(sorted({int(times[index]) for index in drawn} | _last_entries(whole, cuts - cuts // 2)))
    differences: list[str] = []
    for cut in moments:
        prefix = _signals(signal_table(plan, _until(universe.candles, cut)))
        expected = {key: signal for key, signal in whole.items() if signal.at <= cut}
        for key in sorted(expected.keys() | prefix.keys(), key=str):
            if _text(expected.get(key)) != _text(prefix.get(key)):
                differences.append(
                    f"cut at {cut}: {key}: whole {expected.get(key)}, prefix {prefix.get(key)}"
                )
    counts = Counter(signal.strategy_id for signal in whole.values())
    return Report(dict(sorted(counts.items())), moments, tuple(differences))


def _last_entries(signals: Mapping[tuple[object, ...], Signal], most: int) -> set[int]:
    """Moments of the last entries of each strategy and side, in turn, `most` at the most."""
    kinds: dict[tuple[str, str], list[int]] = {}
    for signal in signals.values():
        if signal.kind == "entry":
            kinds.setdefault((signal.strategy_id, signal.side), []).append(signal.at)
    latest = [sorted(set(moments), reverse=True) for _, moments in sorted(kinds.items())]
    turns = [moments[turn] for turn in range(most) for moments in latest if turn < len(moments)]
    return set(turns[:most])


def _until(candles: Mapping[str, Candles], cut: int) -> dict[str, Candles]:
    return {symbol: series.between(None, cut + 1) for symbol, series in candles.items()}


def _signals(table: SignalTable) -> dict[tuple[object, ...], Signal]:
    """Every signal of a table by what it is about."""
    columns = [*table.entries, *table.exits.values()]
    signals = [column.signal(row) for column in columns for row in range(len(column.at))]
    return {(s.kind, s.strategy_id, s.symbol, s.side, s.at): s for s in signals}


def _text(signal: Signal | None) -> str:
    """Every digit of a signal; NaN is like itself."""
    return repr(signal)
