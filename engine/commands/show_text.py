"""Rows of the ledger in writing: a table that fits 80 columns, CSV, JSON."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from rich.console import Console
from rich.table import Table

from engine.commands.show_rows import Chosen
from engine.ledger.columns import Json
from engine.research.sentence import SHORT_ID, against

Row = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: what it shows of a row, and from which width of the screen on."""

    title: str
    show: Callable[[Row], str]
    justify: Literal["left", "right"] = "left"
    from_width: int = 0


def _text(name: str) -> Callable[[Row], str]:
    return lambda row: "" if row[name] is None else str(row[name])


def _id(name: str) -> Callable[[Row], str]:
    return lambda row: str(row[name] or "")[:SHORT_ID]


def _time(name: str) -> Callable[[Row], str]:
    return lambda row: str(row[name] or "")[:16].replace("T", " ")


def _number(name: str, places: int, sign: str = "") -> Callable[[Row], str]:
    def show(row: Row) -> str:
        value = row[name]
        return "" if value is None else f"{Decimal(str(value)):{sign},.{places}f}"

    return show


def _price(name: str) -> Callable[[Row], str]:
    """Seven digits: enough to tell ticks apart, from Bitcoin to the smallest coin."""

    def show(row: Row) -> str:
        value = row[name]
        if value is None:
            return ""
        number = Decimal(str(value))
        return f"{number:.{max(0, 6 - number.adjusted()) if number else 0}f}"

    return show


def _result(row: Row) -> str:
    return str(row["code"] or ("rescued" if row["rescued"] else row["action"]))


def _gain(row: Row) -> str:
    if row["final_equity"] is None:
        return ""
    start = Decimal(str(row["starting_equity"]))
    return f"{(Decimal(str(row['final_equity'])) / start - 1) * 100:+.1f} %" if start else ""


def _candles(row: Row) -> str:
    return "simulated" if row["simulated"] else "real"


def _compared(which: int) -> Callable[[Row], str]:
    def show(row: Row) -> str:
        value, limit = row["value"], row["limit"]
        return "" if value is None else against(value, limit)[which]

    return show


_WHO: Final = (
    Column("strategy", _text("strategy_id")),
    Column("symbol", _text("symbol")),
    Column("side", _text("side")),
)
_VIEWS: Final[Mapping[str, tuple[Column, ...]]] = {
    "runs": (
        Column("run", _text("run_id")),
        Column("candles", _candles),
        Column("status", _text("status")),
        Column("from", lambda row: str(row["from"] or "")[:10]),
        Column("to", lambda row: str(row["to"] or "")[:10]),
        Column("return", _gain, "right"),
        Column("equity", _number("final_equity", 2), "right", 100),
        Column("started (UTC)", _time("started_at"), from_width=110),
        Column("config", _id("config_hash"), from_width=130),
    ),
    "trades": (
        Column("id", _id("id")),
        Column("closed (UTC)", _time("closed_at")),
        *_WHO,
        Column("exit", _text("exit_reason"), from_width=95),
        Column("entry", _price("entry_price"), "right", 115),
        Column("exit price", _price("exit_price"), "right", 115),
        Column("P&L", _number("pnl", 2, "+"), "right"),
        Column("R", _number("r_multiple", 2, "+"), "right"),
    ),
    "decisions": (
        Column("id", _id("id")),
        Column("bar (UTC)", _time("at")),
        *_WHO,
        Column("result", _result),
        Column("conf", _number("confidence", 2), "right"),
        Column("value", _compared(0), "right", 110),
        Column("limit", _compared(1), "right", 110),
        Column("risk %", _number("risk_pct", 2), "right", 120),
    ),
    "positions": (
        Column("id", _id("id")),
        Column("opened (UTC)", _time("opened_at")),
        *_WHO,
        Column("quantity", _price("quantity"), "right", 115),
        Column("entry", _price("entry_price"), "right", 100),
        Column("mark", _price("mark"), "right", 100),
        Column("stop", _price("stop"), "right", 135),
        Column("target", _price("target"), "right", 135),
        Column("open P&L", _number("open_pnl", 2, "+"), "right"),
    ),
    "equity": (
        Column("bar (UTC)", _time("at")),
        Column("equity", _number("equity", 2), "right"),
        Column("cash", _number("cash", 2), "right"),
        Column("open P&L", _number("open_pnl", 2, "+"), "right"),
        Column("drawdown %", _number("drawdown_pct", 2), "right"),
        Column("risk %", _number("risk_pct", 2), "right"),
        Column("positions", _text("positions"), "right"),
        Column("exposure %", _number("exposure_pct", 2), "right", 95),
    ),
}


def write_table(chosen: Chosen, console: Console) -> None:
    """Prints a title, the rows, and the notes; wide screens are given more columns."""
    console.print(chosen.title, style="bold")
    if chosen.rows:
        table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold underline")
        columns = [column for column in _VIEWS[chosen.what] if column.from_width <= console.width]
        for column in columns:
            table.add_column(column.title, justify=column.justify, overflow="fold")
        for row in chosen.rows:
            table.add_row(*(column.show(row) for column in columns))
        console.print(table)
    for note in chosen.notes:
        console.print(note, style="yellow")


def write_csv(chosen: Chosen) -> str:
    """The rows as CSV with a header, unknown values empty; nothing at all where there are no rows."""
    text = io.StringIO()
    if chosen.rows:
        writer = csv.DictWriter(text, list(chosen.rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(chosen.rows)
    return text.getvalue()


def write_json(chosen: Chosen) -> str:
    """The rows as a JSON list of objects, unknown values null."""
    return json.dumps(chosen.rows, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
