"""Tests of the tests: the machine against the clerk finds every bug of seeded_bugs.yaml, each on its own."""

import zlib
from pathlib import Path
from typing import Final

import pytest
import yaml
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test as run_machine
from sqlalchemy import Engine

from engine.execution.positions import funded
from engine.model.problem import CashTownError
from tests.execution.mutations import Bug, seeded
from tests.execution.test_broker_machine import BrokerMachine, ledger

__all__ = ["ledger"]  # the fixture

BUGS: Final = [
    Bug(**each) for each in yaml.safe_load(Path(__file__).with_name("seeded_bugs.yaml").read_text("utf-8"))
]
QUICK: Final = settings(
    max_examples=400,  # at most: a run ends with the first difference, which is not made smaller
    stateful_step_count=40,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    database=None,
    print_blob=False,
)
LONG: Final = settings(QUICK, max_examples=10_000, derandomize=False)


def is_found(bug: Bug, ledger: Engine, effort: settings) -> bool:
    """Whether the machine fails with the bug; bugs of the broker do not need a ledger."""
    engine = ledger if bug.module.startswith("ledger") else None
    runs = iter(range(zlib.crc32(bug.what.encode()) * 10**6, 10**18))
    with seeded(bug):
        try:
            run_machine(lambda: BrokerMachine(engine, runs), settings=effort)
        except (AssertionError, KeyError, CashTownError):
            return True
    return False


@pytest.mark.parametrize("bug", [bug for bug in BUGS if not bug.rare], ids=lambda bug: bug.what)
def test_a_seeded_bug_is_found(bug: Bug, ledger: Engine) -> None:
    assert is_found(bug, ledger, QUICK)


@pytest.mark.soak
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.what)
def test_a_seeded_bug_is_found_with_other_numbers_too(bug: Bug, ledger: Engine) -> None:
    assert is_found(bug, ledger, LONG)


def test_the_list_is_long_enough_and_says_each_thing_once() -> None:
    whats = [bug.what for bug in BUGS]
    assert len(whats) == len(set(whats))
    assert sum(not bug.rare for bug in BUGS) >= 20


def test_a_seeded_bug_is_gone_afterwards() -> None:
    before = funded.__code__
    with seeded(next(bug for bug in BUGS if bug.what == "shorts pay as longs do")):
        assert funded.__code__ is not before
    assert funded.__code__ is before


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.what)
def test_a_bug_still_has_its_place(bug: Bug) -> None:
    with seeded(bug):
        pass
