"""Frozen records of `strategies.yaml`, from checked data."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.config.complete import SIDES
from engine.config.document import Path
from engine.model.expression import Expression
from engine.model.signal import Side
from engine.model.strategy import Bonus, Confidence, Exits, Strategy, Tier, Trailing, Units

Expressions = Mapping[Path, Expression]
"""The checked expression of every path that holds one."""

_SIDES: tuple[Side, ...] = ("long", "short")
assert _SIDES == SIDES


def build_strategies(
    file: Mapping[str, Any], order: Sequence[str], expressions: Expressions
) -> dict[str, Strategy]:
    """The strategies by id: those that `order` names first, then by name."""
    rank = {name: index for index, name in enumerate(order)}
    names = sorted(file["strategies"], key=lambda name: (rank.get(name, len(rank)), name))
    return {name: _strategy(name, file["strategies"][name], expressions) for name in names}


def _strategy(name: str, data: Mapping[str, Any], expressions: Expressions) -> Strategy:
    path: Path = ("strategies", "strategies", name)
    sides = [side for side in _SIDES if side in data]
    return Strategy(
        id=name,
        title=data["title"],
        based_on=data["based_on"],
        style=data["style"],
        status=data["status"],
        enabled=data["enabled"],
        timeframe=data["timeframe"],
        multiplier=float(data["multiplier"]),
        params=params(data["params"]),
        indicators=definitions(data["indicators"], (*path, "indicators"), expressions),
        slower={
            timeframe: definitions(block, (*path, "slower", timeframe), expressions)
            for timeframe, block in data["slower"].items()
        },
        conditions={side: _listed(data, path, side, expressions) for side in sides},
        confidence={side: _confidence(data, path, side, expressions) for side in sides},
        exits=_exits(data["exits"], (*path, "exits"), sides, expressions),
        units=_units(data.get("units"), (*path, "units"), expressions),
    )


def _confidence(data: Mapping[str, Any], path: Path, side: Side, expressions: Expressions) -> Confidence:
    part = data["confidence"][side]
    where = (*path, "confidence", side, "add")
    added = bonuses(part["add"], "add", where, expressions)
    return Confidence(float(part["base"]), added, float(part["floor"]), float(part["cap"]))


def _exits(data: Mapping[str, Any], path: Path, sides: Sequence[Side], expressions: Expressions) -> Exits:
    stop = data["stop"]
    return Exits(
        stop_distance=expressions[(*path, "stop", "distance")],
        stop_multiple=float(stop["multiple"]),
        stop_cap_pct=float(stop["cap_pct"]),
        reward_to_risk=float(data["reward_to_risk"]),
        rules={side: _listed(data, path, side, expressions) for side in sides},
        trailing=tuple(
            Trailing(
                trailing["kind"],
                float(trailing["value"]),
                expressions.get((*path, "trailing", index, "distance")),
            )
            for index, trailing in enumerate(data.get("trailing", ()))
        ),
    )


def _units(data: Mapping[str, Any] | None, path: Path, expressions: Expressions) -> Units | None:
    if data is None:
        return None
    return Units(
        maximum=int(data["max"]),
        step=expressions[(*path, "step", "distance")],
        step_multiple=float(data["step"]["multiple"]),
        also={side: expressions[(*path, "also", side)] for side in _SIDES if side in data.get("also", {})},
    )


def _listed(
    data: Mapping[str, Any], path: Path, key: str, expressions: Expressions
) -> tuple[Expression, ...]:
    return tuple(expressions[(*path, key, index)] for index in range(len(data.get(key, ()))))


def params(data: Mapping[str, Any]) -> dict[str, float | bool]:
    """Named constants: numbers as floats, conditions as bools."""
    return {name: value if isinstance(value, bool) else float(value) for name, value in data.items()}


def definitions(data: Mapping[str, Any], path: Path, expressions: Expressions) -> dict[str, Expression]:
    """Named expressions in order of definition."""
    return {name: expressions[(*path, name)] for name in data}


def bonuses(
    data: Sequence[Mapping[str, Any]], key: str, path: Path, expressions: Expressions
) -> tuple[Bonus, ...]:
    """Named groups whose values stand under `key`."""
    return tuple(_bonus(group, key, (*path, index), expressions) for index, group in enumerate(data))


def _bonus(group: Mapping[str, Any], key: str, path: Path, expressions: Expressions) -> Bonus:
    if "first" not in group:
        return Bonus(group["name"], (Tier(None, expressions[(*path, key)]),))
    tiers = tuple(
        Tier(expressions[(*path, "first", index, "when")], expressions[(*path, "first", index, key)])
        for index in range(len(group["first"]))
    )
    return Bonus(group["name"], tiers, expressions.get((*path, "otherwise")))
