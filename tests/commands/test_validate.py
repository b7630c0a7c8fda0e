"""`cash-town validate`: what it prints, and its exit codes."""

import io
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.commands.validate import validate, validate_command
from engine.model.problem import CashTownError

BASE = Path(__file__).parents[1] / "config" / "examples" / "base"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy = tmp_path / "config"
    shutil.copytree(BASE, copy)
    monkeypatch.chdir(copy)
    return copy


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def run(*paths: str, **options: object) -> tuple[int, str]:
    out = io.StringIO()
    code = validate([Path(path) for path in paths], None, {}, out, **options)  # type: ignore[arg-type]
    return code, out.getvalue()


def test_a_clean_configuration(folder: Path) -> None:
    code, text = run()
    assert code == 0
    assert text.startswith("7 files: no problems, config ")


def test_every_problem_with_its_line_and_a_caret(folder: Path) -> None:
    change(folder / "strategies.yaml", "- close > mean", "- close > maen")
    change(folder / "rules" / "execution.yaml", "slippage_pct", "slipage_pct")
    assert run() == (
        1,
        "rules/execution.yaml:4:1: error[unknown-key]: the key 'slipage_pct' is not known here;"
        " did you mean 'slippage_pct'?\n"
        "    4 | slipage_pct: 0.05\n"
        "      | ^\n"
        "strategies.yaml:14:17: error[unknown-name]: 'maen' is not defined; did you mean 'mean'?\n"
        "   14 |       - close > maen\n"
        "      |                 ^\n"
        "7 files: 2 errors\n",
    )


def test_warnings_count_only_when_strict(folder: Path) -> None:
    change(folder / "strategies.yaml", "floor: 25", "floor: 25, spare: 1")
    assert run()[0] == 0
    assert "warning[unused-param]" in run()[1]
    assert run(strict=True)[0] == 1


def test_json_for_machines(folder: Path) -> None:
    change(folder / "strategies.yaml", "title: One", "title: [ü]")
    code, text = run(format="json")
    assert code == 1
    assert json.loads(text) == {
        "hash": None,
        "problems": [
            {
                "file": "strategies.yaml",
                "line": 8,
                "column": 12,
                "severity": "error",
                "code": "wrong-type",
                "message": "expected text, got a list",
                "hint": "check the indentation",
            }
        ],
    }


def test_a_file_is_judged_in_its_folder_and_only_its_problems_are_shown(folder: Path) -> None:
    change(folder / "strategies.yaml", "- close > mean", "- close > maen")
    change(folder / "rules" / "aggregation.yaml", "[one]", "[two]")
    code, text = run("rules/aggregation.yaml")
    assert code == 1
    assert text.startswith("rules/aggregation.yaml:12:9: error[unknown-strategy]: there is no strategy 'two'")
    assert "maen" not in text
    assert run("rules/market.yaml")[0] == 0


def test_what_is_no_configuration_cannot_be_validated(folder: Path) -> None:
    (folder / "notes.yaml").write_text("a: 1\n")
    with pytest.raises(CashTownError, match="there is no file or folder gone"):
        run("gone")
    with pytest.raises(CashTownError, match=r"notes\.yaml is no file of a configuration"):
        run("notes.yaml")
    (folder / "rules" / "extra.yaml").write_text("a: 1\n")
    assert run("rules/extra.yaml")[1].startswith(
        "rules/extra.yaml: error[unknown-file]: nobody reads this file"
    )


def test_wide_letters_and_long_lines_keep_the_caret_in_place(folder: Path) -> None:
    change(folder / "strategies.yaml", "title: One", "title: 牛市, multiplier: 2")
    assert run()[1].split("\n")[2] == "      |                            ^"
    long = " and ".join(["close > open"] * 12)
    change(folder / "strategies.yaml", "title: 牛市, multiplier: 2", "title: One")
    change(folder / "strategies.yaml", "- close > mean", f"- {long} and close > maen and close > mean")
    lines = run()[1].split("\n")
    assert len(lines[1]) < 140
    assert lines[1][lines[2].index("^") :].startswith("maen")


def test_the_command(folder: Path) -> None:
    assert CliRunner().invoke(validate_command, ["."]).exit_code == 0
    change(folder / "strategies.yaml", "- close > mean", "- close > maen")
    result = CliRunner().invoke(validate_command, ["--format", "json", "strategies.yaml"])
    assert result.exit_code == 1
    assert json.loads(result.output)["problems"][0]["code"] == "unknown-name"
