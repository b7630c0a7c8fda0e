"""The plain rule as a configuration: strategy.yaml alone, with lifted.yaml over what is shipped.

Benchmarks and tests share it. Each symbol trades as if it were alone, without slippage, 0.06 % of
every fill as fee.
"""

import json
from pathlib import Path
from typing import Any, Final

import yaml

from engine.config.build import build_from_document
from engine.config.load import ConfigFiles, load_or_fail
from engine.model.config import Config

FEE: Final = 0.0006
STOP: Final = 0.08
TARGET: Final = 0.20
FAST: Final = 20
SLOW: Final = 50
RSI_PERIOD: Final = 14
RSI_CEILING: Final = 70.0
NAME: Final = "plain"

_HERE: Final = Path(__file__).parent
_OPEN: Final = frozenset({"params", "breakers", "default_bonus"})
"""Mappings that are replaced whole, for their keys are names and not settings."""


def shipped_config() -> Config:
    """The configuration of this checkout."""
    return load_or_fail(ConfigFiles(_HERE.parent.parent, "checkout"))


def plain_config() -> Config:
    """The configuration with the plain rule as its only strategy and all limits lifted."""
    document = json.loads(shipped_config().document)
    document["strategies"]["strategies"] = {NAME: _read("strategy.yaml")}
    _lay_over(document, _read("lifted.yaml"))
    return build_from_document(json.dumps(document, sort_keys=True, separators=(",", ":")))


def _read(name: str) -> dict[str, Any]:
    content = yaml.safe_load((_HERE / name).read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def _lay_over(document: dict[str, Any], changes: dict[str, Any]) -> None:
    for key, value in changes.items():
        if isinstance(value, dict) and key not in _OPEN:
            _lay_over(document[key], value)
        else:
            document[key] = value
