"""`cash-town functions`: what expressions may call and read, from the tables that check them."""

from collections.abc import Sequence
from typing import Literal

import click

from engine.config.facts import FACTS, SERIES
from engine.indicators.table import FUNCTIONS as INDICATORS
from engine.language.functions import FUNCTIONS as OWN
from engine.model.function import Function

Format = Literal["text", "markdown"]


@click.command("functions")
@click.option("--format", type=click.Choice(["text", "markdown"]), default="text", show_default=True)
@click.argument("words", nargs=-1)
def functions_command(format: Format, words: tuple[str, ...]) -> None:
    """List the functions of the expression language, or those whose text holds all WORDS."""
    rows = [row for row in every_function() if all(word.lower() in _text(row).lower() for word in words)]
    if not rows:
        click.echo(f"no function speaks of {' '.join(words)}", err=True)
    elif format == "markdown":
        click.echo(markdown(rows), nl=False)
    else:
        for row in rows:
            click.echo(f"{signature(row)}\n    {row.sentence} {_facts_of(row)}")


def every_function() -> list[Function]:
    """All functions by name."""
    return sorted([*INDICATORS.values(), *OWN.values()], key=lambda row: row.name)


def signature(row: Function) -> str:
    """How a call is written."""
    return f"{row.name}({', '.join(argument.name for argument in row.arguments)})"


def markdown(rows: Sequence[Function]) -> str:
    """The functions as a table; docs/language.md holds that of all of them."""
    lines = ["| function | unit | range | |", "| --- | --- | --- | --- |"]
    for row in rows:
        lines.append(f"| `{signature(row)}` | {_unit(row)} | {_range(row)} | {row.sentence} |")
    return "\n".join(lines) + "\n"


def facts_markdown() -> str:
    """The names that the program fills in, by where they may be read."""
    lines = ["| where | name | unit | |", "| --- | --- | --- | --- |"]
    for fact in SERIES:
        lines.append(f"| rules over bars | `{fact.name}` | {fact.unit} | {fact.sentence} |")
    for where, facts in FACTS.items():
        lines += [f"| {where} | `{fact.name}` | {fact.unit} | {fact.sentence} |" for fact in facts]
    return "\n".join(lines) + "\n"


def _text(row: Function) -> str:
    return f"{signature(row)} {row.sentence} {_unit(row)}"


def _unit(row: Function) -> str:
    return (
        f"that of {row.unit}" if row.unit in {argument.name for argument in row.arguments} else str(row.unit)
    )


def _range(row: Function) -> str:
    if row.low is None and row.high is None:
        return ""
    low = "" if row.low is None else f"{row.low:g}"
    high = "" if row.high is None else f"{row.high:g}"
    return f"{low} ... {high}"


def _facts_of(row: Function) -> str:
    bounds = _range(row)
    return f"[{_unit(row)}{', ' + bounds if bounds else ''}]"
