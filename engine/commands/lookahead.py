"""`cash-town lookahead`: signals over a prefix of the candles must be the prefix of the signals."""

from pathlib import Path
from typing import Any

import click

from engine.commands.options import config_option, period, split, timeframe_option


@click.command("lookahead")
@config_option
@click.option(
    "--candles",
    type=click.Path(path_type=Path),
    help="Folder of candle files. [default: the embedded simulated market]",
)
@click.option("--from", "start", metavar="DATE", help="First day (UTC) of the candles.")
@click.option("--to", "end", metavar="DATE", help="Last day (UTC), included.")
@click.option("--symbols", metavar="A,B", help="Only these symbols. [default: all]")
@timeframe_option
@click.option(
    "--cuts", type=click.IntRange(1, 1000), default=24, show_default=True, help="How many prefixes."
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of the cuts.")
@click.pass_context
def lookahead_command(ctx: click.Context, /, **given: Any) -> None:
    """Compare all signals with those of prefixes of the candles, cut at random bars.

    Any difference (a signal that appears, disappears or changes in a digit) is printed, and the
    exit code is 1.
    """
    from_ms, to_ms = period(given["start"], given["end"])
    from engine.commands.replay import Options, universe_of
    from engine.research.lookahead import compare_prefixes

    options = Options(
        kind="backtest",
        config=given["config"],
        candles=given["candles"],
        from_ms=from_ms,
        to_ms=to_ms,
        symbols=split("--symbols", given["symbols"]),
        timeframe=given["timeframe"],
    )
    config, universe = universe_of(options)
    report = compare_prefixes(config, universe, given["cuts"], given["seed"])
    for strategy_id, count in report.signals.items():
        click.echo(f"{strategy_id:<18} {count:>7,} entries and exits")
    for line in report.differences[:20]:
        click.echo(line)
    verdict = "no look-ahead" if not report.differences else f"{len(report.differences)} differences"
    click.echo(f"{len(report.cuts)} prefixes of {universe.source}: {verdict}")
    ctx.exit(1 if report.differences else 0)
