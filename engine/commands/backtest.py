"""`cash-town backtest`: candle files through the whole system, with a full summary."""

from pathlib import Path
from typing import Any

import click

from engine.commands.options import money, period, replay_options, split


@click.command("backtest")
@click.option(
    "--candles",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder of <SYMBOL>_<timeframe>.parquet|csv|csv.gz; the folder is the universe.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder for parquet files and summary.json.")
@replay_options
@click.pass_context
def backtest_command(ctx: click.Context, /, **given: Any) -> None:
    """Replay candle files through all strategies, gates and the paper broker.

    Warm-up is read from before --from. Everything is stored in the ledger: ask `cash-town why`.
    """
    from_ms, to_ms = period(given["start"], given["end"])
    equity = money("--equity", given["equity"])
    from engine.commands.replay import Options, replay

    result, _ = replay(
        Options(
            kind="backtest",
            config=given["config"],
            candles=given["candles"],
            from_ms=from_ms,
            to_ms=to_ms,
            symbols=split(given["symbols"]),
            strategies=split(given["strategies"]),
            equity=equity,
            timeframe=given["timeframe"],
            seed=given["seed"],
            ledger=given["ledger"],
            out=given["out"],
            bar_by_bar=given["bar_by_bar"],
            new=given["new"],
            verbose=given["verbose"],
        )
    )
    if result.interrupted:
        ctx.exit(130)
