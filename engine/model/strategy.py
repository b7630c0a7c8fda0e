"""A strategy as data: conditions, confidence, exits, all as parsed expressions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.model.expression import Expression
from engine.model.signal import Side

Param = float | bool


@dataclass(frozen=True, slots=True)
class Tier:
    """A value that counts when its condition certainly holds; no condition always holds."""

    when: Expression | None
    value: Expression


@dataclass(frozen=True, slots=True)
class Bonus:
    """A named group of tiers: the first that holds counts, `otherwise` (or nothing) if none does."""

    name: str
    tiers: tuple[Tier, ...]
    otherwise: Expression | None = None


@dataclass(frozen=True, slots=True)
class Confidence:
    """base + bonuses, kept in [floor, cap]."""

    base: float
    bonuses: tuple[Bonus, ...]
    floor: float
    cap: float


@dataclass(frozen=True, slots=True)
class Trailing:
    """A stop that follows, at every close of the feed and only in the position's favour.

    - percent: `value` % from the best price since the entry;
    - chandelier: `value` x distance from the best price since the entry (C. Le Beau's exit);
    - atr: `value` x distance from the close;
    - breakeven: the mean entry price, once the best price is `value` R beyond it.
    """

    kind: Literal["percent", "chandelier", "atr", "breakeven"]
    value: float
    distance: Expression | None = None


@dataclass(frozen=True, slots=True)
class Units:
    """Adding to winners (the Turtles' pyramids): at most `maximum` units form one position.

    A unit is added where the close is `step_multiple` x `step` beyond the last unit's fill, or where
    `also` certainly holds; each risks 1 / maximum of what a position may.
    """

    maximum: int
    step: Expression
    step_multiple: float
    also: Mapping[Side, Expression]


@dataclass(frozen=True, slots=True)
class Exits:
    """Stop = multiple x distance, at most cap_pct % of the price; target = reward_to_risk x stop.

    `rules` close at the next open where any of them certainly holds at a close.
    """

    stop_distance: Expression
    stop_multiple: float
    stop_cap_pct: float
    reward_to_risk: float
    rules: Mapping[Side, tuple[Expression, ...]]
    trailing: tuple[Trailing, ...] = ()


@dataclass(frozen=True, slots=True)
class Strategy:
    """One strategy. `indicators` are named expressions in order of definition, each may read the
    ones before it; `slower` are named expressions on a slower timeframe, joined as last closed.
    """

    id: str
    title: str
    based_on: str
    style: str
    status: str
    enabled: bool
    timeframe: str
    multiplier: float
    params: Mapping[str, Param]
    indicators: Mapping[str, Expression]
    slower: Mapping[str, Mapping[str, Expression]]
    conditions: Mapping[Side, tuple[Expression, ...]]
    confidence: Mapping[Side, Confidence]
    exits: Exits
    units: Units | None = None
