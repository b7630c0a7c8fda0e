"""Size: a base risk times declared factors, and Kelly's share of it."""

import math
from collections.abc import Sequence

from engine.decide.policy import Policy
from engine.decide.units import unit_share
from engine.model.account import Performance
from engine.model.config import Kelly
from engine.model.decision import Factor


def kelly_pct(r_multiples: Sequence[float], kelly: Kelly, cap_pct: float) -> tuple[float, str]:
    """(risk in % of equity that Kelly allows, how it came about) from net R multiples.

    W is the win rate shrunk with a Beta prior, R the mean win over the mean loss in R;
    f = W - (1 - W) / R (J. L. Kelly 1956 for unequal odds), of which `fraction` is taken and
    divided by the mean loss, so that an average loss costs that share. Never over `cap_pct`; 0 or
    below means: do not trade, and so does less than `zero_below_pct`. Without a loss the cap stands.
    """
    wins = [r for r in r_multiples if r > 0]
    losses = [-r for r in r_multiples if r <= 0]
    mean_loss = math.fsum(losses) / len(losses) if losses else 0.0
    if mean_loss == 0:
        return cap_pct, "Kelly: no loss yet, the cap stands"
    rate = (len(wins) + kelly.prior_wins) / (len(r_multiples) + kelly.prior_wins + kelly.prior_losses)
    if not wins:
        return 0.0, f"Kelly: no win in {len(r_multiples)} outcomes"
    odds = math.fsum(wins) / len(wins) / mean_loss
    f = rate - (1 - rate) / odds
    note = (
        f"Kelly: W {rate:.3f}, R {odds:.2f}, f {f:.3f} over {len(r_multiples)} outcomes; "
        f"x {kelly.fraction:g} / mean loss {mean_loss:.2f} R"
    )
    allowed = min(100 * kelly.fraction * f / mean_loss, cap_pct)
    if 0 < allowed < kelly.zero_below_pct:
        return 0.0, f"{note}: {allowed:.3f} % is under {kelly.zero_below_pct:g} %"
    return allowed, note


def size_factors(
    confidence: float, record: Performance, account: dict[str, float], policy: Policy
) -> tuple[Factor, ...]:
    """Every factor of the risk in % of equity, the base first; their product is the size."""
    cap = policy.config.risk.limits.max_position_pct
    if record.kelly_pct is None:
        base = Factor("base", cap, record.kelly_note or "fixed fractional")
    else:
        base = Factor("base", record.kelly_pct, record.kelly_note)
    share = unit_share(record.strategy_id, policy)
    units = () if share == 1 else (Factor("unit", share, "the share of one unit"),)
    facts = {**account, "confidence": confidence, "multiplier": record.multiplier}
    return (base, *units, *policy.factors.evaluate(facts))


def product(factors: Sequence[Factor]) -> float:
    """The size in % of equity; NaN where a factor is unknown."""
    return math.prod(factor.value for factor in factors)
