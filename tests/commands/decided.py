"""A ledger with decisions made by decide() under the shipped configuration, one of each fate."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from engine.config.load import load
from engine.decide.pipeline import decide
from engine.decide.policy import make_policy
from engine.execution.orders import entry_order
from engine.ledger.database import open_ledger
from engine.ledger.records import Batch
from engine.ledger.write import LedgerWriter
from engine.market.symbols import contracts
from engine.model.account import Facts, Performance, Portfolio
from engine.model.config import Config
from engine.model.decision import Decision
from engine.model.signal import Signal
from engine.model.trading import Position
from tests.ledger import samples
from tests.ledger.samples import HOUR, T0

ROOT = Path(__file__).parents[2]
AT = T0 + 3 * HOUR
SYMBOLS = ("ETHUSDTM", "SOLUSDTM", "XBTUSDTM")


@cache
def shipped() -> Config:
    config = load(ROOT).config
    assert config is not None
    return config


CROSSED = {
    "ema_fast": 101.5,
    "prev(ema_fast, 1)": 99.5,
    "ema_slow": 100.5,
    "prev(ema_slow, 1)": 100.25,
    "strength": 31.2,
    "rsi_14": 55.0,
    "volume": 1500.0,
    "sma(volume, 20)": 1000.0,
    "volume_ratio": 1.5,
}
"""Operands of a trend-following long: ADX over 30, volume at 1.5 of its average, which is not above it."""


def trend_signal(**changes: Any) -> Signal:
    """0.50, +0.15 for strength >= 30, +0.10 for volume_ratio > 1.2."""
    signal = Signal("trend-following", "XBTUSDTM", "long", AT, T0, 100.0, 0.75, 5.0, 12.5, operands=CROSSED)
    return replace(signal, **changes)


def turtle_signal(**changes: Any) -> Signal:
    operands = {"close": 100.0, "entry_high": 99.0, "entry_low": 80.0, "n": 4.0, "volume": 2.0}
    signal = Signal("turtle", "XBTUSDTM", "long", AT, T0, 100.0, 0.5, 8.0, 20.0, operands=operands)
    return replace(signal, **changes)


def decisions(
    *signals: Signal, positions: Mapping[str, Position] | None = None, facts: Facts | None = None
) -> list[Decision]:
    """What the shipped configuration decides on these signals with 10,000 of equity."""
    config, equity = shipped(), Decimal(10_000)
    known = contracts(SYMBOLS, config.market, config.risk.groups)
    portfolio = Portfolio(equity, equity, equity, equity, dict(positions or {}), (), {})
    performance = {name: Performance(name) for name in config.strategies}
    facts = facts or Facts(performance, {}, dict.fromkeys(SYMBOLS, 2.0), known, {}, HOUR)
    return decide(signals, portfolio, facts, make_policy(config), AT + HOUR)


def held(symbol: str, risk: int) -> Position:
    """A turtle long in `symbol` whose stop would lose `risk` in quote currency."""
    entry = Decimal(1000)
    return replace(
        samples.POSITION,
        id=f"held-{symbol}",
        strategy_id="turtle",
        symbol=symbol,
        quantity=Decimal(1),
        cost=entry,
        stop=entry - risk,
        decision_id=f"held-{symbol}",
    )


def ledger(file: Path, batch: Batch, **run: Any) -> str:
    """Writes a run `run-a` with this batch and the shipped configuration; the URL."""
    url = f"sqlite:///{file}"
    engine = open_ledger(url)
    writer = LedgerWriter(engine)
    writer.save_config(shipped().hash, shipped().document)
    writer.begin_run(samples.run(**{"symbols": SYMBOLS, "config_hash": shipped().hash, **run}))
    writer.add(batch)
    writer.end_run(batch.run_id, "finished", Decimal("10019.82"), {})
    engine.dispose()
    return url


def entered(decision: Decision) -> Batch:
    """A decision with its order, its fill, and the trade that ended at its target."""
    assert decision.quantity is not None
    known = contracts(SYMBOLS, shipped().market, shipped().risk.groups)
    order = entry_order(decision, known[decision.signal.symbol], AT)
    fill = replace(samples.FILL, id=f"{order.id}-fill", order_id=order.id, decision_id=decision.id)
    trade = replace(samples.TRADE, id=decision.id, decision_id=decision.id)
    return Batch("run-a", decisions=(decision,), orders=(order,), fills=(fill,), trades=(trade,))
