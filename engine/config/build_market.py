"""Frozen records of `rules/market.yaml` and `rules/execution.yaml`, from checked data."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from engine.config.decimals import decimal
from engine.model.config import CandlePolicy, ContractDefaults, Execution, Market, Regime, Simulated


def build_market(file: Mapping[str, Any]) -> Market:
    """The market; symbols by name, quote suffixes longest first."""
    contract, candles = file["contract_defaults"], file["candles"]
    return Market(
        venue=file["venue"],
        timeframe=file["timeframe"],
        quote_suffixes=tuple(sorted(file["quote_suffixes"], key=lambda suffix: (-len(suffix), suffix))),
        aliases=dict(sorted(file["aliases"].items())),
        symbols=tuple(sorted(file["symbols"])),
        contract_defaults=ContractDefaults(
            tick_size=decimal(contract["tick_size"]),
            lot_size=decimal(contract["lot_size"]),
            max_leverage=decimal(contract["max_leverage"]),
            maintenance_margin_pct=decimal(contract["maintenance_margin_pct"]),
        ),
        candles=CandlePolicy(
            duplicates=candles["duplicates"],
            disorder=candles["disorder"],
            nonsense=candles["nonsense"],
            zero_volume=candles["zero_volume"],
            gaps=candles["gaps"],
        ),
        simulated=_simulated(file["simulated"]),
    )


def _simulated(data: Mapping[str, Any]) -> Simulated:
    start = datetime.fromisoformat(data["start"]).replace(tzinfo=UTC)
    return Simulated(
        seed=int(data["seed"]),
        start_ms=int(start.timestamp()) * 1000,
        days=int(data["days"]),
        replay_days=int(data["replay_days"]),
        annual_volatility_pct={
            name: float(value) for name, value in sorted(data["annual_volatility_pct"].items())
        },
        market_share=float(data["market_share"]),
        group_share=float(data["group_share"]),
        tail_degrees=float(data["tail_degrees"]),
        clustering_persistence=float(data["volatility_clustering"]["persistence"]),
        clustering_shock=float(data["volatility_clustering"]["shock"]),
        regimes=tuple(
            Regime(
                regime["name"],
                float(regime["drift_pct"]),
                float(regime["volatility"]),
                float(regime["mean_days"]),
            )
            for regime in data["regimes"]
        ),
        jumps_a_year=float(data["jumps"]["a_year"]),
        jump_size_pct=float(data["jumps"]["size_pct"]),
        gaps_a_year=float(data["gaps"]["a_year"]),
        gap_max_bars=int(data["gaps"]["max_bars"]),
    )


def build_execution(file: Mapping[str, Any]) -> Execution:
    """What a fill costs."""
    return Execution(
        broker=file["broker"],
        starting_equity=decimal(file["starting_equity"]),
        taker_fee_pct=decimal(file["taker_fee_pct"]),
        maker_fee_pct=decimal(file["maker_fee_pct"]),
        slippage_pct=decimal(file["slippage_pct"]),
    )
