"""Records through a real ledger and back: Decimals and floats exact, NaN as NaN."""

import math
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from engine.ledger import find, read
from engine.ledger.database import open_ledger
from engine.ledger.records import Batch
from engine.ledger.write import LedgerWriter
from engine.model.account import BreakerEvent, BreakerState, EquityPoint
from engine.model.decision import REFUSAL_CODES, Decision, Factor, Gate
from engine.model.signal import Signal
from engine.model.trading import Fill, Order, Position, Trade

from . import samples

words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
reals = st.floats(allow_infinity=True, allow_nan=True)
known = st.floats(allow_nan=False)  # where None has its own meaning NaN would become None
times = st.integers(-(2**62), 2**62)
counts = st.integers(0, 2**31 - 1)
money = st.decimals(-(10**15), 10**15, places=18) | st.integers(0, 10**6).map(Decimal)
operands = st.dictionaries(words, reals, max_size=4)

st.register_type_strategy(Decimal, money)
st.register_type_strategy(float, reals)
st.register_type_strategy(str, words)
st.register_type_strategy(int, counts)

factors = st.lists(st.builds(Factor), max_size=3).map(tuple)
gates = st.lists(st.builds(Gate, value=reals | words, limit=reals | words), max_size=3).map(tuple)
signals = st.builds(
    Signal, stop=st.none() | known, target=st.none() | known, operands=operands, facts=operands, at=times
)
decisions = st.builds(
    Decision,
    signal=signals,
    code=st.none() | st.sampled_from(REFUSAL_CODES),
    value=st.none() | known | words,
    limit=st.none() | known | words,
    risk_pct=st.none() | known,
    adjustments=factors,
    gates=gates,
    factors=factors,
    at=times,
)
batches = st.builds(
    Batch,
    run_id=st.just(""),
    decisions=st.lists(decisions, max_size=3, unique_by=lambda each: each.id),
    orders=st.lists(st.builds(Order), max_size=2, unique_by=lambda each: each.id),
    fills=st.lists(st.builds(Fill), max_size=2, unique_by=lambda each: each.id),
    trades=st.lists(st.builds(Trade), max_size=2, unique_by=lambda each: each.id),
    equity=st.lists(st.builds(EquityPoint, at=times), max_size=2, unique_by=lambda each: each.at),
    breaker_events=st.lists(st.builds(BreakerEvent), max_size=2),
    positions=st.lists(st.builds(Position), max_size=2, unique_by=lambda each: each.id),
    marks=st.just({}),
    breakers=st.lists(
        st.builds(BreakerState, last_trip=st.none() | known), max_size=2, unique_by=lambda each: each.name
    ),
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, LedgerWriter, Iterator[int]]]:
    url = f"sqlite:///{tmp_path_factory.mktemp('ledger') / 'ledger.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").empty()
    engine = open_ledger(url)
    yield engine, LedgerWriter(engine), iter(range(1_000_000))
    engine.dispose()


def same(a: Any, b: Any) -> bool:
    """Equal, NaN being equal to NaN, all the way down."""
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (math.isnan(a) and math.isnan(b))
    if is_dataclass(a) and type(a) is type(b):
        return all(same(getattr(a, field.name), getattr(b, field.name)) for field in fields(a))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and bool(a == b)


@given(batches)
def test_everything_comes_back(shared: tuple[Engine, LedgerWriter, Iterator[int]], drawn: Batch) -> None:
    engine, writer, numbers = shared
    run_id = f"run-{next(numbers)}"
    writer.begin_run(samples.run(run_id))
    writer.add(
        Batch(**{**{field.name: getattr(drawn, field.name) for field in fields(Batch)}, "run_id": run_id})
    )
    assert same(read.decisions(engine, run_id), drawn.decisions)
    assert same(read.orders(engine, run_id), drawn.orders)
    assert same(read.fills(engine, run_id), drawn.fills)
    assert same(read.trades(engine, run_id), drawn.trades)
    assert same(read.breaker_events(engine, run_id), drawn.breaker_events)
    assert same(read.equity(engine, run_id), sorted(drawn.equity, key=lambda point: point.at))
    assert same(read.breakers(engine, run_id), sorted(drawn.breakers or (), key=lambda state: state.name))
    found = [each.position for each in read.positions(engine, run_id)]
    assert same(found, sorted(drawn.positions or (), key=lambda each: (each.opened_at, each.id)))


def test_a_run_comes_back(engine: Engine, writer: LedgerWriter) -> None:
    begun = samples.run(simulated=True, symbols=("B", "A"), seed=None)
    writer.begin_run(begun)
    writer.end_run("run-a", "finished", Decimal("10100.10"), {"trades": 3, "sharpe": float("nan")}, 99)
    ended = find.find_run(engine, "run-a")
    assert ended.symbols == ("A", "B")
    assert ended.summary == {"trades": 3, "sharpe": None}
    assert (ended.status, ended.final_equity, ended.ended_at) == ("finished", Decimal("10100.1"), 99)
    assert (ended.simulated, ended.seed, ended.started_at) == (True, None, 1)
