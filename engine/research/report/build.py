"""The report of a run, from the ledger to the HTML text."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup
from sqlalchemy import Engine

from engine import __version__
from engine.model.candles import Candles
from engine.model.decision import Gate
from engine.model.timeframe import DURATION_MS
from engine.model.trading import Trade
from engine.research.activity import SIDES
from engine.research.exact import money
from engine.research.gate_words import gate_words
from engine.research.metrics import finite, trade_figures
from engine.research.refusals import SENTENCES
from engine.research.report.candle_chart import encode, fitting_timeframe
from engine.research.report.costs import costs
from engine.research.report.curve import breaker_marks, curve
from engine.research.report.gather import Gathered
from engine.research.report.histogram import histogram
from engine.research.report.months import by_month
from engine.research.report.page import SHARE, render
from engine.research.report.reasons import SHOWN, Reason, best_and_worst
from engine.research.report.trades import by_symbol
from engine.research.summary import summarise

Progress = Callable[[int, int], None]

MONTH_NAMES: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
TIMEFRAMES: Final = ("1m", "5m", "15m", "1h", "4h", "1d")
"""Those that the chart offers beside the candles' own."""

SHAPES: Final = tuple(
    Markup(f'<path class="k-ink" d="{path}"/>')
    for path in (
        "M1 1H9V9H1Z",
        "M1 5a4 4 0 1 0 8 0a4 4 0 1 0 -8 0",
        "M5 10 0 4 3 4 3 0 7 0 7 4 10 4Z",
        "M5 0 10 6 7 6 7 10 3 10 3 6 0 6Z",
    )
)
"""One for each breaker, in the order of the script's own: square, circle, arrow down, arrow up."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Candles to draw trades on; where there are none `note` says how to get them. `warning` is a doubt."""

    candles: Mapping[str, Candles]
    timeframe: str
    note: str = ""
    warning: str = ""


def build(
    engine: Engine, gathered: Gathered, drawn: Drawn, progress: Progress = lambda done, total: None
) -> str:
    """The report as HTML.

    1. summary, months, costs; 2. the why of the best and worst trades; 3. candles; 4. the page.
    """
    result, trades = gathered.result, gathered.result.records.trades
    total = min(len(trades), 2 * SHOWN) + 2
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    summary = summarise(result)
    bar_ms = DURATION_MS[result.timeframe]
    step()
    best, worst = best_and_worst(engine, gathered.run.run_id, trades, step)
    rows = by_symbol(gathered)
    chart = _chart(drawn, gathered, rows)
    tripped = [(row["name"], row["tripped"]) for row in summary["breakers"] if row["tripped"]]
    codes = [row for row in summary["refusals"]["codes"] if row["count"]]
    config = gathered.config
    context = {
        "record": gathered.run,
        "summary": summary,
        "config_note": gathered.config_note,
        "titles": {} if config is None else {name: each.title for name, each in config.strategies.items()},
        "months": by_month(result.records.equity, bar_ms, result.starting_equity),
        "month_names": MONTH_NAMES,
        "tripped": tripped,
        "shapes": SHAPES,
        "sides": [_row(side, [each for each in trades if each.side == side]) for side in SIDES],
        "symbols": _by_symbol(gathered),
        "exits": [_exit(row) for row in summary["exits"]],
        "histogram": histogram(
            [trade.r_multiple for trade in trades if finite(trade.r_multiple) is not None]
        ),
        "learned": gathered.learned,
        "refused": sorted(codes, key=lambda row: -row["count"]),
        "never": [row["code"] for row in summary["refusals"]["codes"] if not row["count"]],
        "sentences": SENTENCES,
        "best": [_with_words(reason) for reason in best],
        "worst": [_with_words(reason) for reason in worst],
        "costs": costs(gathered),
        "share": SHARE,
        "version": __version__,
        "has_candles": bool(chart["candles"]),
        "candle_symbols": list(chart["candles"] or ()),
        "first_symbol": _busiest(chart, rows),
        "steps": list(zip(chart["steps"], chart["names"], strict=True)),
        "candle_note": chart["note"],
        "candle_warning": drawn.warning,
    }
    data = {
        "simulated": gathered.run.simulated,
        "starting_equity": money(result.starting_equity),
        "curve": curve(result.records.equity, bar_ms, result.records.breaker_events),
        "trips": breaker_marks(result.records.breaker_events, bar_ms),
        "breakers": [name for name, _ in tripped],
        "candles": chart["candles"],
        "trades": rows,
        "step": chart["steps"][0] if chart["steps"] else 0,
        "steps": chart["steps"],
    }
    step()
    return render(context, data)


def _chart(drawn: Drawn, gathered: Gathered, rows: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """The candles as the page holds them: of the run's own period, as fine as fits into a file."""
    result = gathered.result
    held = {
        symbol: candles.between(result.from_ms, result.to_ms + 1)
        for symbol, candles in drawn.candles.items()
        if symbol in rows
    }
    held = {symbol: candles for symbol, candles in held.items() if len(candles)}
    if not held:
        return {"candles": None, "steps": [], "names": [], "note": drawn.note}
    finest = fitting_timeframe(held, drawn.timeframe)
    offered = [
        name
        for name, length in DURATION_MS.items()
        if name == finest
        or (name in TIMEFRAMES and length > DURATION_MS[finest] and length % DURATION_MS[finest] == 0)
    ]
    fine = "" if finest == drawn.timeframe else f" Bars of {finest}, made of {drawn.timeframe} ones."
    return {
        "candles": {symbol: encode(candles, finest) for symbol, candles in held.items()},
        "steps": [DURATION_MS[name] // 1000 for name in offered],
        "names": offered,
        "note": drawn.note + fine,
    }


def _busiest(chart: Mapping[str, Any], rows: Mapping[str, list[dict[str, Any]]]) -> str:
    """The symbol to begin with: the one with the most trades."""
    symbols = list(chart["candles"] or ())
    return max(symbols, key=lambda symbol: len(rows[symbol])) if symbols else ""


def _by_symbol(gathered: Gathered) -> list[dict[str, Any]]:
    closed: dict[str, list[Trade]] = defaultdict(list)
    for trade in gathered.result.records.trades:
        closed[trade.symbol].append(trade)
    return [_row(symbol, closed[symbol]) for symbol in sorted({*gathered.run.symbols, *closed})]


def _row(name: str, trades: list[Trade]) -> dict[str, Any]:
    figures = trade_figures(trades)
    return {
        "name": name,
        "trades": figures.trades,
        "win_rate": figures.win_rate,
        "mean_r": figures.mean_r,
        "pnl": money(figures.pnl),
    }


def _exit(row: Mapping[str, Any]) -> dict[str, Any]:
    trades = row["trades"]
    return {
        **row,
        "name": row["reason"].replace("_", " "),
        "win_rate": row["wins"] / trades if trades else None,
    }


def _with_words(reason: Reason) -> Reason:
    """Each gate with what it asks, in words."""
    gates = [{**gate, "words": _words(gate)} for gate in reason.why["gates"]]
    return Reason(reason.trade, {**reason.why, "gates": gates})


def _words(gate: Mapping[str, Any]) -> str:
    passed, cut = gate["mark"] != "refuse", gate["mark"] == "cut"
    return gate_words(Gate(gate["name"], "", "", passed, cut, gate["note"]))
