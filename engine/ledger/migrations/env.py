"""Alembic runs this: migrates on the connection that is handed over, in its transaction."""

from alembic import context

from engine.ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite's too: this house begins its transactions itself
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
