"""The schema: every table of the ledger, each row with its run.

Columns carry the names of the records' fields. `seq` counts a table's rows in the order in which
the run wrote them; a signal has the `seq` of its decision. Times are UTC ms. Floats may be null
where the record says NaN. JSON is text, written by `json_text`.
"""

from typing import Any, Final

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

SCHEMA_VERSION: Final = 1

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_1_name)s",
        "ix": "ix_%(table_name)s_%(column_1_name)s",
    }
)


def _text(*names: str, null: bool = False) -> list[Column[Any]]:
    return [Column(name, Text, nullable=null) for name in names]


def _time(*names: str, null: bool = False) -> list[Column[Any]]:
    return [Column(name, BigInteger, nullable=null) for name in names]


def _real(*names: str) -> list[Column[Any]]:
    return [Column(name, Double) for name in names]


def _money(*names: str, null: bool = False) -> list[Column[Any]]:
    return [Column(name, Money, nullable=null) for name in names]


def _run() -> Column[Any]:
    return Column("run_id", Text, ForeignKey("runs.run_id", ondelete="CASCADE"), primary_key=True)


def _seq() -> list[Column[Any]]:
    return [_run(), Column("seq", BigInteger, primary_key=True, autoincrement=False)]


schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True))

config_versions = Table(
    "config_versions",
    metadata,
    Column("config_hash", Text, primary_key=True),
    *_text("document"),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", Text, primary_key=True),
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
    *_text("id", "decision_id", "strategy_id", "symbol", "side", "purpose"),
    *_money("quantity", "reference_price", "leverage"),
    *_time("created_at"),
    Column("rank", Integer, nullable=False),
    *_money("stop_distance", "target_distance"),
    *_text("reason", null=True),
    UniqueConstraint("run_id", "id"),
    Index(None, "run_id", "created_at"),
    Index(None, "run_id", "decision_id"),
)

fills = Table(
    "fills",
    metadata,
    *_seq(),
    *_text("id", "order_id", "decision_id", "strategy_id", "symbol", "side", "purpose"),
    *_money("quantity", "price", "fee"),
    *_text("liquidity"),
    *_time("at"),
    *_text("reason", null=True),
    UniqueConstraint("run_id", "id"),
    Index(None, "run_id", "at"),
    Index(None, "run_id", "decision_id"),
)

trades = Table(
    "trades",
    metadata,
    *_seq(),
    *_text("id", "decision_id", "strategy_id", "symbol", "side"),
    *_money("quantity", "entry_price", "exit_price"),
    *_time("opened_at", "closed_at"),
    *_money("gross_pnl", "fees", "funding", "pnl"),
    *_real("pnl_pct", "r_multiple"),
    *_text("exit_reason"),
    *_text("exit_decision_id", null=True),
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
    Column("id", Text, primary_key=True),
    *_text("decision_id", "strategy_id", "symbol", "side"),
    *_money("quantity", "cost", "stop", "target", "liquidation", "leverage", "fees", "initial_risk"),
    *_time("opened_at"),
    *_money("mark", null=True),
)

equity = Table(
    "equity",
    metadata,
    _run(),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    *_money("equity", "cash", "open_pnl", "peak_equity"),
    *_real("drawdown_pct", "exposure_pct", "risk_pct"),
    Column("positions", Integer, nullable=False),
)

breaker_events = Table(
    "breaker_events",
    metadata,
    *_seq(),
    *_time("at"),
    *_text("name", "event"),
    *_real("value", "limit"),
    *_text("reason"),
)

breaker_states = Table(
    "breaker_states",
    metadata,
    _run(),
    Column("name", Text, primary_key=True),
    Column("is_tripped", Boolean, nullable=False),
    *_time("tripped_at", "until", null=True),
    *_real("last_trip"),
    *_text("reason"),
)
