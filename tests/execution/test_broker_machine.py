"""The paper broker and a real ledger, driven at random against the clerk of oracle.py.

After every step: cash, positions, waiting orders, fills, trades and equity are the clerk's; after every
bar the ledger, read back, says the same. What a session does at a close (marks, trailing stops,
funding) is done here in the same order; over a hole of the feed funding is paid at the next close, as
counterfactuals do.
"""

import decimal
import math
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine
from sqlalchemy import Engine

from engine.execution.at_close import AtClose
from engine.execution.broker import Journal
from engine.execution.fills import Bar
from engine.execution.orders import entry_order, exit_order
from engine.execution.paper import PaperBroker
from engine.execution.watch import Watch
from engine.ledger import read
from engine.ledger.database import open_ledger
from engine.ledger.records import Batch
from engine.ledger.write import LedgerWriter
from engine.market.funding import Funding, Recorded
from engine.model.account import EquityPoint
from engine.model.config import Execution
from engine.model.decision import Decision
from engine.model.problem import CashTownError
from engine.model.signal import DIRECTION, OPPOSITE, Side, Signal, SignalKind
from engine.model.strategy import Trailing
from engine.model.timeframe import HOUR_MS
from engine.model.trading import ZERO, Contract, Fill, Position, Trade
from tests.execution.oracle import Clerk, Held, Terms, Wish
from tests.ledger.samples import run as run_record

SYMBOLS: Final = {  # tick, lot, a price to begin with
    "AAAUSDTM": ("0.01", "0.001", "100"),
    "BBBUSDTM": ("0.03", "1", "30"),
    "CCCUSDTM": ("0.00000001", "0.00000001", "2.5"),
}
NAMES: Final = sorted(SYMBOLS)
TRAILING: Final = (
    (),
    (("percent", 3.0),),
    (("chandelier", 2.0),),
    (("atr", 1.5),),
    (("breakeven", 0.5),),
    (("breakeven", 1.0), ("percent", 5.0), ("chandelier", 1.0), ("atr", 2.5)),
)
DISTANCES: Final = st.sampled_from([math.nan, 0.0333, 0.5, 1.7, 4.0])
SIDES: Final = st.sampled_from(["long", "short"])
STEPS_OF_PRICE: Final = [Decimal(step) for step in ("0.9", "0.985", "0.998", "1.003", "1.02", "1.1")]
START: Final = 400_000 * HOUR_MS
"""A multiple of 8 hours since 1970: midnight or so."""


def exact(value: Decimal | float) -> Fraction:
    return Fraction(value)


class BrokerMachine(RuleBasedStateMachine):
    """One account; without an engine the ledger is left out."""

    def __init__(self, engine: Engine | None, runs: Iterator[int]) -> None:
        super().__init__()
        self.engine = engine
        self.run_id = f"run-{next(runs)}"
        self.at, self.number = START, 0
        self.marks: dict[str, Decimal] = {name: Decimal(SYMBOLS[name][2]) for name in NAMES}
        self.journal, self.stored, self.seen = Journal(), Journal(), Journal()
        self.closed_at = START
        self.watch = Watch()
        self.equity: list[EquityPoint] = []

    @initialize(
        fees=st.sampled_from([("0.06", "0.02"), ("0.055", "-0.01"), ("0", "0")]),
        slippage=st.sampled_from(["0.05", "0", "0.37"]),
        share=st.sampled_from([0, 10]),
        entry_bars=st.integers(1, 3),
        maintenance=st.sampled_from(["1", "0.4", "5"]),
        trailing=st.sampled_from(TRAILING),
        hours=st.sampled_from([1, 8, 0]),
        rate=st.sampled_from(["0.01", "-0.03", "0.0123456789"]),
        has_records=st.booleans(),
    )
    def begin(
        self,
        fees: tuple[str, str],
        slippage: str,
        share: int,
        entry_bars: int,
        maintenance: str,
        trailing: tuple[tuple[str, float], ...],
        hours: int,
        rate: str,
        has_records: bool,
    ) -> None:
        taker, maker = (Decimal(fee) for fee in fees)
        self.execution = Execution(
            "paper",
            Decimal(10_000),
            taker,
            maker,
            Decimal(slippage),
            max_volume_share_pct=Decimal(share),
            max_entry_bars=entry_bars,
        )
        self.contracts = {
            name: Contract(
                name, name[:3], name[:3], Decimal(tick), Decimal(lot), Decimal(20), Decimal(maintenance)
            )
            for name, (tick, lot, _) in SYMBOLS.items()
        }
        self.broker = PaperBroker(self.execution, self.contracts, Decimal(10_000))
        self.records: dict[int, str] = (
            {START + 3 * HOUR_MS: "0.2", START + 4 * HOUR_MS + 1: "-0.1", START + 9 * HOUR_MS: "0.05"}
            if has_records
            else {}
        )
        self.hours, self.rate = hours, rate
        rates = tuple(Decimal(each) for each in self.records.values())
        recorded = {NAMES[0]: Recorded(tuple(self.records), rates)} if has_records else {}
        self.rules = tuple(Trailing(kind, value) for kind, value in trailing)  # type: ignore[arg-type]
        self.distances: dict[str, list[float]] = {}
        self.at_close = AtClose(
            {"turtle": self.rules} if self.rules else {},
            lambda at, strategy, symbol: tuple(self.distances[symbol]),
            Funding(hours, Decimal(rate), recorded),
            self.contracts,
        )
        terms = Terms(
            exact(Decimal(slippage)),
            exact(taker),
            exact(maker),
            Fraction(share),
            entry_bars,
            {name: exact(each.tick_size) for name, each in self.contracts.items()},
            {name: exact(each.lot_size) for name, each in self.contracts.items()},
            exact(Decimal(maintenance)),
        )
        self.clerk = Clerk(terms, Fraction(10_000))
        if self.engine is not None:
            self.writer = LedgerWriter(self.engine)
            self.writer.begin_run(run_record(self.run_id))

    # What may be asked for.

    def waiting(self) -> set[str]:
        return {order.symbol for order in self.broker.orders}

    def leaving(self) -> set[str]:
        return {order.symbol for order in self.broker.orders if order.purpose == "exit"}

    def flat(self) -> list[str]:
        return [name for name in NAMES if name not in self.broker.positions and name not in self.waiting()]

    def quiet(self) -> list[str]:
        return [name for name in NAMES if name in self.broker.positions and name not in self.waiting()]

    def staying(self) -> list[str]:
        return [name for name in NAMES if name in self.broker.positions and name not in self.leaving()]

    def ask(self, data: st.DataObject, symbol: str, side: Side, kind: SignalKind) -> None:
        """An accepted entry or unit, of any size; the distances in shares of the price."""
        self.number += 1
        price, lot = self.marks[symbol], self.contracts[symbol].lot_size
        stop = float(price) * data.draw(st.sampled_from([0.03, 0.0555, 0.12, 0.5]))
        target = stop * data.draw(st.sampled_from([0.5, 2.5]))
        lots = data.draw(st.sampled_from([1, 3, 7, 1_000, 2_345]))
        leverage = Decimal(data.draw(st.sampled_from([1, 3, 7, 10])))
        rank = data.draw(st.integers(1, 3))
        signal = Signal("turtle", symbol, side, self.at, self.at, float(price), 0.8, stop, target, kind)
        decision = Decision(
            f"d{self.number}",
            "c0ffee",
            self.at,
            signal,
            "enter",
            0.8,
            rank=rank,
            quantity=lots * lot,
            leverage=leverage,
        )
        with decimal.localcontext(prec=60):
            order = entry_order(decision, self.contracts[symbol], self.at)
            self.broker.submit(order, self.journal)
        tick = self.clerk.terms.ticks[symbol]
        distances = [math.ceil(Fraction(repr(each)) / tick) * tick for each in (stop, target)]
        wish = Wish(
            f"d{self.number}-entry",
            f"d{self.number}",
            symbol,
            1 if side == "long" else -1,
            "add" if kind == "add" else "entry",
            lots * exact(lot),
            *distances,
            leverage=exact(leverage),
            rank=rank,
        )
        self.clerk.wishes.append(wish)

    def sell(self, symbol: str, decision: str, reason: Any) -> None:
        held = self.broker.positions[symbol]
        self.broker.submit(exit_order(held, decision, reason, self.marks[symbol], self.at), self.journal)
        noted = self.clerk.held[symbol]
        wish = Wish(
            f"{decision}-{reason}", decision, symbol, noted.sign, "exit", noted.quantity, reason=reason
        )
        self.clerk.wishes.append(wish)

    @precondition(lambda self: self.flat())
    @rule(data=st.data(), side=SIDES)
    def enter(self, data: st.DataObject, side: Side) -> None:
        self.ask(data, data.draw(st.sampled_from(self.flat())), side, "entry")

    @precondition(lambda self: len(self.flat()) > 1)
    @rule(data=st.data(), side=SIDES)
    def enter_all(self, data: st.DataObject, side: Side) -> None:
        for symbol in self.flat():
            self.ask(data, symbol, side, "entry")

    @precondition(lambda self: self.quiet())
    @rule(data=st.data())
    def add(self, data: st.DataObject) -> None:
        symbol = data.draw(st.sampled_from(self.quiet()))
        self.ask(data, symbol, self.broker.positions[symbol].side, "add")

    @precondition(lambda self: self.quiet())
    @rule(data=st.data())
    def add_to_all(self, data: st.DataObject) -> None:
        for symbol in self.quiet():
            self.ask(data, symbol, self.broker.positions[symbol].side, "add")

    @precondition(lambda self: self.staying())
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        self.number += 1
        self.sell(data.draw(st.sampled_from(self.staying())), f"x{self.number}", "exit_rule")

    @precondition(lambda self: self.quiet())
    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        symbol = data.draw(st.sampled_from(self.quiet()))
        self.sell(symbol, f"d{self.number + 1}", "reversal")
        self.ask(data, symbol, OPPOSITE[self.broker.positions[symbol].side], "entry")

    @precondition(lambda self: self.staying())
    @rule()
    def flatten(self) -> None:
        """A breaker: entries are taken back, everything else leaves at the next open."""
        self.broker.cancel_entries()
        self.clerk.wishes = [wish for wish in self.clerk.wishes if wish.purpose == "exit"]
        for symbol in self.staying():
            self.sell(symbol, self.broker.positions[symbol].decision_id, "breaker")

    @rule()
    def go_on_elsewhere(self) -> None:
        """The session is killed between two bars and started again."""
        books = self.broker.snapshot()
        self.broker = PaperBroker(self.execution, self.contracts, ZERO)
        self.broker.restore(books)
        self.watch = Watch()
        if self.engine is not None:
            self.writer = LedgerWriter(self.engine)

    # Time goes on.

    def watched(self) -> list[str]:
        """Symbols of which a bar matters."""
        return sorted(set(self.broker.positions) | self.waiting())

    @precondition(lambda self: self.watched())
    @rule(data=st.data())
    def bar(self, data: st.DataObject) -> None:
        self.hour(data, self.watched())

    @precondition(lambda self: self.watched())
    @rule(data=st.data())
    def another_bar(self, data: st.DataObject) -> None:
        """The same again: bars are what happens most."""
        self.hour(data, self.watched())

    @precondition(lambda self: len(self.watched()) > 1)
    @rule(data=st.data())
    def bar_of_some(self, data: st.DataObject) -> None:
        missing = data.draw(st.sampled_from(self.watched()))
        self.hour(data, [symbol for symbol in self.watched() if symbol != missing])

    @precondition(lambda self: self.watched())
    @rule(data=st.data(), hours=st.sampled_from([1, 2, 7, 12]))
    def hole(self, data: st.DataObject, hours: int) -> None:
        """The feed misses some hours altogether."""
        self.at += hours * HOUR_MS
        self.hour(data, self.watched())

    def hour(self, data: st.DataObject, present: list[str]) -> None:
        prices = {symbol: self.prices(data, symbol) for symbol in present}
        volumes = {
            symbol: self.contracts[symbol].lot_size * data.draw(st.sampled_from([0, 15, 70, 9_999, 10**6]))
            for symbol in (present if self.execution.max_volume_share_pct else ())
        } or dict.fromkeys(present, ZERO)
        self.distances = {symbol: [data.draw(DISTANCES) for _ in self.rules] for symbol in present}
        with decimal.localcontext(prec=60):
            self.engine_hour(prices, volumes)
        self.clerk_hour(prices, {symbol: exact(each) for symbol, each in volumes.items()})
        self.closed_at = self.at + HOUR_MS
        self.at = self.closed_at
        self.store()

    def prices(self, data: st.DataObject, symbol: str) -> tuple[Decimal, ...]:
        """Open, high, low, close: near the last close, or at a level, or a tick beside it."""
        last, tick = self.marks[symbol], self.contracts[symbol].tick_size
        held = self.broker.positions.get(symbol)
        weather = data.draw(st.sampled_from(["calm", "calm", "touch", "touch", "wild"]))
        if weather == "calm":
            return last, last, last, last
        possible = [last * step for step in STEPS_OF_PRICE]
        if held is not None:
            r = held.initial_risk / (held.quantity + held.closed_quantity) * DIRECTION[held.side]
            entry = held.entry_price
            levels = [held.stop, held.target, held.liquidation, entry + r, entry + r / 2]
            beside = data.draw(st.sampled_from([0, 0, 0, -1, 1])) * tick
            levels = [level + beside for level in levels]
            possible = levels if weather == "touch" else [*possible, *levels]
        prices = [Decimal(f"{price:.8f}") for price in possible if tick < price < 10**6]
        drawn = [data.draw(st.sampled_from(prices)) for _ in range(1 if weather == "touch" else 4)]
        if weather == "touch":  # it goes to one level and comes back
            drawn = [last, last, *drawn, last]
        return drawn[0], max(drawn), min(drawn), drawn[3]

    def engine_hour(self, prices: dict[str, tuple[Decimal, ...]], volumes: dict[str, Decimal]) -> None:
        """As a session does it."""
        broker, at = self.broker, self.at
        broker.at_open(at, {symbol: each[0] for symbol, each in prices.items()}, self.journal, volumes)
        bars = {}
        for levels in self.watch.of(broker.positions):
            each = prices.get(levels.position.symbol)
            if each is not None and (float(each[2]) <= levels.low or float(each[1]) >= levels.high):
                bars[levels.position.symbol] = Bar(*each[:3])
        broker.inside(at, bars, self.journal, volumes)
        for symbol, each in prices.items():
            self.marks[symbol] = each[3]
        for symbol, position in list(broker.positions.items()):
            if symbol in prices:
                opening, high, low, close = (float(price) for price in prices[symbol])
                followed = self.at_close.followed(position, (opening, high, low, close), at)
                if followed is not position:
                    broker.follow(followed)
            for rate in self.at_close.due(position, self.closed_at, at + HOUR_MS):
                broker.fund(symbol, rate, self.marks[symbol])
        open_pnl = sum((p.open_pnl(self.marks[s]) for s, p in broker.positions.items()), ZERO)
        point = EquityPoint(
            at, broker.cash + open_pnl, broker.cash, open_pnl, ZERO, 0.0, 0.0, 0.0, len(broker.positions)
        )
        self.equity.append(point)

    def clerk_hour(self, prices: dict[str, tuple[Decimal, ...]], volumes: dict[str, Fraction]) -> None:
        clerk, known = self.clerk, {s: tuple(exact(p) for p in each) for s, each in prices.items()}
        clerk.open(self.at, {symbol: each[0] for symbol, each in known.items()}, volumes)
        clerk.inside(self.at, {symbol: (e[0], e[1], e[2]) for symbol, e in known.items()}, volumes)
        rules = [(each.kind, Fraction(repr(each.value))) for each in self.rules]
        for symbol, held in clerk.held.items():
            if symbol in known and rules:
                clerk.follow(symbol, list(rules), self.distances[symbol], *known[symbol][1:])
            for rate in self.due(symbol, held.opened_at):
                clerk.fund(symbol, rate, exact(self.marks[symbol]))

    def due(self, symbol: str, opened_at: int) -> list[Fraction]:
        """The rates of every moment since the last close, by looking at each half hour and a ms after."""
        rates = []
        first, last = min(self.records, default=0), max(self.records, default=-1)
        for half in range(2 * ((self.at + HOUR_MS - self.closed_at) // HOUR_MS) + 1):
            for moment in (self.closed_at + half * HOUR_MS // 2, self.closed_at + half * HOUR_MS // 2 + 1):
                if not max(self.closed_at, opened_at) < moment <= self.at + HOUR_MS or not self.hours:
                    continue
                if symbol == NAMES[0] and first <= moment <= last:
                    rates += [Fraction(self.records[moment])] if moment in self.records else []
                elif moment % (self.hours * HOUR_MS) == 0:
                    rates.append(Fraction(self.rate))
        return rates

    # What must hold.

    @invariant()
    def the_books_are_the_same(self) -> None:
        broker, clerk = self.broker, self.clerk
        new = self.journal.fills[len(self.seen.fills) :]  # records are frozen: the others were looked at
        assert [_fill(fill) for fill in new] == clerk.fills[len(self.seen.fills) :]
        self.seen.fills.extend(new)
        assert set(broker.positions) == set(clerk.held)
        for symbol, position in broker.positions.items():
            assert _position(position) == _noted(clerk.held[symbol])
        assert exact(broker.cash) == clerk.cash
        assert sorted((o.id, exact(o.quantity)) for o in broker.orders if o.purpose != "exit") == sorted(
            (wish.id, wish.quantity) for wish in clerk.wishes if wish.purpose != "exit"
        )
        assert sorted(o.id for o in broker.orders if o.purpose == "exit") == sorted(
            wish.id for wish in clerk.wishes if wish.purpose == "exit"
        )
        ended = self.journal.trades[len(self.seen.trades) :]
        for trade, noted in zip(ended, clerk.trades[len(self.seen.trades) :], strict=True):
            _same_trade(trade, noted)
        self.seen.trades.extend(ended)
        if self.equity:
            marks = {symbol: exact(mark) for symbol, mark in self.marks.items()}
            if self.equity[-1].at == self.at - HOUR_MS:
                assert exact(self.equity[-1].equity) == clerk.equity(marks)

    @invariant()
    def the_money_adds_up(self) -> None:
        """Cash is the start, the net P&L of all trades, and what open positions have cost and brought."""
        cash = 10_000 + sum((trade.pnl for trade in self.journal.trades), ZERO)
        with decimal.localcontext(prec=60):
            for position in self.broker.positions.values():
                cash += position.realised - position.fees - position.funding
        assert self.broker.cash == cash

    def store(self) -> None:
        """One bar, one transaction; then everything is read back."""
        new: list[Any] = []
        for name in ("orders", "fills", "trades"):
            all_of, before = getattr(self.journal, name), getattr(self.stored, name)
            new.append(all_of[len(before) :])
            setattr(self.stored, name, list(all_of))
        ids = [fill.id for fill in self.journal.fills] + [order.id for order in self.journal.orders]
        assert len(ids) == len(set(ids))
        if self.engine is None:
            return
        positions = [self.broker.positions[symbol] for symbol in sorted(self.broker.positions)]
        batch = Batch(self.run_id, (), *new, equity=self.equity[-1:], positions=positions, marks=self.marks)
        self.writer.add(batch)
        with pytest.raises(CashTownError):
            self.writer.add(batch)
        engine, run = self.engine, self.run_id
        assert read.fills(engine, run) == self.journal.fills
        assert read.orders(engine, run) == self.journal.orders
        assert read.trades(engine, run) == self.journal.trades
        assert read.equity(engine, run) == self.equity
        kept = read.positions(engine, run)
        assert {each.position.symbol: each.position for each in kept} == dict(self.broker.positions)
        assert all(each.mark == self.marks[each.position.symbol] for each in kept)


def _fill(fill: Fill) -> tuple[Any, ...]:
    assert fill.id == f"{fill.order_id}-{fill.at}"
    figures = (exact(fill.quantity), exact(fill.price), exact(fill.fee))
    names = (fill.order_id, fill.decision_id, fill.symbol, fill.side, fill.purpose)
    return (*names, *figures, fill.liquidity, fill.at, fill.reason)


def _position(position: Position) -> tuple[Any, ...]:
    figures = ("quantity", "cost", "stop", "target", "liquidation", "leverage", "fees", "initial_risk")
    more = ("last_fill", "best", "funding", "closed_quantity", "closed_cost", "closed_value")
    counted = (position.id, position.symbol, position.side, position.opened_at, position.units)
    return (*counted, *(exact(getattr(position, name)) for name in (*figures, *more)))


def _noted(held: Held) -> tuple[Any, ...]:
    side = "long" if held.sign > 0 else "short"
    figures = (held.quantity, held.cost, held.stop, held.target, held.liquidation, held.leverage, held.fees)
    more = (held.risk, held.last_fill, held.best, held.funding, held.sold, held.sold_cost, held.sold_value)
    return (held.decision, held.symbol, side, held.opened_at, held.units, *figures, *more)


def _same_trade(trade: Trade, noted: dict[str, Any]) -> None:
    for name, value in noted.items():
        found = getattr(trade, name)
        if isinstance(found, float):
            assert found == pytest.approx(float(value), rel=1e-12, abs=1e-12), name
        else:
            assert (exact(found) if isinstance(found, Decimal) else found) == value, name


CI: Final = settings(max_examples=40, stateful_step_count=30, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    file: Path = tmp_path_factory.mktemp("machine") / "ledger.db"
    engine = open_ledger(f"sqlite:///{file}")
    yield engine
    engine.dispose()


def test_broker_and_ledger_are_the_clerks(ledger: Engine) -> None:
    runs = iter(range(10**9))
    run_machine(lambda: BrokerMachine(ledger, runs), settings=CI)


def test_the_broker_alone_is_the_clerks() -> None:
    """Without a ledger there is time for more."""
    runs = iter(range(10**9))
    run_machine(lambda: BrokerMachine(None, runs), settings=settings(CI, max_examples=120))


@pytest.mark.soak
def test_broker_and_ledger_are_the_clerks_for_long(ledger: Engine) -> None:
    runs = iter(range(10**9))
    run_machine(lambda: BrokerMachine(ledger, runs), settings=settings(CI, max_examples=2_000))
    run_machine(
        lambda: BrokerMachine(None, runs), settings=settings(CI, max_examples=20_000, stateful_step_count=50)
    )
