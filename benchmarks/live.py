"""Rows "live cycle": one close of the loop that paper and live share, all eight strategies.

500 bars of the strategies' own timeframe (4h) a symbol are in memory; one step of the session is
timed: the rules over all of them anew (RollingSignals), then marks, breakers, gates and decide().
The close is that of a day, so every timeframe is due. No candles arrive, no ledger is written.
What is carried from close to close (goal: 25 ms) does not exist yet: it is not measured.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
import talib

from benchmarks.data import make_bars, make_universe
from benchmarks.measure import Row, interleave, timed
from benchmarks.plain_rule import shipped_config
from engine.decide.policy import make_policy
from engine.execution.paper import PaperBroker
from engine.market.symbols import contracts
from engine.market.tape import make_tape
from engine.model.candles import Universe
from engine.model.config import Config
from engine.research.backtest import plan_for
from engine.session import Session, Setup
from engine.signals.rolling import RollingSignals

TIMEFRAME: Final = "4h"
BARS: Final = 500
DAY_BARS: Final = 6
SIZES: Final = (
    (200, 0.060, "<= 60 ms recomputed"),
    (24, 0.313 / 40, "<= 1/40 of the replaced system's 313 ms"),
)


def make_cycle(config: Config, universe: Universe) -> Callable[[], Session]:
    """A function that makes a session which stands before its last close, ready to run it."""
    plan, policy = plan_for(config, universe.timeframe), make_policy(config)
    last_ms = max(int(series.time[-1]) for series in universe.candles.values())
    tape = make_tape(universe.candles, last_ms, None)
    known = contracts(universe.symbols, config.market, config.risk.groups)

    def make() -> Session:
        broker = PaperBroker(config.execution, known, config.execution.starting_equity)
        signals = RollingSignals(plan, universe.candles)
        setup = Setup(
            "cycle", policy, universe.candles, tape, universe.timeframe, signals, known, broker, seed=0
        )
        return Session(setup, lambda batch: None)

    return make


def measure(rounds: int, tick: Callable[[], None] = lambda: None) -> list[Row]:
    """The rows: a cycle of many and of few symbols against the bare TA-Lib calls it cannot avoid."""
    config = shipped_config()
    bars = BARS - BARS % DAY_BARS
    rows = []
    for symbols, goal, text in SIZES:
        data = make_bars(symbols, bars, TIMEFRAME)
        universe = make_universe(data, TIMEFRAME)
        make = make_cycle(config, universe)
        columns = [
            tuple(np.ascontiguousarray(c[:, i]) for c in data.columns().values()) for i in range(symbols)
        ]
        times = interleave(
            {
                "ours": timed(partial(_run, make)),
                "talib": timed(partial(_bare_all, columns)),
            },
            rounds,
            tick=tick,
        )
        rows.append(
            Row(
                "live cycle",
                f"{symbols} symbols x 8 strategies x {bars} bars, recomputed",
                times["ours"],
                goal=goal,
                goal_text=text,
                note=f"{times['ours'] / times['talib']:.1f} x 25 bare TA-Lib calls a symbol",
            )
        )
    return rows


def _run(make: Callable[[], Session]) -> None:
    make().run()


def _bare_all(columns: Sequence[tuple[Any, ...]]) -> None:
    for each in columns:
        _bare(*each)


def _bare(opened: Any, high: Any, low: Any, close: Any, volume: Any) -> None:
    """25 TA-Lib calls, about as many as the eight strategies need."""
    for period in (10, 12, 20, 26, 50):
        talib.SMA(close, period)
        talib.EMA(close, period)
    talib.SMA(volume, 5)
    talib.SMA(volume, 20)
    talib.SMA(volume, 50)
    talib.RSI(close, 14)
    talib.MACD(close, 12, 26, 9)
    talib.BBANDS(close, 20, 2.0, 2.0)
    talib.STDDEV(close, 10)
    talib.STDDEV(close, 24)
    talib.ADX(high, low, close, 14)
    talib.ATR(high, low, close, 14)
    talib.ROC(close, 20)
    talib.MAX(high, 20)
    talib.MIN(low, 20)
    talib.MAX(high, 50)
    talib.MIN(low, 50)
