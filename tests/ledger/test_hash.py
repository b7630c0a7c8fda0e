"""Two runs are the same if their hashes are; if not, what differs is named."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine

from engine.ledger.hash import differences, ledger_hash, table_hashes
from engine.ledger.records import Batch
from engine.ledger.write import LedgerWriter

from . import samples
from .samples import EVENT, FILL, HOUR, ORDER, POINT, POSITION, TRADE


def write(writer: LedgerWriter, run_id: str, stored: Batch, **run: Any) -> None:
    writer.begin_run(samples.run(run_id, **run))
    writer.add(stored)
    writer.end_run(run_id, "finished", Decimal(10_020), {"trades": 1}, ended_at=run.get("started_at", 1) + 5)


def test_equal_runs_hash_equal_whatever_they_are_called(engine: Engine, writer: LedgerWriter) -> None:
    write(writer, "one", samples.batch("one"))
    write(writer, "two", samples.batch("two"), started_at=10**12, kind="paper", source="elsewhere")
    assert ledger_hash(engine, "one") == ledger_hash(engine, "two")
    assert table_hashes(engine, "one") == table_hashes(engine, "two")
    assert differences(engine, "one", "two") == []


def test_bar_by_bar_is_one_go(engine: Engine, writer: LedgerWriter) -> None:
    whole = samples.batch("one")
    write(writer, "one", whole)
    writer.begin_run(samples.run("two"))
    for step in (
        Batch("two", decisions=whole.decisions[:1], orders=whole.orders, positions=(POSITION,)),
        Batch("two", decisions=whole.decisions[1:], fills=whole.fills, equity=whole.equity[:1]),
        Batch("two", trades=whole.trades, equity=whole.equity[1:], breaker_events=whole.breaker_events),
        Batch("two", positions=whole.positions, marks=whole.marks, breakers=whole.breakers),
    ):
        writer.add(step)
    writer.end_run("two", "finished", Decimal("10020.00"), {"trades": 1})
    assert differences(engine, "one", "two") == []
    assert ledger_hash(engine, "one") == ledger_hash(engine, "two")


def test_what_databases_do_not_tell_apart_hashes_equal(engine: Engine, writer: LedgerWriter) -> None:
    write(writer, "one", samples.batch("one", equity=(replace(POINT, drawdown_pct=0.0),)))
    write(writer, "two", samples.batch("two", equity=(replace(POINT, drawdown_pct=-0.0),)))
    assert ledger_hash(engine, "one") == ledger_hash(engine, "two")


changed: list[tuple[str, Callable[[str], Batch], str]] = [
    (
        "decisions",
        lambda run: samples.batch(run, decisions=(samples.decision(), samples.refusal(limit=0.56))),
        "decisions[1] d2 1609473600000 ETHUSDTM: limit_num 0.55 != 0.56",
    ),
    (
        "signals",
        lambda run: samples.batch(
            run,
            decisions=(samples.decision(signal=samples.signal(price=29_000.500000000004)), samples.refusal()),
        ),
        "signals[0] d1 1609470000000 XBTUSDTM: price 29000.5 != 29000.500000000004",
    ),
    (
        "orders",
        lambda run: samples.batch(run, orders=(replace(ORDER, rank=2),)),
        "orders[0] o1 XBTUSDTM: rank 1 != 2",
    ),
    (
        "fills",
        lambda run: samples.batch(run, fills=(replace(FILL, fee=FILL.fee + Decimal("1e-18")),)),
        "fills[0] f1 1609473600000 XBTUSDTM: fee 0.119947011 != 0.119947011000000001",
    ),
    (
        "positions",
        lambda run: samples.batch(run, marks={}),
        "positions[0] p2 XBTUSDTM: mark 29500 != None",
    ),
    (
        "trades",
        lambda run: samples.batch(run, trades=(replace(TRADE, exit_reason="stop"),)),
        "trades[0] p1 XBTUSDTM: exit_reason target != stop",
    ),
    (
        "equity",
        lambda run: samples.batch(run, equity=(POINT,)),
        "equity[1] 1609477200000: only in the first run",
    ),
    (
        "breaker_events",
        lambda run: samples.batch(run, breaker_events=(EVENT, replace(EVENT, at=EVENT.at + HOUR))),
        "breaker_events[1] 1609480800000 daily_loss: only in the second run",
    ),
    (
        "breaker_states",
        lambda run: samples.batch(run, breakers=(replace(samples.BREAKER, until=None),)),
        "breaker_states[0] daily_loss: until 1609545600000 != None",
    ),
]


@pytest.mark.parametrize(("table", "other", "line"), changed, ids=[each[0] for each in changed])
def test_a_difference_is_located(
    engine: Engine, writer: LedgerWriter, table: str, other: Callable[[str], Batch], line: str
) -> None:
    write(writer, "one", samples.batch("one"))
    write(writer, "two", other("two"))
    assert ledger_hash(engine, "one") != ledger_hash(engine, "two")
    one, two = table_hashes(engine, "one"), table_hashes(engine, "two")
    assert {name for name in one if one[name] != two[name]} >= {table}
    lines = differences(engine, "one", "two")
    assert [each for each in lines if each.startswith(f"{table}[")] == [line]


def test_the_run_itself_is_compared(engine: Engine, writer: LedgerWriter) -> None:
    write(writer, "one", samples.batch("one"))
    write(writer, "two", samples.batch("two"), data_hash="0ther")
    assert differences(engine, "one", "two") == ["runs[0]: data_hash da7a != 0ther"]


def test_of_long_texts_the_differing_part_is_shown_and_the_list_is_bounded(
    engine: Engine, writer: LedgerWriter
) -> None:
    many = [samples.refusal(f"d{n}") for n in range(30)]
    noted = [replace(each, factors=(*samples.decision().factors, *each.factors)) for each in many]
    write(writer, "one", samples.batch("one", decisions=many))
    write(writer, "two", samples.batch("two", decisions=noted))
    lines = differences(engine, "one", "two", limit=4)
    assert len(lines) == 4
    assert all(len(line) < 250 and "trace" in line and '"factors":[' in line for line in lines)
