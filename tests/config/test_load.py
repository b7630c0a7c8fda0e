"""Loading: the shipped configuration as records, one hash for one meaning, never a traceback."""

import random
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.config.build import build_from_document, hash_of
from engine.config.facts import FACTS
from engine.config.kinds import KINDS, file_of
from engine.config.load import ConfigFiles, find_config, load, load_config, load_or_fail
from engine.model.config import Config
from engine.model.problem import CashTownError
from tests.conftest import SEED

ROOT = Path(__file__).parents[2]
BASE = Path(__file__).parent / "examples" / "base"


@pytest.fixture(scope="module")
def shipped() -> Config:
    return load_or_fail(ConfigFiles(ROOT, "test"))


def test_the_shipped_configuration_is_clean() -> None:
    assert load(ROOT).problems == ()


def test_the_shipped_records(shipped: Config) -> None:
    assert list(shipped.strategies) == [
        "trend-following",
        "mean-reversion",
        "turtle",
        "weinstein",
        "livermore",
        "bts-lynch",
        "zweig",
        "rsi-divergence",
    ]
    turtle = shipped.strategies["turtle"]
    assert (turtle.timeframe, turtle.enabled, turtle.exits.stop_distance.text) == ("1d", True, "atr(20)")
    assert (turtle.exits.stop_multiple, turtle.exits.stop_cap_pct, turtle.exits.reward_to_risk) == (2, 8, 2.5)
    assert [rule.text for rule in turtle.exits.rules["short"]] == ["close > exit_high"]
    trend = shipped.strategies["trend-following"]
    assert trend.timeframe == "4h"
    assert trend.confidence["long"] == trend.confidence["short"]
    assert [tier.value.text for tier in trend.confidence["long"].bonuses[0].tiers] == ["0.2", "0.15"]
    bias = shipped.strategies["zweig"].confidence["short"].bonuses[2]
    assert (bias.name, bias.tiers[0].when, bias.tiers[0].value.text) == ("long bias", None, "-0.15")
    assert shipped.strategies["rsi-divergence"].params["hidden"] is False
    assert shipped.market.contract_defaults.tick_size == Decimal("0.00000001")
    assert shipped.market.simulated.start_ms == 1_672_531_200_000
    assert shipped.execution.taker_fee_pct == Decimal("0.06")
    assert shipped.risk.sizing.factors[1].otherwise is not None
    assert {breaker.name: breaker.limit.text for breaker in shipped.risk.breakers} == {
        "daily_loss": "max_daily_loss_pct",
        "max_drawdown": "max_drawdown_pct",
    }
    assert [name for name, _ in shipped.multipliers.rules] == ["disabled", "halved", "losing", "earning"]


def test_indicators_come_after_what_they_read(shipped: Config) -> None:
    for strategy in shipped.strategies.values():
        for block in (strategy.indicators, *strategy.slower.values()):
            seen: set[str] = set()
            for name, expression in block.items():
                assert set(expression.names) & set(block) <= seen
                seen.add(name)


def test_a_stored_document_builds_the_same_configuration(shipped: Config) -> None:
    assert build_from_document(shipped.document) == shipped
    assert shipped.hash == hash_of(shipped.document)
    assert len(shipped.hash) == 16


def test_a_document_that_no_longer_fits_is_one_clear_error(shipped: Config) -> None:
    with pytest.raises(CashTownError, match="'nosuch' is not defined"):
        build_from_document(shipped.document.replace("ema(close, fast)", "nosuch"))
    with pytest.raises(CashTownError, match="stored configuration has no"):
        build_from_document(shipped.document.replace('"max_positions"', '"most_positions"'))


def shuffled(value: Any, chance: random.Random, key: str = "") -> Any:
    """The same meaning in another order: keys of mappings, and lists that are sets."""
    if isinstance(value, dict):
        entries = list(value.items())
        # Indicators read those above them, so that theirs is the one order that counts.
        if key not in ("indicators", "1d"):
            chance.shuffle(entries)
        return {name: shuffled(part, chance, name) for name, part in entries}
    if isinstance(value, list):
        items = [shuffled(part, chance) for part in value]
        if key in ("symbols", "codes", "quote_suffixes", "blacklist") or (items and items[0] == "SOL"):
            chance.shuffle(items)
        return items
    return value


def test_no_order_of_keys_symbols_or_strategies_counts(shipped: Config, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    for number in range(3):
        folder = tmp_path / str(number)
        (folder / "rules").mkdir(parents=True)
        for kind in KINDS:
            data = yaml.safe_load((ROOT / file_of(kind)).read_text("utf-8"))
            text = yaml.safe_dump(shuffled(data, chance), sort_keys=False, allow_unicode=True, width=2000)
            (folder / file_of(kind)).write_text(text.replace("1.0e-08", "0.00000001"), "utf-8")
        assert load_or_fail(ConfigFiles(folder, "test")) == shipped


@pytest.mark.parametrize(
    ("kind", "old", "new", "is_same"),
    [
        ("execution", "starting_equity: 10000", "starting_equity: 10000.0", True),
        ("execution", "starting_equity: 10000", "broker: paper\nstarting_equity: 10_000", None),
        ("execution", "slippage_pct: 0.05", "slippage_pct: 0.050 # said", True),
        ("execution", "slippage_pct: 0.05", "slippage_pct: 0.051", False),
        ("strategies", "- close > mean", "- >-\n        close >\n        mean", True),
        ("strategies", "- close > mean", "- close >= mean", False),
        ("strategies", "    title: One", "    title: One\n    enabled: true\n    timeframe: 4h", True),
        ("strategies", "fast: 10", "fast: 11", False),
    ],
)
def test_the_hash_is_of_the_meaning(
    tmp_path: Path, kind: str, old: str, new: str, is_same: bool | None
) -> None:
    folder = tmp_path / "config"
    shutil.copytree(BASE, folder)
    path = folder / file_of(kind)
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    changed, _ = load_config(ConfigFiles(folder, "test"))
    base = load_or_fail(ConfigFiles(BASE, "test"))
    assert (None if changed is None else changed.hash == base.hash) is is_same


def test_where_a_configuration_is_sought(tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(BASE, own)
    nowhere = tmp_path / "nowhere"
    nowhere.mkdir()
    assert find_config(own, {"CASH_TOWN_CONFIG": "x"}, nowhere) == ConfigFiles(own, "--config")
    assert find_config(own / "rules" / "market.yaml", {}, nowhere).folder == own
    assert find_config(None, {"CASH_TOWN_CONFIG": str(own)}, nowhere) == ConfigFiles(own, "CASH_TOWN_CONFIG")
    assert find_config(None, {}, own) == ConfigFiles(own, "working directory")
    assert find_config(None, {"CASH_TOWN_CONFIG": ""}, nowhere) == ConfigFiles(ROOT, "packaged copy")
    with pytest.raises(CashTownError, match="--config: there is no file or folder"):
        find_config(tmp_path / "gone", {}, own)
    with pytest.raises(CashTownError, match="CASH_TOWN_CONFIG: there is no file or folder"):
        find_config(None, {"CASH_TOWN_CONFIG": str(tmp_path / "gone")}, own)


def test_missing_unreadable_and_unknown_files_are_problems(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    shutil.copytree(BASE, folder)
    (folder / "risk.yaml").unlink()
    (folder / "rules" / "market.yaml").unlink()
    (folder / "rules" / "market.yaml").mkdir()
    (folder / "rules" / "agregation.yaml").write_text("a: 1\n")
    (folder / "rules" / "notes.txt").write_text("nobody reads this")
    config, problems = load_config(ConfigFiles(folder, "test"))
    assert config is None
    assert [(Path(p.file).name, p.code, p.hint) for p in problems] == [
        ("risk.yaml", "missing-file", ""),
        ("agregation.yaml", "unknown-file", "did you mean 'aggregation.yaml'?"),
        ("market.yaml", "unreadable-file", ""),
    ]
    with pytest.raises(CashTownError, match=r"risk\.yaml: error\[missing-file\].*and 2 more") as raised:
        load_or_fail(ConfigFiles(folder, "test"))
    assert raised.value.problems == problems


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_cannot_be_read_is_not_missed_by_the_others(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "config"
    shutil.copytree(ROOT / "rules", folder / "rules")
    shutil.copyfile(ROOT / "strategies.yaml", folder / "strategies.yaml")
    shutil.copyfile(ROOT / "risk.yaml", folder / "risk.yaml")
    (folder / file_of(kind)).write_text("a: [\n")
    (problem,) = load(folder).problems
    assert (problem.file, problem.code) == (file_of(kind), "syntax")


def test_validating_imports_nothing_heavy() -> None:
    code = (
        "import sys; from pathlib import Path; from engine.config.load import load\n"
        "assert load(Path(sys.argv[1])).config is not None\n"
        "heavy = {'numpy', 'talib', 'sqlalchemy', 'ccxt', 'pandas', 'pyarrow', 'rich', 'simpleeval'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(ROOT)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_every_fact_has_a_sentence() -> None:
    for facts in FACTS.values():
        assert len({fact.name for fact in facts}) == len(facts)
        assert all(fact.sentence.endswith(".") for fact in facts)
