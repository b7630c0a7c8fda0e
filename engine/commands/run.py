"""`cash-town run`: the trading day on paper, on the embedded simulated market unless told otherwise."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.commands.options import read_replay, replay_options

if TYPE_CHECKING:
    from rich.console import Console

    from engine.research.result import Result


@click.command("run")
@click.option(
    "--candles",
    type=click.Path(path_type=Path),
    help="Folder of candle files. [default: the embedded simulated market]",
)
@replay_options
@click.pass_context
def run_command(ctx: click.Context, /, **given: Any) -> None:
    """Replay a stretch of the market on paper, print what happened and what to try next."""
    asked = read_replay(given)
    from engine.commands.replay import Options, replay

    result, console = replay(Options(kind="paper", **asked))
    _what_next(result, console)
    if result.interrupted:
        ctx.exit(130)


def _what_next(result: "Result", console: "Console") -> None:
    """Three commands worth typing now, with real ids of this run."""
    trades = result.records.trades
    refused = [decision for decision in result.records.decisions if decision.code is not None]
    console.print("\n[bold]What to try next[/bold]")
    lines = []
    if trades:
        best = max(trades, key=lambda trade: trade.r_multiple)
        lines.append(
            (f"cash-town why {best.decision_id}", f"why the best trade was taken ({best.r_multiple:+.2f} R)")
        )
    if refused:
        lines.append((f"cash-town why {refused[-1].id}", f"why a signal was refused ({refused[-1].code})"))
    lines += [
        ("cash-town show trades --limit 10", "the last trades"),
        ("cash-town validate", "after you have edited strategies.yaml"),
        ("cash-town backtest --candles DIR", "the same on real candles of your own"),
    ]
    width = max(len(command) for command, _ in lines)
    for command, words in lines:
        console.print(f"  {command:<{width}}  [dim]{words}[/dim]", highlight=False, soft_wrap=True)
