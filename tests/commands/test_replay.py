"""`run` and `backtest` as a process: what goes wrong is one line and exit code 2, and leaves nothing."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FEW = ("--symbols", "XBTUSDTM,ETHUSDTM", "--from", "2024-05-01")


def cash_town(arguments: Sequence[str], cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    inherited = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DATA_DIR")
    }
    return subprocess.run(
        [sys.executable, "-m", "engine.cli", *arguments],
        cwd=cwd,
        env={**inherited, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def candles(folder: Path, days: int = 30) -> Path:
    """Hours of one symbol as CSV."""
    folder.mkdir()
    rows = [
        f"{hour * 3_600_000},{100 + hour % 7},{109},{99},{100 + (hour + 3) % 7},{1000}"
        for hour in range(24 * days)
    ]
    text = "timestamp,open,high,low,close,volume\n" + "\n".join(rows) + "\n"
    (folder / "XBTUSDTM_1h.csv").write_text(text, encoding="utf-8")
    return folder


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["backtest", "--candles", "nowhere"], "no such folder"),
        (["backtest", "--candles", "empty"], "folder is empty"),
        (["backtest", "--candles", "candles", "--symbols", "FOOUSDTM"], "FOOUSDTM"),
        (["backtest", "--candles", "candles", "--from", "1970-13-01"], "is not a date"),
        (["backtest", "--candles", "candles", "--from", "1970-02-01", "--to", "1970-01-01"], "is not before"),
        (["backtest", "--candles", "candles", "--from", "2030-01-01"], "the files cover"),
        (["backtest", "--candles", "candles", "--strategies", "turtel"], "did you mean 'turtle'"),
        (["backtest", "--candles", "candles", "--equity", "-1"], "not a positive amount"),
        (["backtest", "--candles", "candles", "--timeframe", "7m"], "'7m' is not one of"),
        (["backtest", "--candles", "candles", "--out", "candles/XBTUSDTM_1h.csv"], "it is a file"),
        (["run", "--symbols", "BTCUSDT"], "unknown symbol 'BTCUSDT'"),
        (["run", "--from", "2029-01-01"], "no candles in the range"),
        (["run", "--config", "nowhere"], "no file or folder nowhere"),
        (["run", "--config", "broken"], "strategies.yaml:42:23: error[unknown-name]"),
        (["run", "--ledger", "nowhere/ledger.db"], "no directory nowhere"),
        (["run", "--ledger", "candles/XBTUSDTM_1h.csv"], "is not a Cash Town ledger"),
        (["why", "abc"], "no ledger"),
        (["bogus"], "No such command"),
    ],
)
def test_what_cannot_run_says_so_in_one_line_and_leaves_nothing(
    arguments: list[str], says: str, tmp_path: Path
) -> None:
    candles(tmp_path / "candles")
    (tmp_path / "empty").mkdir()
    broken = tmp_path / "broken"
    shutil.copytree(ROOT / "rules", broken / "rules")
    shutil.copy(ROOT / "risk.yaml", broken)
    text = (ROOT / "strategies.yaml").read_text(encoding="utf-8")
    text = text.replace("crossed_above(ema_fast,", "crossed_above(emma_fast,")
    (broken / "strategies.yaml").write_text(text, encoding="utf-8")
    before = files(tmp_path)
    ended = cash_town(arguments, tmp_path)
    assert ended.returncode == 2
    lines = ended.stderr.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("cash-town: ")
    assert says in lines[0]
    assert "Traceback" not in ended.stdout + ended.stderr
    assert files(tmp_path) == before


def test_a_locked_ledger_is_one_clear_line(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.db"
    assert cash_town(["run", *FEW, "--ledger", str(ledger)], tmp_path).returncode == 0
    holder = sqlite3.connect(ledger, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        ended = cash_town(["run", *FEW, "--new", "--ledger", str(ledger)], tmp_path)
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    assert ended.returncode == 2
    assert "locked" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_run_says_what_to_try_next_and_that_works(tmp_path: Path) -> None:
    ended = cash_town(["run", *FEW], tmp_path)
    assert ended.returncode == 0
    assert "SIMULATED MARKET" in ended.stdout
    commands = re.findall(r"^  cash-town (why \w+|show trades --limit 10)", ended.stdout, re.MULTILINE)
    assert len(commands) >= 2
    for command in commands:
        assert cash_town(command.split(), tmp_path).returncode == 0


def test_a_backtest_leaves_its_files(tmp_path: Path) -> None:
    candles(tmp_path / "candles")
    ended = cash_town(["backtest", "--candles", "candles", "--out", "out"], tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert {"decisions.parquet", "trades.parquet", "equity.parquet", "summary.json"} <= files(
        tmp_path / "out"
    )


def test_symbols_without_a_group_and_odd_rules_are_said(tmp_path: Path) -> None:
    folder = candles(tmp_path / "candles")
    (folder / "XBTUSDTM_1h.csv").rename(folder / "ZZZUSDTM_1h.csv")
    odd = tmp_path / "odd"
    shutil.copytree(ROOT / "rules", odd / "rules")
    shutil.copy(ROOT / "risk.yaml", odd)
    text = (
        (ROOT / "strategies.yaml")
        .read_text(encoding="utf-8")
        .replace("rsi_ceiling: 70", "rsi_ceiling: 101", 1)
    )
    (odd / "strategies.yaml").write_text(text, encoding="utf-8")
    ended = cash_town(["backtest", "--candles", "candles", "--config", "odd"], tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "in no correlation group, each a group of its own: ZZZUSDTM" in ended.stderr
    assert "warning[always-true]" in ended.stderr
