"""The order of named expressions that no order of keys can change: what is read comes first."""

import re
from collections.abc import Mapping
from typing import Any, Final

_WORD: Final = re.compile(r"[A-Za-z_]\w*")


def by_dependency(definitions: Mapping[str, str]) -> dict[str, str]:
    """The definitions with every name after those it reads, by name where that leaves a choice.

    Names in a circle keep the order of their names; checking has refused them.
    """
    waiting = {
        name: (set(_WORD.findall(text)) & definitions.keys()) - {name} for name, text in definitions.items()
    }
    ordered: dict[str, str] = {}
    while waiting:
        ready = sorted(name for name, needs in waiting.items() if not needs & waiting.keys())
        name = ready[0] if ready else min(waiting)
        del waiting[name]
        ordered[name] = definitions[name]
    return ordered


def order_definitions(data: dict[str, Any]) -> None:
    """Puts the indicators of a canonical configuration, whose keys are sorted, in order of reading."""
    for strategy in data["strategies"]["strategies"].values():
        strategy["indicators"] = by_dependency(strategy["indicators"])
        strategy["slower"] = {
            timeframe: by_dependency(block) for timeframe, block in strategy["slower"].items()
        }
    data["second_chance"]["indicators"] = by_dependency(data["second_chance"]["indicators"])
