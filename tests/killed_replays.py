"""A program that replays, and is killed at a statement drawn by lot, over and over: see test_resume.py."""

import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, Final

from sqlalchemy import Engine, event

from engine.config.build import build_from_document
from engine.config.complete import canonical
from engine.config.load import ConfigFiles, load_or_fail
from engine.ledger import find
from engine.ledger.database import open_ledger
from engine.ledger.write import LedgerWriter
from engine.market.simulated import simulated_universe
from engine.model.timeframe import DAY_MS
from engine.research.backtest import Replay, run_replay
from engine.research.summary import reconcile, summarise

ROOT: Final = Path(__file__).parents[1]
SYMBOLS: Final = ("XBTUSDTM", "ETHUSDTM", "SOLUSDTM", "LINKUSDTM")
DAYS: Final = 60
CHUNK_BARS: Final = 48
STATEMENTS: Final = 150
"""At most so many are let through between two kills: some runs come to their end, most do not."""


def prepared() -> Replay:
    """A replay with everything that has a state: units, funding, parts of fills, strategies at 0."""
    shipped = load_or_fail(ConfigFiles(ROOT, "the shipped one"))
    document = json.loads(shipped.document)
    document["multipliers"]["min_outcomes"] = 3
    document["multipliers"]["counterfactuals"]["return_after"] = 3
    document["execution"]["partial_fills"]["max_volume_share_pct"] = 0.001
    config = build_from_document(canonical(document))
    universe = simulated_universe(config.market, config.risk.groups, SYMBOLS, "1h", 4, 160)
    last = max(int(series.time[-1]) for series in universe.candles.values())
    return Replay(
        "run", "backtest", config, universe, last + 1 - DAYS * DAY_MS, None, 1, 0, chunk_bars=CHUNK_BARS
    )


def replayed(url: str, job: Replay, number: int, dies_at: int) -> None:
    """In a process of its own: begins or goes on, and dies at a statement, or comes to its end before."""
    done = 0

    def count(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        nonlocal done
        done += 1
        if done == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    engine = open_ledger(url)
    event.listen(Engine, "before_cursor_execute", count)
    event.listen(Engine, "commit", lambda connection: count(connection, None, "commit"))
    writer = LedgerWriter(engine)
    result = run_replay(replace(job, run_id=f"run-{number}", started_at=number, go_on=True), writer)
    assert reconcile(result) == 0
    writer.end_run(result.run_id, "finished", result.final_equity, summarise(result))
    engine.dispose()


def main(url: str, kills: int, seed: int) -> None:
    """Kills so many, and says as JSON which runs came to their end all the same."""
    job, random = prepared(), Random(seed)
    count = number = 0
    while count < kills:
        number += 1
        dies_at = random.randint(1, STATEMENTS)
        pid = os.fork()
        if pid == 0:
            replayed(url, job, number, dies_at)
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL
            count += 1
        else:
            assert os.waitstatus_to_exitcode(status) == 0
    engine = open_ledger(url)
    runs = find.runs(engine)
    engine.dispose()
    finished = [run.run_id for run in runs if run.status == "finished"]
    print(json.dumps({"kills": count, "finished": finished, "unfinished": len(runs) - len(finished)}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
