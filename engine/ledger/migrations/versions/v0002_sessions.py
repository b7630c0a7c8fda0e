"""What a session needs to go on is kept; Alembic's own table says which schema this is."""

from alembic import op
from sqlalchemy import Column, Integer

from engine.ledger.migrations.columns import run, text, time

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Adds the states of sessions, drops the number that the first schema kept by itself."""
    op.create_table(
        "session_states",
        run(),
        *time("at"),
        Column("version", Integer, nullable=False),
        *text("made_by", "document"),
    )
    op.drop_table("schema_version")
