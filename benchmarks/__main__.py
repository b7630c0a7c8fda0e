"""python -m benchmarks [rules plain book cold live]: measures, prints one table, writes JSON.

Peers get environments of their own under .bench/ on first use, which takes minutes once and needs
a package index; without one their rows say that they are missing.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import book, cold, live, plain, rules
from benchmarks.data import BARS, SYMBOLS
from benchmarks.measure import ROUNDS, Row
from benchmarks.peer_process import CACHE
from benchmarks.report import machine, save, show

Measure = Callable[[argparse.Namespace, Callable[[], None]], list[Row]]

ROWS: Final[dict[str, Measure]] = {
    "rules": lambda given, tick: rules.measure(given.rounds, tick),
    "plain": lambda given, tick: plain.measure(
        given.rounds, given.symbols, given.bars, given.cache, tick=tick
    ),
    "book": lambda given, tick: book.measure(given.rounds, given.symbols, given.bars, given.cache, tick),
    "cold": lambda given, tick: cold.measure(given.rounds, given.symbols, given.bars, tick),
    "live": lambda given, tick: live.measure(given.rounds, tick),
}


def main() -> None:
    """Measures the named rows, all without names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)}; all without")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="rounds after the warm-up")
    parser.add_argument("--symbols", type=int, default=SYMBOLS)
    parser.add_argument("--bars", type=int, default=BARS)
    parser.add_argument("--json", type=Path, default=Path("out/bench.json"), help="where the figures go")
    parser.add_argument("--cache", type=Path, default=CACHE, help="environments of the peers")
    given = parser.parse_args()
    unknown = [name for name in given.rows if name not in ROWS]
    if unknown or given.rounds < 1:
        parser.error(f"unknown row {unknown[0]!r}" if unknown else "--rounds must be at least 1")
    facts = machine()
    measured: list[Row] = []
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[step]}"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as progress:
        names = given.rows or list(ROWS)
        task = progress.add_task("", total=len(names), step="")
        for name in names:
            steps = 0

            def tick(name: str = name) -> None:
                nonlocal steps
                steps += 1
                progress.update(task, step=f"round {steps}")

            progress.update(task, description=name, step="preparing")
            measured.extend(ROWS[name](given, tick))
            progress.advance(task)
    show(measured, facts, Console())
    settings = {"rounds": given.rounds, "symbols": given.symbols, "bars": given.bars}
    save(measured, facts, settings, given.json)
    Console(stderr=True).print(f"figures in {given.json}", highlight=False)


if __name__ == "__main__":
    main()
