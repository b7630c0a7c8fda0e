"""`cash-town backtest`: candle files through the whole system, with a full summary."""

from pathlib import Path
from typing import Any

import click

from engine.commands.options import read_replay, replay_options
from engine.model.problem import CashTownError


@click.command("backtest")
@click.option(
    "--candles",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder of <SYMBOL>_<timeframe>.parquet|csv|csv.gz; the folder is the universe.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder for parquet files and summary.json.")
@click.option("--report", is_flag=True, help="Write report.html into --out too (see `cash-town report`).")
@replay_options
@click.pass_context
def backtest_command(ctx: click.Context, /, **given: Any) -> None:
    """Replay candle files through all strategies, gates and the paper broker.

    Warm-up is read from before --from. Everything is stored in the ledger: ask `cash-town why`.
    """
    asked = read_replay(given)
    if asked["report"] and asked["out"] is None:
        raise CashTownError("--report writes report.html into a folder: name one with --out")
    from engine.commands.replay import Options, replay

    result, _ = replay(Options(kind="backtest", **asked))
    if result.interrupted:
        ctx.exit(130)
