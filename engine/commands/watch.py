"""`cash-town watch`: a running session as it goes, out of the ledger."""

import os

import click

from engine.commands.options import ledger_option


@click.command("watch")
@click.option("--run", metavar="RUN", help="The run, or the first letters of it; else always the latest one.")
@ledger_option
@click.option(
    "--every",
    type=click.FloatRange(min=0.1),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="How often to look.",
)
@click.option("--once", is_flag=True, help="Show it once and end, as where there is no terminal.")
def watch_command(run: str | None, ledger: str | None, every: float, once: bool) -> None:
    """Show a session live: equity, positions, the last decisions with their reasons, breakers, refusals.

    It only reads the ledger, and waits where there is none yet. q or Ctrl-C ends it. To try it:
    `cash-town run --bar-by-bar` in another terminal.
    """
    from rich.console import Console

    from engine.commands.ledger_place import ledger_url
    from engine.commands.watch_live import watch, watch_once

    console = Console(markup=False, highlight=False, emoji=False)
    url = ledger_url(ledger, os.environ)
    if once or not console.is_terminal:
        watch_once(url, run, console)
    else:
        watch(url, run, every, console)
