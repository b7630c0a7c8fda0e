"""Frozen records of `risk.yaml`, from checked data."""

from collections.abc import Mapping
from typing import Any

from engine.config.build_strategies import Expressions, bonuses, params
from engine.config.decimals import decimal
from engine.model.config import Breaker, Kelly, Limits, Risk, Sizing


def build_risk(file: Mapping[str, Any], expressions: Expressions) -> Risk:
    """Limits, sizing, breakers and groups, the latter two by name."""
    return Risk(
        limits=_limits(file["limits"]),
        sizing=_sizing(file["sizing"], expressions),
        breakers=tuple(
            _breaker(name, file["breakers"][name], expressions) for name in sorted(file["breakers"])
        ),
        groups={name: tuple(sorted(file["groups"][name])) for name in sorted(file["groups"])},
    )


def _limits(data: Mapping[str, Any]) -> Limits:
    return Limits(
        max_position_pct=float(data["max_position_pct"]),
        max_total_risk_pct=float(data["max_total_risk_pct"]),
        refuse_total_risk_from_pct=float(data["refuse_total_risk_from_pct"]),
        max_total_exposure_pct=float(data["max_total_exposure_pct"]),
        max_positions=int(data["max_positions"]),
        max_group_risk_pct=float(data["max_group_risk_pct"]),
        max_same_direction=int(data["max_same_direction"]),
        min_order_value=decimal(data["min_order_value"]),
    )


def _sizing(data: Mapping[str, Any], expressions: Expressions) -> Sizing:
    kelly = data["kelly"]
    return Sizing(
        leverage=decimal(data["leverage"]),
        kelly=Kelly(
            enabled=kelly["enabled"],
            min_trades=int(kelly["min_trades"]),
            window_trades=int(kelly["window_trades"]),
            fraction=float(kelly["fraction"]),
            prior_wins=float(kelly["prior_wins"]),
            prior_losses=float(kelly["prior_losses"]),
            zero_below_pct=float(kelly.get("zero_below_pct", 0)),
        ),
        params=params(data["params"]),
        volatility_timeframe=data["volatility"]["timeframe"],
        volatility=expressions[("risk", "sizing", "volatility", "measure")],
        factors=bonuses(data["factors"], "factor", ("risk", "sizing", "factors"), expressions),
    )


def _breaker(name: str, data: Mapping[str, Any], expressions: Expressions) -> Breaker:
    path = ("risk", "breakers", name)
    return Breaker(
        name=name,
        title=data["title"],
        params=params(data["params"]),
        measure=expressions[(*path, "measure")],
        limit=expressions[(*path, "limit")],
        rearm_step_pct=float(data["rearm_step_pct"]),
        cooldown_hours=float(data["cooldown_hours"]),
        reset=data["reset"],
        clear=expressions.get((*path, "clear")),
        action=data["action"],
        reduce_factor=float(data["reduce_factor"]),
    )
