"""The plain rule in backtesting.py, one Backtest a symbol; signals from TA-Lib, before its loop.

An order of a close is filled at the next open. The levels of stop and target are handed in as
prices: a distance of the signal's close from the next open, which is where it will be filled.
Usage: run_backtesting.py DATA.npz RULE.json
"""

import json
import sys
import time
import warnings
from typing import Any

STARTED = time.perf_counter()

import backtesting  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import talib  # noqa: E402
from serving import crossing, load, serve  # noqa: E402

CASH = 1e12
UNITS = 1_000


class PlainRule(backtesting.Strategy):
    """Long on the crossing up, out on the crossing down; one unit size, so nothing compounds."""

    rule: dict[str, float] = {}  # noqa: RUF012
    next_open: Any = None

    def init(self) -> None:
        close = np.asarray(self.data.Close, dtype=float)
        entries, exits = crossing(talib, close, self.rule)
        self.entries = self.I(lambda: entries.astype(float), plot=False)
        self.exits = self.I(lambda: exits.astype(float), plot=False)

    def next(self) -> None:
        if self.position:
            if self.exits[-1]:
                self.position.close()
        elif self.entries[-1]:
            close, fill = self.data.Close[-1], self.next_open[len(self.data) - 1]
            if fill == fill:
                self.buy(
                    size=UNITS, sl=fill - self.rule["stop"] * close, tp=fill + self.rule["target"] * close
                )


def main(data_path: str, rule_path: str) -> None:
    warnings.simplefilter("ignore")
    with open(rule_path, encoding="utf-8") as file:
        rule = json.load(file)
    data = load(data_path)
    index = pd.to_datetime(data["time"], unit="ms")
    frames = {}
    for place, symbol in enumerate(data["symbols"].tolist()):
        present = np.isfinite(data["close"][:, place])
        columns = {name.title(): data[name][present, place] for name in ("open", "high", "low", "close")}
        frames[symbol] = pd.DataFrame(columns, index=index[present])
    last = {}

    def one_round() -> object:
        for symbol, frame in frames.items():
            opens = frame["Open"].to_numpy()
            next_open = np.append(opens[1:], np.nan)
            test = backtesting.Backtest(frame, PlainRule, cash=CASH, commission=rule["fee"])
            last[symbol] = test.run(rule=rule, next_open=next_open)["_trades"]
        return None

    def trades() -> list[list[object]]:
        found = []
        for symbol, table in last.items():
            for trade in table.itertuples():
                entry = trade.EntryPrice * trade.Size
                pnl = (trade.ExitPrice - trade.EntryPrice) * trade.Size
                pnl -= rule["fee"] * (entry + trade.ExitPrice * trade.Size)
                times = [int(moment.timestamp() * 1000) for moment in (trade.EntryTime, trade.ExitTime)]
                found.append([symbol, *times, trade.EntryPrice, trade.ExitPrice, 100 * pnl / entry])
        return found

    versions = f"backtesting {backtesting.__version__}, numpy {np.__version__}, pandas {pd.__version__}"
    serve(STARTED, versions, one_round, trades)


if __name__ == "__main__":
    main(*sys.argv[1:])
