"""`show` lists a ledger for people and for programs."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine.commands.ledger_place import ledger_url
from engine.commands.show import show_command
from engine.ledger.records import Batch
from engine.model.problem import CashTownError
from tests.commands import decided
from tests.ledger import samples
from tests.ledger.samples import HOUR


def show(*arguments: str) -> Result:
    result = CliRunner().invoke(show_command, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def rows(*arguments: str) -> list[dict[str, Any]]:
    found = json.loads(show(*arguments, "--format", "json").stdout)
    assert isinstance(found, list)
    return found


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def url(tmp_path: Path) -> str:
    refusals = [replace(samples.refusal(), id=f"r{i}", value=float("nan")) for i in range(60)]
    batch = samples.batch(decisions=(samples.decision(), *refusals))
    return decided.ledger(tmp_path / "ledger.db", batch)


@pytest.mark.parametrize("what", ["runs", "trades", "decisions", "positions", "equity"])
def test_every_list_comes_in_three_forms(url: str, what: str) -> None:
    table = show(what, "--ledger", url)
    assert table.stdout.startswith(what)
    assert max(map(len, table.stdout.splitlines())) <= 80

    objects = rows(what, "--ledger", url)
    text = show(what, "--ledger", url, "--format", "csv").stdout
    assert next(csv.DictReader(io.StringIO(text))).keys() == objects[0].keys()
    assert text.count("\n") == len(objects) + 1
    assert "\x1b" not in text


def test_wide_screens_are_given_more_columns(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "exit price" not in show("trades", "--ledger", url).stdout
    monkeypatch.setenv("COLUMNS", "140")
    assert "exit price" in show("trades", "--ledger", url).stdout


def test_money_is_exact_text_times_are_iso_and_the_unknown_is_null(url: str) -> None:
    (trade,) = rows("trades", "--ledger", url)
    assert trade["pnl"] == "19.8213445"
    assert trade["closed_at"] == "2021-01-01T07:00:00Z"
    (run,) = rows("runs", "--ledger", url)
    assert (run["from"], run["to"]) == ("2021-01-01T00:00:00Z", "2021-01-01T09:00:00Z")
    refused = rows("decisions", "--ledger", url, "--limit", "1")[0]
    assert refused["value"] is None
    assert refused["limit"] == 0.55


def test_a_table_has_the_last_fifty_and_says_so_a_program_gets_all(url: str) -> None:
    assert "the last 50; --limit shows more" in show("decisions", "--ledger", url).stdout
    assert len(rows("decisions", "--ledger", url)) == 61
    limited = show("decisions", "--ledger", url, "--limit", "2", "--format", "json")
    assert [row["id"] for row in json.loads(limited.stdout)] == ["r58", "r59"]
    assert "the last 2; --limit shows more" in limited.stderr
    assert "shows more" not in show("decisions", "--ledger", url, "--limit", "61").stdout


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (("--accepted",), 1),
        (("--refused",), 60),
        (("--code", "confidence"), 60),
        (("--side", "long"), 1),
        (("--symbol", "ethusdtm"), 60),
        (("--strategy", "trend-following", "--side", "short"), 60),
        (("--strategy", "turtle"), 0),
    ],
)
def test_decisions_are_filtered(url: str, options: tuple[str, ...], count: int) -> None:
    assert len(rows("decisions", "--ledger", url, *options)) == count


def test_merged_decisions_are_neither_accepted_nor_refused(tmp_path: Path) -> None:
    merged = replace(samples.decision("d3"), action="merged", entry_id="d1")
    url = decided.ledger(tmp_path / "ledger.db", Batch("run-a", decisions=(merged,)))
    assert rows("decisions", "--ledger", url, "--accepted") == []
    assert rows("decisions", "--ledger", url, "--refused") == []
    assert "merged" in show("decisions", "--ledger", url).stdout


def test_nothing_found_is_said_plainly_beside_clean_output(url: str) -> None:
    arguments = ("trades", "--ledger", url, "--strategy", "turtle")
    assert "no trades in run run-a that fit these options" in show(*arguments).stdout
    for form, nothing in (("json", "[]\n"), ("csv", "")):
        result = show(*arguments, "--format", form)
        assert result.stdout == nothing
        assert "no trades in run run-a" in result.stderr


def test_the_latest_run_is_shown_unless_one_is_named(url: str) -> None:
    file = Path(url.removeprefix("sqlite:///"))
    later = Batch("run-b", equity=(replace(samples.POINT, at=samples.T0 + 9 * HOUR),))
    decided.ledger(file, later, run_id="run-b", started_at=2, simulated=True)
    shown = show("equity", "--ledger", url)
    assert "run-b" in shown.stdout
    assert "simulated market: its candles are made, not measured" in shown.stdout
    assert len(rows("equity", "--ledger", url)) == 1
    assert len(rows("equity", "--run", "run-a", "--ledger", url)) == 2
    assert [row["run_id"] for row in rows("runs", "--ledger", url)] == ["run-a", "run-b"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("trades", "--symbol", "XBTUSDT"), "XBTUSDT is no symbol of run run-a; did you mean XBTUSDTM?"),
        (("decisions", "--code", "totalrisk"), r"is no refusal code; did you mean total_risk\?"),
        (("trades", "--run", "x"), "holds no run 'x'; it has run-a"),
    ],
)
def test_slips_are_one_clear_line(url: str, arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(CashTownError, match=said):
        show(*arguments, "--ledger", url)


def test_no_ledger_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(CashTownError, match="`cash-town run` makes one"):
        show("trades", "--ledger", str(tmp_path / "none.db"))


@pytest.mark.parametrize(
    ("option", "environ", "url"),
    [
        (None, {}, "sqlite:///data/ledger.db"),
        (None, {"DATA_DIR": "/srv/x"}, "sqlite:////srv/x/ledger.db"),
        (None, {"DATA_DIR": "", "DATABASE_URL": ""}, "sqlite:///data/ledger.db"),
        (None, {"DATA_DIR": "/srv/x", "DATABASE_URL": "postgresql://db/x"}, "postgresql://db/x"),
        ("a/b.db", {"DATABASE_URL": "postgresql://db/x"}, "sqlite:///a/b.db"),
        ("sqlite:///c.db", {}, "sqlite:///c.db"),
    ],
)
def test_the_ledger_is_found(option: str | None, environ: dict[str, str], url: str) -> None:
    assert ledger_url(option, environ) == url
