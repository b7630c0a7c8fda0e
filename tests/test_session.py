"""The one loop: one go, bar by bar, twice, shuffled - always the same ledger, and books that balance."""

import json
import random
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.config.build import build_from_document
from engine.config.complete import canonical
from engine.config.load import ConfigFiles, load_or_fail
from engine.ledger.database import open_ledger
from engine.ledger.hash import differences, ledger_hash
from engine.ledger.read import trades as stored_trades
from engine.ledger.write import LedgerWriter
from engine.market.simulated import simulated_universe
from engine.model.candles import Universe
from engine.model.config import Config
from engine.model.timeframe import DAY_MS
from engine.research.backtest import Replay, run_replay
from engine.research.result import Result
from engine.research.summary import reconcile

ROOT = Path(__file__).parents[1]
SYMBOLS = ("XBTUSDTM", "ETHUSDTM", "SOLUSDTM", "LINKUSDTM", "ATOMUSDTM", "LTCUSDTM")


@pytest.fixture(scope="session")
def config() -> Config:
    return load_or_fail(ConfigFiles(ROOT, "the shipped one"))


def market(config: Config, symbols: tuple[str, ...], days: int, seed: int) -> Universe:
    return simulated_universe(config.market, config.risk.groups, symbols, "1h", seed, days)


def job(config: Config, universe: Universe, days: int, run_id: str, bar_by_bar: bool = False) -> Replay:
    last = max(int(series.time[-1]) for series in universe.candles.values())
    return Replay(
        run_id=run_id,
        kind="backtest",
        config=config,
        universe=universe,
        from_ms=last + 1 - days * DAY_MS,
        to_ms=None,
        seed=1,
        started_at=0,
        bar_by_bar=bar_by_bar,
    )


def stored(job: Replay, writer: LedgerWriter) -> Result:
    result = run_replay(job, writer)
    writer.end_run(job.run_id, "finished", result.final_equity, {})
    return result


def changed(config: Config, change: Mapping[tuple[str, ...], Any]) -> Config:
    document = json.loads(config.document)
    for path, value in change.items():
        place = document
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value
    return build_from_document(canonical(document))


def test_bar_by_bar_gives_the_ledger_of_one_go(config: Config, tmp_path: Path) -> None:
    universe = market(config, SYMBOLS, days=200, seed=3)
    engine = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    writer = LedgerWriter(engine)
    result = stored(job(config, universe, 60, "one-go"), writer)
    stored(job(config, universe, 60, "bar-by-bar", bar_by_bar=True), writer)
    assert len(result.records.trades) > 20
    assert differences(engine, "one-go", "bar-by-bar") == []
    assert ledger_hash(engine, "one-go") == ledger_hash(engine, "bar-by-bar")


@pytest.mark.soak
def test_bar_by_bar_gives_the_ledger_of_one_go_over_a_year(config: Config, tmp_path: Path) -> None:
    universe = market(config, config.market.symbols, days=540, seed=11)
    engine = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    writer = LedgerWriter(engine)
    stored(job(config, universe, 365, "one-go"), writer)
    stored(job(config, universe, 365, "bar-by-bar", bar_by_bar=True), writer)
    assert differences(engine, "one-go", "bar-by-bar") == []


def test_orders_of_symbols_and_strategies_do_not_matter(config: Config, tmp_path: Path) -> None:
    universe = market(config, SYMBOLS, days=200, seed=5)
    shuffled = list(universe.candles.items())
    random.Random(1).shuffle(shuffled)
    document = json.loads(config.document)
    strategies = list(document["strategies"]["strategies"].items())
    random.Random(2).shuffle(strategies)
    document["strategies"]["strategies"] = dict(strategies)
    random.Random(3).shuffle(document["market"]["symbols"])
    other = build_from_document(canonical(document))
    engine = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    writer = LedgerWriter(engine)
    stored(job(config, universe, 60, "first"), writer)
    stored(job(config, universe, 60, "again"), writer)
    turned = Universe(dict(shuffled), universe.timeframe, universe.source, True, universe.data_hash)
    stored(job(other, turned, 60, "shuffled"), writer)
    assert differences(engine, "first", "again") == []
    assert other.hash == config.hash
    assert differences(engine, "first", "shuffled") == []


def test_another_seed_of_the_market_gives_another_ledger(config: Config, tmp_path: Path) -> None:
    engine = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    writer = LedgerWriter(engine)
    for seed in (1, 2):
        stored(job(config, market(config, SYMBOLS, 120, seed), 30, f"seed-{seed}"), writer)
    assert ledger_hash(engine, "seed-1") != ledger_hash(engine, "seed-2")


@settings(max_examples=16)
@given(
    seed=st.integers(0, 10_000),
    taker=st.sampled_from([0.0, 0.06, 0.37]),
    slippage=st.sampled_from([0.0, 0.05, 0.5]),
    lot=st.sampled_from([0.00000001, 0.001, 1]),
    tick=st.sampled_from([0.00000001, 0.01]),
    action=st.sampled_from(["block", "reduce", "flatten"]),
    funding=st.sampled_from([{"source": "none"}, {"source": "constant", "rate_pct": 0.03, "every_hours": 1}]),
    share=st.sampled_from([0, 0, 0.01]),
    trailing=st.sampled_from([[], [{"kind": "chandelier", "value": 2, "distance": "atr(14)"}]]),
)
def test_profit_and_loss_add_up_exactly(
    seed: int,
    taker: float,
    slippage: float,
    lot: float,
    tick: float,
    action: str,
    funding: dict[str, Any],
    share: float,
    trailing: list[dict[str, Any]],
) -> None:
    config = changed(
        load_or_fail(ConfigFiles(ROOT, "the shipped one")),
        {
            ("execution", "taker_fee_pct"): taker,
            ("execution", "slippage_pct"): slippage,
            ("execution", "funding"): funding,
            ("execution", "partial_fills", "max_volume_share_pct"): share,
            ("market", "contract_defaults", "lot_size"): lot,
            ("market", "contract_defaults", "tick_size"): tick,
            ("risk", "breakers", "daily_loss", "action"): action,
            ("risk", "breakers", "daily_loss", "params", "max_daily_loss_pct"): 1,
            ("strategies", "strategies", "rsi-divergence", "exits", "trailing"): trailing,
        },
    )
    result = run_replay(job(config, market(config, SYMBOLS[:4], 90, seed), 60, "sum"), None)
    assert reconcile(result) == 0
    closed = sum((trade.pnl for trade in result.records.trades), Decimal(0))
    still_open = sum(
        (
            position.realised + position.open_pnl(result.marks[symbol]) - position.fees - position.funding
            for symbol, position in result.positions.items()
        ),
        Decimal(0),
    )
    assert result.starting_equity + closed + still_open == result.final_equity
    for trade in result.records.trades:
        assert trade.pnl == trade.gross_pnl - trade.fees - trade.funding
    assert [point.equity for point in result.records.equity] == [
        point.cash + point.open_pnl for point in result.records.equity
    ]


def test_the_ledger_holds_what_the_session_did(config: Config, tmp_path: Path) -> None:
    engine = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    result = stored(job(config, market(config, SYMBOLS, 120, 4), 60, "run"), LedgerWriter(engine))
    assert list(stored_trades(engine, "run")) == result.records.trades


def test_an_interrupted_session_keeps_whole_bars(config: Config, tmp_path: Path) -> None:
    engine = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    writer = LedgerWriter(engine)
    universe = market(config, SYMBOLS, 120, 4)

    bars = iter(range(1_000))
    result = run_replay(job(config, universe, 60, "cut"), writer, stop=lambda: next(bars) == 500)
    whole = stored(job(config, universe, 60, "whole"), writer)
    assert result.interrupted
    assert result.bars == 501 < whole.bars
    assert result.records.equity == whole.records.equity[: result.bars]
    assert reconcile(result) == 0
    assert list(stored_trades(engine, "cut")) == result.records.trades


def test_positions_stay_within_every_limit_at_every_close(config: Config) -> None:
    result = run_replay(job(config, market(config, config.market.symbols, 200, 9), 60, "limits"), None)
    limits = config.risk.limits
    assert max(point.positions for point in result.records.equity) == limits.max_positions
    # Sizes are fixed at a close; until the next one the fill's slippage and the equity move a little.
    assert max(point.risk_pct for point in result.records.equity) <= limits.max_total_risk_pct * 1.1
    assert max(point.exposure_pct for point in result.records.equity) <= limits.max_total_exposure_pct * 1.1
