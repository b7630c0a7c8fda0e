"""A session over bars written by hand, with signals that are said when: the shipped gates, the desk's broker.

A signal of confidence 0.80 with its stop 8 away risks 1.8 % of 10,000: 22.5 coins of 100.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

import numpy as np

from engine.execution.paper import PaperBroker
from engine.ledger.records import Batch
from engine.market.funding import Funding
from engine.market.tape import make_tape
from engine.model.candles import Candles
from engine.model.config import Execution
from engine.model.signal import Side, Signal
from engine.model.timeframe import HOUR_MS
from engine.session import Session, Setup
from tests.decide.builders import policy
from tests.execution.desk import BTC, ETH, EXECUTION, contract

FREE: Final = replace(EXECUTION, taker_fee_pct=Decimal(0), maker_fee_pct=Decimal(0), slippage_pct=Decimal(0))
"""Nothing costs anything, so that only funding is seen."""

Prices = tuple[float, float, float, float]
CALM: Final[Prices] = (100.0, 100.0, 100.0, 100.0)


@dataclass
class Script:
    """Signals by the hour of the bar on whose close they exist."""

    entries: dict[int, list[Signal]] = field(default_factory=dict)
    exits: set[int] = field(default_factory=set)

    def advance(self, at_ms: int) -> None:
        pass

    def at(self, at_ms: int) -> list[Signal]:
        return list(self.entries.get(at_ms // HOUR_MS, ()))

    def exit(self, at_ms: int, strategy_id: str, symbol: str, side: Side) -> Signal | None:
        if at_ms // HOUR_MS not in self.exits:
            return None
        return Signal(strategy_id, symbol, side, at_ms, at_ms, 100.0, 1.0, 8.0, 20.0, "exit", "enough")

    def add(self, at_ms: int, strategy_id: str, symbol: str, side: Side) -> Signal | None:
        return None

    def trail(self, at_ms: int, strategy_id: str, symbol: str) -> tuple[float, ...]:
        return ()

    def volatility_pct(self, at_ms: int, symbol: str) -> float:
        return 2.0


def enters(
    hour: int, symbol: str = BTC, side: Side = "long", price: float = 100.0
) -> dict[int, list[Signal]]:
    """An entry on the close of that hour: filled at the next open."""
    at = hour * HOUR_MS
    return {hour: [Signal("livermore", symbol, side, at, at, price, 0.80, 8.0, 20.0)]}


def candles(symbol: str, hours: Sequence[int], prices: Mapping[int, Prices]) -> Candles:
    """Bars of these hours, at 100 where nothing else is said."""
    rows = np.array([prices.get(hour, CALM) for hour in hours], dtype=np.float64).reshape(-1, 4)
    times = np.array([hour * HOUR_MS for hour in hours], dtype=np.int64)
    columns = [rows[:, index].copy() for index in range(4)]
    return Candles(symbol, "1h", times, *columns, np.full(len(hours), 1000.0))


def session(
    script: Script,
    hours: Sequence[int],
    funding: Funding,
    prices: Mapping[int, Prices] | None = None,
    others: Sequence[int] = (),
    execution: Execution = FREE,
) -> tuple[Session, PaperBroker, list[Batch]]:
    """Runs bars of BTC at these hours, and quiet ones of ETH at `others`."""
    bars = {BTC: candles(BTC, hours, prices or {})}
    if others:
        bars[ETH] = candles(ETH, others, {})
    known = {symbol: contract(symbol) for symbol in bars}
    broker = PaperBroker(execution, known, execution.starting_equity)
    batches: list[Batch] = []
    setup = Setup("run", policy(), bars, make_tape(bars), "1h", script, known, broker, 1, funding)
    made = Session(setup, batches.append)
    made.run()
    return made, broker, batches
