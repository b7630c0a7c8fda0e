"""`cash-town report`: one file, drawn on the right candles, or a clear line."""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.commands.backtest import backtest_command
from engine.commands.report import report_command
from engine.commands.report_file import candles_of, drawn_on
from engine.model.problem import CashTownError
from engine.research.report.gather import gather
from tests.research.report_runs import Kept, keep


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return keep(tmp_path_factory.mktemp("report") / "ledger.db")


def report(*arguments: str) -> Result:
    result = CliRunner().invoke(report_command, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def test_the_latest_run_is_written_to_a_file_of_its_name(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = report("--ledger", kept.url)
    assert said.stdout.startswith("report of paper-1 (SIMULATED market, ")
    assert [path.name for path in tmp_path.iterdir()] == ["paper-1.html"]
    assert 'id="candle-chart"' in (tmp_path / "paper-1.html").read_text(encoding="utf-8")


def test_a_simulated_market_is_made_again_from_its_seed(kept: Kept) -> None:
    made = candles_of(gather(kept.engine, None), None)
    assert made.candles.keys() == kept.universe.candles.keys()
    assert made.warning == ""


def test_other_candles_are_doubted(kept: Kept) -> None:
    gathered = gather(kept.engine, None)
    (first, *others) = kept.universe.candles.items()
    symbol, candles = first
    # Less warm-up is another hash, but the same candles.
    shorter = {symbol: candles.part(500, len(candles)), **dict(others)}
    assert drawn_on(replace(kept.universe, candles=shorter, data_hash="x"), gathered).warning == ""
    moved = {symbol: replace(candles, close=candles.close * 1.5) for symbol, candles in shorter.items()}
    doubt = drawn_on(replace(kept.universe, candles=moved, data_hash="x"), gathered).warning
    assert "are not those of the run" in doubt


def test_without_candles_the_page_says_how_to_get_them(kept: Kept) -> None:
    gathered = gather(kept.engine, None)
    real = replace(gathered, run=replace(gathered.run, simulated=False))
    assert "`cash-town report paper-1 --candles DIR`" in candles_of(real, None).note


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--out", "nowhere/report.html"), "there is no folder nowhere"),
        (("x",), "holds no run 'x'; it has paper-1"),
        (("--candles", "nowhere"), "no such folder"),
    ],
)
def test_slips_are_one_clear_line(kept: Kept, arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(CashTownError, match=said):
        report(*arguments, "--ledger", kept.url)


def test_a_report_of_a_backtest_needs_its_folder(tmp_path: Path) -> None:
    with pytest.raises(CashTownError, match="name one with --out"):
        CliRunner().invoke(backtest_command, ["--candles", str(tmp_path), "--report"], catch_exceptions=False)
