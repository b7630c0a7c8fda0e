"""The plain rule in vectorbt: TA-Lib and numpy for the signals, from_signals for the rest.

Signals of a close are shifted to the next bar and filled at its open. Stop and target hang on the
fill: the stop is 8 % of the signal's close away, as a share of the fill price.
Usage: run_vectorbt.py DATA.npz RULE.json
"""

import json
import sys
import time

STARTED = time.perf_counter()

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import talib  # noqa: E402
import vectorbt as vbt  # noqa: E402
from serving import crossing, load, serve  # noqa: E402
from vectorbt.portfolio.enums import StopEntryPrice  # noqa: E402


def main(data_path: str, rule_path: str) -> None:
    with open(rule_path, encoding="utf-8") as file:
        rule = json.load(file)
    data = load(data_path)
    index = pd.to_datetime(data["time"], unit="ms")
    frames = {
        name: pd.DataFrame(data[name], index=index, columns=data["symbols"].tolist())
        for name in ("open", "high", "low", "close")
    }
    last = {}

    def one_round() -> object:
        close = data["close"]
        entries, exits = np.zeros((2, *close.shape), dtype=bool)
        for place in range(close.shape[1]):
            column = np.ascontiguousarray(close[:, place])
            now_in, now_out = crossing(talib, column, rule)
            entries[1:, place], exits[1:, place] = now_in[:-1], now_out[:-1]
        distance = np.full(close.shape, np.nan)
        distance[1:] = close[:-1] / data["open"][1:]
        portfolio = vbt.Portfolio.from_signals(
            frames["close"],
            entries=entries,
            exits=exits,
            price=frames["open"],
            open=frames["open"],
            high=frames["high"],
            low=frames["low"],
            sl_stop=rule["stop"] * distance,
            tp_stop=rule["target"] * distance,
            stop_entry_price=StopEntryPrice.FillPrice,
            fees=rule["fee"],
            init_cash=1e6,
        )
        last["records"] = portfolio.exit_trades.values
        return portfolio

    def trades() -> list[list[object]]:
        closed = last["records"][last["records"]["status"] == 1]
        return [
            [
                str(data["symbols"][record["col"]]),
                int(data["time"][record["entry_idx"]]),
                int(data["time"][record["exit_idx"]]),
                float(record["entry_price"]),
                float(record["exit_price"]),
                100 * float(record["return"]),
            ]
            for record in closed
        ]

    versions = f"vectorbt {vbt.__version__}, numpy {np.__version__}, pandas {pd.__version__}"
    serve(STARTED, versions, one_round, trades)


if __name__ == "__main__":
    main(*sys.argv[1:])
