"""The schema follows the records: a field that the ledger would lose fails here."""

from dataclasses import fields

import pytest
from sqlalchemy import Table

from engine.ledger import tables
from engine.ledger.records import RunRecord
from engine.ledger.rows import FLAT, decision_row, signal_row
from engine.model.decision import Decision
from engine.model.signal import Signal

from . import samples


def names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


@pytest.mark.parametrize(("record", "table"), FLAT.items(), ids=lambda each: getattr(each, "name", ""))
def test_flat_tables_have_the_fields_of_their_record_in_order(record: type, table: Table) -> None:
    wanted = [field.name for field in fields(record)]
    behind = [name for name in names(table) if name not in ("run_id", "seq")]
    assert behind == ([*wanted, "mark"] if table is tables.positions else wanted)


def test_every_field_of_a_decision_has_its_column() -> None:
    inside = {"signal", "adjustments", "gates", "factors", "value", "limit"}  # the trace, or split in two
    assert {field.name for field in fields(Decision)} - inside <= set(names(tables.decisions))
    assert {field.name for field in fields(Signal)} <= set(names(tables.signals))
    assert {field.name for field in fields(RunRecord)} == set(names(tables.runs))


def test_rows_are_as_long_as_their_tables() -> None:
    assert len(decision_row("r", 0, samples.decision())) == len(tables.decisions.columns)
    assert len(signal_row("r", 0, samples.decision())) == len(tables.signals.columns)


def test_every_row_has_its_run() -> None:
    without = {"config_versions"}
    for name, table in tables.metadata.tables.items():
        assert ("run_id" in table.primary_key.columns) == (name not in without), name
