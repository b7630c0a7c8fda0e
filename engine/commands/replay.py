"""What `run` and `backtest` share: from options to a finished, stored and printed replay.

Imported when one of them runs: it needs everything that is heavy.
"""

import gc
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, Final, Literal

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from engine.commands.findings import lines
from engine.commands.ledger_place import open_to_write
from engine.commands.report_file import report_of
from engine.commands.summary_view import render
from engine.config.load import find_config, load_with_warnings
from engine.config.schema import suggest
from engine.ledger.write import LedgerWriter
from engine.market.clean import utc_text
from engine.market.files import read_universe
from engine.market.funding import Funding, make_funding
from engine.market.simulated import simulated_universe
from engine.market.symbols import contracts
from engine.model.candles import Universe
from engine.model.config import Config
from engine.model.problem import CashTownError
from engine.model.timeframe import DAY_MS
from engine.research.backtest import Replay, changed_config, plan_for, run_replay
from engine.research.export import check_out, export
from engine.research.result import Result
from engine.research.summary import reconcile, summarise
from engine.session import CHUNK_BARS

REPORT: Final = "report.html"

WATCHED_BARS: Final = 1
"""Bar by bar each bar is stored as it ends, so that `cash-town watch` sees the session move."""


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for, as read from the command line. Times are UTC ms, [from_ms, to_ms)."""

    kind: Literal["backtest", "paper"]
    config: Path | None = None
    candles: Path | None = None
    from_ms: int | None = None
    to_ms: int | None = None
    symbols: tuple[str, ...] = ()
    strategies: tuple[str, ...] = ()
    equity: Decimal | None = None
    timeframe: str | None = None
    seed: int | None = None
    ledger: str | None = None
    out: Path | None = None
    bar_by_bar: bool = False
    new: bool = False
    report: bool = False
    verbose: bool = False


def replay(options: Options) -> tuple[Result, Console]:
    """Does it all and prints it; what can be refused is refused before the long work.

    1. configuration; 2. --out; 3. candles and funding; 4. ledger; the session, with progress; 5. the books
    must balance; 6. ledger, files, report, summary.
    """
    console, notes = Console(), Console(stderr=True)
    config = _config(options.config, notes)
    config = changed_config(config, _strategies(options.strategies, config), options.equity)
    if options.out is not None:
        check_out(options.out)
    seed = config.market.simulated.seed if options.seed is None else options.seed
    universe, from_ms = _candles(options, config, seed, notes)
    funding = make_funding(config.execution, options.candles, universe.symbols)
    _check_range(universe, from_ms, options.to_ms)
    _tell_of_symbols(config, universe, funding, notes)
    universe = replace(universe, data_hash=funding.hash_with(universe.data_hash))
    ledger = open_to_write(options.ledger, os.environ)
    writer = LedgerWriter(ledger)
    started = time.time()
    job = Replay(
        run_id=_run_id(options.kind, started),
        kind=options.kind,
        config=config,
        universe=universe,
        from_ms=from_ms,
        to_ms=options.to_ms,
        seed=seed,
        started_at=int(started * 1000),
        bar_by_bar=options.bar_by_bar,
        go_on=not options.new,
        funding=funding,
        chunk_bars=WATCHED_BARS if options.bar_by_bar else CHUNK_BARS,
    )
    # Records live to the end of the run: looking for garbage among them again and again is waste.
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    result = _run(job, writer, notes)
    difference = reconcile(result)
    if difference != 0:
        writer.end_run(result.run_id, "failed", result.final_equity, {})
        raise AssertionError(f"the books of {result.run_id} do not balance: {difference}")
    summary = summarise(result)
    status: Literal["interrupted", "finished"] = "interrupted" if result.interrupted else "finished"
    ended = int(time.time() * 1000)
    writer.end_run(result.run_id, status, result.final_equity, _of_any_place(summary), ended)
    if options.out is not None:
        try:
            export(result, summary, options.out)
        except CashTownError as error:
            raise CashTownError(f"{error}; the run itself is stored as {result.run_id}") from error
    if options.report and options.out is not None:
        report_of(ledger, result.run_id, universe, options.out / REPORT)
    render(summary, console)
    took = f"run {result.run_id}: {result.bars:,} bars in {time.time() - started:.1f} s"
    console.print(f"{took}; files in {options.out}" if options.out else took, highlight=False)
    return result, console


def _of_any_place(summary: Mapping[str, Any]) -> dict[str, Any]:
    """The summary as it is stored and hashed: the same for the same candles wherever they lie."""
    run = {key: value for key, value in summary["run"].items() if key != "source"}
    return {**summary, "run": run}


def _config(named: Path | None, notes: Console) -> Config:
    """The configuration in use; its warnings are said, its errors end the command."""
    config, warnings = load_with_warnings(find_config(named, os.environ, Path.cwd()))
    for warning in warnings:
        notes.print(str(warning), style="yellow", highlight=False, soft_wrap=True, markup=False)
    return config


def _check_range(universe: Universe, from_ms: int | None, to_ms: int | None) -> None:
    if not any(len(series.between(from_ms, to_ms)) for series in universe.candles.values()):
        first = min(int(series.time[0]) for series in universe.candles.values())
        last = max(int(series.time[-1]) for series in universe.candles.values())
        raise CashTownError(
            f"no candles in the range that was asked for; {universe.source} has {utc_text(first)} to "
            f"{utc_text(last)} UTC"
        )


def _tell_of_symbols(config: Config, universe: Universe, funding: Funding, notes: Console) -> None:
    """What a folder of candles brings that the configuration does not speak of."""
    known = contracts(universe.symbols, config.market, config.risk.groups)
    lone = [symbol for symbol, contract in known.items() if contract.group not in config.risk.groups]
    if lone:
        notes.print(
            f"in no correlation group, each a group of its own: {', '.join(lone)}",
            style="yellow",
            soft_wrap=True,
        )
    unrecorded = [symbol for symbol in universe.symbols if symbol not in funding.recorded]
    if config.execution.funding == "recorded" and unrecorded:
        notes.print(
            f"no recorded funding, the constant rate counts: {', '.join(unrecorded)}",
            style="yellow",
            soft_wrap=True,
        )


def universe_of(options: Options) -> tuple[Config, Universe]:
    """The configuration in use and the candles asked for, all of them (warm-up included)."""
    config = _config(options.config, Console(stderr=True))
    universe, _ = _candles(options, config, config.market.simulated.seed, Console(stderr=True))
    return config, universe


def _run(job: Replay, writer: LedgerWriter, notes: Console) -> Result:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} bars"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=notes, transient=True) as bar:
        task = bar.add_task("signals", total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, description="replaying", completed=done, total=total)

        with _interruptible(notes) as stop:
            notify = partial(notes.print, highlight=False, soft_wrap=True)
            return run_replay(job, writer, progress, stop, notify)


@contextmanager
def _interruptible(notes: Console) -> Iterator[Callable[[], bool]]:
    """Ctrl-C asks the session to stop after the bar at hand; a second one ends it at once."""
    asked = False

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        notes.print("stopping after this bar; Ctrl-C again ends it at once", style="yellow")

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)


def _candles(options: Options, config: Config, seed: int, notes: Console) -> tuple[Universe, int | None]:
    """The universe, with warm-up before the first traded moment, which comes back too."""
    market = config.market
    feed = options.timeframe or market.timeframe
    settle_ms = plan_for(config, feed).settle_ms
    if options.candles is not None:
        universe, findings = read_universe(
            options.candles,
            market.candles,
            options.timeframe,
            market.timeframe,
            options.symbols or None,
            options.from_ms,
            options.to_ms,
            settle_ms,
        )
        for line in lines(findings, options.verbose):
            notes.print(f"candles: {line}", highlight=False, style="dim")
        return universe, options.from_ms
    chosen = _known(options.symbols, market.symbols, "symbol") or market.symbols
    universe = simulated_universe(market, config.risk.groups, chosen, feed, seed)
    if options.from_ms is not None:
        return universe, options.from_ms
    last_ms = max(int(series.time[-1]) for series in universe.candles.values())
    return universe, last_ms + 1 - market.simulated.replay_days * DAY_MS


def _strategies(asked: Sequence[str], config: Config) -> tuple[str, ...] | None:
    return _known(asked, tuple(config.strategies), "strategy") or None


def _known(asked: Sequence[str], known: Sequence[str], noun: str) -> tuple[str, ...]:
    """The words asked for, each of which must be known."""
    for word in asked:
        if word not in known:
            hint = suggest(word, known) or f"known are {', '.join(known)}"
            raise CashTownError(f"unknown {noun} {word!r}; {hint}")
    return tuple(dict.fromkeys(asked))


def _run_id(kind: str, started: float) -> str:
    """A name that sorts by time: kind and UTC time, to the microsecond against doubles."""
    return f"{kind}-{datetime.fromtimestamp(started, UTC):%Y%m%d-%H%M%S-%f}"
