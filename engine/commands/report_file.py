"""Where a report's candles come from, and how its file is written. Imported when one is made."""

import math
import os
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from sqlalchemy import Engine

from engine.execution.fills import price_of
from engine.market.files import read_universe
from engine.market.simulated import simulated_universe
from engine.model.candles import Universe
from engine.model.problem import CashTownError
from engine.model.timeframe import DURATION_MS
from engine.research.backtest import plan_for
from engine.research.report.build import Drawn, build
from engine.research.report.gather import Gathered, gather


def write_report(engine: Engine, gathered: Gathered, file: Path, candles: Callable[[], Drawn]) -> None:
    """Builds the report and writes it whole or not at all, showing how far it is."""
    notes = Console(stderr=True)
    _check(file)
    with Progress(TextColumn("{task.description}"), BarColumn(), console=notes, transient=True) as bar:
        task = bar.add_task("candles", total=None)
        drawn = candles()

        def progress(done: int, total: int) -> None:
            bar.update(task, description="report", completed=done, total=total)

        page = build(engine, gathered, drawn, progress)
    beside = file.with_name(f".{file.name}.part")
    try:
        beside.write_text(page, encoding="utf-8")
        os.replace(beside, file)
    except OSError as error:
        raise CashTownError(f"{file} cannot be written: {error.strerror or error}") from error
    finally:
        beside.unlink(missing_ok=True)
    if drawn.warning:
        notes.print(drawn.warning, style="yellow", markup=False, highlight=False)
    label = "SIMULATED market, " if gathered.run.simulated else ""
    size = f"{len(page.encode()) / 1e6:.1f} MB"
    Console(markup=False, highlight=False).print(
        f"report of {gathered.run.run_id} ({label}{size}): {file}", soft_wrap=True
    )


def report_of(engine: Engine, run_id: str, universe: Universe, file: Path) -> None:
    """The report of a run that has just ended, drawn on the candles that it ran on."""
    gathered = gather(engine, run_id)
    write_report(engine, gathered, file, lambda: drawn_on(universe, gathered))


def _check(file: Path) -> None:
    if file.is_dir():
        raise CashTownError(f"--out {file} is a folder; name a file, such as {file / 'report.html'}")
    if not file.parent.is_dir():
        raise CashTownError(f"--out {file}: there is no folder {file.parent}")


def candles_of(gathered: Gathered, folder: Path | None) -> Drawn:
    """The candles to draw a stored run on: of a folder, or its simulated market made again."""
    run = gathered.run
    if folder is None and not run.simulated:
        how = f"`cash-town report {run.run_id} --candles DIR` draws the trades on the run's own files."
        return Drawn({}, run.timeframe, f"{how} It ran on {run.source}.")
    if gathered.config is None:
        return Drawn({}, run.timeframe, f"Its candles cannot be made again: {gathered.config_note}.")
    return drawn_on(_folder(gathered, folder) if folder is not None else _simulated(gathered), gathered)


def drawn_on(universe: Universe, gathered: Gathered) -> Drawn:
    """These candles, with a doubt where they are not those that the run was made on."""
    return Drawn(universe.candles, universe.timeframe, warning=_doubt(universe, gathered))


def _doubt(universe: Universe, gathered: Gathered) -> str:
    """Orders name the close that they were decided on; how much warm-up was read does not matter."""
    orders = [order for order in gathered.result.records.orders if order.symbol in universe.candles]
    if universe.data_hash == gathered.run.data_hash:
        return ""
    closes = {
        symbol: dict(zip(candles.time.tolist(), candles.close.tolist(), strict=True))
        for symbol, candles in universe.candles.items()
    }
    wrong = sum(
        price_of(closes[order.symbol].get(order.created_at, math.nan)) != order.reference_price
        for order in orders
        if order.purpose == "entry"
    )
    if not wrong:
        return ""
    return (
        f"These candles ({universe.source}) are not those of the run: {wrong:,} of its entries were "
        "decided on another close. Trades may lie beside their bars."
    )


def _simulated(gathered: Gathered) -> Universe:
    config, run = gathered.config, gathered.run
    assert config is not None
    return simulated_universe(config.market, config.risk.groups, run.symbols, run.timeframe, run.seed or 0)


def _folder(gathered: Gathered, folder: Path) -> Universe:
    """The folder's candles of the run's symbols and period, its warm-up included as a replay reads it."""
    config, run = gathered.config, gathered.run
    assert config is not None
    universe, _ = read_universe(
        folder,
        config.market.candles,
        run.timeframe,
        run.timeframe,
        run.symbols,
        run.from_ms,
        None if run.to_ms is None else run.to_ms + DURATION_MS[run.timeframe],
        plan_for(config, run.timeframe).settle_ms,
    )
    return universe
