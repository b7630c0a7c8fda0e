"""`cash-town why`: every step that led to one decision, and what came of it."""

import os
from typing import Literal

import click

from engine.commands.options import ledger_option

Format = Literal["text", "json"]


@click.command("why")
@click.argument("decision")
@click.option(
    "--run", metavar="RUN", help="The run to look in; without it the newest that holds the decision."
)
@ledger_option
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def why_command(decision: str, run: str | None, ledger: str | None, format: Format) -> None:
    """Explain one decision: its conditions with their values, its gates, its size, its outcome.

    DECISION is an id or the first letters of one; a trade and a position bear the id of the decision
    that opened them. `cash-town show decisions` lists them.
    """
    from engine.commands.ledger_place import reading
    from engine.research.trace import trace

    with reading(ledger, os.environ) as engine:
        found = trace(engine, decision, run)
    if format == "json":
        import json

        from engine.research.trace_document import document

        click.echo(json.dumps(document(found), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        from rich.console import Console

        from engine.commands.why_text import print_trace

        print_trace(found, Console(markup=False, highlight=False, emoji=False))
