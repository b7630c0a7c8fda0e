"""One seed and one Hypothesis profile for every test, said in the last lines of each run."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.postgres"]

DEFAULT_SEED: Final = 20_240_101
SEED: Final = int(os.environ.get("CASH_TOWN_TEST_SEED", DEFAULT_SEED))

# No deadline: a busy machine must not fail a test. No database: nothing of the last run may matter.
settings.register_profile("ci", derandomize=True, deadline=None, database=None, print_blob=True)
settings.register_profile(
    "soak",
    deadline=None,
    database=None,
    print_blob=True,
    max_examples=10_000,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("ci")


@pytest.fixture(scope="session")
def seed() -> int:
    """The seed for tests that draw their own samples; CASH_TOWN_TEST_SEED sets another."""
    return SEED


NOBODY: Final = 65_534


@pytest.fixture
def bound() -> Iterator[Callable[[], AbstractContextManager[Path]]]:
    """A context in which file permissions bind, root or not, with a folder that may not be written.

    Root takes on the rights of nobody meanwhile. What is imported late would not be found then
    (an interpreter may lie in root's home): do the thing once before.
    """
    folder = Path(tempfile.mkdtemp(prefix="cash-town-"))
    locked = folder / "locked"
    locked.mkdir()
    folder.chmod(0o755)
    locked.chmod(0o555)

    @contextmanager
    def binding() -> Iterator[Path]:
        is_root = os.geteuid() == 0
        if is_root:
            os.setresuid(NOBODY, NOBODY, 0)
        try:
            yield locked
        finally:
            if is_root:
                os.setresuid(0, 0, 0)

    yield binding
    locked.chmod(0o755)
    shutil.rmtree(folder)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> None:
    """Say how to repeat this run (the usual header is not shown under -q)."""
    profile = config.getoption("--hypothesis-profile", default=None) or "ci"
    drawn = config.getoption("--hypothesis-seed", default=None)
    how = f"seed {drawn}" if drawn else "derandomized" if profile == "ci" else "a random seed"
    terminalreporter.write_line("")
    terminalreporter.write_line(f"seed: CASH_TOWN_TEST_SEED={SEED}; hypothesis: profile {profile}, {how}")
