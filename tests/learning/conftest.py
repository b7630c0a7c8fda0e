"""The shipped configuration, as the learning tests use it."""

from pathlib import Path

import pytest

from engine.config.load import ConfigFiles, load_or_fail
from engine.decide.policy import Policy, make_policy
from engine.model.config import Config


@pytest.fixture(scope="session")
def config() -> Config:
    return load_or_fail(ConfigFiles(Path(__file__).parents[2], "test"))


@pytest.fixture(scope="session")
def policy(config: Config) -> Policy:
    return make_policy(config)
