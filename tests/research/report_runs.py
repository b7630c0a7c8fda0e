"""A short real run on the simulated market, kept in a ledger, with its candles."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from engine.config.load import load
from engine.ledger.database import open_ledger
from engine.ledger.write import LedgerWriter
from engine.market.simulated import simulated_universe
from engine.model.candles import Universe
from engine.model.config import Config
from engine.research.backtest import Replay, run_replay
from engine.research.result import Result
from engine.research.summary import summarise

ROOT = Path(__file__).parents[2]
SYMBOLS = ("ETHUSDTM", "SOLUSDTM", "XBTUSDTM")
HOUR = 3_600_000
DAYS = 90


@dataclass(frozen=True)
class Kept:
    url: str
    engine: Engine
    result: Result
    universe: Universe


def shipped() -> Config:
    config = load(ROOT).config
    assert config is not None
    return config


def keep(file: Path, run_id: str = "paper-1") -> Kept:
    """Ninety days of three symbols, finished."""
    config = shipped()
    universe = simulated_universe(config.market, config.risk.groups, SYMBOLS, "1h", 42)
    last = max(int(series.time[-1]) for series in universe.candles.values())
    engine = open_ledger(f"sqlite:///{file}")
    writer = LedgerWriter(engine)
    result = run_replay(
        Replay(run_id, "paper", config, universe, last + 1 - DAYS * 24 * HOUR, None, 42, 1), writer
    )
    summary = summarise(result)
    writer.end_run(run_id, "finished", result.final_equity, summary, 2)
    assert len(result.records.trades) > 10
    return Kept(f"sqlite:///{file}", engine, result, universe)
