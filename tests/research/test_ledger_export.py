"""The export of the ledger: every table, every row, exact money, the same from both databases."""

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from sqlalchemy import Engine

from engine.ledger import tables
from engine.ledger.database import open_ledger
from engine.ledger.money import Money
from engine.ledger.write import LedgerWriter
from engine.model.problem import CashTownError
from engine.research.ledger_export import MONEY, export_ledger
from tests.ledger import samples


def filled(url: str) -> Engine:
    engine = open_ledger(url)
    writer = LedgerWriter(engine)
    for run_id, config in (("run-a", "c0ffee"), ("run-b", "beef")):
        writer.save_config(config, "{}")
        writer.begin_run(samples.run(run_id, config_hash=config))
        writer.add(samples.batch(run_id))
        writer.end_run(run_id, "finished", Decimal("10020.000000000000000001"), {"trades": 1})
    return engine


def test_every_table_with_every_row(ledger_url: str, tmp_path: Path) -> None:
    engine = filled(ledger_url)
    counts = export_ledger(engine, tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        f"{name}.parquet" for name in tables.metadata.tables
    }
    assert counts["decisions"] == counts["signals"] == 4
    assert (counts["runs"], counts["equity"], counts["session_states"]) == (2, 4, 0)
    for name, table in tables.metadata.tables.items():
        stored = parquet.read_table(tmp_path / "out" / f"{name}.parquet")
        assert stored.num_rows == counts[name]
        assert stored.column_names == [column.name for column in table.columns]
        for column in table.columns:
            if isinstance(column.type, Money):
                assert stored.schema.field(column.name).type == MONEY
    engine.dispose()


def test_values_are_exact(ledger_url: str, tmp_path: Path) -> None:
    engine = filled(ledger_url)
    export_ledger(engine, tmp_path, "run-b")
    engine.dispose()
    (run,) = parquet.read_table(tmp_path / "runs.parquet").to_pylist()
    assert (run["run_id"], run["final_equity"]) == ("run-b", Decimal("10020.000000000000000001"))
    assert run["from_ms"].isoformat() == "2021-01-01T00:00:00+00:00"
    (trade,) = parquet.read_table(tmp_path / "trades.parquet").to_pylist()
    assert (trade["pnl"], trade["pnl_pct"]) == (samples.TRADE.pnl, samples.TRADE.pnl_pct)
    assert parquet.read_schema(tmp_path / "trades.parquet").field("closed_at").type == pa.timestamp(
        "ms", "UTC"
    )
    (config,) = parquet.read_table(tmp_path / "config_versions.parquet").to_pylist()
    assert config["config_hash"] == "beef"


def test_both_databases_give_the_same_bytes(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue("postgres")
    for name, url in (("one", f"sqlite:///{tmp_path / 'ledger.db'}"), ("two", server.empty())):
        engine = filled(url)
        export_ledger(engine, tmp_path / name)
        engine.dispose()
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes(), file.name


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    engine = filled(f"sqlite:///{tmp_path / 'ledger.db'}")
    (tmp_path / "file").write_text("")
    with pytest.raises(CashTownError, match=r"^cannot write to .*file"):
        export_ledger(engine, tmp_path / "file")
    engine.dispose()
