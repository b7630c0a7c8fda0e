"""Row "plain backtest": the plain rule over 20 symbols, ours against vectorbt and backtesting.py.

Ours runs as any backtest does (compile, signals, decisions, broker, a record of every decision),
without a ledger. Peers run in environments of their own, round by round in turn with ours; their
loading and compiling is stated apart.
"""

from collections.abc import Callable
from pathlib import Path

from benchmarks.data import Bars, make_bars, make_universe
from benchmarks.measure import Row, interleave, timed
from benchmarks.peer_process import CACHE, PEERS, start_peers
from benchmarks.plain_rule import plain_config
from engine.model.candles import Universe
from engine.model.config import Config
from engine.research.backtest import Replay, run_replay
from engine.research.result import Result

GOAL = 1.0


def run_plain(config: Config, universe: Universe) -> Result:
    """One backtest of the plain rule, as it is timed."""
    return run_replay(Replay("plain", "backtest", config, universe, None, None, 0, 0), None)


def measure(
    rounds: int,
    symbols: int,
    bars: int,
    cache: Path = CACHE,
    names: tuple[str, ...] = PEERS,
    tick: Callable[[], None] = lambda: None,
) -> list[Row]:
    """The rows: ours against each peer that runs here; a missing one says why."""
    data: Bars = make_bars(symbols, bars)
    config, universe = plain_config(), make_universe(data)
    trades = len(run_plain(config, universe).records.trades)
    with start_peers(data, names, cache) as (peers, missing):
        runners = {"ours": timed(lambda: run_plain(config, universe))}
        runners.update({name: peer.round for name, peer in peers.items()})
        times = interleave(runners, rounds, tick=tick)
        rows = []
        for name in names:
            goal = GOAL if name == "vectorbt" else None
            text = f"<= {GOAL:g} x vectorbt (dream 0.5)" if goal else ""
            if name in missing:
                rows.append(Row("plain backtest", "ours", against=name, missing=missing[name]))
                continue
            peer = peers[name]
            note = f"{trades:,} trades, theirs {len(peer.trades()):,}; {peer.versions}"
            rows.append(
                Row(
                    "plain backtest",
                    "ours",
                    times["ours"],
                    against=name,
                    against_value=times[name],
                    goal=goal,
                    goal_text=text,
                    note=note,
                )
            )
            apart = f"{name}: loading {peer.loading:.1f} s"
            rows.append(
                Row("plain backtest", f"{apart}, first round", peer.first, note="apart: before it is warm")
            )
    if "vectorbt" in times and "backtesting" in times:
        rows.append(
            Row(
                "plain backtest",
                "backtesting.py",
                times["backtesting"],
                against="vectorbt",
                against_value=times["vectorbt"],
            )
        )
    return rows
