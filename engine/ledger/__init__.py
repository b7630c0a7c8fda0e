"""The ledger: everything that a run decided and did, in one SQL schema; tables, write, read, hash."""
