"""What `watch` knows of a session at one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine

from engine.ledger import find, read
from engine.ledger.database import open_ledger
from engine.ledger.records import MarkedPosition, RunRecord
from engine.model.account import BreakerState, EquityPoint
from engine.model.decision import Decision

POINTS: Final = 500
DECISIONS: Final = 60


@dataclass(frozen=True, slots=True)
class Seen:
    """A run with its last points of equity and its last decisions (oldest first), and where it stands."""

    run: RunRecord
    equity: Sequence[EquityPoint]
    positions: Sequence[MarkedPosition]
    decisions: Sequence[Decision]
    breakers: Sequence[BreakerState]
    refusals: Mapping[str, int]


def look(url: str, run_id: str | None) -> Seen:
    """Looks once, opening the ledger anew: it may just have been made. CashTownError where it cannot."""
    engine = open_ledger(url, create=False, busy_timeout=1.0)
    try:
        return _seen(engine, run_id)
    finally:
        engine.dispose()


def _seen(engine: Engine, run_id: str | None) -> Seen:
    run = find.latest_run(engine) if run_id is None else find.find_run(engine, run_id)
    return Seen(
        run=run,
        equity=read.equity(engine, run.run_id, POINTS),
        positions=read.positions(engine, run.run_id),
        decisions=read.decisions(engine, run.run_id, DECISIONS),
        breakers=read.breakers(engine, run.run_id),
        refusals=read.refusal_counts(engine, run.run_id),
    )
