"""How a ledger of an earlier schema becomes one of today's: Alembic's environment and its versions.

A version never changes once it is on the main branch. It is written out in SQLAlchemy's own types,
not taken from `tables`, which goes on changing.
"""
