"""Rows of the first schema, written with its own names by plain SQL: what an old ledger holds."""

from typing import Any, Final

from sqlalchemy import Engine, MetaData, Table, insert

from . import samples

T0: Final = samples.T0
HOUR: Final = samples.HOUR

ROWS: Final[dict[str, list[dict[str, Any]]]] = {
    "config_versions": [{"config_hash": "c0ffee", "document": "{}"}],
    "runs": [
        {
            "run_id": "old-run",
            "kind": "backtest",
            "status": "finished",
            "source": "candle files",
            "simulated": False,
            "timeframe": "1h",
            "symbols": '["ETHUSDTM","XBTUSDTM"]',
            "from_ms": T0,
            "to_ms": T0 + 9 * HOUR,
            "seed": 7,
            "config_hash": "c0ffee",
            "data_hash": "da7a",
            "starting_equity": "10000",
            "final_equity": "10020",
            "started_at": 1,
            "ended_at": 2,
            "summary": '{"trades":1}',
        }
    ],
}


def fill(engine: Engine) -> None:
    """A run with one of everything, as the first program wrote it."""
    from engine.ledger import rows

    seen = MetaData()
    seen.reflect(engine)
    whole = samples.batch("old-run")
    with engine.begin() as connection:
        for name, each in ROWS.items():
            connection.execute(insert(seen.tables[name]), each)
        for seq, decision in enumerate(whole.decisions):
            _insert(connection, seen.tables["signals"], rows.signal_row("old-run", seq, decision))
            _insert(connection, seen.tables["decisions"], rows.decision_row("old-run", seq, decision))
        for name, records in (
            ("orders", whole.orders),
            ("fills", whole.fills),
            ("trades", whole.trades),
            ("breaker_events", whole.breaker_events),
        ):
            for seq, record in enumerate(records):
                _of_record(connection, seen.tables[name], record, run_id="old-run", seq=seq)
        for name, records in (
            ("equity", whole.equity),
            ("breaker_states", whole.breakers or ()),
            ("positions", whole.positions or ()),
        ):
            for record in records:
                _of_record(connection, seen.tables[name], record, run_id="old-run", mark=samples.MARK)


def _of_record(connection: Any, table: Table, record: Any, **more: Any) -> None:
    """The columns that the table has: fields of later days have no place there."""
    names = [column.name for column in table.columns]
    values = {name: getattr(record, name) for name in names if hasattr(record, name)}
    values |= {name: value for name, value in more.items() if name in table.columns}
    _insert(connection, table, [values[name] for name in names])


def _insert(connection: Any, table: Table, row: Any) -> None:
    as_text = connection.dialect.name == "sqlite"
    values = {
        name: str(value) if as_text and type(value).__name__ == "Decimal" else value
        for name, value in zip(table.columns.keys(), row, strict=True)
    }
    connection.execute(insert(table), values)
