"""A folder as a universe: what is chosen, what is cut, and one clear line for each thing missing."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from engine.market.clean import Finding
from engine.market.files import read_universe
from engine.model.candles import Universe
from engine.model.config import CandlePolicy
from engine.model.problem import CashTownError
from engine.model.timeframe import DAY_MS, DURATION_MS, HOUR_MS

START = 19_358 * DAY_MS  # 2023-01-01 00:00
HEADER = "timestamp,open,high,low,close,volume\n"

Read = Callable[..., tuple[Universe, tuple[Finding, ...]]]


def rows(number: int, timeframe: str = "1h", first: float = 100.0) -> str:
    """CSV text of `number` bars; the close of bar i is first + i."""
    step = DURATION_MS[timeframe]
    return HEADER + "".join(
        f"{START + i * step},{first + i},{first + i + 1},{first + i - 1},{first + i},{i + 1}\n"
        for i in range(number)
    )


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(text.encode()))
    elif name.endswith(".csv"):
        path.write_text(text)
    else:
        lines = [line.split(",") for line in text.splitlines()]
        columns = {name: [float(line[i]) for line in lines[1:]] for i, name in enumerate(lines[0])}
        columns["timestamp"] = [int(value) for value in columns["timestamp"]]  # type: ignore[misc]
        parquet.write_table(pa.table(columns), path)


@pytest.fixture
def read(tmp_path: Path, policy: CandlePolicy) -> Read:
    def read(
        timeframe: str | None = None,
        symbols: list[str] | None = None,
        from_ms: int | None = None,
        to_ms: int | None = None,
        default: str = "1h",
        **changed: Any,
    ) -> tuple[Universe, tuple[Finding, ...]]:
        return read_universe(tmp_path, policy, timeframe, default, symbols, from_ms, to_ms)

    return read


def refusal(read: Read, **asked: Any) -> str:
    """The one line with which `read` refuses."""
    with pytest.raises(CashTownError) as caught:
        read(**asked)
    message = str(caught.value)
    assert message
    assert "\n" not in message
    return message


@pytest.mark.parametrize("ending", ["parquet", "csv", "csv.gz"])
def test_every_format_gives_the_same_candles(ending: str, tmp_path: Path, read: Read) -> None:
    write(tmp_path, f"BTCUSDT_1h.{ending}", rows(3))
    universe, findings = read()
    candles = universe.candles["BTCUSDT"]
    assert candles.time.tolist() == [START, START + HOUR_MS, START + 2 * HOUR_MS]
    assert candles.open.tolist() == [100, 101, 102]
    assert candles.high.tolist() == [101, 102, 103]
    assert candles.low.tolist() == [99, 100, 101]
    assert candles.close.tolist() == [100, 101, 102]
    assert candles.volume.tolist() == [1, 2, 3]
    assert (candles.timeframe, universe.timeframe, universe.simulated) == ("1h", "1h", False)
    assert str(tmp_path) in universe.source
    assert findings == ()
    assert universe.data_hash == "d7101dbf31de75b7"


def test_a_folder_is_a_universe_ordered_by_symbol(tmp_path: Path, read: Read) -> None:
    write(tmp_path, "SOLUSDT_1h.csv", rows(2))
    write(tmp_path, "BTC_USDT_1h.parquet", rows(2))
    write(tmp_path, "ADAUSDT_1h.csv.gz", rows(2))
    for other in ("README.md", "MANIFEST.csv", "._SOLUSDT_1h.csv", "notes_on_1h.txt"):
        (tmp_path / other).write_text("nothing of interest")
    assert read()[0].symbols == ("ADAUSDT", "BTC_USDT", "SOLUSDT")


def test_other_columns_and_another_order_of_columns_do_not_matter(tmp_path: Path, read: Read) -> None:
    text = "note,volume,close,low,high,open,timestamp\n" + f"x,7,11,9,12,10,{START}\n"
    (tmp_path / "X_1h.csv").write_text(text)
    candles = read()[0].candles["X"]
    assert [candles.open[0], candles.high[0], candles.low[0], candles.close[0], candles.volume[0]] == [
        10,
        12,
        9,
        11,
        7,
    ]


def test_times_and_whole_numbers_in_parquet_are_understood(tmp_path: Path, read: Read) -> None:
    whole = pa.array([10, 10], pa.int32())
    table = {
        "timestamp": pa.array([START, START + HOUR_MS], pa.timestamp("ms", "UTC")).cast(
            pa.timestamp("ns", "UTC")
        )
    } | dict.fromkeys(("open", "high", "low", "close", "volume"), whole)
    parquet.write_table(pa.table(table), tmp_path / "X_1h.parquet")
    candles = read()[0].candles["X"]
    assert candles.time.tolist() == [START, START + HOUR_MS]
    assert candles.close.tolist() == [10.0, 10.0]


# Timeframe


def test_without_a_timeframe_the_default_is_read(tmp_path: Path, read: Read) -> None:
    write(tmp_path, "X_1h.csv", rows(2))
    write(tmp_path, "X_4h.csv", rows(2, "4h"))
    assert read()[0].timeframe == "1h"
    assert read(timeframe="4h")[0].timeframe == "4h"


def test_without_the_default_the_only_timeframe_is_read(tmp_path: Path, read: Read) -> None:
    write(tmp_path, "X_1d.csv", rows(2, "1d"))
    assert read()[0].timeframe == "1d"


def test_several_timeframes_without_the_default_are_listed(tmp_path: Path, read: Read) -> None:
    write(tmp_path, "X_1d.csv", rows(2, "1d"))
    write(tmp_path, "X_4h.csv", rows(2, "4h"))
    assert "4h, 1d" in refusal(read)


def test_a_timeframe_that_is_not_there_is_refused(tmp_path: Path, read: Read) -> None:
    write(tmp_path, "X_1h.csv", rows(2))
    assert "no 4h candles; the folder has 1h" in refusal(read, timeframe="4h")


def test_a_timeframe_that_nobody_knows_is_refused(tmp_path: Path, read: Read) -> None:
    write(tmp_path, "X_7h.csv", rows(2))
    assert "unknown timeframe 7h" in refusal(read)


# Symbols


def test_only_the_symbols_asked_for_are_read(tmp_path: Path, read: Read) -> None:
    write(tmp_path, "A_1h.csv", rows(2))
    write(tmp_path, "B_1h.csv", rows(2))
    write(tmp_path, "C_1h.csv", "broken")
    assert read(symbols=["B", "A", "B"])[0].symbols == ("A", "B")


@pytest.mark.parametrize(
    ("asked", "meant"), [("XBTUSDTM", "BTCUSDT"), ("BTC", "BTCUSDT"), ("solusdt", "SOLUSDT")]
)
def test_an_unknown_symbol_is_named_with_what_was_meant(
    asked: str, meant: str, tmp_path: Path, read: Read
) -> None:
    write(tmp_path, "BTCUSDT_1h.csv", rows(2))
    write(tmp_path, "SOLUSDT_1h.csv", rows(2))
    message = refusal(read, symbols=["BTCUSDT", asked])
    assert f"{asked} (did you mean {meant}?)" in message
    assert "BTCUSDT, SOLUSDT" in message


def test_all_unknown_symbols_are_named(tmp_path: Path, read: Read) -> None:
    write(tmp_path, "BTCUSDT_1h.csv", rows(2))
    message = refusal(read, symbols=["QQQ", "ZZZ"])
    assert "QQQ, ZZZ" in message
    assert "did you mean" not in message


def test_no_symbols_at_all_are_refused(tmp_path: Path, read: Read) -> None:
    write(tmp_path, "BTCUSDT_1h.csv", rows(2))
    assert "no symbol was asked for" in refusal(read, symbols=[])


# Range


def test_the_range_holds_its_start_and_not_its_end(tmp_path: Path, read: Read) -> None:
    write(tmp_path, "X_1h.csv", rows(5))
    candles = read(from_ms=START + HOUR_MS, to_ms=START + 3 * HOUR_MS)[0].candles["X"]
    assert candles.close.tolist() == [101, 102]


def test_a_symbol_without_bars_in_the_range_is_left_out_and_reported(tmp_path: Path, read: Read) -> None:
    write(tmp_path, "NEW_1h.csv", rows(2))
    write(tmp_path, "OLD_1h.csv", rows(5))
    write(tmp_path, "NONE_1h.csv", HEADER)
    universe, findings = read(from_ms=START + 3 * HOUR_MS)
    assert universe.symbols == ("OLD",)
    assert [(finding.symbol, finding.kind) for finding in findings] == [("NEW", "empty"), ("NONE", "empty")]
    assert "2023-01-01 00:00 to 2023-01-01 01:00" in str(findings[0])
    assert str(findings[1]) == "NONE: a file without bars; left out"


def test_nothing_in_the_range_says_what_the_folder_covers(tmp_path: Path, read: Read) -> None:
    write(tmp_path, "X_1h.csv", rows(5))
    message = refusal(read, from_ms=START + 10 * HOUR_MS, to_ms=START + 12 * HOUR_MS)
    assert "from 2023-01-01 10:00 before 2023-01-01 12:00" in message
    assert "2023-01-01 00:00 to 2023-01-01 04:00" in message


def test_only_faults_in_the_range_are_reported(tmp_path: Path, read: Read) -> None:
    text = rows(2) + f"{START + 9 * HOUR_MS},1,1,1,1,1\n"
    write(tmp_path, "X_1h.csv", text)
    assert [finding.kind for finding in read()[1]] == ["gaps"]
    assert read(to_ms=START + 2 * HOUR_MS)[1] == ()


def test_seconds_instead_of_milliseconds_show_by_their_date(tmp_path: Path, read: Read) -> None:
    seconds = START // 1000
    write(tmp_path, "X_1h.csv", HEADER + f"{seconds + 1},1,1,1,1,1\n")
    message = refusal(read)
    assert "nonsense" in message
    assert "1970-01-20" in message


# What cannot be read


def test_a_folder_that_is_not_there(tmp_path: Path, policy: CandlePolicy) -> None:
    with pytest.raises(CashTownError, match="nowhere: no such folder"):
        read_universe(tmp_path / "nowhere", policy, None, "1h", None, None, None)


def test_a_file_instead_of_a_folder(tmp_path: Path, policy: CandlePolicy) -> None:
    write(tmp_path, "X_1h.csv", rows(2))
    with pytest.raises(CashTownError, match=r"X_1h\.csv: is not a folder"):
        read_universe(tmp_path / "X_1h.csv", policy, None, "1h", None, None, None)


def test_an_empty_folder(read: Read) -> None:
    assert "the folder is empty; expected <SYMBOL>_<timeframe>.parquet|.csv|.csv.gz" in refusal(read)


def test_a_folder_without_candle_files(tmp_path: Path, read: Read) -> None:
    (tmp_path / "README.md").write_text("hello")
    assert "none of its 1 files is a candle file" in refusal(read)


def test_two_files_for_one_symbol(tmp_path: Path, read: Read) -> None:
    write(tmp_path, "X_1h.csv", rows(2))
    write(tmp_path, "X_1h.parquet", rows(2))
    message = refusal(read)
    assert "X_1h.parquet" in message
    assert "X_1h.csv" in message


BAD_CSV = {
    "a word for a number": (rows(2) + f"{START + 2 * HOUR_MS},1,oops,1,1,1\n", ":4: column high: 'oops'"),
    "a fraction of a ms": (rows(1) + "1.5,1,1,1,1,1\n", ":3: column timestamp: '1.5'"),
    "a date for a time": (HEADER + "2023-01-01,1,1,1,1,1\n", ":2: column timestamp: '2023-01-01'"),
    "a row that is cut": (rows(2) + f"{START},1,1", ":4: 3 fields where the header has 6"),
    "no header": (rows(2).removeprefix(HEADER), ": no column timestamp, open, high, low, close, volume"),
    "a missing column": ("timestamp,open,high,low,close\n1,1,1,1,1\n", ": no column volume; the file has"),
    "a column twice": (HEADER.replace("volume", "volume,open"), ": column open is there twice"),
    "nothing": ("", ": no column timestamp"),
}


@pytest.mark.parametrize("ending", ["csv", "csv.gz"])
@pytest.mark.parametrize(("text", "said"), BAD_CSV.values(), ids=BAD_CSV)
def test_bad_csv_is_told_with_file_and_line(
    text: str, said: str, ending: str, tmp_path: Path, read: Read
) -> None:
    write(tmp_path, f"X_1h.{ending}", text)
    assert f"X_1h.{ending}{said}" in refusal(read)


def test_an_empty_field_is_nonsense_not_an_error(tmp_path: Path, read: Read) -> None:
    text = rows(1) + f"{START + HOUR_MS},,1,1,1,1\n" + ",1,1,1,1,1\n"
    write(tmp_path, "X_1h.csv", text)
    universe, findings = read(from_ms=START)
    assert len(universe.candles["X"]) == 1
    assert [(finding.kind, finding.bars) for finding in findings] == [("nonsense", 2)]


def test_text_that_is_no_text(tmp_path: Path, read: Read) -> None:
    (tmp_path / "X_1h.csv").write_bytes(b"\xff\xfe\x00\x81" * 9)
    assert "X_1h.csv: no csv text" in refusal(read)


@pytest.mark.parametrize("name", ["X_1h.parquet", "X_1h.csv.gz"])
def test_a_truncated_file(name: str, tmp_path: Path, read: Read) -> None:
    write(tmp_path, name, rows(500))
    whole = (tmp_path / name).read_bytes()
    for size in (0, 3, len(whole) // 2, len(whole) - 5):
        (tmp_path / name).write_bytes(whole[:size])
        assert name in refusal(read)


def test_a_parquet_file_with_damaged_pages(tmp_path: Path, read: Read) -> None:
    write(tmp_path, "X_1h.parquet", rows(500))
    whole = bytearray((tmp_path / "X_1h.parquet").read_bytes())
    whole[8:200] = b"\xff" * 192
    (tmp_path / "X_1h.parquet").write_bytes(whole)
    assert "X_1h.parquet: damaged parquet file" in refusal(read)


def test_a_parquet_file_with_a_damaged_name(tmp_path: Path, read: Read) -> None:
    write(tmp_path, "X_1h.parquet", rows(5))
    whole = (tmp_path / "X_1h.parquet").read_bytes()
    (tmp_path / "X_1h.parquet").write_bytes(whole.replace(b"volume", b"vol\xfeme"))
    assert "X_1h.parquet: damaged parquet file" in refusal(read)


def test_a_file_that_is_no_gzip(tmp_path: Path, read: Read) -> None:
    (tmp_path / "X_1h.csv.gz").write_text(rows(2))
    assert "X_1h.csv.gz: damaged gzip file" in refusal(read)


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("close", ["1", "x"], "column close holds string, not numbers"),
        ("timestamp", ["2023-01-01", "2023-01-02"], "column timestamp holds string"),
        ("timestamp", [0.5, 1.0], "column timestamp: "),
    ],
)
def test_wrong_types_in_parquet(
    column: str, values: list[Any], said: str, tmp_path: Path, read: Read
) -> None:
    table: dict[str, list[Any]] = {"timestamp": [START, START + HOUR_MS]}
    table |= {name: [1.0, 1.0] for name in ("open", "high", "low", "close", "volume")}
    parquet.write_table(pa.table(table | {column: values}), tmp_path / "X_1h.parquet")
    assert f"X_1h.parquet: {said}" in refusal(read)


def test_a_missing_column_in_parquet(tmp_path: Path, read: Read) -> None:
    parquet.write_table(pa.table({"timestamp": [START], "price": [1.0]}), tmp_path / "X_1h.parquet")
    message = refusal(read)
    assert "no column open, high, low, close, volume; the file has timestamp, price" in message


@pytest.mark.parametrize("name", ["X_1h.csv", "X_1h.csv.gz", "X_1h.parquet"])
def test_a_link_to_nowhere_and_a_folder_by_the_name_of_a_file(name: str, tmp_path: Path, read: Read) -> None:
    (tmp_path / name).symlink_to(tmp_path / "gone")
    assert f"{name}: cannot be read: " in refusal(read)
    (tmp_path / "gone").mkdir()
    assert f"{name}: cannot be read: " in refusal(read)
