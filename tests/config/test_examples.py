"""Example files, found by themselves: each replaces one file of the small configuration in base/.

A bad one begins with the places and codes it must give, all of them and nothing else; a good one
with the file that it replaces.
"""

import shutil
from pathlib import Path

import pytest

from engine.config.kinds import KINDS, file_of
from engine.config.load import load

EXAMPLES = Path(__file__).parent / "examples"
BAD = sorted((EXAMPLES / "bad").glob("*.yaml"))
GOOD = sorted((EXAMPLES / "good").glob("*.yaml"))


def found(example: Path, replaced: str, folder: Path) -> list[str]:
    shutil.copytree(EXAMPLES / "base", folder)
    shutil.copyfile(example, folder / replaced)
    loaded = load(folder)
    assert (loaded.config is None) == any(problem.severity == "error" for problem in loaded.problems)
    return [f"{p.file}:{p.line}:{p.column}: {p.severity}[{p.code}]" for p in loaded.problems]


def test_the_base_is_clean() -> None:
    loaded = load(EXAMPLES / "base")
    assert loaded.problems == ()
    assert loaded.config is not None


@pytest.mark.parametrize("example", BAD, ids=lambda path: path.stem)
def test_a_bad_file_gives_what_it_says(example: Path, tmp_path: Path) -> None:
    lines = example.read_text("utf-8").split("\n")
    expected = [line.removeprefix("# expect ") for line in lines if line.startswith("# expect ")]
    assert expected, "a bad example begins with '# expect file:line:column: severity[code]'"
    assert found(example, expected[0].split(":")[0], tmp_path / "config") == expected


@pytest.mark.parametrize("example", GOOD, ids=lambda path: path.stem)
def test_a_good_oddity_is_clean(example: Path, tmp_path: Path) -> None:
    replaced = example.read_text("utf-8").split("\n")[0].removeprefix("# replaces ").strip()
    assert replaced in map(file_of, KINDS)
    assert found(example, replaced, tmp_path / "config") == []
