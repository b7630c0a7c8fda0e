"""Where a replay begins: behind the last stored bar of the same one that was interrupted, or afresh."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Engine

from engine import __version__
from engine.ledger import find, read
from engine.ledger.documents import decode_record
from engine.ledger.hold import held
from engine.ledger.records import RunRecord, SessionState
from engine.ledger.write import LedgerWriter
from engine.model.snapshot import SNAPSHOT_VERSION, Snapshot
from engine.research.result import Records

Notify = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Start:
    """The run that is written; where it goes on, the session behind its last stored bar and what it did."""

    run_id: str
    snapshot: Snapshot | None = None
    records: Records = field(default_factory=Records)


@contextmanager
def begin(writer: LedgerWriter | None, run: RunRecord, go_on: bool, notify: Notify) -> Iterator[Start]:
    """Begins a run or, to `go_on`, opens the newest same one again if it did not come to its end.

    1. Runs whose process is gone are marked interrupted; 2. the newest same run is looked at;
    3. while the block runs, others see that somebody is at it.
    """
    if writer is None:
        yield Start(run.run_id)
        return
    engine = writer.engine
    _mark_dead(writer, notify)
    found = _unfinished(engine, run, notify) if go_on else None
    if found is not None:
        earlier, snapshot = found
        with held(engine, earlier.run_id) as is_ours:
            if is_ours:
                done = _records(engine, earlier.run_id)
                notify(f"{_words(earlier, snapshot)}; --new starts afresh")
                writer.resume_run(earlier.run_id)
                yield Start(earlier.run_id, snapshot, done)
                return
    with held(engine, run.run_id):
        writer.begin_run(run)
        yield Start(run.run_id)


def _mark_dead(writer: LedgerWriter, notify: Notify) -> None:
    """A process that was killed could not say so: its run still says that it is running."""
    for run_id in find.running(writer.engine):
        with held(writer.engine, run_id) as is_ours:
            if is_ours:
                writer.end_run(run_id, "interrupted", None, {})
                notify(f"run {run_id} was left by a process that is gone: it is marked interrupted")


def _unfinished(engine: Engine, run: RunRecord, notify: Notify) -> tuple[RunRecord, Snapshot] | None:
    """The newest same run, if it was interrupted and this program can go on with it."""
    same = find.same_runs(engine, run)
    if not same or same[-1].status != "interrupted":
        return None
    state = read.session_state(engine, same[-1].run_id)
    if state is None:
        return None  # nothing was stored yet
    snapshot = _snapshot(engine, same[-1].run_id, state)
    if snapshot is None:
        notify(f"run {same[-1].run_id} of Cash Town {state.made_by} cannot be continued: a new one begins")
        return None
    return same[-1], snapshot


def _snapshot(engine: Engine, run_id: str, state: SessionState) -> Snapshot | None:
    if (state.version, state.made_by) != (SNAPSHOT_VERSION, __version__):
        return None
    last = read.equity(engine, run_id, 1)
    if not last or last[0].at != state.at:
        return None  # stored rows go beyond it: the run failed within a bar
    try:
        return decode_record(Snapshot, state.document)
    except (ValueError, KeyError, TypeError, ArithmeticError):
        return None


def _records(engine: Engine, run_id: str) -> Records:
    """What the run did so far, as its session handed it on."""
    return Records(
        read.decisions(engine, run_id),
        read.orders(engine, run_id),
        read.fills(engine, run_id),
        read.trades(engine, run_id),
        read.equity(engine, run_id),
        read.breaker_events(engine, run_id),
    )


def _words(run: RunRecord, snapshot: Snapshot) -> str:
    moment = datetime.fromtimestamp(snapshot.at / 1000, UTC).strftime("%Y-%m-%d %H:%M")
    return f"continuing run {run.run_id} after {moment}"
