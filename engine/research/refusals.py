"""Refusals: what each code means in one sentence, and how often it was given."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from engine.model.decision import REFUSAL_CODES, Decision

SENTENCES: Final = {
    "blacklist": "The symbol is on the blacklist.",
    "confidence": "Its confidence stayed under the minimum.",
    "consensus": "Too few strategies agreed.",
    "rank": "More confident signals took the cycle's places.",
    "conflict": "The other side of the symbol had more behind it.",
    "cooldown": "The symbol was entered too short a time ago.",
    "breaker": "A circuit breaker held back all entries.",
    "multiplier_zero": "Its strategy's record set the multiplier to 0.",
    "kelly_zero": "Kelly gives its strategy's record no size.",
    "same_side": "Already held, or ordered, on this side.",
    "max_positions": "As many positions as allowed were open.",
    "direction": "As many of this side as allowed were open.",
    "total_risk": "Open positions used up the account's risk.",
    "group": "Open positions used up their group's risk.",
    "exposure": "Open positions used up the account's margin.",
    "size": "The factors left nothing of its size.",
    "minimum": "The order was smaller than the least allowed.",
    "stale": "The signal was too old to act on.",
    "bad_levels": "Its stop or target was on the wrong side.",
    "stop_too_tight": "Its stop was too close to the price to size by.",
}
"""One plain sentence for each code, short enough for a line of a table."""


def refusals(decisions: Sequence[Decision], strategies: Sequence[str]) -> dict[str, Any]:
    """How often each code was given: in all (with its share of all refusals in %), and by strategy.

    Every code is there, the ones never given with 0.
    """
    given = Counter(
        (decision.signal.strategy_id, decision.code) for decision in decisions if decision.action == "refused"
    )
    total = given.total()
    codes = [(code, sum(given[strategy, code] for strategy in strategies)) for code in REFUSAL_CODES]
    return {
        "total": total,
        "codes": [
            {"code": code, "count": count, "share_pct": 100 * count / total if total else 0.0}
            for code, count in codes
        ],
        "by_strategy": [
            {"strategy_id": strategy, **{code: given[strategy, code] for code in REFUSAL_CODES}}
            for strategy in strategies
        ],
    }
