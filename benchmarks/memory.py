"""Peak memory of one run beyond what stood before it, in bytes; for a process of its own (Linux).

python -m benchmarks.memory signals|book SYMBOLS BARS
"""

import gc
import sys
from pathlib import Path

from benchmarks.data import make_bars, make_universe
from benchmarks.plain_rule import shipped_config
from engine.research.backtest import Replay, plan_for, run_replay
from engine.signals.table import signal_table


def main(kind: str, symbols: int, bars: int) -> int:
    """A small run first, so that imports and caches do not count; then the peak of the real one."""
    config = shipped_config()

    def run(length: int) -> object:
        universe = make_universe(make_bars(symbols, length))
        gc.collect()
        # 5 resets the peak (man 5 proc): it then starts from what is resident now.
        Path("/proc/self/clear_refs").write_text("5")
        before = _resident("VmRSS")
        if kind == "signals":
            kept: object = signal_table(plan_for(config, universe.timeframe), universe.candles)
        else:
            kept = run_replay(Replay("memory", "backtest", config, universe, None, None, 0, 0), None)
        peak = _resident("VmHWM")
        del kept
        return peak - before

    run(1_000)
    print(run(bars))
    return 0


def _resident(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return 1024 * int(line.split()[1])
    raise OSError(f"/proc/self/status does not tell {field}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
