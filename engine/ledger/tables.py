"""The schema: every table of the ledger, each row with its run.

Columns carry the names of the records' fields. `seq` counts a table's rows in the order in which
the run wrote them; a signal has the `seq` of its decision. Times are UTC ms. Floats may be null
where the record says NaN. JSON is text, written by `json_text`.

Where rows are just records, the columns are made of the record's fields. A change here needs a
version in `migrations/versions` and its number as `REVISION`: tests compare the two.
"""

from dataclasses import fields
from decimal import Decimal
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from engine.ledger.money import Money
from engine.model.account import BreakerEvent, BreakerState, EquityPoint
from engine.model.trading import Fill, Order, Position, Trade

REVISION: Final = "0003"
"""The newest version of the schema: the one that this program works with."""

TEXT: Final = Text().with_variant(Text(collation="C"), "postgresql")
"""Text in the order of its code points, so that every database sorts and compares alike."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_1_name)s",
        "ix": "ix_%(table_name)s_%(column_1_name)s",
    }
)


def _text(*names: str, null: bool = False) -> list[Column[Any]]:
    return [Column(name, TEXT, nullable=null) for name in names]


def _time(*names: str, null: bool = False) -> list[Column[Any]]:
    return [Column(name, BigInteger, nullable=null) for name in names]


def _real(*names: str) -> list[Column[Any]]:
    return [Column(name, Double) for name in names]


def _money(*names: str, null: bool = False) -> list[Column[Any]]:
    return [Column(name, Money, nullable=null) for name in names]


def _run() -> Column[Any]:
    return Column("run_id", TEXT, ForeignKey("runs.run_id", ondelete="CASCADE"), primary_key=True)


def _seq() -> list[Column[Any]]:
    return [_run(), Column("seq", BigInteger, primary_key=True, autoincrement=False)]


_COUNTS: Final = frozenset({"rank", "positions", "units"})
_KINDS: Final[dict[Any, Any]] = {str: TEXT, Decimal: Money, float: Double, bool: Boolean, int: BigInteger}


def _of(record: type, *behind: str) -> list[Column[Any]]:
    """A column a field, but for the keys, which `behind` names: they stand in front already."""
    hints = get_type_hints(record)
    found = []
    for name in (field.name for field in fields(record)):
        if name in behind:
            continue
        hint, null = hints[name], False
        if get_origin(hint) in (Union, UnionType):
            (hint,) = (each for each in get_args(hint) if each is not type(None))
            null = True
        kind = Integer if name in _COUNTS else _KINDS[str if hint not in _KINDS else hint]
        found.append(Column(name, kind, nullable=null or kind is Double))
    return found


config_versions = Table(
    "config_versions",
    metadata,
    Column("config_hash", TEXT, primary_key=True),
    *_text("document"),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", TEXT, primary_key=True),
    *_text("kind", "status", "source"),
    Column("simulated", Boolean, nullable=False),
    *_text("timeframe", "symbols"),
    *_time("from_ms", "to_ms", "seed", null=True),
    *_text("config_hash", "data_hash"),
    *_money("starting_equity"),
    *_money("final_equity", null=True),
    *_time("started_at"),
    *_time("ended_at", null=True),
    *_text("summary"),
    Index(None, "started_at", "run_id"),
)

signals = Table(
    "signals",
    metadata,
    *_seq(),
    *_text("id", "strategy_id", "symbol", "side", "kind", "rule"),
    *_time("at", "bar"),
    *_real("price", "confidence", "stop_distance", "target_distance", "stop", "target"),
    *_text("operands", "facts"),
)

decisions = Table(
    "decisions",
    metadata,
    *_seq(),
    *_text("id", "config_hash"),
    *_time("at"),
    *_text("strategy_id", "symbol", "side", "action"),
    Column("accepted", Boolean, nullable=False),
    *_text("code", null=True),
    # What was compared is a number or a name: each has its column, so that SQL can compare too.
    *_real("value_num"),
    *_text("value_text", null=True),
    *_real("limit_num"),
    *_text("limit_text", null=True),
    *_real("confidence_raw", "confidence"),
    Column("rank", Integer),
    Column("rescued", Boolean, nullable=False),
    Column("consensus", Integer, nullable=False),
    Column("dissent", Integer, nullable=False),
    *_text("entry_id", null=True),
    *_money("quantity", "leverage", null=True),
    *_real("risk_pct"),
    *_text("trace"),
    UniqueConstraint("run_id", "id"),
    Index(None, "run_id", "at"),
    Index(None, "run_id", "code"),
)

orders = Table(
    "orders",
    metadata,
    *_seq(),
    *_of(Order),
    UniqueConstraint("run_id", "id"),
    Index(None, "run_id", "created_at"),
    Index(None, "run_id", "decision_id"),
)

fills = Table(
    "fills",
    metadata,
    *_seq(),
    *_of(Fill),
    UniqueConstraint("run_id", "id"),
    Index(None, "run_id", "at"),
    Index(None, "run_id", "decision_id"),
)

trades = Table(
    "trades",
    metadata,
    *_seq(),
    *_of(Trade),
    UniqueConstraint("run_id", "id"),
    Index(None, "run_id", "closed_at"),
    Index(None, "run_id", "strategy_id"),
    Index(None, "run_id", "decision_id"),
)

# The positions that are open now, or were at the end of the run; closed ones are trades.
positions = Table(
    "positions",
    metadata,
    _run(),
    Column("id", TEXT, primary_key=True),
    *_of(Position, "id"),
    *_money("mark", null=True),
)

equity = Table(
    "equity",
    metadata,
    _run(),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    *_of(EquityPoint, "at"),
)

breaker_events = Table("breaker_events", metadata, *_seq(), *_of(BreakerEvent))

breaker_states = Table(
    "breaker_states",
    metadata,
    _run(),
    Column("name", TEXT, primary_key=True),
    *_of(BreakerState, "name"),
)

# What a session needs to go on behind the bar `at`: `document` is of the form `version`.
session_states = Table(
    "session_states",
    metadata,
    _run(),
    *_time("at"),
    Column("version", Integer, nullable=False),
    *_text("made_by", "document"),
)
