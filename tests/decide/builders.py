"""A desk to decide at: 10,000 USDT of equity, prices of 100, the shipped configuration.

On these, a position of `quantity` coins with its stop `stop_pct` % away is a risk of
quantity x stop_pct / 100 % and, at `leverage`, an exposure of quantity / leverage %.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from engine.config.build import build_from_document
from engine.config.load import ConfigFiles, load_or_fail
from engine.decide.breakers import advance
from engine.decide.facts import account_facts
from engine.decide.pipeline import decide
from engine.decide.policy import Policy, make_policy
from engine.market.symbols import contract_for
from engine.model.account import BreakerState, Facts, Performance, Portfolio
from engine.model.config import Config
from engine.model.decision import Decision, Gate
from engine.model.signal import DIRECTION, Side, Signal
from engine.model.timeframe import DAY_MS, HOUR_MS
from engine.model.trading import Contract, Order, Position

ROOT: Final = Path(__file__).parents[2]
NOW: Final = 19_000 * DAY_MS + 12 * HOUR_MS
"""Noon of a UTC day: the close that is decided at. Its feed bar opened at AT."""
AT: Final = NOW - HOUR_MS
PRICE: Final = 100.0
EQUITY: Final = 10_000
CALM: Final = 2.0
"""Volatility in % at which sizes are not reduced."""


@cache
def shipped() -> Config:
    """The configuration of this checkout."""
    return load_or_fail(ConfigFiles(ROOT, "tests"))


@cache
def policy(*changes: tuple[str, Any]) -> Policy:
    """The shipped policy, or one with values changed: ("risk.limits.max_positions", 3), ..."""
    if not changes:
        return make_policy(shipped())
    document = json.loads(shipped().document)
    for path, value in changes:
        *parents, last = path.split(".")
        place = document
        for part in parents:
            place = place[int(part)] if isinstance(place, list) else place[part]
        place[last] = json.loads(value) if isinstance(value, str) and value[:1] in "[{" else value
    return make_policy(build_from_document(json.dumps(document, sort_keys=True)))


@cache
def contract(symbol: str) -> Contract:
    """The contract of a symbol by the shipped defaults and groups."""
    return contract_for(symbol, shipped().market, shipped().risk.groups)


class _Contracts(dict[str, Contract]):
    def __missing__(self, symbol: str) -> Contract:
        return contract(symbol)


class _Calm(dict[str, float]):
    def get(self, symbol: str, default: Any = None) -> Any:
        return super().get(symbol, CALM)


def signal(
    strategy: str = "livermore",
    symbol: str = "SOLUSDTM",
    side: Side = "long",
    confidence: float = 0.80,
    stop_pct: float = 8.0,
    reward_to_risk: float = 2.5,
    price: float = PRICE,
    **changes: Any,
) -> Signal:
    """An entry signal of this close."""
    distance = stop_pct / 100 * price
    made = Signal(
        strategy, symbol, side, AT, AT, price, confidence, distance, reward_to_risk * distance, facts={}
    )
    return replace(made, **changes)


def exit_signal(strategy: str = "livermore", symbol: str = "SOLUSDTM", side: Side = "long") -> Signal:
    """An exit rule that holds for a position of this strategy."""
    return signal(strategy, symbol, side, kind="exit", rule="close < exit_low")


def position(
    symbol: str,
    side: Side = "long",
    quantity: float = 25,
    stop_pct: float = 8,
    leverage: float = 7,
    strategy: str = "weinstein",
) -> Position:
    """An open position, entered at 100."""
    coins, entry = Decimal(str(quantity)), Decimal(100)
    away = DIRECTION[side] * Decimal(str(stop_pct))
    return Position(
        id=f"held-{symbol}",
        decision_id=f"held-{symbol}",
        strategy_id=strategy,
        symbol=symbol,
        side=side,
        quantity=coins,
        cost=coins * entry,
        stop=entry - away,
        target=entry + 2 * away,
        liquidation=entry - DIRECTION[side] * 13,
        leverage=Decimal(str(leverage)),
        fees=Decimal(0),
        initial_risk=coins * abs(away),
        opened_at=AT - DAY_MS,
    )


def waiting(
    symbol: str, side: Side = "long", quantity: float = 25, stop_pct: float = 8, leverage: float = 7
) -> Order:
    """An entry that waits for the open of its symbol."""
    return _order(symbol, side, quantity, leverage, stop_distance=Decimal(str(stop_pct)))


def leaving(held: Position) -> Order:
    """The exit of a position, waiting for the open."""
    order = _order(held.symbol, held.side, float(held.quantity), float(held.leverage))
    return replace(order, purpose="exit", reason="exit_rule")


def _order(symbol: str, side: Side, quantity: float, leverage: float, **changes: Any) -> Order:
    made = Order(
        id=f"order-{symbol}",
        decision_id=f"order-{symbol}",
        strategy_id="weinstein",
        symbol=symbol,
        side=side,
        purpose="entry",
        quantity=Decimal(str(quantity)),
        reference_price=Decimal(100),
        leverage=Decimal(str(leverage)),
        created_at=AT - HOUR_MS,
        rank=1,
    )
    return replace(made, **changes)


def portfolio(
    *positions: Position,
    orders: Iterable[Order] = (),
    equity: float = EQUITY,
    peak: float | None = None,
    day_start: float | None = None,
) -> Portfolio:
    """An account; without a peak or a day start it stands at both."""
    money = Decimal(str(equity))
    return Portfolio(
        cash=money,
        equity=money,
        peak_equity=money if peak is None else Decimal(str(peak)),
        day_start_equity=money if day_start is None else Decimal(str(day_start)),
        positions={held.symbol: held for held in positions},
        orders=tuple(orders),
    )


def record(strategy: str = "livermore", **figures: Any) -> dict[str, Performance]:
    """The record of one strategy."""
    return {strategy: Performance(strategy, **figures)}


def facts(
    performance: Mapping[str, Performance] | None = None,
    breakers: Mapping[str, BreakerState] | None = None,
    volatility: Mapping[str, float] | None = None,
    contracts: Mapping[str, Contract] | None = None,
    last_entry_at: Mapping[str, int] | None = None,
) -> Facts:
    """What is known beside signals and account: nothing bad, calm markets, default contracts."""
    return Facts(
        performance=performance or {},
        breakers=breakers or {},
        volatility_pct=_Calm(volatility or {}),
        contracts=_Contracts(contracts or {}),
        last_entry_at=last_entry_at or {},
        feed_bar_ms=HOUR_MS,
    )


def breakers_at(equity: float, peak: float = EQUITY, day_start: float = EQUITY) -> dict[str, BreakerState]:
    """The shipped breakers after a close at this equity."""
    account = account_facts(Decimal(str(equity)), Decimal(str(peak)), Decimal(str(day_start)), [])
    return advance({}, account, policy(), AT, NOW)[0]


def decided(
    *signals: Signal,
    account: Portfolio | None = None,
    known: Facts | None = None,
    rules: Policy | None = None,
) -> list[Decision]:
    """decide(), at the desk."""
    return decide(signals, account or portfolio(), known or facts(), rules or policy(), NOW)


def decision(*signals: Signal, **desk: Any) -> Decision:
    """The decision on the first of these signals."""
    return next(made for made in decided(*signals, **desk) if made.signal is signals[0])


def gate(made: Decision, name: str) -> Gate:
    """The check of that name; a cut of the size, which has the name of its limit, is none."""
    return next(one for one in made.gates if one.name == name and not one.cut)


def factor(made: Decision, name: str) -> float:
    """A factor of the size."""
    return next(one.value for one in made.factors if one.name == name)


def added(made: Decision, name: str) -> float:
    """An addition to the confidence; 0 where there is none."""
    return sum(one.value for one in made.adjustments if one.name == name)
