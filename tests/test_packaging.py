"""What is installed is what lies here: the version, the locks, and a wheel with its own configuration."""

import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Final

import pytest

import engine

ROOT: Final = Path(__file__).parents[1]
LOCKS: Final = sorted(path.name for path in ROOT.glob("requirements*.lock"))


def pins(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, re.MULTILINE))


def test_the_version_is_said_once() -> None:
    assert version("cash-town") == engine.__version__


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_pins_with_hashes_and_nothing_else(name: str) -> None:
    lines = [
        line.strip().rstrip("\\").strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines()
    ]
    wrong = [
        line
        for line in lines
        if line and not re.fullmatch(r"#.*|[a-z0-9._-]+==[^\s;]+|--hash=sha256:[0-9a-f]{64}", line)
    ]
    assert wrong == []


def test_the_locks_agree() -> None:
    everything = pins("requirements-dev.lock")
    for name in LOCKS:
        assert pins(name).items() <= everything.items(), name


def test_the_locks_pin_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for asked, name in (
        (project["dependencies"], "requirements.lock"),
        (project["optional-dependencies"]["dev"], "requirements-dev.lock"),
    ):
        names = {re.match(r"[\w.-]+", one)[0].lower() for one in asked}  # type: ignore[index]
        assert names <= pins(name).keys(), "run `make lock`"


def test_a_wheel_brings_its_configuration(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    yaml = [ROOT / "strategies.yaml", ROOT / "risk.yaml", *(ROOT / "rules").glob("*.yaml")]
    expected = [*yaml, *(ROOT / "schemas").glob("*.json")]
    assert {f"engine/packaged/{path.relative_to(ROOT)}" for path in expected} <= held
    versions = (ROOT / "engine" / "ledger" / "migrations").rglob("*.py")
    assert {str(path.relative_to(ROOT)) for path in versions} <= held
    assert "engine/cli.py" in held
    kept = [path for path in (ROOT / "engine").rglob("*") if path.parent.name in ("static", "template")]
    assert {str(path.relative_to(ROOT)) for path in kept} <= held
    assert not any(name.startswith(("tests/", "benchmarks/", "docs/")) for name in held)
