"""Refusals: what each code means in one sentence, and how often it was given."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from engine.model.decision import REFUSAL_CODES, Decision

SENTENCES: Final = {
    "blacklist": "The symbol is on the blacklist.",
    "confidence": "The adjusted confidence stayed under the minimum, second chance included.",
    "consensus": "Fewer strategies agreed than are asked for.",
    "rank": "Other signals of the cycle were more confident and took its places.",
    "conflict": "The other side of the same symbol had more strategies, or more confidence.",
    "cooldown": "The symbol was entered too short a time ago.",
    "breaker": "A circuit breaker had tripped and held back all entries.",
    "multiplier_zero": "The strategy's record had set its multiplier to 0.",
    "kelly_zero": "Kelly's formula gave the strategy's record no size.",
    "same_side": "The symbol was already held, or about to be, on this side.",
    "max_positions": "As many positions were open as may be.",
    "direction": "As many positions of this side were open as may be.",
    "total_risk": "The open positions used up the risk of the whole account.",
    "group": "Correlated positions used up the risk of their group.",
    "exposure": "The open positions used up the margin of the whole account.",
    "size": "The factors left nothing of its size.",
    "minimum": "The order came out smaller than the smallest one allowed.",
    "stale": "The signal was too old when it was decided on.",
    "bad_levels": "Its stop or target was on the wrong side of the price.",
    "stop_too_tight": "Its stop was too close to the price to size by.",
}
"""One plain sentence for each code, in the order of the codes."""


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
