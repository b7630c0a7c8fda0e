"""Holds the engine's trades of the plain rule to those of the reference, one by one."""

import math

from benchmarks.plain_rule.reference import PlainTrade, reference_trades
from engine.model.candles import Candles, Universe
from engine.model.config import Config
from engine.model.trading import Trade
from engine.research.backtest import Replay, run_replay

TOLERANCE = 1e-7
"""Relative; prices of the engine lie on a grid of 1e-8."""


def compare(config: Config, universe: Universe) -> dict[str, tuple[int, list[str]]]:
    """By symbol: how many trades the reference makes, and what differs, in words."""
    result = run_replay(
        Replay("plain", "backtest", config, universe, None, None, seed=0, started_at=0), writer=None
    )
    compared = {}
    for symbol, candles in universe.candles.items():
        ours = [trade for trade in result.records.trades if trade.symbol == symbol]
        columns = (candles.open, candles.high, candles.low, candles.close)
        reference = reference_trades(*(column.tolist() for column in columns))
        compared[symbol] = (len(reference), differences(ours, reference, candles))
    return compared


def differences(ours: list[Trade], reference: list[PlainTrade], candles: Candles) -> list[str]:
    """What differs between two lists of trades of one symbol."""
    found = []
    times = candles.time.tolist()
    if len(ours) != len(reference):
        found.append(f"{len(ours)} trades against {len(reference)}")
    for mine, theirs in zip(ours, reference, strict=False):
        pairs = (
            ("opened", float(mine.opened_at), float(times[theirs.entry_bar])),
            ("closed", float(mine.closed_at), float(times[theirs.exit_bar])),
            ("entry", float(mine.entry_price), theirs.entry_price),
            ("exit", float(mine.exit_price), theirs.exit_price),
            ("P&L %", mine.pnl_pct, theirs.pnl_pct),
        )
        for name, a, b in pairs:
            if not math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
                found.append(f"{name} of the trade opened at {mine.opened_at}: {a} against {b}")
        if mine.exit_reason != theirs.reason:
            found.append(f"end of the trade opened at {mine.opened_at}: {mine.exit_reason}, {theirs.reason}")
    return found
