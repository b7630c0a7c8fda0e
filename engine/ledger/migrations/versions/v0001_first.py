"""The first schema: runs and everything that they decided and did."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
)

from engine.ledger.migrations.columns import TEXT, money, real, run, seq, text, time

revision = "0001"
down_revision = None

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_1_name)s",
        "ix": "ix_%(table_name)s_%(column_1_name)s",
    }
)


def upgrade() -> None:
    """Makes every table."""
    metadata.create_all(op.get_bind(), checkfirst=False)


Table("schema_version", metadata, Column("version", Integer, primary_key=True))

Table(
    "config_versions",
    metadata,
    Column("config_hash", TEXT, primary_key=True),
    *text("document"),
)

Table(
    "runs",
    metadata,
    Column("run_id", TEXT, primary_key=True),
    *text("kind", "status", "source"),
    Column("simulated", Boolean, nullable=False),
    *text("timeframe", "symbols"),
    *time("from_ms", "to_ms", "seed", null=True),
    *text("config_hash", "data_hash"),
    *money("starting_equity"),
    *money("final_equity", null=True),
    *time("started_at"),
    *time("ended_at", null=True),
    *text("summary"),
    Index(None, "started_at", "run_id"),
)

Table(
    "signals",
    metadata,
    *seq(),
    *text("id", "strategy_id", "symbol", "side", "kind", "rule"),
    *time("at", "bar"),
    *real("price", "confidence", "stop_distance", "target_distance", "stop", "target"),
    *text("operands", "facts"),
)

Table(
    "decisions",
    metadata,
    *seq(),
    *text("id", "config_hash"),
    *time("at"),
    *text("strategy_id", "symbol", "side", "action"),
    Column("accepted", Boolean, nullable=False),
    *text("code", null=True),
    *real("value_num"),
    *text("value_text", null=True),
    *real("limit_num"),
    *text("limit_text", null=True),
    *real("confidence_raw", "confidence"),
    Column("rank", Integer),
    Column("rescued", Boolean, nullable=False),
    Column("consensus", Integer, nullable=False),
    Column("dissent", Integer, nullable=False),
    *text("entry_id", null=True),
    *money("quantity", "leverage", null=True),
    *real("risk_pct"),
    *text("trace"),
    UniqueConstraint("run_id", "id"),
    Index(None, "run_id", "at"),
    Index(None, "run_id", "code"),
)

Table(
    "orders",
    metadata,
    *seq(),
    *text("id", "decision_id", "strategy_id", "symbol", "side", "purpose"),
    *money("quantity", "reference_price", "leverage"),
    *time("created_at"),
    Column("rank", Integer, nullable=False),
    *money("stop_distance", "target_distance"),
    *text("reason", null=True),
    UniqueConstraint("run_id", "id"),
    Index(None, "run_id", "created_at"),
    Index(None, "run_id", "decision_id"),
)

Table(
    "fills",
    metadata,
    *seq(),
    *text("id", "order_id", "decision_id", "strategy_id", "symbol", "side", "purpose"),
    *money("quantity", "price", "fee"),
    *text("liquidity"),
    *time("at"),
    *text("reason", null=True),
    UniqueConstraint("run_id", "id"),
    Index(None, "run_id", "at"),
    Index(None, "run_id", "decision_id"),
)

Table(
    "trades",
    metadata,
    *seq(),
    *text("id", "decision_id", "strategy_id", "symbol", "side"),
    *money("quantity", "entry_price", "exit_price"),
    *time("opened_at", "closed_at"),
    *money("gross_pnl", "fees", "funding", "pnl"),
    *real("pnl_pct", "r_multiple"),
    *text("exit_reason"),
    *text("exit_decision_id", null=True),
    UniqueConstraint("run_id", "id"),
    Index(None, "run_id", "closed_at"),
    Index(None, "run_id", "strategy_id"),
    Index(None, "run_id", "decision_id"),
)

Table(
    "positions",
    metadata,
    run(),
    Column("id", TEXT, primary_key=True),
    *text("decision_id", "strategy_id", "symbol", "side"),
    *money("quantity", "cost", "stop", "target", "liquidation", "leverage", "fees", "initial_risk"),
    *time("opened_at"),
    *money("mark", null=True),
)

Table(
    "equity",
    metadata,
    run(),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    *money("equity", "cash", "open_pnl", "peak_equity"),
    *real("drawdown_pct", "exposure_pct", "risk_pct"),
    Column("positions", Integer, nullable=False),
)

Table(
    "breaker_events",
    metadata,
    *seq(),
    *time("at"),
    *text("name", "event"),
    *real("value", "limit"),
    *text("reason"),
)

Table(
    "breaker_states",
    metadata,
    run(),
    Column("name", TEXT, primary_key=True),
    Column("is_tripped", Boolean, nullable=False),
    *time("tripped_at", "until", null=True),
    *real("last_trip"),
    *text("reason"),
)
