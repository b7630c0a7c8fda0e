"""The tables of a run's summary: each takes a part of the summary, and the width there is if it matters."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from engine.research.figures import amounts, count, figure, price, rate
from engine.research.refusals import SENTENCES

WIDE: Final = 110
"""From this width on there is room for all columns."""

QUIET: Final = "dim"
Row = Mapping[str, Any]


def new_table(title: str, texts: Sequence[str], numbers: Sequence[str], gap: int = 1) -> Table:
    """A table with columns of text, then right-aligned ones of numbers, `gap` + 1 spaces apart."""
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, gap, 0, 0),
    )
    for name in texts:
        table.add_column(name, no_wrap=True)
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def strategies(rows: Sequence[Row], width: int) -> Table:
    """Per strategy and side: signals, accepted entries, trades and what they came to."""
    wide = width >= WIDE
    columns = {
        "Signals": [count(row["signals"]) for row in rows],
        "Merged": [count(row["merged"]) for row in rows],
        "Refused": [count(row["refused"]) for row in rows],
        "Accepted": [count(row["accepted"]) for row in rows],
        "Trades": [count(row["trades"]) for row in rows],
        "Won": [rate(row["win_rate"]) for row in rows],
        "Mean R": [figure(row["mean_r"], signed=True) for row in rows],
        "P&L a trade": amounts([row["expectancy"] for row in rows], signed=True),
        "Net P&L": amounts([row["pnl"] for row in rows], signed=True),
        "Fees": amounts([row["fees"] for row in rows]),
    }
    if not wide:
        columns = {
            name: cells for name, cells in columns.items() if name not in ("Merged", "Refused", "P&L a trade")
        }
    table = new_table("Strategies", ["Strategy", "Side"], list(columns), gap=1 if wide else 0)
    for row, *cells in zip(rows, *columns.values(), strict=True):
        table.add_row(_named_once(row), row["side"], *cells, style="" if row["signals"] else QUIET)
    return table


def _named_once(row: Row) -> str:
    return str(row["strategy_id"]) if row["side"] == "long" else ""


def firing(rows: Sequence[Row], width: int) -> list[Table]:
    """How often each strategy fires, per year, in as many tables as the width asks for."""
    years = sorted({row["year"] for row in rows})
    by_key = {(row["strategy_id"], row["year"]): row for row in rows}
    names = list(dict.fromkeys(row["strategy_id"] for row in rows))
    fitting = max(1, (width - 24) // 14)
    tables = []
    for start in range(0, len(years), fitting):
        part = years[start : start + fitting]
        title = "How often each fires, per year (accepted entries / signals)"
        table = new_table(title, ["Strategy", "Side"], [str(year) for year in part])
        for name in names:
            for side in ("long", "short"):
                found = [by_key[name, year] for year in part]
                cells = [(row[f"{side}_accepted"], row[f"{side}_signals"]) for row in found]
                table.add_row(
                    name if side == "long" else "",
                    side,
                    *(f"{count(accepted)} / {count(signals)}" for accepted, signals in cells),
                    style="" if any(signals for _, signals in cells) else QUIET,
                )
        tables.append(table)
    return tables


def refused(part: Row) -> Table:
    """Refusals per code, with a sentence for each."""
    table = new_table(f"Refusals ({count(part['total'])})", ["Code"], ["Count", "Share"])
    table.add_column("What it means")
    for row in part["codes"]:
        table.add_row(
            row["code"],
            count(row["count"]),
            figure(row["share_pct"], 1, unit="%"),
            SENTENCES[row["code"]],
            style="" if row["count"] else QUIET,
        )
    return table


def exits(rows: Sequence[Row]) -> Table:
    """How trades ended."""
    table = new_table("Exits", ["Reason"], ["Trades", "Won", "Mean R", "Net P&L"])
    for row, pnl in zip(rows, amounts([row["pnl"] for row in rows], signed=True), strict=True):
        trades = row["trades"]
        table.add_row(
            row["reason"].replace("_", " "),
            count(trades),
            rate(row["wins"] / trades if trades else None),
            figure(row["mean_r"], signed=True),
            pnl,
            style="" if trades else QUIET,
        )
    return table


def breakers(rows: Sequence[Row]) -> Table:
    """Circuit breakers: how often they tripped, and where they stand."""
    table = new_table("Circuit breakers", ["Breaker"], ["Tripped", "Reset", "Cleared"])
    table.add_column("At the end")
    for row in rows:
        table.add_row(
            row["name"],
            *(count(row[event]) for event in ("tripped", "reset", "cleared")),
            Text(f"tripped: {row['reason']}" if row["is_tripped"] else "armed"),
            style="" if row["tripped"] else QUIET,
        )
    return table


def learned(rows: Sequence[Row]) -> Table:
    """What each strategy's record made of its size at the end."""
    table = new_table("Learned, as it stands at the end", ["Strategy"], ["Multiplier"])
    table.add_column("Rule")
    table.add_column("Kelly risk", justify="right", no_wrap=True)
    table.add_column("Why")
    for row in rows:
        table.add_row(
            row["strategy_id"],
            figure(row["multiplier"]),
            Text(row["multiplier_rule"]),
            figure(row["kelly_pct"], unit="%"),
            Text(row["kelly_note"]),
            style="" if row["trades"] else QUIET,
        )
    return table


def positions(rows: Sequence[Row]) -> Table:
    """What is open at the end, marked at the last close."""
    names = ["Symbol", "Strategy", "Side", "Since"]
    table = new_table("Open at the end", names, ["Entry", "Last", "Open P&L"])
    for row, pnl in zip(rows, amounts([row["open_pnl"] for row in rows], signed=True), strict=True):
        table.add_row(
            Text(row["symbol"]),
            row["strategy_id"],
            row["side"],
            row["opened"][:10],
            price(row["entry_price"]),
            price(row["mark"]),
            pnl,
        )
    return table
