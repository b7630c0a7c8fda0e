"""A replay from a configuration and candles: everything between a command and the session."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from engine.config.build import build_from_document
from engine.config.complete import canonical
from engine.decide.policy import Policy, make_policy
from engine.execution.paper import PaperBroker
from engine.ledger.records import Batch, RunRecord
from engine.ledger.write import LedgerWriter
from engine.market.funding import Funding, make_funding
from engine.market.symbols import contracts
from engine.market.tape import Tape, make_tape
from engine.model.candles import Universe
from engine.model.config import Config
from engine.model.problem import CashTownError
from engine.model.timeframe import DURATION_MS
from engine.research.result import Records, Result
from engine.research.resume import Notify, Start, begin
from engine.session import CHUNK_BARS, Session, Setup, SignalSource
from engine.signals.plan import Plan, make_plan
from engine.signals.rolling import RollingSignals
from engine.signals.table import signal_table

Progress = Callable[[int, int], None]

KNOWN_BARS: Final = 3
"""Bars of the slowest timeframe within which each of them has closed, holes included."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What to replay. Bars that open in [from_ms, to_ms) are traded; those before are warm-up.

    Where `go_on` says so the newest same replay is continued if it was interrupted; the run then
    keeps its id. `started_at` is wall clock (UTC ms) and only noted in the ledger. `funding` holds
    recorded rates; without it the declared constant rate counts.
    """

    run_id: str
    kind: Literal["backtest", "paper"]
    config: Config
    universe: Universe
    from_ms: int | None
    to_ms: int | None
    seed: int
    started_at: int
    bar_by_bar: bool = False
    funding: Funding | None = None
    go_on: bool = False
    chunk_bars: int = CHUNK_BARS


def changed_config(
    config: Config, strategies: Sequence[str] | None = None, equity: Decimal | None = None
) -> Config:
    """The configuration with only these strategies enabled, or another starting equity.

    It is built from the changed document, so that its hash says what was run.
    """
    if strategies is None and equity is None:
        return config
    document = json.loads(config.document)
    if strategies is not None:
        for name, strategy in document["strategies"]["strategies"].items():
            strategy["enabled"] = name in strategies
    if equity is not None:
        document["execution"]["starting_equity"] = float(equity)
    return build_from_document(canonical(document))


def plan_for(config: Config, feed: str) -> Plan:
    """The compiled strategies of a configuration on a feed of this timeframe.

    Raises CashTownError for a strategy whose timeframe is faster than the feed's. Volatility is
    measured on the feed's bars where those are slower than declared.
    """
    feed_ms = DURATION_MS[feed]
    enabled = [each for each in config.strategies.values() if each.enabled and each.status != "retired"]
    for strategy in enabled:
        if DURATION_MS[strategy.timeframe] % feed_ms:
            raise CashTownError(
                f"{strategy.id} runs on {strategy.timeframe} bars, which cannot be made of a {feed} feed; "
                "use a faster feed (--timeframe), or choose other strategies (--strategies)"
            )
    sizing = config.risk.sizing
    timeframe = sizing.volatility_timeframe
    if DURATION_MS[timeframe] % feed_ms:
        timeframe = feed
    return make_plan(enabled, config.second_chance.indicators, sizing.volatility, timeframe, DURATION_MS)


def run_replay(
    replay: Replay,
    writer: LedgerWriter | None,
    progress: Progress = lambda done, total: None,
    stop: Callable[[], bool] = lambda: False,
    notify: Notify = lambda line: None,
) -> Result:
    """Runs a replay to its end.

    1. Plan and policy are compiled; 2. a run begins in the ledger, or the interrupted one goes on,
    which `notify` is told; 3. the signals of all bars are computed (or, bar by bar, as the session
    goes); 4. the session runs over the tape. Every chunk of bars goes to the ledger in one
    transaction. Where `stop()` says so it ends after a whole bar, with `interrupted` set; a run that
    fails is marked so in the ledger.
    """
    config, universe = replay.config, replay.universe
    plan, policy = plan_for(config, universe.timeframe), make_policy(config)
    tape = make_tape(universe.candles, replay.from_ms, replay.to_ms)
    if not len(tape.times):
        raise CashTownError("there are no candles in the range that was asked for")
    known = contracts(universe.symbols, config.market, config.risk.groups)
    if writer is not None:
        writer.save_config(config.hash, config.document)
    run = _run_record(replay, int(tape.times[0]), int(tape.times[-1]))
    with begin(writer, run, replay.go_on, notify) as start:
        setup = Setup(
            start.run_id,
            policy,
            universe.candles,
            tape,
            universe.timeframe,
            _signals(replay, plan, tape, start),
            known,
            PaperBroker(config.execution, known, config.execution.starting_equity),
            replay.seed,
            replay.funding or make_funding(config.execution, None, universe.symbols),
            replay.chunk_bars,
        )
        session = Session(setup, _sink(writer, start.records))
        if start.snapshot is not None:
            session.restore(start.snapshot)
        with _noting_failure(writer, start.run_id):
            finished = session.run(progress, stop)
    return _result(replay, policy, session, setup, start.records, interrupted=not finished)


def _sink(writer: LedgerWriter | None, records: Records) -> Callable[[Batch], None]:
    def take(batch: Batch) -> None:
        if writer is not None:
            writer.add(batch)
        records.add(batch)

    return take


@contextmanager
def _noting_failure(writer: LedgerWriter | None, run_id: str) -> Iterator[None]:
    """Marks a run that ends by an exception, where the ledger still lets it.

    A bug fails it; where the ledger fell away, or the user, it may go on from what was stored.
    """
    try:
        yield
    except BaseException as error:
        is_bug = not isinstance(error, CashTownError | KeyboardInterrupt)
        if writer is not None:
            with suppress(CashTownError):
                writer.end_run(run_id, "failed" if is_bug else "interrupted", None, {})
        raise


def _signals(replay: Replay, plan: Plan, tape: Tape, start: Start) -> SignalSource:
    candles = replay.universe.candles
    if not replay.bar_by_bar:
        return signal_table(plan, candles, from_ms=int(tape.times[0]))
    signals = RollingSignals(plan, candles)
    if start.snapshot is not None:
        # What was last known of slower timeframes, at the bars before: nothing else is kept there.
        reach = KNOWN_BARS * max(DURATION_MS[frame.timeframe] for frame in plan.frames)
        seen = tape.times[tape.times <= start.snapshot.at]
        for at in seen[seen > start.snapshot.at - reach].tolist():
            signals.advance(at)
    return signals


def _run_record(replay: Replay, first_ms: int, last_ms: int) -> RunRecord:
    config, universe = replay.config, replay.universe
    return RunRecord(
        run_id=replay.run_id,
        kind=replay.kind,
        source=universe.source,
        timeframe=universe.timeframe,
        symbols=universe.symbols,
        config_hash=config.hash,
        data_hash=universe.data_hash,
        starting_equity=config.execution.starting_equity,
        started_at=replay.started_at,
        simulated=universe.simulated,
        seed=replay.seed,
        from_ms=first_ms,
        to_ms=last_ms,
    )


def _result(
    replay: Replay, policy: Policy, session: Session, setup: Setup, records: Records, interrupted: bool
) -> Result:
    config, universe = replay.config, replay.universe
    return Result(
        run_id=setup.run_id,
        source=universe.source,
        simulated=universe.simulated,
        timeframe=universe.timeframe,
        symbols=universe.symbols,
        strategies=tuple(name for name in policy.order if config.strategies[name].enabled),
        config_hash=config.hash,
        data_hash=universe.data_hash,
        seed=replay.seed,
        from_ms=int(setup.tape.times[0]),
        to_ms=int(setup.tape.times[len(records.equity) - 1]) if records.equity else int(setup.tape.times[0]),
        bars=len(records.equity),
        starting_equity=session.starting_equity,
        final_equity=session.state.equity,
        records=records,
        positions=dict(setup.broker.positions),
        marks=dict(session.state.marks),
        breakers=dict(session.state.breakers),
        performances=session.performances.all(),
        pending_counterfactuals=len(session.counterfactuals),
        interrupted=interrupted,
    )
