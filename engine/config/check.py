"""All checks of a completed configuration, in one place and one order."""

from collections.abc import Mapping
from typing import Any

from engine.config.check_references import check_references
from engine.config.check_rules import check_aggregation, check_multipliers, check_risk, check_second_chance
from engine.config.check_strategies import check_strategies
from engine.config.checking import Checking
from engine.config.node import Node


def check_all(data: Mapping[str, Any], checking: Checking) -> None:
    """Fills `checking` with the expressions of the configuration and with its problems.

    1. each file by itself; 2. what one file says of another. A file that could not be read is
    absent from `data`, and nobody misses what it would have said.
    """
    root = Node(dict(data), ())
    feed = None if checking.is_faulty(("market", "timeframe")) else root["market"]["timeframe"].text
    check_strategies(root["strategies"], feed, checking)
    check_risk(root["risk"], feed, checking)
    check_aggregation(root["aggregation"], checking)
    check_second_chance(root["second_chance"], checking)
    check_multipliers(root["multipliers"], checking)
    check_references(root, checking)
