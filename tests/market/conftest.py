"""What the market tests share: a small declared market and the shipped candle policy."""

from dataclasses import replace
from decimal import Decimal

import pytest

from engine.model.config import CandlePolicy, ContractTerms, Market, Regime, Simulated
from engine.model.timeframe import DAY_MS

GROUPS = {"btc": ("XBT",), "l1": ("SOL", "AVAX", "NEAR"), "defi": ("UNI", "LINK", "INJ")}


@pytest.fixture
def policy() -> CandlePolicy:
    return CandlePolicy(
        duplicates="keep_first", disorder="sort", nonsense="drop", zero_volume="keep", gaps="keep"
    )


@pytest.fixture
def groups() -> dict[str, tuple[str, ...]]:
    return dict(GROUPS)


@pytest.fixture
def simulated() -> Simulated:
    return Simulated(
        seed=7,
        start_ms=19_358 * DAY_MS,  # 2023-01-01
        days=120,
        replay_days=30,
        annual_volatility_pct={"btc": 55.0, "other": 95.0},
        market_share=0.5,
        group_share=0.2,
        tail_degrees=4.0,
        clustering_persistence=0.97,
        clustering_shock=0.12,
        regimes=(
            Regime("bull", 0.35, 0.9, 18.0),
            Regime("bear", -0.40, 1.2, 14.0),
            Regime("range", 0.0, 0.7, 16.0),
        ),
        jumps_a_year=12.0,
        jump_size_pct=6.0,
        gaps_a_year=6.0,
        gap_max_bars=5,
    )


@pytest.fixture
def market(policy: CandlePolicy, simulated: Simulated) -> Market:
    return Market(
        venue="kucoinfutures",
        timeframe="1h",
        quote_suffixes=("USDT", "USDTM"),
        aliases={"BTC": "XBT"},
        symbols=("XBTUSDTM", "SOLUSDTM"),
        contract_defaults=ContractTerms(
            tick_size=Decimal("0.00000001"),
            lot_size=Decimal("0.001"),
            max_leverage=Decimal(10),
            maintenance_margin_pct=Decimal(1),
        ),
        contracts={},
        candles=policy,
        simulated=simulated,
    )


@pytest.fixture
def calm_market(market: Market, simulated: Simulated) -> Market:
    """The same market without jumps and gaps."""
    return replace(market, simulated=replace(simulated, jumps_a_year=0.0, gaps_a_year=0.0))
