"""Pages that repeat what a table in the code says are held to it; links and commands lead somewhere."""

import re
import shutil
from pathlib import Path

import pytest

from engine.cli import COMMANDS
from engine.commands.functions import every_function, facts_markdown, markdown
from engine.config.load import ConfigFiles, load_config
from engine.model.decision import REFUSAL_CODES

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def between(page: str, name: str) -> str:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    found = re.search(rf"<!-- {name}.*?-->\n(.*?)<!-- /{name} -->", text, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_function_table_is_that_of_the_code() -> None:
    assert between("language.md", "functions") == markdown(every_function())


def test_the_fact_table_is_that_of_the_code() -> None:
    assert between("language.md", "facts") == facts_markdown()


def test_every_refusal_code_is_explained() -> None:
    text = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    assert [code for code in REFUSAL_CODES if f"`{code}`" not in text] == []


def test_every_command_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"cash-town {name}" not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_the_strategy_of_the_page_is_a_valid_one(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "strategy-file.md").read_text(encoding="utf-8")
    example = re.search(r"```yaml\nstrategies:\n(.*?)```", page, re.DOTALL)
    assert example is not None
    for name in ("risk.yaml", "strategies.yaml", "rules"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    with (tmp_path / "strategies.yaml").open("a", encoding="utf-8") as file:
        file.write("\n" + example[1])
    bonus = tmp_path / "rules" / "second_chance.yaml"
    text = bonus.read_text(encoding="utf-8")
    bonus.write_text(
        text.replace("default_bonus:\n", "default_bonus:\n  keltner-breakout: 0\n"), encoding="utf-8"
    )
    config, problems = load_config(ConfigFiles(tmp_path, "the page"))
    assert [str(problem) for problem in problems] == []
    assert config is not None
    assert "keltner-breakout" in config.strategies
