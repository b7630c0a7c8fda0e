"""The frozen configuration from its canonical document; every start and every stored run comes by here."""

import hashlib
import json
from typing import Any

from engine.config.build_market import build_execution, build_market
from engine.config.build_risk import build_risk
from engine.config.build_rules import build_aggregation, build_multipliers, build_second_chance
from engine.config.build_strategies import build_strategies
from engine.config.check import check_all
from engine.config.checking import Checking
from engine.config.document import Path
from engine.config.order import order_definitions
from engine.model.config import Config
from engine.model.problem import CashTownError

HASH_DIGITS = 16


def hash_of(document: str) -> str:
    """The config hash: the first 16 hex digits of the SHA-256 of the canonical document."""
    return hashlib.sha256(document.encode()).hexdigest()[:HASH_DIGITS]


def build_from_document(document: str) -> Config:
    """The configuration that a canonical document stands for.

    Raises CashTownError for a document of a version whose language this one no longer reads.
    """
    data: dict[str, Any] = json.loads(document)
    try:
        order_definitions(data)
        checking = Checking(_nowhere)
        check_all(data, checking)
        errors = [problem for problem in sorted(checking.problems) if problem.severity == "error"]
        if errors:
            raise CashTownError(f"the stored configuration cannot be read: {errors[0].message}", errors)
        expressions = checking.expressions
        return Config(
            hash=hash_of(document),
            document=document,
            strategies=build_strategies(data["strategies"], data["aggregation"]["order"], expressions),
            risk=build_risk(data["risk"], expressions),
            market=build_market(data["market"]),
            aggregation=build_aggregation(data["aggregation"], expressions),
            second_chance=build_second_chance(data["second_chance"], expressions),
            multipliers=build_multipliers(data["multipliers"], expressions),
            execution=build_execution(data["execution"]),
        )
    except KeyError as error:
        raise CashTownError(f"the stored configuration has no {error}") from error


def _nowhere(path: Path, offset: int | None, at_key: bool) -> tuple[str, int, int]:
    """Places in a stored configuration: the path itself, for there is no file."""
    return ".".join(str(part) for part in path), 0, 0
