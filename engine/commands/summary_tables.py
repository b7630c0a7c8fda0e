"""The tables of a run's summary: each takes a part of the summary and the width there is."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.table import Table

from engine.commands.figures import amount, count, figure, price, rate
from engine.research.refusals import SENTENCES

WIDE: Final = 110
"""From this width on there is room for all columns."""

QUIET: Final = "dim"
Row = Mapping[str, Any]


def new_table(title: str, texts: Sequence[str], numbers: Sequence[str], caption: str = "") -> Table:
    """A table with columns of text, then right-aligned ones of numbers."""
    table = Table(
        title=title,
        caption=caption or None,
        title_justify="left",
        caption_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        padding=(0, 1),
        collapse_padding=True,
        pad_edge=False,
    )
    for name in texts:
        table.add_column(name, no_wrap=True)
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def strategies(rows: Sequence[Row], width: int) -> Table:
    """Per strategy and side: signals, accepted entries, trades and what they came to."""
    wide = width >= WIDE
    names = ["Signals", "Merged", "Refused", "Accepted"] if wide else ["Signals", "Accepted"]
    names += ["Trades", "Won", "Mean R", *(["P&L a trade"] if wide else []), "Net P&L", "Fees"]
    table = new_table("Strategies", ["Strategy", "Side"], names)
    for row in rows:
        table.add_row(
            row["strategy_id"],
            row["side"],
            count(row["signals"]),
            *([count(row["merged"]), count(row["refused"])] if wide else []),
            count(row["accepted"]),
            count(row["trades"]),
            rate(row["win_rate"]),
            figure(row["mean_r"], signed=True),
            *([amount(row["expectancy"], signed=True)] if wide else []),
            amount(row["pnl"], signed=True),
            amount(row["fees"]),
            style=QUIET if not row["signals"] else "",
            end_section=row["side"] == "short",
        )
    return table


def firing(rows: Sequence[Row], width: int) -> list[Table]:
    """How often each strategy fires, per year, in as many tables as the width asks for."""
    years = sorted({row["year"] for row in rows})
    by_key = {(row["strategy_id"], row["year"]): row for row in rows}
    names = list(dict.fromkeys(row["strategy_id"] for row in rows))
    fitting = max(1, (width - 24) // 14)
    parts = [years[start : start + fitting] for start in range(0, len(years), fitting)]
    title = "How often each fires, per year"
    caption = "accepted entries / signals"
    tables = []
    for part in parts:
        table = new_table(title, ["Strategy", "Side"], [str(year) for year in part], caption)
        for name in names:
            for side in ("long", "short"):
                found = [by_key[name, year] for year in part]
                fired = any(row[f"{side}_signals"] for row in found)
                table.add_row(
                    name,
                    side,
                    *(f"{count(row[f'{side}_accepted'])} / {count(row[f'{side}_signals'])}" for row in found),
                    style="" if fired else QUIET,
                    end_section=side == "short",
                )
        tables.append(table)
    return tables


def refused(part: Row) -> Table:
    """Refusals per code, with a sentence for each."""
    table = new_table("Refusals", ["Code"], ["Count", "Share"])
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
    for row in rows:
        trades = row["trades"]
        table.add_row(
            row["reason"].replace("_", " "),
            count(trades),
            rate(row["wins"] / trades if trades else None),
            figure(row["mean_r"], signed=True),
            amount(row["pnl"], signed=True),
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
            f"tripped: {row['reason']}" if row["is_tripped"] else "armed",
            style="" if row["tripped"] else QUIET,
        )
    return table


def learned(rows: Sequence[Row]) -> Table:
    """What each strategy's record made of its size at the end."""
    table = new_table("Learned, as it stands at the end", ["Strategy"], ["Score", "Multiplier"])
    table.add_column("By rule")
    table.add_column("Kelly risk", justify="right", no_wrap=True)
    table.add_column("Why")
    for row in rows:
        table.add_row(
            row["strategy_id"],
            figure(row["score"]),
            figure(row["multiplier"]),
            row["multiplier_rule"],
            figure(row["kelly_pct"], unit="%"),
            row["kelly_note"],
            style="" if row["trades"] else QUIET,
        )
    return table


def positions(rows: Sequence[Row]) -> Table:
    """What is open at the end, marked at the last close."""
    table = new_table(
        "Open at the end", ["Symbol", "Strategy", "Side", "Since"], ["Entry", "Last", "Open P&L"]
    )
    for row in rows:
        table.add_row(
            row["symbol"],
            row["strategy_id"],
            row["side"],
            row["opened"][:10],
            price(row["entry_price"]),
            price(row["mark"]),
            amount(row["open_pnl"], signed=True),
        )
    return table
