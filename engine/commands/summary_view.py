"""The summary of a run on a terminal: the headline first, then who did what, why not, and the books."""

from collections.abc import Mapping
from typing import Any, Final

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from engine.commands import summary_tables as tables
from engine.research.figures import amount, count, exact, figure, rate, sparkline

SIMULATED: Final = "SIMULATED MARKET - made, not measured"
SHOWN_SYMBOLS: Final = 6
Summary = Mapping[str, Any]


def render(summary: Summary, console: Console) -> None:
    """Prints a summary as `summarise` made it, fit to the console's width."""
    parts: list[RenderableType] = [
        _headline(summary, console),
        tables.strategies(summary["strategies"], console.width),
        *tables.firing(summary["by_year"], console.width),
        tables.refused(summary["refusals"]),
        _rescues(summary["rescues"]),
        tables.exits(summary["exits"]),
        tables.breakers(summary["breakers"]),
        tables.learned(summary["learning"]),
    ]
    if summary["positions"]:
        parts.append(tables.positions(summary["positions"]))
    parts.append(_books(summary["reconciliation"]))
    if summary["run"]["simulated"]:
        parts.append(Text(SIMULATED, style="bold yellow"))
    for part in parts:
        console.print(part)
        console.print()


def _headline(summary: Summary, console: Console) -> Panel:
    run, metrics, money = summary["run"], summary["metrics"], summary["money"]
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column()
    stopped = " (interrupted: only what was complete)" if run["interrupted"] else ""
    facts.add_row("Candles", Text(run["source"]))
    facts.add_row(
        "Period",
        f"{run['from'][:10]} to {run['to'][:10]}, {count(run['bars'])} bars of {run['timeframe']}{stopped}",
    )
    facts.add_row("Symbols", Text(_symbols(run["symbols"])))
    change = amount(money["change"], signed=True)
    facts.add_row(
        "Equity", f"{amount(money['starting_equity'])} to {amount(money['final_equity'])} ({change})"
    )
    if console.encoding.startswith("utf"):
        facts.add_row("Day by day", Text(sparkline(summary["curve"]), overflow="crop", no_wrap=True))
    body: list[RenderableType] = [
        facts,
        Text(""),
        _grid(metrics, money, 3 if console.width >= tables.WIDE else 2),
        Text(""),
        Text(_drawdown(metrics)),
    ]
    title = f"[bold yellow]{SIMULATED}[/]" if run["simulated"] else "[bold]Summary[/]"
    style = "yellow" if run["simulated"] else "none"
    return Panel(Group(*body), title=title, title_align="left", border_style=style, padding=(0, 1))


def _grid(metrics: Mapping[str, Any], money: Mapping[str, Any], columns: int) -> Table:
    """The figures and their names in so many columns, read down."""
    pairs = [
        ("Return", figure(metrics["return_pct"], 2, signed=True, unit="%")),
        ("CAGR", figure(metrics["cagr_pct"], 2, signed=True, unit="%")),
        ("Sharpe", figure(metrics["sharpe"])),
        ("Sortino", figure(metrics["sortino"])),
        ("Max drawdown", figure(metrics["max_drawdown_pct"], 2, unit="%")),
        ("Trades", count(metrics["trades"])),
        ("Win rate", rate(metrics["win_rate"])),
        ("Profit factor", _profit_factor(metrics)),
        ("Expectancy", figure(metrics["expectancy_r"], 3, signed=True, unit=" R")),
        ("Mean win / loss", f"{amount(metrics['average_win'])} / {amount(metrics['average_loss'])}"),
        ("In the market", figure(metrics["time_in_market_pct"], 1, unit="% of time")),
        ("Mean margin", figure(metrics["mean_margin_pct"], 2, unit="%")),
        ("Turnover", figure(metrics["turnover_a_year"], 1, unit=" x a year")),
        ("Fees", amount(money["fees"])),
        ("Open P&L", amount(money["open_pnl"], signed=True)),
    ]
    grid = Table.grid(padding=(0, 3, 0, 0))
    rows = -(-len(pairs) // columns)
    for _ in range(columns):
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(justify="right", no_wrap=True)
    for index in range(rows):
        grid.add_row(*(text for pair in pairs[index::rows] for text in pair))
    return grid


def _profit_factor(metrics: Mapping[str, Any]) -> str:
    if metrics["profit_factor"] is None and metrics["trades"]:
        return "no losses"
    return figure(metrics["profit_factor"])


def _symbols(symbols: list[str]) -> str:
    shown = ", ".join(symbols[:SHOWN_SYMBOLS])
    more = len(symbols) - SHOWN_SYMBOLS
    return f"{shown} and {more} more" if more > 0 else shown


def _drawdown(metrics: Mapping[str, Any]) -> str:
    fall = metrics["max_drawdown"]
    if fall is None:
        return "Equity never fell under its peak."
    end = "not yet recovered" if fall["recovered"] is None else f"recovered {fall['recovered'][:10]}"
    return (
        f"Deepest drawdown: from {fall['peak'][:10]} to {fall['trough'][:10]}, {end}, "
        f"{fall['days']:,.0f} days in all."
    )


def _rescues(part: Mapping[str, Any]) -> Text:
    text = (
        f"{count(part['tried'])} near misses tried, {count(part['rescued'])} rescued, "
        f"{count(part['accepted'])} of them accepted: {count(part['won'])} won, {count(part['lost'])} lost, "
        f"{count(part['open'])} open; mean R {figure(part['mean_r'], signed=True)}, "
        f"net P&L {amount(part['pnl'], signed=True)}."
    )
    return Text.assemble(("Second chance: ", "bold"), text)


def _books(part: Mapping[str, str]) -> Text:
    """The reconciliation: rounded for reading where it holds, to the last digit where it does not."""
    holds = part["difference"] == "0"
    shown = amount if holds else exact
    line = (
        f"{shown(part['starting_equity'])} at the start, {shown(part['closed_pnl'])} net from closed trades, "
        f"{shown(part['open_pnl'])} open P&L, less {shown(part['open_fees'])} fees and funding of open "
        f"positions, make {shown(part['final_equity'])}"
    )
    if holds:
        return Text.assemble(("The books add up: ", "bold"), line, ", to the last digit.")
    return Text.assemble(
        ("THE BOOKS DO NOT ADD UP: ", "bold red"), line, f" only with {exact(part['difference'])}."
    )
