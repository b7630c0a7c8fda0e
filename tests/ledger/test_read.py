"""Reading a run back: in order, the last ones, filtered; and as flat columns for tables and files."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from engine.ledger import find, read
from engine.ledger.columns import columns
from engine.ledger.records import Batch, MarkedPosition
from engine.ledger.write import LedgerWriter

from . import samples
from .samples import HOUR, POINT, T0, TRADE


@pytest.fixture(autouse=True)
def stored(writer: LedgerWriter) -> None:
    writer.begin_run(samples.run())
    writer.add(samples.batch())
    more = [replace(TRADE, id=f"t{n}", closed_at=T0 + n * HOUR, symbol="ETHUSDTM") for n in (8, 9)]
    writer.add(Batch("run-a", trades=more))
    writer.begin_run(samples.run("run-b"))
    writer.add(samples.batch("run-b"))


def test_only_the_run_that_was_asked_for(engine: Engine) -> None:
    assert [trade.id for trade in read.trades(engine, "run-a")] == ["p1", "t8", "t9"]
    assert [trade.id for trade in read.trades(engine, "run-b")] == ["p1"]
    assert read.trades(engine, "run-c") == []


def test_the_last_ones_in_order_of_time(engine: Engine) -> None:
    assert [trade.id for trade in read.trades(engine, "run-a", limit=2)] == ["t8", "t9"]
    assert [point.at for point in read.equity(engine, "run-a", limit=1)] == [T0 + 5 * HOUR]
    assert len(read.positions(engine, "run-a", limit=5)) == 1


def test_filters(engine: Engine) -> None:
    assert [each.id for each in read.decisions(engine, "run-a", code="confidence")] == ["d2"]
    assert [each.id for each in read.decisions(engine, "run-a", accepted=True, symbol=None)] == ["d1"]
    assert [each.id for each in read.trades(engine, "run-a", symbol="ETHUSDTM", limit=1)] == ["t9"]
    within = read.trades(engine, "run-a", from_ms=T0 + 7 * HOUR, to_ms=T0 + 8 * HOUR)
    assert [each.id for each in within] == ["p1", "t8"]
    assert [each.position.id for each in read.positions(engine, "run-a", side="long")] == ["p2"]
    with pytest.raises(TypeError, match="trades cannot be filtered by 'pnl'"):
        read.trades(engine, "run-a", pnl=1)


def test_a_decision_comes_with_its_own_signal(engine: Engine) -> None:
    entry, refused = read.decisions(engine, "run-a")
    assert (entry, refused) == (samples.decision(), samples.refusal())
    assert find.decision(engine, "run-a", "d2") == refused


def test_columns_are_json_in_a_fixed_order(engine: Engine) -> None:
    records = [
        *find.runs(engine),
        *read.decisions(engine, "run-a"),
        *read.orders(engine, "run-a"),
        *read.fills(engine, "run-a"),
        *read.trades(engine, "run-a"),
        *read.positions(engine, "run-a"),
        *read.equity(engine, "run-a"),
        *read.breakers(engine, "run-a"),
        *read.breaker_events(engine, "run-a"),
        *find.find_decisions(engine, "d", "run-a"),
    ]
    for record in records:
        row = columns(record)
        json.dumps(row, allow_nan=False)
        assert list(row) == list(columns(record))
    assert columns(records[0])["symbols"] == "ETHUSDTM XBTUSDTM"


def test_columns_of_a_decision_and_a_position() -> None:
    row = columns(samples.refusal(value=float("nan")))
    assert list(row)[:8] == ["id", "at", "strategy_id", "symbol", "side", "kind", "rule", "action"]
    assert (row["value"], row["limit"], row["confidence_raw"]) == (None, 0.55, 0.65)
    assert columns(samples.decision())["quantity"] == "0.00689"
    marked = columns(MarkedPosition(samples.POSITION, Decimal("29500.10")))
    wanted = {"entry_price": "29015.00025", "mark": "29500.1", "open_pnl": "242.549875"}
    assert {name: marked[name] for name in wanted} == wanted


def test_columns_of_equity_are_its_fields() -> None:
    assert list(columns(POINT)) == [
        *("at", "equity", "cash", "open_pnl", "peak_equity"),
        *("drawdown_pct", "exposure_pct", "risk_pct", "positions"),
    ]
