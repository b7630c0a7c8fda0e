"""The multiplier of a strategy: declared rules over its last outcomes."""

from collections.abc import Callable, Mapping

from engine.decide.policy import Policy


def multiplier(
    outcomes: int,
    facts: Mapping[str, float],
    mean_r_lower: Callable[[], float],
    default: float,
    policy: Policy,
) -> tuple[float, str]:
    """(multiplier, rule that set it) for a strategy.

    `facts` are over its window: win_rate, mean_r, total_pnl_pct. `mean_r_lower` is dear to compute
    and only asked where the answer depends on it.
    """
    rules = policy.config.multipliers
    if outcomes < rules.min_outcomes:
        return default, f"default until {rules.min_outcomes} outcomes"
    known = {**facts, "outcomes": float(outcomes)}
    answer = policy.multipliers.first_certain(known)
    if answer is None or answer.value != answer.value:
        answer = policy.multipliers.evaluate({**known, "mean_r_lower": mean_r_lower()})[0]
    return answer.value, answer.note
