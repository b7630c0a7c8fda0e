"""Money never passes a float between broker and ledger: in the types, in the columns, and when it runs."""

import ast
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, get_type_hints

import pytest
from sqlalchemy import Engine

from engine.ledger import tables
from engine.ledger.money import Money
from engine.ledger.records import Batch, RunRecord
from engine.ledger.rows import FLAT
from engine.ledger.write import LedgerWriter
from engine.model.account import EquityPoint
from engine.model.snapshot import BrokerState, State
from engine.model.trading import Contract, Fill, Order, Position, Trade

from . import samples

ROOT: Final = Path(__file__).parents[2]
RECORDS: Final = (Order, Fill, Trade, Position, EquityPoint, Contract, RunRecord, State, BrokerState)

RATIOS: Final = {
    Trade: {"pnl_pct", "r_multiple"},
    EquityPoint: {"drawdown_pct", "exposure_pct", "risk_pct"},
}
"""The floats of these records: shares and multiples, said of money, from which no money is made."""


@pytest.mark.parametrize("record", RECORDS, ids=lambda each: each.__name__)
def test_the_floats_of_a_record_are_ratios(record: type) -> None:
    hints = get_type_hints(record)
    floats = {field.name for field in fields(record) if "float" in str(hints[field.name])}
    assert floats == RATIOS.get(record, set())


@pytest.mark.parametrize(("record", "table"), FLAT.items(), ids=lambda each: getattr(each, "name", ""))
def test_columns_of_money_are_exact(record: type, table: Any) -> None:
    hints = get_type_hints(record)
    for field in fields(record):
        is_money = hints[field.name] in (Decimal, Decimal | None)
        assert isinstance(table.c[field.name].type, Money) == is_money, field.name


def test_the_other_tables_too() -> None:
    assert isinstance(tables.runs.c.starting_equity.type, Money)
    assert isinstance(tables.runs.c.final_equity.type, Money)
    assert isinstance(tables.decisions.c.quantity.type, Money)
    assert isinstance(tables.positions.c.mark.type, Money)


def money_fields(record: Any) -> list[str]:
    hints = get_type_hints(type(record))
    return [field.name for field in fields(record) if hints[field.name] is Decimal]


stored: list[tuple[str, Any, Callable[[Any], Batch]]] = [
    ("order", samples.ORDER, lambda record: Batch("run-a", orders=(record,))),
    ("fill", samples.FILL, lambda record: Batch("run-a", fills=(record,))),
    ("trade", samples.TRADE, lambda record: Batch("run-a", trades=(record,))),
    ("position", samples.POSITION, lambda record: Batch("run-a", positions=(record,))),
    ("equity", samples.POINT, lambda record: Batch("run-a", equity=(record,))),
]
cases = [
    (f"{name}-{field}", record, field, make)
    for name, record, make in stored
    for field in money_fields(record)
]


@pytest.mark.parametrize(
    ("record", "field", "make"), [each[1:] for each in cases], ids=[each[0] for each in cases]
)
def test_a_float_is_refused_where_it_would_be_stored(
    engine: Engine, record: Any, field: str, make: Callable[[Any], Batch]
) -> None:
    assert is_dataclass(record)
    writer = LedgerWriter(engine)
    writer.begin_run(samples.run())
    with pytest.raises(TypeError, match="money is Decimal, not float"):
        writer.add(make(replace(record, **{field: 1.5})))
    with pytest.raises(TypeError, match="money is Decimal, not float"):
        writer.add(Batch("run-a", positions=(samples.POSITION,), marks={"XBTUSDTM": 1.5}))  # type: ignore[dict-item]
    with pytest.raises(TypeError):  # nor does arithmetic let one in
        getattr(record, field) + 1.5


MAY_CALL_FLOAT: Final = {
    ("execution/fills.py", "price_of"): "the way in: a price of a candle becomes the decimal that it says",
    ("execution/watch.py", "_levels"): "a first look at levels; what fills is found in decimals",
    ("execution/positions.py", "close_position"): "P&L in % and R multiple: ratios",
    ("execution/feed_bars.py", "prices"): "prices of candles, as they come",
    ("execution/feed_bars.py", "reached"): "a first look at levels",
    ("ledger/json_text.py", "decode_numbers"): "operands and facts of signals",
    ("ledger/documents.py", "_read"): "the floats of records, by their types",
}


def test_floats_are_made_only_where_no_money_is_made_of_them() -> None:
    found = set()
    for folder in ("execution", "ledger"):
        for path in sorted((ROOT / "engine" / folder).glob("*.py")):
            for name, function in functions(ast.parse(path.read_text(encoding="utf-8"))):
                if any(is_float(node) for node in ast.walk(function)):
                    found.add((f"{folder}/{path.name}", name))
    assert found <= MAY_CALL_FLOAT.keys()


def functions(tree: ast.AST) -> list[tuple[str, ast.AST]]:
    return [(node.name, node) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def is_float(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
