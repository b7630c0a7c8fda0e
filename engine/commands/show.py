"""`cash-town show`: what the ledger holds, as a table for people or as CSV and JSON for programs."""

import os
from collections.abc import Callable
from typing import Any, Literal, TypeVar

import click

from engine.commands.options import ledger_option

Format = Literal["table", "csv", "json"]
F = TypeVar("F", bound=Callable[..., Any])

_RUN = click.option("--run", metavar="RUN", help="The run, or the first letters of it; else the latest.")
_OUTPUT = (
    click.option("--format", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True),
    click.option("--limit", type=click.IntRange(min=1), help="The last so many rows; tables: 50, else all."),
    ledger_option,
)
_FILTERS = (
    click.option("--strategy", help="Only this strategy."),
    click.option("--symbol", help="Only this symbol."),
    click.option("--side", type=click.Choice(["long", "short"])),
)


def _with(*options: Callable[[F], F]) -> Callable[[F], F]:
    def add(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return add


@click.group("show", invoke_without_command=True)
@click.pass_context
def show_command(context: click.Context) -> None:
    """Show runs, trades, decisions, positions or the equity curve of the ledger."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@show_command.command("runs")
@_with(*_OUTPUT)
def runs(**asked: Any) -> None:
    """Every backtest, paper and live session, the latest last."""
    _show("runs", **asked)


@show_command.command("trades")
@_with(_RUN, *_FILTERS, *_OUTPUT)
def trades(**asked: Any) -> None:
    """Closed trades of a run, in order of their close."""
    _show("trades", **asked)


@show_command.command("decisions")
@_with(
    _RUN,
    *_FILTERS,
    click.option("--code", help="Only those refused with this code."),
    click.option("--accepted/--refused", default=None, help="Only entries and exits, or only the refused."),
    *_OUTPUT,
)
def decisions(accepted: bool | None, **asked: Any) -> None:
    """Decisions of a run: entries, exits, merged signals and refusals."""
    if accepted is True:
        asked["accepted"] = True
    elif accepted is False:
        asked["action"] = "refused"
    _show("decisions", **asked)


@show_command.command("positions")
@_with(_RUN, *_FILTERS, *_OUTPUT)
def positions(**asked: Any) -> None:
    """Positions that are open, or were when the run ended."""
    _show("positions", **asked)


@show_command.command("equity")
@_with(_RUN, *_OUTPUT)
def equity(**asked: Any) -> None:
    """The account at the close of each feed bar."""
    _show("equity", **asked)


def _show(
    what: str, format: Format, limit: int | None, ledger: str | None, run: str | None = None, **filters: Any
) -> None:
    from engine.commands.ledger_place import reading
    from engine.commands.show_rows import select_rows
    from engine.commands.show_text import write_csv, write_json, write_table

    with reading(ledger, os.environ) as engine:
        asked = {name: value for name, value in filters.items() if value is not None}
        chosen = select_rows(engine, what, run, asked, limit, is_table=format == "table")
    if format == "table":
        from rich.console import Console

        write_table(chosen, Console(markup=False, highlight=False, emoji=False))
        return
    for note in chosen.notes:
        click.echo(note, err=True)
    click.echo(write_json(chosen) if format == "json" else write_csv(chosen), nl=False)
