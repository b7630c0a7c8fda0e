"""Frozen records of aggregation, second chance and multipliers, from checked data."""

from collections.abc import Mapping
from typing import Any

from engine.config.build_strategies import Expressions, bonuses, definitions, params
from engine.model.config import Aggregation, Multipliers, SecondChance
from engine.model.strategy import Tier


def build_aggregation(file: Mapping[str, Any], expressions: Expressions) -> Aggregation:
    """`rules/aggregation.yaml`."""
    return Aggregation(
        params=params(file["params"]),
        blacklist=tuple(sorted(file["blacklist"])),
        max_signal_age_bars=int(file["max_signal_age_bars"]),
        min_stop_pct=float(file["min_stop_pct"]),
        min_stop_ticks=int(file["min_stop_ticks"]),
        min_consensus=int(file["min_consensus"]),
        adjust=bonuses(file["adjust"], "add", ("aggregation", "adjust"), expressions),
        confidence_floor=float(file["confidence_floor"]),
        confidence_cap=float(file["confidence_cap"]),
        min_confidence=float(file["min_confidence"]),
        max_signals_per_cycle=int(file["max_signals_per_cycle"]),
        cooldown_minutes=float(file["cooldown_minutes"]),
        order=tuple(file["order"]),
    )


def build_second_chance(file: Mapping[str, Any], expressions: Expressions) -> SecondChance:
    """`rules/second_chance.yaml`."""
    return SecondChance(
        params=params(file["params"]),
        enabled=file["enabled"],
        raw_floor=float(file["raw_floor"]),
        rescue_at=float(file["rescue_at"]),
        cap=float(file["cap"]),
        indicators=definitions(file["indicators"], ("second_chance", "indicators"), expressions),
        default_bonus={name: float(value) for name, value in file["default_bonus"].items()},
        add=bonuses(file["add"], "add", ("second_chance", "add"), expressions),
    )


def build_multipliers(file: Mapping[str, Any], expressions: Expressions) -> Multipliers:
    """`rules/multipliers.yaml`."""
    rules = tuple(
        (
            rule["name"],
            Tier(
                expressions[("multipliers", "rules", index, "when")],
                expressions[("multipliers", "rules", index, "multiplier")],
            ),
        )
        for index, rule in enumerate(file["rules"])
    )
    return Multipliers(
        params=params(file["params"]),
        window_outcomes=int(file["window_outcomes"]),
        min_outcomes=int(file["min_outcomes"]),
        rules=rules,
        otherwise=expressions[("multipliers", "otherwise")],
        counterfactual_codes=tuple(sorted(file["counterfactuals"]["codes"])),
        horizon_bars=int(file["counterfactuals"]["horizon_bars"]),
        return_after=int(file["counterfactuals"]["return_after"]),
        interval_level=float(file["interval"]["level"]),
        interval_resamples=int(file["interval"]["resamples"]),
    )
