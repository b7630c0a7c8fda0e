"""The files of a run: their columns and values, and that nothing half-written is ever left."""

import json
import resource
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from engine.model.problem import CashTownError
from engine.research.export import FILES, check_out, export
from engine.research.result import Result
from engine.research.summary import summarise

from .runs import decision, run, trade, untouched

MONEY = pa.decimal128(38, 18)
TIME = pa.timestamp("ms", tz="UTC")


def written(out: Path, result: Result | None = None) -> dict[str, pa.Table]:
    made = result or run()
    export(made, summarise(made), out)
    return {name: parquet.read_table(out / name) for name in FILES[:3]}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_exactly_the_four_files_are_there(tmp_path: Path) -> None:
    written(tmp_path / "new" / "out")
    assert names(tmp_path / "new" / "out") == sorted(FILES)


def test_decisions(tmp_path: Path) -> None:
    table = written(tmp_path)["decisions.parquet"]
    assert table.num_rows == 10
    kinds = {field.name: field.type for field in table.schema}
    assert (kinds["at"], kinds["quantity"], kinds["confidence"]) == (TIME, MONEY, pa.float64())
    (breaker,) = [row for row in table.to_pylist() if row["id"] == "r1"]
    assert (breaker["strategy_id"], breaker["action"], breaker["code"]) == ("zweig", "refused", "breaker")
    assert (breaker["value_num"], breaker["value_text"], breaker["limit_text"]) == (
        None,
        "daily_loss",
        "none",
    )
    (confidence,) = [row for row in table.to_pylist() if row["id"] == "r2"]
    assert (confidence["value_num"], confidence["value_text"], confidence["limit_num"]) == (0.4, None, 0.55)


def test_trades(tmp_path: Path) -> None:
    rows = written(tmp_path)["trades.parquet"].to_pylist()
    assert [row["strategy_id"] for row in rows] == ["turtle", "turtle", "zweig"]
    assert [row["pnl"] for row in rows] == [Decimal(10), Decimal(-5), Decimal(-4)]
    assert rows[0]["closed_at"].isoformat() == "2021-12-30T12:00:00+00:00"


def equity_of(strategy_id: str, folder: Path) -> list[dict[str, Any]]:
    rows = written(folder)["equity.parquet"].to_pylist()
    return [row for row in rows if row["strategy_id"] == strategy_id]


def test_equity_of_the_account_at_every_close(tmp_path: Path) -> None:
    rows = equity_of("portfolio", tmp_path)
    assert [float(row["equity"]) for row in rows] == [1000, 1010, 1012, 1005, 1003, 1001, 1003, 1010.5]
    assert [int(row["realised_pnl"]) for row in rows] == [0, 10, 10, 5, 5, 1, 1, 1]
    assert (rows[-1]["cash"], rows[-1]["open_pnl"], rows[-1]["positions"]) == (Decimal("1000.5"), 10, 1)


def test_equity_of_a_strategy_at_the_end_of_every_day(tmp_path: Path) -> None:
    rows = equity_of("zweig", tmp_path)
    assert [(row["at"].isoformat()[:13], int(row["realised_pnl"])) for row in rows] == [
        ("2021-12-30T12", 0),
        ("2021-12-31T12", 0),
        ("2022-01-01T12", -4),
        ("2022-01-02T12", -4),
    ]
    assert {row["equity"] for row in rows} == {None}


def test_money_is_rounded_to_18_places_and_nan_is_null(tmp_path: Path) -> None:
    result = run()
    fine = trade("0.0000000000000000015", r=float("nan"))
    records = replace(
        result.records, trades=[fine], decisions=[decision("a", "turtle", "long", 0, value=float("nan"))]
    )
    tables = written(tmp_path, replace(result, records=records))
    (row,) = tables["trades.parquet"].to_pylist()
    assert (row["pnl"], row["r_multiple"]) == (Decimal("0.000000000000000002"), None)
    assert tables["decisions.parquet"].to_pylist()[0]["value_num"] is None


def test_an_empty_run_has_empty_files_with_all_columns(tmp_path: Path) -> None:
    full, empty = written(tmp_path / "a"), written(tmp_path / "b", untouched())
    for name, table in empty.items():
        assert table.num_rows == 0
        assert table.schema.equals(full[name].schema)


def test_every_file_says_what_run_it_is_of(tmp_path: Path) -> None:
    for table in written(tmp_path, replace(run(), simulated=True)).values():
        assert table.schema.metadata[b"simulated"] == b"yes"
        assert table.schema.metadata[b"data_hash"] == b"da7a"
    assert json.loads((tmp_path / "summary.json").read_text())["run"]["simulated"] is True


def test_equal_runs_give_equal_bytes(tmp_path: Path) -> None:
    written(tmp_path / "a"), written(tmp_path / "b")
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in FILES)


def test_files_of_an_earlier_run_are_replaced_and_others_stay(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    written(tmp_path, untouched())
    assert written(tmp_path)["trades.parquet"].num_rows == 3
    assert names(tmp_path) == sorted((*FILES, "notes.txt"))


def test_checking_leaves_nothing_behind(tmp_path: Path) -> None:
    check_out(tmp_path / "new" / "out")
    check_out(tmp_path)
    assert names(tmp_path) == []


def refused_by(tmp_path: Path, out: Path) -> str:
    """The one line that both the early check and the export refuse `out` with."""
    before = names(tmp_path)
    with pytest.raises(CashTownError) as early:
        check_out(out)
    with pytest.raises(CashTownError) as late:
        export(run(), summarise(run()), out)
    assert names(tmp_path) == before
    assert "\n" not in str(early.value) + str(late.value)
    return str(early.value)


def test_out_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    assert (
        refused_by(tmp_path, tmp_path / "out")
        == f"cannot write to {tmp_path}/out: it is a file, not a folder"
    )
    assert "Not a directory" in refused_by(tmp_path, tmp_path / "out" / "deeper")
    assert (tmp_path / "out").read_text() == "mine"


def test_out_whose_summary_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "summary.json").mkdir()
    with pytest.raises(CashTownError, match=r"its summary\.json is a folder"):
        check_out(tmp_path)
    assert names(tmp_path) == ["summary.json"]


def test_out_that_is_not_writable(bound: Callable[[], AbstractContextManager[Path]], tmp_path: Path) -> None:
    export(run(), summarise(run()), tmp_path / "fine")
    with bound() as locked:
        for out in (locked, locked / "out"):
            with pytest.raises(CashTownError, match="Permission denied") as caught:
                check_out(out)
            assert "\n" not in str(caught.value)
            with pytest.raises(CashTownError, match="Permission denied"):
                export(run(), summarise(run()), out)
        assert names(locked) == []


@pytest.fixture
def full_disk() -> Iterator[None]:
    """No file may grow beyond 2,000 bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(CashTownError, match=r"cannot write to .*: ") as caught:
        export(run(), summarise(run()), tmp_path / "new" / "out")
    assert "\n" not in str(caught.value)
    assert names(tmp_path) == []


def test_a_full_disk_leaves_the_files_of_an_earlier_run(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    written(tmp_path)
    before = {name: (tmp_path / name).read_bytes() for name in FILES}
    request.getfixturevalue("full_disk")
    with pytest.raises(CashTownError):
        export(untouched(), summarise(untouched()), tmp_path)
    assert {name: (tmp_path / name).read_bytes() for name in names(tmp_path)} == before


def test_an_interrupt_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(json, "dumps", interrupt)
    with pytest.raises(KeyboardInterrupt):
        export(run(), {}, tmp_path / "out")
    assert names(tmp_path) == []
