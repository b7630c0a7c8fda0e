"""No look-ahead: the signals over a prefix are the prefix of the signals, and a leak is found."""

from typing import Any

import numpy as np
import pytest

from engine.indicators import compute
from engine.market.resample import Resampled, resample
from engine.market.simulated import simulated_universe
from engine.model.candles import Candles, Universe
from engine.model.config import Config
from engine.model.timeframe import DAY_MS, period_open_ms
from engine.research.backtest import changed_config, plan_for
from engine.research.lookahead import compare_prefixes
from engine.signals import frames
from engine.signals.table import signal_table
from tests.signals.samples import entries


@pytest.fixture(scope="module")
def few(config: Config) -> Universe:
    """200 days of four symbols."""
    return simulated_universe(config.market, config.risk.groups, config.market.symbols[:4], "1h", 7, days=200)


def test_all_eight_keep_to_the_past(config: Config, few: Universe) -> None:
    report = compare_prefixes(config, few, cuts=8, seed=7)
    assert report.differences == ()
    assert set(report.signals) == set(config.strategies)
    assert 5 <= len(report.cuts) <= 8


def unlike_at_their_own_close(config: Config, universe: Universe, each: int) -> list[str]:
    """Of every strategy and side the last `each` entries that are missing or different in the prefix that
    ends with them. A random cut meets the few bars on which an entry hangs too rarely.
    """
    plan = plan_for(config, universe.timeframe)
    whole = signal_table(plan, universe.candles)
    kinds = [(name, side) for name in config.strategies for side in ("long", "short")]
    moments = {
        signal.at
        for kind in kinds
        for signal in sorted(entries(whole, *kind), key=lambda signal: signal.at)[-each:]
    }
    unlike = []
    for at in sorted(moments):
        until = {symbol: series.between(None, at + 1) for symbol, series in universe.candles.items()}
        if repr(signal_table(plan, until, from_ms=at).at(at)) != repr(whole.at(at)):
            unlike.append(f"at {at}")
    return unlike


def test_every_entry_is_there_at_its_own_close(config: Config, few: Universe) -> None:
    assert unlike_at_their_own_close(config, few, each=4) == []


@pytest.mark.parametrize(
    ("kernels", "name"),
    [
        (compute.OF_BARS, "adx"),
        (compute.OF_SERIES, "ema"),
        (compute.OF_SERIES, "swing_low"),
        (compute.OF_SERIES, "stddev"),
    ],
)
def test_an_entry_that_knows_the_next_bar_is_caught(
    config: Config, few: Universe, monkeypatch: pytest.MonkeyPatch, kernels: Any, name: str
) -> None:
    kernel = kernels[name]

    def peeking(*arguments: Any) -> Any:
        return np.append(kernel(*arguments)[1:], np.nan)

    monkeypatch.setitem(kernels, name, peeking)
    assert unlike_at_their_own_close(config, few, each=4) != []


def test_so_does_breadth_over_the_universe(config: Config) -> None:
    """It needs 12 symbols; the holes of the simulated market make some of them late."""
    symbols = config.market.symbols[:13]
    universe = simulated_universe(config.market, config.risk.groups, symbols, "1h", 7, days=120)
    report = compare_prefixes(changed_config(config, ["zweig"]), universe, cuts=8, seed=7)
    assert report.differences == ()
    assert report.signals["zweig"] > 20


def test_the_same_seed_draws_the_same_cuts(config: Config, few: Universe) -> None:
    zweig = changed_config(config, ["zweig"])
    cuts = [compare_prefixes(zweig, few, cuts=5, seed=seed).cuts for seed in (1, 1, 2)]
    assert cuts[0] == cuts[1] != cuts[2]
    middle = min(series.time[0] for series in few.candles.values()) + 100 * DAY_MS
    assert min(cuts[0]) >= middle - DAY_MS


def peeking_average(x: Any, n: float) -> Any:
    """The average up to the bar after: what a centred window does."""
    result = np.full(len(x), np.nan)
    result[:-1] = compute.talib.SMA(x, int(n))[1:]
    return result


def scaled_average(x: Any, n: float) -> Any:
    """An average scaled by what is only known at the end."""
    result: Any = compute.talib.SMA(x, int(n)) / x.max() * x[-1]
    return result


@pytest.mark.parametrize("leak", [peeking_average, scaled_average])
def test_a_leaking_indicator_is_caught(
    config: Config, few: Universe, monkeypatch: pytest.MonkeyPatch, leak: Any
) -> None:
    monkeypatch.setitem(compute.OF_SERIES, "sma", leak)  # type: ignore[arg-type]
    assert compare_prefixes(config, few, cuts=6, seed=7).differences != ()


def test_a_slower_bar_seen_before_its_close_is_caught(
    config: Config, few: Universe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Had the last bar of a prefix counted while it was open, its figures would change later."""

    def eager(candles: Candles, timeframe: str) -> Resampled:
        closed = resample(candles, timeframe)
        rest = candles.between(period_open_ms(int(candles.time[-1]), "4h"), None)
        if timeframe != "4h" or closed.candles.time[-1] >= rest.time[0]:
            return closed
        columns = [
            np.append(getattr(closed.candles, name), getattr(rest, name)[-1])
            for name in ("open", "high", "low", "close", "volume")
        ]
        time = np.append(closed.candles.time, rest.time[0])
        return Resampled(
            Candles(candles.symbol, timeframe, time, *columns),
            np.append(closed.known, candles.time[-1]),
            np.append(closed.feed_index, len(candles) - 1),
        )

    monkeypatch.setattr(frames, "resample", eager)
    assert compare_prefixes(config, few, cuts=8, seed=7).differences != ()
