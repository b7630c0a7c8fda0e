"""Finds runs and decisions, also by the first letters of an id, as a person types them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, and_, select

from engine.ledger import tables
from engine.ledger.faults import clear_errors, place
from engine.ledger.read import decision_of, with_signals
from engine.ledger.records import RunRecord
from engine.ledger.rows import run_record
from engine.model.decision import Decision
from engine.model.problem import CashTownError

SHOWN = 5  # candidates in a message
_SAME = ("kind", "config_hash", "data_hash", "timeframe", "from_ms", "to_ms", "seed", "starting_equity")


@dataclass(frozen=True, slots=True)
class DecisionHit:
    """Where a decision is found, with enough to recognise it."""

    run_id: str
    id: str
    at: int
    strategy_id: str
    symbol: str
    side: str
    action: str
    code: str | None

    def __str__(self) -> str:
        time = datetime.fromtimestamp(self.at / 1000, UTC).strftime("%Y-%m-%d %H:%M")
        what = self.code or self.action
        return f"{self.id[:12]} ({time} {self.strategy_id} {self.symbol} {self.side}, {what})"


def runs(engine: Engine, limit: int | None = None) -> list[RunRecord]:
    """Runs, oldest first; the last `limit` ones."""
    newest_first = (tables.runs.c.started_at.desc(), tables.runs.c.run_id.desc())
    query = select(tables.runs).order_by(*newest_first).limit(limit)
    with clear_errors(engine), engine.connect() as connection:
        rows = connection.execute(query).mappings().all()
    return [run_record(row) for row in reversed(rows)]


def running(engine: Engine) -> list[str]:
    """The ids of runs that say that they are running, in no order; who died could not say otherwise."""
    table = tables.runs.c
    with clear_errors(engine), engine.connect() as connection:
        return list(connection.scalars(select(table.run_id).where(table.status == "running")))


def same_runs(engine: Engine, run: RunRecord) -> list[RunRecord]:
    """Runs of the same kind, configuration, candles, range and seed, oldest first."""
    table = tables.runs.c
    same = [table[name] == getattr(run, name) for name in _SAME]
    query = select(tables.runs).where(and_(*same)).order_by(table.started_at)
    with clear_errors(engine), engine.connect() as connection:
        found = map(run_record, connection.execute(query).mappings().all())
    alike = [each for each in found if each.symbols == tuple(sorted(run.symbols))]
    return sorted(alike, key=lambda each: (each.started_at, each.run_id))


def latest_run(engine: Engine) -> RunRecord:
    """The run that started last; CashTownError if there is none."""
    found = runs(engine, 1)
    if not found:
        raise CashTownError(f"{place(engine)} holds no run yet; `cash-town run` makes one")
    return found[0]


def find_run(engine: Engine, run_id: str) -> RunRecord:
    """The run with this id, or the only one whose id starts so."""
    found = [run for run in runs(engine) if run.run_id.startswith(run_id)] if run_id else []
    exact = [run for run in found if run.run_id == run_id]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if not found:
        near = _listed([run.run_id for run in reversed(runs(engine))])
        raise CashTownError(f"{place(engine)} holds no run {run_id!r}" + (f"; it has {near}" if near else ""))
    raise CashTownError(f"run {run_id!r} could be {_listed([run.run_id for run in reversed(found)])}")


def find_decisions(engine: Engine, id_prefix: str, run_id: str | None = None) -> list[DecisionHit]:
    """Decisions whose id starts so, of one run or of all (newest run first); none for no prefix."""
    table = tables.decisions.c
    columns = [table[name] for name in DecisionHit.__dataclass_fields__]
    order = [run_id] if run_id is not None else [run.run_id for run in reversed(runs(engine))]
    query = select(*columns, table.seq).where(_starts(table.id, id_prefix)).order_by(table.seq)
    hits: list[DecisionHit] = []
    with clear_errors(engine), engine.connect() as connection:
        for each in order if id_prefix else []:  # run by run: the index on ids starts with the run
            rows = connection.execute(query.where(table.run_id == each))
            hits.extend(DecisionHit(*row[:-1]) for row in rows)
    return hits


def find_decision(engine: Engine, id_prefix: str, run_id: str | None = None) -> tuple[str, Decision]:
    """The run and the decision whose id starts so; where several runs hold it, the newest run's."""
    hits = find_decisions(engine, id_prefix, run_id)
    newest: dict[str, DecisionHit] = {}
    for hit in hits:
        newest.setdefault(hit.id, hit)
    candidates = [newest[id_prefix]] if id_prefix in newest else list(newest.values())
    if len(candidates) == 1:
        return candidates[0].run_id, decision(engine, candidates[0].run_id, candidates[0].id)
    where = f"run {run_id}" if run_id is not None else place(engine)
    if not candidates:
        raise CashTownError(f"{where} holds no decision {id_prefix!r}; `cash-town show decisions` lists them")
    raise CashTownError(f"decision {id_prefix!r} could be {_listed([str(hit) for hit in candidates])}")


def decision(engine: Engine, run_id: str, decision_id: str) -> Decision:
    """The decision with this id, with its signal; CashTownError if the run has none."""
    table = tables.decisions.c
    query = with_signals().where(and_(table.run_id == run_id, table.id == decision_id))
    with clear_errors(engine), engine.connect() as connection:
        row = connection.execute(query).mappings().first()
    if row is None:
        raise CashTownError(f"run {run_id} holds no decision {decision_id!r}")
    return decision_of(row)


def _starts(column: ColumnElement[Any], prefix: str) -> ColumnElement[bool]:
    """A range and not LIKE, which on SQLite ignores case and the index; ids are ASCII."""
    return and_(column >= prefix, column < prefix + "\x7f")


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
