"""Slips and nonsense anywhere in a file: a clean configuration or located problems, never a traceback."""

import random
import shutil
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.config.kinds import KINDS, file_of
from engine.config.load import load
from tests.conftest import SEED

ROOT = Path(__file__).parents[2]
BASE = Path(__file__).parent / "examples" / "base"


def mutations(text: str, chance: random.Random) -> str:
    """A small slip, or a nasty insertion, of one or two places."""
    for _ in range(chance.randint(1, 2)):
        at = chance.randrange(len(text))
        match chance.randrange(5):
            case 0:
                text = text[:at] + text[at + 1 :]
            case 1:
                lines = text.split("\n")
                row = chance.randrange(len(lines) - 1)
                lines[row], lines[row + 1] = lines[row + 1], lines[row]
                text = "\n".join(lines)
            case 2:
                text = text[:at] + chance.choice(":-{}[]#&*!|>'\"%@,?~ \n\t0.()\u202e\x07é") + text[at:]
            case 3:
                text = (
                    text[:at]
                    + chance.choice(("yes", "1e-3", "null", "[]", "{}", ": ", "- ", "\n  "))
                    + text[at:]
                )
            case _:
                end = min(len(text), at + chance.randint(1, 60))
                text = text[:at] + text[end:]
    return text


def test_no_slip_in_a_shipped_file_raises(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    folder = tmp_path / "config"
    shutil.copytree(ROOT / "rules", folder / "rules")
    for kind in ("strategies", "risk"):
        shutil.copyfile(ROOT / file_of(kind), folder / file_of(kind))
    for _ in range(40):
        kind = chance.choice(KINDS)
        path = folder / file_of(kind)
        original = path.read_bytes()
        path.write_bytes(mutations(original.decode(), chance).encode())
        loaded = load(folder)
        assert (loaded.config is None) == any(p.severity == "error" for p in loaded.problems)
        for problem in loaded.problems:
            lines = loaded.texts[problem.file].split("\n") if problem.line else [""]
            assert problem.line <= len(lines)
            assert 0 <= problem.column <= len(lines[problem.line - 1]) + 1
            assert problem.message.isprintable()
        path.write_bytes(original)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(alphabet="ab >(1", max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab_"), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


@settings(max_examples=40)
@given(data=st.data())
def test_any_value_anywhere_is_a_problem_or_fine(data: st.DataObject, tmp_path_factory: Any) -> None:
    kind = data.draw(st.sampled_from(KINDS))
    document = yaml.safe_load((BASE / file_of(kind)).read_text("utf-8"))
    holder: Any = document
    while True:
        key = data.draw(
            st.sampled_from(list(holder) if isinstance(holder, dict) else list(range(len(holder))))
        )
        inner = holder[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            break
        holder = inner
    holder[key] = data.draw(VALUES)
    folder = tmp_path_factory.mktemp("any") / "config"
    shutil.copytree(BASE, folder)
    (folder / file_of(kind)).write_text(yaml.safe_dump(document), "utf-8")
    loaded = load(folder)
    assert (loaded.config is None) == any(p.severity == "error" for p in loaded.problems)
