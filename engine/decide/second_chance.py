"""Second chance: near misses that were refused for their confidence alone may be rescued."""

import math
from dataclasses import replace

from engine.decide.aggregate import confidence_facts, rounded
from engine.decide.policy import Policy
from engine.model.account import Facts
from engine.model.decision import Decision, Factor, Gate


def is_near_miss(decision: Decision, policy: Policy) -> bool:
    """Whether a decision was refused for its confidence alone, with a raw one near enough."""
    rules = policy.config.second_chance
    raw = rounded(decision.signal.confidence)
    return rules.enabled and decision.code == "confidence" and raw >= rules.raw_floor


def second_chance(decision: Decision, facts: Facts, policy: Policy) -> Decision:
    """The decision with every addition recorded; rescued where they reach the threshold."""
    rules = policy.config.second_chance
    lines = [
        line
        for line in policy.second_chance.evaluate(_facts(decision, facts, policy))
        if not math.isnan(line.value)
    ]
    confidence = min(rounded(decision.confidence + sum(line.value for line in lines)), rules.cap)
    gate = Gate("second_chance", confidence, rules.rescue_at, confidence >= rules.rescue_at)
    named = tuple(Factor(f"second chance: {line.name}", line.value, line.note) for line in lines)
    tried = replace(
        decision,
        confidence=confidence,
        adjustments=(*decision.adjustments, *named),
        gates=(*decision.gates, gate),
    )
    if not gate.passed:
        return tried
    return replace(tried, action="enter", code=None, value=None, limit=None, rescued=True)


def _facts(decision: Decision, facts: Facts, policy: Policy) -> dict[str, float]:
    signal = decision.signal
    default = policy.config.second_chance.default_bonus.get(signal.strategy_id, 0.0)
    ratio = signal.reward_to_risk
    return {
        **confidence_facts(decision, decision.confidence, facts),
        **signal.facts,
        "default_bonus": default,
        "reward_to_risk": ratio,
        "breakeven_rate": 1 / (1 + ratio),
    }
