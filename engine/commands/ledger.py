"""`cash-town ledger`: checks the ledger, takes old runs out of it, exports all of it."""

import os
import time
from pathlib import Path

import click

from engine.commands.options import ledger_option
from engine.model.problem import CashTownError
from engine.model.timeframe import DAY_MS

_run_option = click.option("--run", metavar="RUN", help="Only this run, or the first letters of it.")


@click.group("ledger", invoke_without_command=True)
@click.pass_context
def ledger_command(context: click.Context) -> None:
    """Check, prune or export the ledger."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@ledger_command.command("check")
@_run_option
@ledger_option
@click.pass_context
def check(context: click.Context, run: str | None, ledger: str | None) -> None:
    """Read all of it: is the database sound, is nothing lost or doubled, do the books balance?"""
    from engine.commands.ledger_place import reading
    from engine.ledger.check import everything
    from engine.ledger.faults import place
    from engine.ledger.find import find_run, runs

    with reading(ledger, os.environ) as engine:
        chosen = None if run is None else find_run(engine, run)
        problems = 0
        for line in everything(engine, chosen):
            problems += 1
            click.echo(line)
        count = 1 if chosen is not None else len(runs(engine))
        what = f"{place(engine)}: {count} run{'' if count == 1 else 's'}"
    if problems:
        click.echo(f"{what}, {problems} problem{'' if problems == 1 else 's'}")
        context.exit(1)
    click.echo(f"{what}, all in order: nothing lost, nothing doubled, every book balances")


@ledger_command.command("prune")
@click.option("--keep", type=click.IntRange(min=0), metavar="N", help="Keep the newest N runs.")
@click.option("--older-than", type=click.IntRange(min=0), metavar="DAYS", help="Only runs older than that.")
@click.option("--yes", is_flag=True, help="Do it; without this it only says what it would do.")
@ledger_option
def prune(keep: int | None, older_than: int | None, yes: bool, ledger: str | None) -> None:
    """Delete old runs with all their rows. Live runs always stay."""
    if keep is None and older_than is None:
        raise CashTownError("say what may go: --keep N, --older-than DAYS, or both")
    from engine.commands.ledger_place import reading
    from engine.ledger.prune import prune as take_out
    from engine.ledger.prune import superfluous

    before = None if older_than is None else int(time.time() * 1000) - older_than * DAY_MS
    with reading(ledger, os.environ) as engine:
        chosen = superfluous(engine, keep, before)
        for run in chosen:
            click.echo(f"{'delete' if yes else 'would delete'} {run.run_id} ({run.kind}, {run.status})")
        if yes and chosen:
            take_out(engine, chosen)
    done = "deleted" if yes else "would be deleted; --yes does it"
    click.echo(f"{len(chosen)} run{'' if len(chosen) == 1 else 's'} {done}")


@ledger_command.command("export")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the Parquet files.")
@_run_option
@ledger_option
def export(out: Path, run: str | None, ledger: str | None) -> None:
    """Write every table as Parquet: all of it, with exact money."""
    from engine.commands.ledger_place import reading
    from engine.ledger.find import find_run
    from engine.research.ledger_export import export_ledger

    with reading(ledger, os.environ) as engine:
        run_id = None if run is None else find_run(engine, run).run_id
        counts = export_ledger(engine, out, run_id)
    for name, count in counts.items():
        click.echo(f"{out / name}.parquet: {count:,} rows")
