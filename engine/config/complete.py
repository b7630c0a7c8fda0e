"""The effective values: what is left out filled in, so that one shape reaches check and build.

Works on whatever was read, sound or not: a part of the wrong type is left as it is.
"""

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from engine.config.document import Path

SIDES = ("long", "short")

Origins = dict[Path, Path]
"""Where a value comes from that stands elsewhere in the file: new path -> path as written."""


def complete(documents: Mapping[str, Any], schemas: Mapping[str, Any]) -> tuple[dict[str, Any], Origins]:
    """The effective configuration by kind, and the origins of inherited values.

    1. `defaults` of the strategies are handed down; 2. a confidence is told for each side;
    3. defaults of the schemas are filled in.
    """
    data = {kind: deepcopy(document) for kind, document in documents.items()}
    origins: Origins = {}
    _hand_down(data.get("strategies"), origins)
    for kind, schema in schemas.items():
        if kind in data:
            data[kind] = _filled(data[kind], schema, schema.get("$defs", {}))
    return data, origins


def written(path: Path, origins: Origins) -> Path:
    """The path as it stands in the file."""
    for length in range(len(path), 0, -1):
        start = origins.get(path[:length])
        if start is not None:
            return written(start + path[length:], origins)
    return path


def _hand_down(file: Any, origins: Origins) -> None:
    if not isinstance(file, dict) or not isinstance(file.get("strategies"), dict):
        return
    defaults = file.pop("defaults", None)
    defaults = defaults if isinstance(defaults, dict) else {}
    source: Path = ("strategies", "defaults")
    for name, strategy in file["strategies"].items():
        if isinstance(strategy, dict):
            path: Path = ("strategies", "strategies", name)
            _inherit(strategy, defaults, path, source, origins, "timeframe")
            exits = strategy.setdefault("exits", {})
            exit_defaults = defaults.get("exits")
            if isinstance(exits, dict) and isinstance(exit_defaults, dict):
                path, start = (*path, "exits"), (*source, "exits")
                _inherit(exits, exit_defaults, path, start, origins, "reward_to_risk")
                stop, stop_defaults = exits.setdefault("stop", {}), exit_defaults.get("stop")
                if isinstance(stop, dict) and isinstance(stop_defaults, dict):
                    for key in stop_defaults:
                        _inherit(stop, stop_defaults, (*path, "stop"), (*start, "stop"), origins, key)
            _tell_sides(strategy, ("strategies", "strategies", name), origins)


def _inherit(
    into: dict[str, Any], of: Mapping[str, Any], path: Path, start: Path, origins: Origins, key: str
) -> None:
    if key not in into and key in of:
        into[key] = deepcopy(of[key])
        origins[(*path, key)] = (*start, key)


def _tell_sides(strategy: dict[str, Any], path: Path, origins: Origins) -> None:
    confidence = strategy.get("confidence")
    if isinstance(confidence, dict) and not any(side in confidence for side in SIDES):
        sides = [side for side in SIDES if side in strategy]
        strategy["confidence"] = {side: deepcopy(confidence) for side in sides}
        for side in sides:
            origins[(*path, "confidence", side)] = (*path, "confidence")


def _filled(data: Any, schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Any:
    """`data` with the `default` of every absent key; only a key's own default counts, not that of
    the definition it refers to (there it is for the reader of a hover).
    """
    while "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    if isinstance(data, dict):
        known = schema.get("properties", {})
        rest = schema.get("additionalProperties", {})
        for key, value in list(data.items()):
            part = known.get(key, rest)
            if isinstance(part, dict):
                data[key] = _filled(value, part, definitions)
        for key, part in known.items():
            if key not in data and "default" in part:
                data[key] = _filled(deepcopy(part["default"]), part, definitions)
    elif isinstance(data, list) and "items" in schema:
        return [_filled(item, schema["items"], definitions) for item in data]
    return data


# Lists whose order means nothing, by kind: their members are sorted before hashing.
_SETS = {
    "market": (("symbols",), ("quote_suffixes",)),
    "aggregation": (("blacklist",),),
    "multipliers": (("counterfactuals", "codes"),),
}


def canonical(data: Mapping[str, Any]) -> str:
    """The one JSON text of all configurations that mean the same: keys and sets sorted, 1.0 as 1,
    blanks in texts folded. Raises KeyError on a configuration that has not been checked.
    """
    plain = {kind: _normal(document) for kind, document in data.items()}
    for kind, paths in _SETS.items():
        for path in paths:
            parent = plain[kind]
            for key in path[:-1]:
                parent = parent[key]
            parent[path[-1]] = sorted(parent[path[-1]])
    plain["risk"]["groups"] = {name: sorted(members) for name, members in plain["risk"]["groups"].items()}
    return json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _normal(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _normal(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_normal(part) for part in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        return " ".join(value.split())
    return value
