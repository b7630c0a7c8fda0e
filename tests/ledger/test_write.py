"""Writing: a batch is stored whole or not at all, and how batches are cut leaves no trace."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import Engine, func, select, text

from engine.ledger import find, read, tables
from engine.ledger.hash import ledger_hash
from engine.ledger.records import Batch
from engine.ledger.write import LedgerWriter
from engine.model.problem import CashTownError

from . import samples
from .samples import HOUR, POINT, T0


def rows(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            name: connection.scalar(select(func.count()).select_from(table)) or 0
            for name, table in tables.metadata.tables.items()
        }


def test_a_batch_fills_every_table(engine: Engine, writer: LedgerWriter) -> None:
    writer.save_config("c0ffee", "strategies: {}")
    writer.begin_run(samples.run())
    writer.add(samples.batch())
    assert rows(engine) == {
        "config_versions": 1,
        "runs": 1,
        "signals": 2,
        "decisions": 2,
        "orders": 1,
        "fills": 1,
        "trades": 1,
        "positions": 1,
        "equity": 2,
        "breaker_events": 1,
        "breaker_states": 1,
        "session_states": 0,
    }


def test_a_failing_row_leaves_nothing_of_its_batch(engine: Engine, writer: LedgerWriter) -> None:
    writer.begin_run(samples.run())
    writer.add(Batch("run-a", decisions=(samples.decision(),), equity=(POINT,)))
    before = rows(engine), ledger_hash(engine, "run-a")
    double = Batch(
        "run-a",
        decisions=(samples.refusal(),),
        orders=(samples.ORDER,),
        equity=(replace(POINT, at=POINT.at + HOUR), POINT),  # the second is there already
        positions=(),
    )
    with pytest.raises(CashTownError, match=r"ledger \S+ already holds such a row"):
        writer.add(double)
    assert (rows(engine), ledger_hash(engine, "run-a")) == before
    writer.add(replace(double, equity=(replace(POINT, at=POINT.at + HOUR),)))
    assert [each.id for each in read.decisions(engine, "run-a")] == ["d1", "d2"]


def test_the_same_decision_is_never_stored_twice(engine: Engine, writer: LedgerWriter) -> None:
    writer.begin_run(samples.run())
    writer.add(samples.batch())
    with pytest.raises(CashTownError, match="already holds such a row"):
        writer.add(Batch("run-a", decisions=(samples.decision(),)))
    assert rows(engine)["decisions"] == rows(engine)["signals"] == 2


def test_a_float_as_money_is_a_bug_and_leaves_nothing(engine: Engine, writer: LedgerWriter) -> None:
    writer.begin_run(samples.run())
    before = rows(engine)
    wrong = replace(samples.FILL, fee=0.12)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="money is Decimal, not float"):
        writer.add(samples.batch(fills=(wrong,)))
    assert rows(engine) == before


def test_a_full_disk_leaves_the_last_complete_chunk(sqlite_engine: Engine) -> None:
    engine, writer = sqlite_engine, LedgerWriter(sqlite_engine)
    writer.begin_run(samples.run())
    writer.add(samples.batch())
    before = ledger_hash(engine, "run-a")
    with engine.connect() as connection:  # the pool hands this connection to the writer again
        pages = connection.scalar(text("PRAGMA page_count"))
        connection.execute(text(f"PRAGMA max_page_count = {pages + 2}"))
    many = tuple(samples.refusal(f"many-{number}") for number in range(500))
    with pytest.raises(CashTownError, match=r"ledger\.db cannot be written: the disk is full"):
        writer.add(Batch("run-a", decisions=many))
    assert ledger_hash(engine, "run-a") == before


def test_batches_need_their_run(writer: LedgerWriter) -> None:
    with pytest.raises(CashTownError, match="knows no such run"):
        writer.add(samples.batch("nobody"))
    with pytest.raises(CashTownError, match="no run nobody"):
        writer.end_run("nobody", "finished", None, {})


def test_a_run_begins_once(writer: LedgerWriter) -> None:
    writer.begin_run(samples.run())
    with pytest.raises(CashTownError, match="already holds"):
        writer.begin_run(samples.run())


def test_a_configuration_is_stored_once(engine: Engine, writer: LedgerWriter) -> None:
    writer.save_config("c0ffee", "first")
    writer.save_config("c0ffee", "first")
    assert read.config_document(engine, "c0ffee") == "first"
    with pytest.raises(CashTownError, match="no configuration beef"):
        read.config_document(engine, "beef")


def test_positions_and_breakers_are_replaced(engine: Engine, writer: LedgerWriter) -> None:
    writer.begin_run(samples.run())
    writer.add(samples.batch())
    other = replace(samples.POSITION, id="p3", symbol="ETHUSDTM")
    writer.replace_positions("run-a", [other], {"ETHUSDTM": Decimal("30000")})
    writer.save_breakers("run-a", [replace(samples.BREAKER, is_tripped=False)])
    (open_now,) = read.positions(engine, "run-a")
    assert (open_now.position, open_now.mark) == (other, Decimal(30_000))
    assert open_now.open_pnl == Decimal("492.499875")
    assert [state.is_tripped for state in read.breakers(engine, "run-a")] == [False]
    writer.add(Batch("run-a", equity=(replace(POINT, at=T0 + 8 * HOUR),)))  # None leaves them
    assert len(read.positions(engine, "run-a")) == len(read.breakers(engine, "run-a")) == 1
    writer.add(Batch("run-a", positions=(), breakers=()))
    assert read.positions(engine, "run-a") == []
    assert read.breakers(engine, "run-a") == []


def test_another_writer_goes_on_where_the_first_stopped(engine: Engine, writer: LedgerWriter) -> None:
    later = samples.refusal("d3", at=T0 + 6 * HOUR)
    for run_id in ("run-a", "run-b"):
        writer.begin_run(samples.run(run_id))
    writer.add(samples.batch("run-a", decisions=(samples.decision(), samples.refusal(), later)))
    writer.add(samples.batch("run-b"))
    LedgerWriter(engine).add(Batch("run-b", decisions=(later,)))
    assert ledger_hash(engine, "run-a") == ledger_hash(engine, "run-b")


def test_deleting_a_run_takes_its_rows(engine: Engine, writer: LedgerWriter) -> None:
    writer.begin_run(samples.run())
    writer.add(samples.batch())
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM runs"))
    assert {name: count for name, count in rows(engine).items() if count} == {}


def test_ending_a_run(engine: Engine, writer: LedgerWriter) -> None:
    writer.begin_run(samples.run())
    assert find.latest_run(engine).status == "running"
    writer.end_run("run-a", "failed", None, {})
    assert find.latest_run(engine).status == "failed"
