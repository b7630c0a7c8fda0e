"""Frozen records of `rules/market.yaml` and `rules/execution.yaml`, from checked data."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from engine.config.decimals import decimal
from engine.model.config import CandlePolicy, ContractTerms, Execution, Market, Regime, Simulated


def build_market(file: Mapping[str, Any]) -> Market:
    """The market; symbols by name, quote suffixes longest first."""
    contract, candles = file["contract_defaults"], file["candles"]
    return Market(
        venue=file["venue"],
        timeframe=file["timeframe"],
        quote_suffixes=tuple(sorted(file["quote_suffixes"], key=lambda suffix: (-len(suffix), suffix))),
        aliases=dict(sorted(file["aliases"].items())),
        symbols=tuple(sorted(file["symbols"])),
        contract_defaults=_terms(contract),
        contracts={
            symbol: _terms({**contract, **terms})
            for symbol, terms in sorted(file.get("contracts", {}).items())
        },
        candles=CandlePolicy(
            duplicates=candles["duplicates"],
            disorder=candles["disorder"],
            nonsense=candles["nonsense"],
            zero_volume=candles["zero_volume"],
            gaps=candles["gaps"],
        ),
        simulated=_simulated(file["simulated"]),
    )


def _terms(data: Mapping[str, Any]) -> ContractTerms:
    return ContractTerms(
        tick_size=decimal(data["tick_size"]),
        lot_size=decimal(data["lot_size"]),
        max_leverage=decimal(data["max_leverage"]),
        maintenance_margin_pct=decimal(data["maintenance_margin_pct"]),
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
    """What a fill costs, stress included; a rebate is no cost and is not multiplied."""
    stress, funding = file.get("stress", {}), file.get("funding", {"source": "none"})
    partial = file.get("partial_fills", {})
    fees = decimal(stress.get("fees", 1))
    maker = decimal(file["maker_fee_pct"])
    return Execution(
        broker=file["broker"],
        starting_equity=decimal(file["starting_equity"]),
        taker_fee_pct=decimal(file["taker_fee_pct"]) * fees,
        maker_fee_pct=maker * fees if maker > 0 else maker,
        slippage_pct=decimal(file["slippage_pct"]) * decimal(stress.get("slippage", 1)),
        funding=funding["source"],
        funding_rate_pct=decimal(funding.get("rate_pct", 0)),
        funding_hours=int(funding.get("every_hours", 8)),
        max_volume_share_pct=decimal(partial.get("max_volume_share_pct", 0)),
        max_entry_bars=int(partial.get("max_entry_bars", 3)),
        max_wait_bars=int(file.get("max_wait_bars", 48)),
    )
