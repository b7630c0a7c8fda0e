"""Positions of several units, with funding, and partly closed ones."""

from decimal import Decimal

from alembic import op
from sqlalchemy import Column, Integer, column, select, table, update

from engine.ledger.migrations.columns import MONEY, TEXT

revision = "0003"
down_revision = "0002"

NEW_MONEY = ("last_fill", "best", "funding", "closed_quantity", "closed_cost", "closed_value")


def upgrade() -> None:
    """Positions of before have one unit, no funding and nothing closed: filled at their mean price."""
    op.add_column("positions", Column("units", Integer, nullable=False, server_default="1"))
    for name in NEW_MONEY:
        op.add_column("positions", Column(name, MONEY, nullable=False, server_default="0"))
    positions = table(
        "positions",
        column("run_id", TEXT),
        column("id", TEXT),
        *(column(name, MONEY) for name in ("quantity", "cost", "last_fill", "best")),
    )
    connection = op.get_bind()
    for row in connection.execute(select(positions)).all():
        price = (Decimal(row.cost) / Decimal(row.quantity)).quantize(Decimal("1e-12"))
        value = format(price.normalize(), "f") if connection.dialect.name == "sqlite" else price
        chosen = (positions.c.run_id == row.run_id) & (positions.c.id == row.id)
        connection.execute(update(positions).where(chosen).values(last_fill=value, best=value))
