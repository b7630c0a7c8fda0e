"""A plain rule in YAML with all limits lifted gives the trades of an independent reference."""

import numpy as np
import pytest

from benchmarks.plain_rule import plain_config
from benchmarks.plain_rule.compare import compare, differences
from benchmarks.plain_rule.reference import reference_trades
from engine.market.hash import data_hash
from engine.market.simulated import simulated_universe
from engine.model.candles import Candles, Universe


def test_the_reference_by_hand() -> None:
    """100 and 101 in turn: both averages are 100.5, RSI about 50. Bar 60 closes 0.6 higher than its
    turn, so the fast average is above from there on: filled at the open of 61, out 20 % of 100.6
    above it, within bar 63.
    """
    closes = [100.0, 101.0] * 30 + [100.6, 101.6, 110.0, 125.0]
    opens = [100.5, *closes[:-1]]
    highs = [max(pair) for pair in zip(opens, closes, strict=True)]
    lows = [min(pair) for pair in zip(opens, closes, strict=True)]
    trades = reference_trades(opens, highs, lows, closes)
    assert [(t.entry_bar, t.exit_bar, t.reason) for t in trades] == [(61, 63, "target")]
    assert trades[0].entry_price == 100.6
    assert trades[0].exit_price == pytest.approx(120.72)
    assert trades[0].pnl_pct == pytest.approx((20.12 - 0.0006 * (120.72 + 100.6)) / 100.6 * 100)


@pytest.mark.parametrize("market_seed", [1, 2])
def test_trades_equal_the_reference(market_seed: int) -> None:
    config = plain_config()
    symbols = ("XBTUSDTM", "SOLUSDTM", "LINKUSDTM", "LTCUSDTM")
    universe = simulated_universe(config.market, config.risk.groups, symbols, "1h", market_seed, 365)
    compared = compare(config, universe)
    assert sum(trades for trades, _ in compared.values()) > 200
    assert {symbol: found for symbol, (_, found) in compared.items() if found} == {}


def test_wild_bars_that_gap_through_levels(seed: int) -> None:
    """Steps of up to 30 %: levels are jumped over, both lie inside one bar, entry bars are stopped."""
    rng = np.random.default_rng(seed)
    bars = 4_000
    closes = 100 * np.exp(np.cumsum(rng.standard_t(2, bars) * 0.02))
    opens = np.concatenate(([100.0], closes[:-1])) * np.exp(rng.normal(0, 0.02, bars))
    highs = np.maximum(opens, closes) * np.exp(np.abs(rng.normal(0, 0.06, bars)))
    lows = np.minimum(opens, closes) * np.exp(-np.abs(rng.normal(0, 0.06, bars)))
    time = np.arange(bars, dtype=np.int64) * 3_600_000
    columns = (np.round(column, 6) for column in (opens, highs, lows, closes))
    candles = {"XBTUSDTM": Candles("XBTUSDTM", "1h", time, *columns, volume=np.ones(bars))}
    universe = Universe(candles, "1h", "wild", True, data_hash(candles))
    ((trades, found),) = compare(plain_config(), universe).values()
    assert trades > 25
    assert found == []


def test_a_difference_is_found() -> None:
    config = plain_config()
    universe = simulated_universe(config.market, config.risk.groups, ("XBTUSDTM",), "1h", 1, 200)
    candles = universe.candles["XBTUSDTM"]
    reference = reference_trades(
        *(column.tolist() for column in (candles.open, candles.high, candles.low, candles.close))
    )
    assert differences([], reference, candles) == [f"0 trades against {len(reference)}"]
