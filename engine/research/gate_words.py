"""What a gate asks, in a few words: its value against its limit."""

from collections.abc import Mapping
from typing import Final

from engine.model.decision import Gate

_MEANING: Final[Mapping[str, str]] = {
    "blacklist": "symbols that are never traded",
    "stop_too_tight": "stop distance in price",
    "conflict": "strategies for this side, against those for the other",
    "consensus": "strategies for this side, at least",
    "confidence": "adjusted confidence, at least",
    "second_chance": "confidence with second chance, at least",
    "rank": "place by confidence in this cycle, at most",
    "breaker": "circuit breakers that are tripped",
    "multiplier_zero": "multiplier of the strategy, above",
    "kelly_zero": "risk in % of equity that Kelly allows, above",
    "same_side": "what is held of the symbol, against this side",
    "max_positions": "open positions, fewer than",
    "direction": "open positions on this side, fewer than",
    "total_risk": "open risk in % of equity, below",
    "group": "open risk of the correlation group in % of equity, below",
    "exposure": "margin in use in % of equity, below",
    "size": "risk in % of equity that the factors give, above",
}


def gate_words(gate: Gate) -> str:
    """What a gate asks, and its own note; a cut compares something else, which its note says."""
    meaning = "" if gate.cut else _MEANING.get(gate.name, "")
    return "; ".join(part for part in (meaning, gate.note) if part)
