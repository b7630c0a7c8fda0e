"""Interrupted, killed, continued: the ledger of a replay that went through, on both databases."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
from sqlalchemy import Engine, text

from engine.ledger import find, read
from engine.ledger.database import open_ledger
from engine.ledger.hash import differences, ledger_hash
from engine.ledger.hold import held
from engine.ledger.write import LedgerWriter
from engine.model.problem import CashTownError
from engine.model.timeframe import DAY_MS
from engine.research.backtest import Replay, run_replay
from engine.research.result import Result
from engine.research.summary import reconcile, summarise
from tests import killed_replays
from tests.killed_replays import DAYS, prepared

ROOT: Final = Path(__file__).parents[1]
KILLS: Final = 20
SOAK_KILLS: Final = 2_000


@pytest.fixture(scope="module")
def job() -> Replay:
    return prepared()


@pytest.fixture
def engine(ledger_url: str) -> Iterator[Engine]:
    engine = open_ledger(ledger_url)
    yield engine
    engine.dispose()


def finish(writer: LedgerWriter, result: Result) -> dict[str, Any]:
    """What a command does behind a replay: the books, the summary, the end."""
    assert reconcile(result) == 0
    summary = summarise(result)
    status = "interrupted" if result.interrupted else "finished"
    writer.end_run(result.run_id, status, result.final_equity, summary)
    return summary


def through(engine: Engine, job: Replay) -> dict[str, Any]:
    writer = LedgerWriter(engine)
    return finish(writer, run_replay(replace(job, run_id="whole", started_at=-1), writer))


def stopped_after(bars: int, engine: Engine, job: Replay, told: list[str] | None = None) -> Result:
    writer = LedgerWriter(engine)
    numbers = iter(range(1, bars + 1))
    result = run_replay(
        replace(job, go_on=True),
        writer,
        stop=lambda: next(numbers) == bars,
        notify=(told if told is not None else []).append,
    )
    finish(writer, result)
    return result


def test_interrupted_anywhere_it_ends_as_if_it_had_gone_through(
    engine: Engine, job: Replay, seed: int
) -> None:
    whole = through(engine, job)
    random = Random(seed)
    told: list[str] = []
    result = stopped_after(random.randint(1, 80), engine, job)
    while result.interrupted:
        result = stopped_after(random.randint(1, 500), engine, replace(job, run_id="never"), told)
    assert result.run_id == "run"
    assert len(told) > 2
    assert all(line.startswith("continuing run run after 20") for line in told)
    assert len(result.records.trades) > 10
    assert differences(engine, "whole", "run") == []
    assert ledger_hash(engine, "whole") == ledger_hash(engine, "run")
    stored = [find.find_run(engine, name).summary for name in ("whole", "run")]
    assert stored[0] == stored[1] == json.loads(json.dumps(whole))


def test_bar_by_bar_it_goes_on_too(engine: Engine, job: Replay, seed: int) -> None:
    assert job.from_ms is not None
    short = replace(job, from_ms=job.from_ms + 40 * DAY_MS)
    through(engine, short)
    rolling = replace(short, bar_by_bar=True)
    result = stopped_after(Random(seed).randint(100, 300), engine, rolling)
    while result.interrupted:
        result = stopped_after(150, engine, rolling)
    assert differences(engine, "whole", "run") == []


def test_both_databases_give_the_same_ledger(
    job: Replay, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server = request.getfixturevalue("postgres")
    hashes = []
    for url in (f"sqlite:///{tmp_path / 'ledger.db'}", server.empty()):
        engine = open_ledger(url)
        summary = through(engine, job)
        hashes.append((ledger_hash(engine, "whole"), summary, read.trades(engine, "whole")))
        engine.dispose()
    assert hashes[0] == hashes[1]


def test_a_finished_one_begins_anew_and_so_does_a_changed_one(engine: Engine, job: Replay) -> None:
    through(engine, job)
    writer = LedgerWriter(engine)
    finish(writer, run_replay(replace(job, go_on=True, run_id="second"), writer))
    assert [run.run_id for run in find.runs(engine)] == ["whole", "second"]
    stopped_after(100, engine, replace(job, run_id="cut"))
    for number, change in enumerate(
        (
            {"seed": job.seed + 1},
            {"kind": "paper"},
            {"to_ms": max(int(each.time[-1]) for each in job.universe.candles.values())},
            {"universe": replace(job.universe, data_hash="other")},
            {"go_on": False},
        )
    ):
        other = run_replay(replace(job, **{"go_on": True, "run_id": f"other-{number}", **change}), writer)
        assert other.run_id == f"other-{number}", change
        finish(writer, other)


def test_a_run_of_another_program_is_not_continued(engine: Engine, job: Replay) -> None:
    stopped_after(100, engine, job)
    with engine.begin() as connection:
        connection.execute(text("UPDATE session_states SET made_by = '0.0.1'"))
    told: list[str] = []
    assert stopped_after(100, engine, replace(job, run_id="second"), told).run_id == "second"
    assert told == ["run run of Cash Town 0.0.1 cannot be continued: a new one begins"]


def test_somebody_at_work_is_left_alone(engine: Engine, job: Replay) -> None:
    writer = LedgerWriter(engine)
    other: list[str] = []
    told: list[str] = []

    def meanwhile() -> bool:
        if not other:
            other.append("seen")
            second = replace(job, run_id="second", go_on=True)
            other[0] = run_replay(second, LedgerWriter(engine), notify=told.append).run_id
        return False

    finish(writer, run_replay(job, writer, stop=meanwhile))
    assert other == ["second"]
    assert told == []
    assert differences(engine, "run", "second") != []  # only the first has been ended
    with held(engine, "run") as first, held(engine, "run") as second:
        assert (first, second) == (True, False)


def test_a_bug_within_a_bar_is_not_gone_on_from(
    engine: Engine, job: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = LedgerWriter(engine)
    with monkeypatch.context() as patched:
        patched.setattr("engine.session.advance", failing_at(400))
        with pytest.raises(ZeroDivisionError):
            run_replay(job, writer)
    assert find.find_run(engine, "run").status == "failed"
    assert len(read.equity(engine, "run")) == 400
    assert stopped_after(10, engine, replace(job, run_id="second")).run_id == "second"


def failing_at(bar: int) -> Any:
    from engine.decide.breakers import advance

    bars = iter(range(10_000))

    def step(*given: Any) -> Any:
        if next(bars) == bar:
            raise ZeroDivisionError
        return advance(*given)

    return step


def test_where_the_ledger_falls_away_it_goes_on_later(
    engine: Engine, job: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    through(engine, job)

    class Full(LedgerWriter):
        def add(self, batch: Any) -> None:
            if batch.equity[0].at > job.from_ms + 20 * DAY_MS:  # type: ignore[operator]
                raise CashTownError("the disk is full")
            super().add(batch)

    with pytest.raises(CashTownError, match="disk is full"):
        run_replay(job, Full(engine))
    assert find.find_run(engine, "run").status == "interrupted"
    writer = LedgerWriter(engine)
    finish(writer, run_replay(replace(job, go_on=True, run_id="never"), writer))
    assert differences(engine, "whole", "run") == []


def killed(url: str, kills: int, seed: int, job: Replay) -> None:
    """Kills replays at statements drawn by lot until there were so many, and compares all that ended."""
    done = subprocess.run(
        [sys.executable, "-m", killed_replays.__name__, url, str(kills), str(seed)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["kills"] >= kills
    assert said["finished"]
    engine = open_ledger(url)
    through(engine, job)
    for run_id in said["finished"]:
        assert differences(engine, "whole", run_id) == [], f"seed {seed}"
    assert len(find.runs(engine)) == len(said["finished"]) + said["unfinished"] + 1
    engine.dispose()


def test_killed_at_any_statement_nothing_is_lost_or_doubled(ledger_url: str, job: Replay, seed: int) -> None:
    killed(ledger_url, KILLS, seed, job)


@pytest.mark.soak
def test_killed_thousands_of_times(ledger_url: str, job: Replay, seed: int) -> None:
    killed(ledger_url, SOAK_KILLS, seed, job)


def test_the_market_of_these_tests_is_worth_it(job: Replay) -> None:
    result = run_replay(job, None)
    assert result.bars == DAYS * 24
    assert len(result.records.trades) > 20
    assert result.pending_counterfactuals + len(result.positions) > 0
    assert result.final_equity != Decimal(10_000)
