"""Row "whole book": all eight strategies, one account, every gate, the ledger on disk; growth and memory.

freqtrade and nautilus_trader are not run here: the goals against them are turned into multiples of
vectorbt's plain backtest by the ratios that were measured once, side by side (freqtrade 194 x,
nautilus 291 x), so they are a guide and not a proof.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.data import SYMBOLS, make_bars, make_universe
from benchmarks.measure import Row, interleave, timed
from benchmarks.peer_process import CACHE, start_peers
from benchmarks.plain_rule import shipped_config
from engine.ledger.database import open_ledger
from engine.ledger.records import Batch, RunRecord
from engine.ledger.write import LedgerWriter
from engine.model.candles import Universe
from engine.model.config import Config
from engine.research.backtest import Replay, run_replay
from engine.research.result import Result

FREQTRADE: Final = 6.4 / 0.033
NAUTILUS: Final = 9.6 / 0.033
GOAL: Final = min(0.2 * FREQTRADE, 0.12 * NAUTILUS)
MEMORY_GOAL: Final = 64.0
GROWTH_GOAL: Final = 1.2
LEDGER_GOAL: Final = 20_000


def run_book(config: Config, universe: Universe) -> Result:
    """One backtest of the whole book with a new ledger on disk, as it is timed."""
    with tempfile.TemporaryDirectory(prefix="cash-town-bench-") as folder:
        engine = open_ledger(f"sqlite:///{folder}/ledger.db")
        try:
            return run_replay(_job(config, universe), LedgerWriter(engine))
        finally:
            engine.dispose()


def _job(config: Config, universe: Universe) -> Replay:
    return Replay("book", "backtest", config, universe, None, None, 0, 0)


def measure(
    rounds: int, symbols: int, bars: int, cache: Path = CACHE, tick: Callable[[], None] = lambda: None
) -> list[Row]:
    """The rows: the book against vectorbt's plain backtest, without ledger, growth, memory, ledger."""
    data = make_bars(symbols, bars)
    config, universe = shipped_config(), make_universe(data)
    result = run_book(config, universe)
    records = result.records
    note = f"{len(records.decisions):,} decisions, {len(records.trades):,} trades"
    with start_peers(data, ("vectorbt",), cache) as (peers, missing):
        runners = {
            "book": timed(lambda: run_book(config, universe)),
            "no ledger": timed(lambda: run_replay(_job(config, universe), None)),
            "ledger": timed(lambda: _store(result)),
        }
        runners.update({name: peer.round for name, peer in peers.items()})
        times = interleave(runners, rounds, tick=tick)
    goal = round(GOAL, 1)
    rows = [
        Row(
            "whole book",
            "8 strategies, every gate, ledger on disk",
            times["book"],
            against="" if missing else "vectorbt, plain",
            against_value=times.get("vectorbt"),
            goal=None if missing else goal,
            goal_text=f"<= {goal:g} x vectorbt's plain rule = 0.2 x freqtrade, by the ratios once measured",
            note=note + "".join(f"; vectorbt missing: {why}" for why in missing.values()),
        ),
        Row(
            "whole book",
            "the same with the ledger",
            times["book"],
            against="without ledger",
            against_value=times["no ledger"],
        ),
        Row(
            "ledger",
            "decisions stored in bulk on SQLite",
            len(records.decisions) / times["ledger"],
            unit="/s",
            goal=LEDGER_GOAL,
            at_least=True,
            goal_text=">= 20,000/s",
        ),
    ]
    return [*rows, *_growth(config, rounds, bars, tick), *_memory(symbols, bars, tick)]


def _store(result: Result) -> None:
    """All decisions of a run into a new ledger, in one transaction."""
    with tempfile.TemporaryDirectory(prefix="cash-town-bench-") as folder:
        engine = open_ledger(f"sqlite:///{folder}/ledger.db")
        try:
            writer = LedgerWriter(engine)
            run = RunRecord(
                "book",
                "backtest",
                result.source,
                result.timeframe,
                result.symbols,
                result.config_hash,
                result.data_hash,
                result.starting_equity,
                0,
            )
            writer.begin_run(run)
            writer.add(Batch("book", decisions=result.records.decisions))
        finally:
            engine.dispose()


def _growth(config: Config, rounds: int, bars: int, tick: Callable[[], None]) -> list[Row]:
    """Time a bar and symbol from 10 to 40 symbols, and from half the bars to all of them."""
    half = bars // 2
    sizes = {"few": (10, half), "many": (40, half), "short": (SYMBOLS, half), "long": (SYMBOLS, bars)}
    runners = {}
    for name, (symbols, length) in sizes.items():
        universe = make_universe(make_bars(symbols, length))
        runners[name] = timed(partial(run_replay, _job(config, universe), None))
    times = interleave(runners, max(1, rounds // 2), warm_up=0, tick=tick)
    each = {name: times[name] / (symbols * length) for name, (symbols, length) in sizes.items()}
    text = f"linear: time a bar and symbol <= {GROWTH_GOAL:g} x"
    return [
        Row(
            "growth",
            f"s a bar and symbol, 40 symbols ({half:,} bars)",
            each["many"],
            against="10 symbols",
            against_value=each["few"],
            goal=GROWTH_GOAL,
            goal_text=text,
        ),
        Row(
            "growth",
            f"s a bar and symbol, {bars:,} bars ({SYMBOLS} symbols)",
            each["long"],
            against=f"{half:,} bars",
            against_value=each["short"],
            goal=GROWTH_GOAL,
            goal_text=text,
        ),
    ]


def _memory(symbols: int, bars: int, tick: Callable[[], None]) -> list[Row]:
    """Peak memory beyond the candles, in fresh processes; the slope leaves out what does not grow."""
    rows = []
    for kind, what in (("signals", "signals alone"), ("book", "whole replay, its records included")):
        try:
            small, large = (_peak(kind, symbols, length) for length in (bars, 2 * bars))
        except OSError as error:
            return [Row("memory", "peak beyond the candles", unit="B", missing=str(error))]
        slope = (large - small) / (symbols * bars)
        rows.append(
            Row(
                "memory",
                f"a bar and symbol beyond the candles: {what}",
                slope,
                unit="B",
                goal=MEMORY_GOAL,
                goal_text="<= 64 B",
                note=f"slope, {bars:,} to {2 * bars:,} bars; at the larger {large / 2**20:.0f} MiB",
            )
        )
        tick()
    return rows


def _peak(kind: str, symbols: int, bars: int) -> int:
    command = [sys.executable, "-m", "benchmarks.memory", kind, str(symbols), str(bars)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise OSError((done.stderr.strip().splitlines() or ["no answer"])[-1])
    return int(done.stdout)
