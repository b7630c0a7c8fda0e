"""Signals as they come live equal those of all bars at once, at every close, holes and all."""

import numpy as np
import pytest

from engine.market.simulated import simulated_universe
from engine.model.candles import Candles
from engine.model.config import Config
from engine.model.signal import Side, Signal
from engine.model.timeframe import DAY_MS, HOUR_MS
from engine.research.backtest import changed_config, plan_for
from engine.signals.plan import Plan
from engine.signals.rolling import RollingSignals
from engine.signals.table import SignalTable, signal_table
from tests.conftest import SEED
from tests.signals.samples import BTC, FLAT, hourly, without

SIDES: tuple[Side, ...] = ("long", "short")


def holey(candles: Candles, rng: np.random.Generator) -> Candles:
    """Without the last hour of many periods, some whole days, and bars here and there."""
    hour = candles.time // HOUR_MS
    draws = rng.random(len(candles))
    missing = (hour % 4 == 3) & (draws < 0.25) | (hour % 24 == 23) & (draws < 0.5) | (draws > 0.97)
    for start in rng.integers(1, len(candles) - 60, size=8).tolist():
        missing[start : start + int(rng.integers(3, 60))] = True
    missing[0] = False
    return without(candles, np.flatnonzero(missing).tolist())


def same(
    rolling: RollingSignals, table: SignalTable, plan: Plan, times: list[int], symbols: list[str]
) -> int:
    """Asks both for everything at these closes; returns how many signals there were."""
    found = 0
    for at in times:
        rolling.advance(at)
        ahead, live = table.at(at), rolling.at(at)
        assert [_text(signal) for signal in live] == [_text(signal) for signal in ahead]
        found += len(live)
        for symbol in symbols:
            assert str(rolling.volatility_pct(at, symbol)) == str(table.volatility_pct(at, symbol))
            for strategy in (strategy for frame in plan.frames for strategy in frame.strategies):
                for side in SIDES:
                    key = at, strategy.strategy_id, symbol, side
                    exit = rolling.exit(*key)
                    assert _text(exit) == _text(table.exit(*key))
                    found += exit is not None
    return found


def _text(signal: Signal | None) -> str:
    """Every digit; NaN is like itself."""
    return repr(signal)


@pytest.mark.parametrize("number", range(3))
def test_bar_by_bar_is_what_all_at_once_says(config: Config, plan: Plan, number: int) -> None:
    rng = np.random.default_rng([SEED, number])
    symbols = list(config.market.symbols[number * 3 : number * 3 + 3])
    made = simulated_universe(config.market, config.risk.groups, symbols, "1h", number, days=70)
    candles = {symbol: holey(series, rng) for symbol, series in made.candles.items()}
    table = signal_table(plan, candles)
    times = np.unique(np.concatenate([series.time for series in candles.values()]))
    last = times[times >= times[0] + 62 * DAY_MS].tolist()
    assert same(RollingSignals(plan, candles), table, plan, last, symbols) > 50


@pytest.mark.parametrize(
    "missing",
    [
        [],
        [(20, 23)],
        [(20, 22), (20, 23), (21, 0), (21, 1)],
        [(20, 23), *((21, hour) for hour in range(23))],
        [(20, 23), *((day, hour) for day in (21, 22, 23) for hour in range(24))],
        [(19, 23), (20, 23), (21, 23)],
    ],
)
def test_a_breakout_around_holes(config: Config, missing: list[tuple[int, int]]) -> None:
    plan = plan_for(changed_config(config, ["turtle"]), "1h")
    days = [*[FLAT] * 20, (101, 103, 100, 103, 240), (104, 106, 103, 106, 2400), *[FLAT] * 4]
    candles = {BTC: hourly(days, missing)}
    times = candles[BTC].time[19 * 24 :].tolist()
    assert same(RollingSignals(plan, candles), signal_table(plan, candles), plan, times, [BTC]) >= 1


def test_one_timeframe_of_many_is_due(config: Config, plan: Plan) -> None:
    """At most closes only the hourly volatility is computed; nothing is said then."""
    made = simulated_universe(config.market, config.risk.groups, [BTC], "1h", 7, days=40)
    rolling = RollingSignals(plan, made.candles)
    rolling.advance(int(made.candles[BTC].time[0]))
    assert rolling.at(int(made.candles[BTC].time[0])) == []
    assert str(rolling.volatility_pct(int(made.candles[BTC].time[0]), BTC)) == "nan"
    assert str(rolling.volatility_pct(int(made.candles[BTC].time[0]), "ETHUSDTM")) == "nan"
