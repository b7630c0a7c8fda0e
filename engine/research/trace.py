"""The trace of a decision: everything that led to it and came of it, out of the ledger alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from sqlalchemy import Engine

from engine.config.build import build_from_document
from engine.ledger import find, read
from engine.ledger.faults import place
from engine.ledger.records import MarkedPosition, RunRecord
from engine.model.decision import Decision
from engine.model.problem import CashTownError
from engine.model.strategy import Strategy
from engine.model.trading import Fill, Order, Trade
from engine.research.trace_rules import (
    Adjustment,
    Condition,
    ConfidenceSteps,
    adjustments,
    conditions,
    confidence_steps,
    definitions,
)

T = TypeVar("T")

SHORTEST: Final = 3  # of an id: fewer letters are near to everything
SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Trace:
    """One decision with its rules judged again and its consequences.

    `also_in` are other runs that hold it. `conditions`, `definitions` and `confidence` come from the
    configuration that was stored with the run; where that is not possible, `rules_note` says why.
    `entry` is the decision of the entry that it was merged into or that won, with its trade. `trade`
    and `position` are those that it opened, `closed` are trades that its orders ended, `closed_by` is
    the decision that ended its own trade.
    """

    run: RunRecord
    also_in: tuple[str, ...]
    decision: Decision
    rules_note: str
    timeframe: str | None
    conditions: tuple[Condition, ...]
    definitions: dict[str, str]
    confidence: ConfidenceSteps | None
    adjustments: tuple[Adjustment, ...]
    entry: Decision | None
    entry_trade: Trade | None
    orders: tuple[Order, ...]
    fills: tuple[Fill, ...]
    trade: Trade | None
    position: MarkedPosition | None
    closed: tuple[Trade, ...]
    closed_by: Decision | None


def trace(engine: Engine, decision_id: str, run: str | None = None) -> Trace:
    """The trace of the decision with this id, or the first letters of it; the newest run's, or `run`'s.

    Raises CashTownError, naming candidates, where it is not there or not the only one.
    1. The decision and its runs; 2. its rules; 3. what came of it.
    """
    run_id = None if run is None else find.find_run(engine, run).run_id
    wanted = decision_id.strip()
    hits = find.find_decisions(engine, wanted, run_id)
    if not hits:
        raise CashTownError(_not_found(engine, wanted, run_id))
    run_id, decision = find.find_decision(engine, wanted, run_id)
    others = [hit.run_id for hit in find.find_decisions(engine, decision.id) if hit.id == decision.id]
    strategy, note = _strategy(engine, decision)
    signal = decision.signal
    trade = _trade_of(engine, run_id, decision.id)
    later = read.trades(engine, run_id, symbol=signal.symbol, from_ms=decision.at)
    ender = None if trade is None else trade.exit_decision_id
    return Trace(
        run=find.find_run(engine, run_id),
        also_in=tuple(each for each in others if each != run_id),
        decision=decision,
        rules_note=note,
        timeframe=None if strategy is None else strategy.timeframe,
        conditions=() if strategy is None else conditions(strategy, signal),
        definitions={} if strategy is None else definitions(strategy, signal),
        confidence=None if strategy is None else confidence_steps(strategy, signal),
        adjustments=adjustments(decision),
        entry=_known(engine, run_id, decision.entry_id),
        entry_trade=_trade_of(engine, run_id, decision.entry_id),
        orders=tuple(read.orders(engine, run_id, decision_id=decision.id)),
        fills=tuple(read.fills(engine, run_id, decision_id=decision.id)),
        trade=trade,
        position=_one(read.positions(engine, run_id, decision_id=decision.id)),
        closed=tuple(each for each in later if each.exit_decision_id == decision.id),
        closed_by=_known(engine, run_id, ender),
    )


def _not_found(engine: Engine, wanted: str, run_id: str | None) -> str:
    """What is said of an unknown id, with the ones that begin most like it."""
    find.latest_run(engine)  # of an empty ledger that is what there is to say
    where = f"run {run_id}" if run_id is not None else place(engine)
    for length in range(len(wanted) - 1, SHORTEST - 1, -1):
        near = find.find_decisions(engine, wanted[:length], run_id)
        if near:
            listed = ", ".join(dict.fromkeys(map(str, near[:SHOWN])))
            return f"{where} holds no decision {wanted!r}; nearest: {listed}"
    return f"{where} holds no decision {wanted!r}; `cash-town show decisions` lists them"


def _strategy(engine: Engine, decision: Decision) -> tuple[Strategy | None, str]:
    """The strategy as it was declared, or why it is not known: a trace goes on without it."""
    try:
        config = build_from_document(read.config_document(engine, decision.config_hash))
    except CashTownError as error:
        return None, str(error)
    name = decision.signal.strategy_id
    strategy = config.strategies.get(name)
    return strategy, "" if strategy else f"{name} was not declared in the configuration of this run"


def _known(engine: Engine, run_id: str, decision_id: str | None) -> Decision | None:
    """The decision with exactly this id, if it is stored: a run may have been cut off before it."""
    if decision_id is None:
        return None
    hits = find.find_decisions(engine, decision_id, run_id)
    return find.decision(engine, run_id, decision_id) if any(hit.id == decision_id for hit in hits) else None


def _trade_of(engine: Engine, run_id: str, decision_id: str | None) -> Trade | None:
    return None if decision_id is None else _one(read.trades(engine, run_id, decision_id=decision_id))


def _one(records: Sequence[T]) -> T | None:
    return records[0] if records else None
