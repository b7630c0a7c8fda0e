"""The only loop: bar -> fills -> marks -> breakers -> signals -> decisions -> orders -> ledger.

Within a feed bar, in this order (the same for backtest, paper and live):
1. At the open: exits decided at the last close, then entries by rank.
2. Inside the bar: stops, targets, liquidations (of positions opened in it too).
3. At the close: what was learned; trailing stops (valid from the next bar), marks, funding, equity,
   peak and day start; breakers; exit rules and entry signals; decide(); its orders wait for the
   next open of their symbols.
"""

import decimal
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Final, Protocol

from engine import __version__
from engine.decide.breakers import advance
from engine.decide.facts import account_facts
from engine.decide.pipeline import decide
from engine.decide.policy import Policy
from engine.execution.at_close import AtClose
from engine.execution.broker import Broker, Journal
from engine.execution.feed_bars import FeedBars
from engine.execution.fills import price_of
from engine.execution.orders import entry_order, exit_order
from engine.execution.watch import Watch
from engine.learning.counterfactuals import Counterfactuals, outcome_of
from engine.learning.performance import Performances
from engine.ledger.documents import encode_record
from engine.ledger.records import Batch, SessionState
from engine.market.funding import Funding
from engine.market.tape import Tape
from engine.model.account import BreakerEvent, EquityPoint, Facts, Portfolio
from engine.model.candles import Candles
from engine.model.decision import Decision
from engine.model.signal import OPPOSITE, Side, Signal
from engine.model.snapshot import SNAPSHOT_VERSION, Snapshot, State
from engine.model.timeframe import DURATION_MS, utc_day
from engine.model.trading import ZERO, Contract, ExitReason

MONEY_DIGITS: Final = 60
CHUNK_BARS: Final = 8_760
CHUNK_DECISIONS: Final = 5_000
PROGRESS_BARS: Final = 240


NO_FUNDING: Final = Funding(0, ZERO)


class SignalSource(Protocol):
    """Signals bar by bar; `advance` is called once at each close, before anything is asked."""

    def advance(self, at_ms: int) -> None: ...

    def at(self, at_ms: int) -> list[Signal]: ...

    def exit(self, at_ms: int, strategy_id: str, symbol: str, side: Side) -> Signal | None: ...

    def add(self, at_ms: int, strategy_id: str, symbol: str, side: Side) -> Signal | None: ...

    def trail(self, at_ms: int, strategy_id: str, symbol: str) -> tuple[float, ...]: ...

    def volatility_pct(self, at_ms: int, symbol: str) -> float: ...


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything that a session runs on. At most `chunk_bars` bars are handed on together."""

    run_id: str
    policy: Policy
    candles: Mapping[str, Candles]
    tape: Tape
    timeframe: str
    signals: SignalSource
    contracts: Mapping[str, Contract]
    broker: Broker
    seed: int
    funding: Funding = NO_FUNDING
    chunk_bars: int = CHUNK_BARS


@dataclass(slots=True)
class _Chunk:
    """Records since the last batch was handed on."""

    journal: Journal = field(default_factory=Journal)
    decisions: list[Decision] = field(default_factory=list)
    equity: list[EquityPoint] = field(default_factory=list)
    events: list[BreakerEvent] = field(default_factory=list)

    def is_full(self, bars: int) -> bool:
        return len(self.equity) >= bars or len(self.decisions) >= CHUNK_DECISIONS

    def take(self, step: "_Chunk") -> None:
        """Adds the records of a bar that is complete."""
        self.journal.orders.extend(step.journal.orders)
        self.journal.fills.extend(step.journal.fills)
        self.journal.trades.extend(step.journal.trades)
        self.decisions.extend(step.decisions)
        self.equity.extend(step.equity)
        self.events.extend(step.events)


class Session:
    """One run over a tape. `sink` is given a batch a chunk, always cut at a bar's end."""

    def __init__(self, setup: Setup, sink: Callable[[Batch], None]) -> None:
        self._setup = setup
        self._sink = sink
        cash = setup.broker.cash
        self.starting_equity = cash
        self.state = State(cash, cash, cash)
        self.performances = Performances(setup.policy, setup.seed)
        self._bar_ms = DURATION_MS[setup.timeframe]
        self.counterfactuals = Counterfactuals(setup.policy.config.execution, setup.contracts, self._bar_ms)
        self._chunk = _Chunk()
        self._done = 0
        self._watch = Watch()
        strategies = setup.policy.config.strategies.values()
        self._bars = FeedBars(setup.tape, setup.candles)
        self._at_close = AtClose(
            {each.id: each.exits.trailing for each in strategies if each.exits.trailing},
            setup.signals.trail,
            setup.funding,
            setup.contracts,
        )
        self._longest_wait_ms = setup.policy.config.execution.max_wait_bars * self._bar_ms
        self._flattening = {
            rule.breaker.name for rule in setup.policy.breakers if rule.breaker.action == "flatten"
        }
        self._adding = {each.id for each in strategies if each.units is not None}

    def run(
        self,
        progress: Callable[[int, int], None] = lambda done, total: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Runs to the end of the tape, from where it was; whether it got there.

        `progress(bars done, bars)` is called now and then, `stop()` after every bar: a session
        ends between bars, never within one. Where something fails, what was complete before is
        handed on all the same, but nothing to go on from; a second Ctrl-C leaves what was stored.
        """
        times = self._setup.tape.times.tolist()
        with decimal.localcontext(prec=MONEY_DIGITS):
            try:
                for index in range(self._done, len(times)):
                    self._step(index, times[index])
                    self._done = index + 1
                    if stop():
                        break
                    if self._chunk.is_full(self._setup.chunk_bars):
                        self._hand_on()
                    if self._done % PROGRESS_BARS == 0:
                        progress(self._done, len(times))
                self._hand_on()
            except Exception:
                self._hand_on(is_whole=False)
                raise
            finally:
                progress(self._done, len(times))
        return self._done == len(times)

    def snapshot(self) -> Snapshot:
        """Where the session stands, behind its last whole bar."""
        return Snapshot(
            int(self._setup.tape.times[self._done - 1]),
            self.state,
            self._setup.broker.snapshot(),
            self.performances.snapshot(),
            self.counterfactuals.snapshot(),
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Goes on behind the bar of a snapshot, as if this session had run up to there."""
        self._done = int(self._setup.tape.times.searchsorted(snapshot.at, side="right"))
        self.state = snapshot.state
        self._setup.broker.restore(snapshot.broker)
        self.performances.restore(snapshot.strategies)
        self.counterfactuals.restore(snapshot.walks)

    def _step(self, index: int, at: int) -> None:
        """One feed bar, whole: its records are added to the chunk only when it is complete."""
        setup, broker = self._setup, self._setup.broker
        chunk = _Chunk()
        if self.state.closed_at is not None and self.state.closed_at < at:
            self._fund(self.state.closed_at, at)  # fell due while the feed had no bars, before this open
        if broker.orders:
            broker.cancel_entries(before=at - self._longest_wait_ms)
        opens = self._bars.opens(index, (order.symbol for order in broker.orders))
        if opens:
            broker.at_open(at, opens, chunk.journal, self._volumes(index, opens))
        if broker.positions:
            bars = self._bars.reached(index, self._watch.of(broker.positions))
            broker.inside(at, bars, chunk.journal, self._volumes(index, bars))
        setup.signals.advance(at)
        self._learn(index, at, chunk)
        self._mark(index, at, chunk)
        self._decide(index, at, chunk)
        self._chunk.take(chunk)

    def _volumes(self, index: int, symbols: Iterable[str]) -> dict[str, Decimal] | None:
        return self._bars.volumes(index, symbols) if self._setup.broker.needs_volume else None

    def _learn(self, index: int, at: int, chunk: _Chunk) -> None:
        """Outcomes that are facts from this bar on: closed trades, finished counterfactuals."""
        setup = self._setup
        for trade in chunk.journal.trades:
            self.performances.add(outcome_of(trade))
        if not self.counterfactuals.symbols:
            return

        def exit_rule(strategy_id: str, symbol: str, side: Side) -> bool:
            return setup.signals.exit(at, strategy_id, symbol, side) is not None

        now = at + self._bar_ms
        for symbol in self.counterfactuals.symbols:
            prices = self._bars.prices(index, symbol)
            if prices is None:
                continue
            after = self._bars.time_before(index, symbol) + self._bar_ms
            at_close = partial(self._at_close.alone, prices=prices, at=at, after=after, now=now)
            for outcome in self.counterfactuals.walk(symbol, at, prices, exit_rule, at_close):
                self.performances.add(outcome)

    def _mark(self, index: int, at: int, chunk: _Chunk) -> None:
        """Marks to the close; moves peak, day start and breakers; notes the equity."""
        setup, state, broker = self._setup, self.state, self._setup.broker
        now = at + self._bar_ms
        for symbol, position in list(broker.positions.items()):
            prices = self._bars.prices(index, symbol)
            if prices is not None:
                state.marks[symbol] = price_of(prices[3])
                followed = self._at_close.followed(position, prices, at)
                if followed is not position:
                    broker.follow(followed)
        self._fund(at, now)
        state.closed_at = now
        before = state.equity
        open_pnl = sum(
            (position.open_pnl(state.marks[symbol]) for symbol, position in broker.positions.items()), ZERO
        )
        state.equity = broker.cash + open_pnl
        is_new_day = state.day is not None and utc_day(now) > state.day
        if is_new_day:
            state.day_start = before
        state.day = utc_day(now)
        is_new_peak = state.equity > state.peak
        state.peak = max(state.peak, state.equity)
        watched = self._watch.of(broker.positions)
        account = account_facts(
            state.equity,
            state.peak,
            state.day_start,
            [(levels.risk, levels.margin) for levels in watched],
            is_new_day,
            is_new_peak,
        )
        state.breakers, events = advance(state.breakers, account, setup.policy, at, now)
        chunk.events.extend(events)
        self._flatten(events, at, chunk)
        chunk.equity.append(
            EquityPoint(
                at,
                state.equity,
                broker.cash,
                open_pnl,
                state.peak,
                account["drawdown_pct"],
                account["exposure_pct"],
                account["open_risk_pct"],
                len(broker.positions),
            )
        )

    def _fund(self, after: int, now: int) -> None:
        """Pays what falls due in (after, now], at the last marks."""
        broker = self._setup.broker
        for symbol, position in list(broker.positions.items()):
            for rate in self._at_close.due(position, after, now):
                broker.fund(symbol, rate, self.state.marks[symbol])

    def _portfolio(self) -> Portfolio:
        state, broker = self.state, self._setup.broker
        return Portfolio(
            broker.cash,
            state.equity,
            state.peak,
            state.day_start,
            dict(broker.positions),
            tuple(broker.orders),
            state.marks,
        )

    def _flatten(self, events: Sequence[BreakerEvent], at: int, chunk: _Chunk) -> None:
        """Closes everything at the next open where a breaker that asks for it has tripped; entries
        that wait for an open are cancelled.
        """
        if not any(event.event == "tripped" and event.name in self._flattening for event in events):
            return
        self._setup.broker.cancel_entries()
        leaving = {order.symbol for order in self._setup.broker.orders if order.purpose == "exit"}
        for symbol in sorted(set(self._setup.broker.positions) - leaving):
            self._exit(symbol, self._setup.broker.positions[symbol].decision_id, "breaker", at, chunk)

    def _decide(self, index: int, at: int, chunk: _Chunk) -> None:
        """Asks the strategies, decides, and sends the orders of what was accepted."""
        setup, state = self._setup, self.state
        signals = setup.signals.at(at)
        for symbol, position in setup.broker.positions.items():
            found = setup.signals.exit(at, position.strategy_id, symbol, position.side)
            if found is not None:
                signals.append(found)
            if position.strategy_id in self._adding:
                further = setup.signals.add(at, position.strategy_id, symbol, position.side)
                signals.extend([further] if further is not None else [])
        if not signals:
            return
        now = at + self._bar_ms
        asked = {signal.strategy_id for signal in signals}
        facts = Facts(
            {strategy_id: self.performances.of(strategy_id) for strategy_id in asked},
            state.breakers,
            {signal.symbol: setup.signals.volatility_pct(at, signal.symbol) for signal in signals},
            setup.contracts,
            state.last_entry_at,
            self._bar_ms,
        )
        decisions = decide(signals, self._portfolio(), facts, setup.policy, now)
        chunk.decisions.extend(decisions)
        for decision in decisions:
            self._act(decision, at, now, chunk)

    def _act(self, decision: Decision, at: int, now: int, chunk: _Chunk) -> None:
        setup = self._setup
        signal = decision.signal
        if decision.action == "close":
            self._exit(signal.symbol, decision.id, "exit_rule", at, chunk)
        elif decision.action == "enter":
            held = setup.broker.positions.get(signal.symbol)
            leaving = {order.symbol for order in setup.broker.orders if order.purpose == "exit"}
            if held is not None and held.side == OPPOSITE[signal.side] and signal.symbol not in leaving:
                self._exit(signal.symbol, decision.id, "reversal", at, chunk)
            setup.broker.submit(entry_order(decision, setup.contracts[signal.symbol], at), chunk.journal)
            self.state.last_entry_at[signal.symbol] = now
        elif decision.code in setup.policy.config.multipliers.counterfactual_codes:
            rules = setup.policy.config.multipliers
            strategy = setup.policy.config.strategies.get(signal.strategy_id)
            timeframe = setup.timeframe if strategy is None else strategy.timeframe
            leverage = min(
                setup.policy.config.risk.sizing.leverage, setup.contracts[signal.symbol].max_leverage
            )
            self.counterfactuals.start(decision, leverage, rules.horizon_bars * DURATION_MS[timeframe])

    def _exit(self, symbol: str, decision_id: str, reason: ExitReason, at: int, chunk: _Chunk) -> None:
        position = self._setup.broker.positions[symbol]
        order = exit_order(position, decision_id, reason, self.state.marks[symbol], at)
        self._setup.broker.submit(order, chunk.journal)

    def _hand_on(self, is_whole: bool = True) -> None:
        """Hands on the chunk, with what is needed to go on if the session stands behind a whole bar."""
        chunk, self._chunk = self._chunk, _Chunk()
        if not chunk.equity:
            return
        positions = self._setup.broker.positions
        state = None
        if is_whole:
            document = encode_record(self.snapshot())
            state = SessionState(chunk.equity[-1].at, SNAPSHOT_VERSION, __version__, document)
        self._sink(
            Batch(
                self._setup.run_id,
                decisions=chunk.decisions,
                orders=chunk.journal.orders,
                fills=chunk.journal.fills,
                trades=chunk.journal.trades,
                equity=chunk.equity,
                breaker_events=chunk.events,
                positions=[positions[symbol] for symbol in sorted(positions)],
                marks=dict(self.state.marks),
                breakers=[self.state.breakers[name] for name in sorted(self.state.breakers)],
                state=state,
            )
        )
