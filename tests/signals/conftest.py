"""The shipped strategies on the simulated market: made once, read by every test."""

from pathlib import Path

import pytest

from engine.config.load import ConfigFiles, load_or_fail
from engine.market.simulated import simulated_universe
from engine.model.candles import Universe
from engine.model.config import Config
from engine.research.backtest import plan_for
from engine.signals.plan import Plan
from engine.signals.table import SignalTable, signal_table


@pytest.fixture(scope="session")
def config() -> Config:
    return load_or_fail(ConfigFiles(Path(__file__).parents[2], "test"))


@pytest.fixture(scope="session")
def plan(config: Config) -> Plan:
    return plan_for(config, "1h")


@pytest.fixture(scope="session")
def universe(config: Config) -> Universe:
    """540 days of all 24 symbols."""
    return simulated_universe(config.market, config.risk.groups, config.market.symbols, "1h", 7)


@pytest.fixture(scope="session")
def table(plan: Plan, universe: Universe) -> SignalTable:
    return signal_table(plan, universe.candles)
