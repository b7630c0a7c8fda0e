"""`cash-town report`: a run as one HTML file that needs nothing but a browser."""

import os
from pathlib import Path

import click

from engine.commands.options import ledger_option


@click.command("report")
@click.argument("run", required=False)
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write. [default: <RUN>.html here]",
)
@click.option(
    "--candles",
    type=click.Path(path_type=Path),
    help="Folder of the run's candle files, to draw its trades on; a simulated market is made again.",
)
@ledger_option
def report_command(run: str | None, out: Path | None, candles: Path | None, ledger: str | None) -> None:
    """Write a report of RUN (or the first letters of it; the latest): figures, charts, reasons, costs.

    One file, readable on a phone and on paper; opening it needs no network.
    """
    from engine.commands.ledger_place import reading
    from engine.commands.report_file import candles_of, write_report
    from engine.research.report.gather import gather

    with reading(ledger, os.environ) as engine:
        gathered = gather(engine, run)
        file = out or Path(f"{gathered.run.run_id}.html")
        write_report(engine, gathered, file, lambda: candles_of(gathered, candles))
