"""Our trades of the plain rule against those of vectorbt and backtesting.py, one by one.

python -m benchmarks.compare_trades [--candles DIR [--from DATE] [--to DATE] [--only A,B]] [--show N]
Without --candles on the simulated data. docs/peers.md explains every difference there is.
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from benchmarks.data import BARS, SYMBOLS, Bars, make_bars, make_universe
from benchmarks.peer_process import start_peers
from benchmarks.plain_rule import plain_config, shipped_config
from engine.commands.options import period
from engine.market.files import read_universe
from engine.model.candles import Universe
from engine.research.backtest import Replay, run_replay

PRICE_TOLERANCE = 1e-9
PNL_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Deal:
    """A closed trade as all three tell it: times of the bars (UTC ms), net P&L in % of the entry."""

    symbol: str
    opened_at: int
    closed_at: int
    entry: float
    exit: float
    pnl_pct: float
    reason: str = ""

    @property
    def key(self) -> tuple[str, int]:
        return self.symbol, self.opened_at


def our_deals(universe: Universe) -> list[Deal]:
    """Closed trades of the plain rule in our engine."""
    job = Replay("compare", "backtest", plain_config(), universe, None, None, 0, 0)
    trades = run_replay(job, None).records.trades
    return [
        Deal(
            trade.symbol,
            trade.opened_at,
            trade.closed_at,
            float(trade.entry_price),
            float(trade.exit_price),
            trade.pnl_pct,
            trade.exit_reason,
        )
        for trade in trades
    ]


def difference(ours: Deal, theirs: Deal) -> str | None:
    """In what two trades that were opened on the same bar differ; None where in nothing."""
    if not _near(ours.entry, theirs.entry):
        return f"{ours.reason}: entry price"
    if ours.closed_at != theirs.closed_at:
        if ours.closed_at == ours.opened_at:
            return f"{ours.reason} inside the bar of the entry: theirs looks at it from the next bar on"
        return (
            f"{ours.reason}: exit bar, theirs {'later' if theirs.closed_at > ours.closed_at else 'earlier'}"
        )
    if not _near(ours.exit, theirs.exit):
        if ours.reason == "exit_rule":
            return "exit_rule at the open of a bar: theirs takes a level that lies inside that bar first"
        return f"{ours.reason}: exit price on the same bar"
    if abs(ours.pnl_pct - theirs.pnl_pct) > PNL_TOLERANCE:
        return f"{ours.reason}: P&L"
    return None


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= PRICE_TOLERANCE * abs(one)


def compare(name: str, ours: Sequence[Deal], theirs: Sequence[Deal], console: Console, show: int) -> None:
    """Prints how many trades are the same, and each kind of difference with examples."""
    mine, other = ({deal.key: deal for deal in deals} for deals in (ours, theirs))
    common = sorted(mine.keys() & other.keys())
    kinds: Counter[str] = Counter()
    examples: dict[str, list[tuple[Deal | None, Deal | None]]] = {}

    def note(kind: str, a: Deal | None, b: Deal | None) -> None:
        kinds[kind] += 1
        examples.setdefault(kind, []).append((a, b))

    for key in common:
        kind = difference(mine[key], other[key])
        if kind is not None:
            note(kind, mine[key], other[key])
    for key in sorted(mine.keys() - other.keys()):
        note("only ours", mine[key], None)
    for key in sorted(other.keys() - mine.keys()):
        note("only theirs", None, other[key])
    same = len(common) - sum(kinds[kind] for kind in kinds if not kind.startswith("only"))
    means = [float(np.mean([deal.pnl_pct for deal in deals])) if deals else 0.0 for deals in (ours, theirs)]
    console.print(
        f"[bold]{name}[/]: ours {len(ours)}, theirs {len(theirs)}; {same} identical; "
        f"mean P&L {means[0]:.6f} % and {means[1]:.6f} %",
        highlight=False,
    )
    for kind, count in kinds.most_common():
        console.print(f"  {count:>5}  {kind}", highlight=False)
        for a, b in examples[kind][:show]:
            console.print(f"           ours   {_words(a)}\n           theirs {_words(b)}", highlight=False)


def _words(deal: Deal | None) -> str:
    if deal is None:
        return "none"
    opened, closed = (
        f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%d %H:%M}" for at in (deal.opened_at, deal.closed_at)
    )
    return f"{deal.symbol} {opened} at {deal.entry:.8g} -> {closed} at {deal.exit:.8g} {deal.reason}"


def bars_of(universe: Universe) -> Bars:
    """The candles on one grid of times, NaN where a symbol has no bar."""
    time = np.unique(np.concatenate([series.time for series in universe.candles.values()]))
    columns: dict[str, Any] = {}
    for name in ("open", "high", "low", "close", "volume"):
        columns[name] = np.full((len(time), len(universe.symbols)), np.nan)
        for place, series in enumerate(universe.candles.values()):
            columns[name][np.searchsorted(time, series.time), place] = getattr(series, name)
    return Bars(universe.symbols, time, **columns)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare_trades", description=__doc__)
    parser.add_argument("--candles", type=Path, help="folder of candle files instead of simulated data")
    parser.add_argument("--from", dest="start", metavar="DATE")
    parser.add_argument("--to", dest="end", metavar="DATE")
    parser.add_argument("--only", metavar="A,B", help="symbols of --candles")
    parser.add_argument("--symbols", type=int, default=SYMBOLS)
    parser.add_argument("--bars", type=int, default=BARS)
    parser.add_argument("--show", type=int, default=3, help="examples of each difference")
    given = parser.parse_args()
    console = Console(soft_wrap=True)
    if given.candles is None:
        bars = make_bars(given.symbols, given.bars)
        universe = make_universe(bars)
    else:
        market = shipped_config().market
        universe, _ = read_universe(
            given.candles,
            market.candles,
            None,
            market.timeframe,
            given.only.split(",") if given.only else None,
            *period(given.start, given.end),
        )
        bars = bars_of(universe)
    ours = our_deals(universe)
    reasons = Counter(deal.reason for deal in ours)
    console.print(f"{universe.source}: {len(bars.symbols)} symbols, {len(bars.time)} bars", highlight=False)
    console.print(f"ours: {len(ours)} closed trades, {dict(reasons)}", highlight=False)
    with start_peers(bars) as (peers, missing):
        for name, reason in missing.items():
            console.print(f"[bold]{name}[/] is missing: {reason}", highlight=False)
        for name, peer in peers.items():
            compare(name, ours, [Deal(*trade) for trade in peer.trades()], console, given.show)


if __name__ == "__main__":
    main()
