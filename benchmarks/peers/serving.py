"""What every peer's script shares: it answers requests on stdin with one JSON line each on stdout.

Runs in the peer's own environment and imports nothing of ours. `ready` comes first, with the
seconds of importing and of the first (compiling) round; then `round` gives the seconds of one
round, `trades` the trades of the last one; the end of stdin ends it.
"""

import contextlib
import gc
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

Columns = dict[str, Any]


def load(path: str) -> Columns:
    """Arrays of the data: time (bars,), open ... volume (bars, symbols), and `symbols`."""
    with np.load(path) as file:
        return {name: file[name] for name in file.files}


def crossing(talib: Any, close: Any, rule: dict[str, float]) -> tuple[Any, Any]:
    """(entries, exits) of one symbol at each close: the averages cross, and the RSI is under its ceiling."""
    fast, slow = talib.SMA(close, int(rule["fast"])), talib.SMA(close, int(rule["slow"]))
    above, below = np.zeros((2, len(close)), dtype=bool)
    above[1:] = (fast[1:] > slow[1:]) & (fast[:-1] <= slow[:-1])
    below[1:] = (fast[1:] < slow[1:]) & (fast[:-1] >= slow[:-1])
    return above & (talib.RSI(close, int(rule["rsi_period"])) < rule["rsi_ceiling"]), below


def serve(
    started: float, versions: str, one_round: Callable[[], object], trades: Callable[[], list[list[Any]]]
) -> None:
    """Answers until stdin ends. `started` is time.perf_counter() before the peer was imported."""
    out = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        loading = time.perf_counter() - started
        first = _seconds(one_round)
        _answer(out, {"versions": versions, "loading": loading, "first": first})
        for line in sys.stdin:
            request = line.strip()
            if request == "round":
                _answer(out, {"seconds": _seconds(one_round)})
            elif request == "trades":
                _answer(out, {"trades": trades()})
            else:
                _answer(out, {"error": f"unknown request {request!r}"})


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    start = time.perf_counter()
    result = work()
    took = time.perf_counter() - start
    del result
    return took


def _answer(out: Any, answer: dict[str, Any]) -> None:
    out.write(json.dumps(answer) + "\n")
    out.flush()
