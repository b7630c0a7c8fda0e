"""Rows "cold": what a person waits for, from the start of a process to its answer."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from benchmarks.data import make_bars
from benchmarks.measure import Row, Runner, interleave

_MAIN = "from engine.cli import main; main()"
_ROOT = Path(__file__).parent.parent


def measure(rounds: int, symbols: int, bars: int, tick: Callable[[], None] = lambda: None) -> list[Row]:
    """The rows: the whole book from parquet files to its summary, validate, import, an empty Python."""
    with tempfile.TemporaryDirectory(prefix="cash-town-bench-") as name:
        folder = Path(name)
        write_candles(folder / "candles", symbols, bars)
        environ = {**os.environ, "DATA_DIR": str(folder / "data"), "PYTHONPATH": str(_ROOT)}
        environ.pop("DATABASE_URL", None)
        backtest = ("-c", _MAIN, "backtest", "--candles", str(folder / "candles"))
        runners = {
            "book": _process(backtest, environ),
            "validate": _process(("-c", _MAIN, "validate"), environ),
            "import": _process(("-c", "import engine.cli"), environ),
            "python": _process(("-c", "pass"), environ),
        }
        try:
            # Seconds each, and far over the noise: fewer rounds say enough.
            times = interleave(runners, max(1, rounds // 2 + 1), tick=tick)
        except subprocess.CalledProcessError as error:
            said = (error.stderr or b"").decode(errors="replace").strip().splitlines()
            reason = f"{' '.join(error.cmd[3:4])} fails: {said[-1] if said else error}"
            return [Row("cold", "processes from their start", missing=reason)]
    return [
        Row(
            "cold",
            "the whole book, from process start to its summary",
            times["book"],
            goal=3.0,
            goal_text="<= 3 s",
            note="candles read from parquet, ledger on disk, summary printed",
        ),
        Row("cold", "validate the shipped configuration", times["validate"], goal=0.5, goal_text="< 0.5 s"),
        Row(
            "cold",
            "import of the command line",
            times["import"],
            goal=0.3,
            goal_text="< 0.3 s",
            note=f"an empty Python takes {times['python']:.3f} s of it",
        ),
    ]


def _process(arguments: tuple[str, ...], environ: Mapping[str, str]) -> Runner:
    def run() -> float:
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, *arguments], cwd=_ROOT, env=dict(environ), capture_output=True, check=True
        )
        return time.perf_counter() - start

    return run


def write_candles(folder: Path, symbols: int, bars: int) -> None:
    """The data as candle files."""
    import pyarrow
    import pyarrow.parquet as parquet

    folder.mkdir(parents=True)
    data = make_bars(symbols, bars)
    for place, symbol in enumerate(data.symbols):
        columns = {name: np.ascontiguousarray(values[:, place]) for name, values in data.columns().items()}
        table = pyarrow.table({"timestamp": data.time, **columns})
        parquet.write_table(table, folder / f"{symbol}_1h.parquet")
