"""The house stands on its floors, and the check that says so finds what it should."""

from pathlib import Path

import pytest

from tests.floors import FLOOR_OF, violations

ROOT = Path(__file__).parents[1]


def test_the_house_stands_on_its_floors() -> None:
    assert violations(ROOT) == []


def test_the_house_was_looked_at() -> None:
    """An empty or moved engine/ would pass the test above without meaning anything."""
    assert {path.parent.name for path in (ROOT / "engine").rglob("*.py")} >= {"engine", "model"}


def test_each_part_stands_on_one_floor() -> None:
    assert FLOOR_OF["model"] == 0
    assert FLOOR_OF["cli"] == 10
    assert len(FLOOR_OF) == 16


def built(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("engine/decide/sizing.py", "import engine.model.signal\nfrom engine.config import load\n"),
        (
            "engine/decide/sizing.py",
            "from engine.decide import risk\nfrom . import exits\n",
        ),
        ("engine/decide/sizing.py", "from engine import __version__, model\n"),
        ("engine/decide/sizing.py", "import numpy as np\nfrom collections import abc\nimport engineering\n"),
        ("engine/session.py", "from engine.learning import drift\nfrom .ledger import write\n"),
        ("engine/cli.py", "import importlib\nimportlib.import_module(f'engine.commands.{name}')\n"),
        ("engine/commands/run.py", "import importlib\nimportlib.import_module('engine.session')\n"),
        ("app.py", "import flask\nfrom engine.web import blueprints\n"),
        ("engine/__init__.py", "__version__ = '1'\n"),
    ],
)
def test_what_the_floors_allow(tmp_path: Path, name: str, text: str) -> None:
    assert violations(built(tmp_path, {name: text})) == []


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("engine/model/a.py", "import engine.language.parse\n", "model (floor 0) imports language (floor 1)"),
        ("engine/model/a.py", "from engine.language import parse\n", "imports language"),
        ("engine/model/a.py", "from engine import language\n", "imports language"),
        ("engine/model/a.py", "import numpy, engine.cli as c\n", "imports cli (floor 10)"),
        ("engine/model/a.py", "from ..language import parse\n", "imports language"),
        ("engine/model/deep/a.py", "from ...language.parse import tree\n", "imports language"),
        ("engine/model/a.py", "from .. import language\n", "imports language"),
        ("engine/model/a.py", "def f():\n    from engine.decide import risk\n", "a.py:2: model"),
        ("engine/model/a.py", "if TYPE_CHECKING:\n    import engine.session\n", "imports session"),
        ("engine/model/a.py", "import_module('engine.decide')\n", "imports decide"),
        ("engine/model/a.py", "importlib.import_module('engine.decide')\n", "imports decide"),
        ("engine/model/a.py", "__import__('engine.decide')\n", "imports decide"),
        ("engine/model/a.py", "importlib.import_module(name)\n", "named at run time"),
        ("engine/market/a.py", "from engine.indicators import table\n", "only lower floors"),
        ("engine/ledger/a.py", "from engine.execution import paper\n", "only lower floors"),
        ("engine/session.py", "from engine import research\n", "imports research"),
        ("engine/decide/a.py", "from engine.oddments import x\n", "oddments, which belongs to no floor"),
        ("engine/decide/a.py", "import app\n", "app, which belongs to no floor"),
        ("engine/oddments/a.py", "", "oddments belongs to no floor"),
        ("engine/oddment.py", "", "oddment belongs to no floor"),
        ("engine/__init__.py", "from engine.model import signal\n", "imports nothing of the house"),
        ("app.py", "from engine.session import run\n", "imports session, but app.py imports only web"),
    ],
)
def test_what_breaks_the_floors(tmp_path: Path, name: str, text: str, told: str) -> None:
    (tmp_path / "engine").mkdir()
    found = violations(built(tmp_path, {name: text}))
    assert len(found) == 1
    assert told in found[0]
    assert found[0].startswith(name)
