"""A decision: what was done about one signal, and every step that led there."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from engine.model.signal import Signal

Action = Literal["enter", "close", "merged", "refused"]

REFUSAL_CODES: Final = (
    "blacklist",
    "confidence",
    "consensus",
    "rank",
    "conflict",
    "cooldown",
    "breaker",
    "multiplier_zero",
    "kelly_zero",
    "same_side",
    "max_positions",
    "direction",
    "total_risk",
    "group",
    "exposure",
    "size",
    "minimum",
    "stale",
    "bad_levels",
    "stop_too_tight",
)


@dataclass(frozen=True, slots=True)
class Gate:
    """One check: its name, the value that it saw, the limit, and whether the signal passed.

    `cut` is True where the size was cut to the headroom instead of refusing.
    """

    name: str
    value: float | str
    limit: float | str
    passed: bool
    cut: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor of the size, or one addition to the confidence, with its reason."""

    name: str
    value: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision on one signal.

    `confidence` is the last one (raw, adjusted by aggregation, raised by second chance: each
    step is in `adjustments`). `code`, `value`, `limit` say why it was refused. `risk_pct` is
    % of equity between close and stop, `quantity` base coin. `entry_id` names the decision of
    the entry that a merged one counts for, or that won against it. `consensus` and `dissent` are
    the strategies for and against it in its cycle, itself included.
    """

    id: str
    config_hash: str
    at: int
    signal: Signal
    action: Action
    confidence: float
    code: str | None = None
    value: float | str | None = None
    limit: float | str | None = None
    rank: int | None = None
    rescued: bool = False
    consensus: int = 1
    dissent: int = 0
    entry_id: str | None = None
    quantity: Decimal | None = None
    leverage: Decimal | None = None
    risk_pct: float | None = None
    adjustments: tuple[Factor, ...] = ()
    gates: tuple[Gate, ...] = ()
    factors: tuple[Factor, ...] = ()

    @property
    def accepted(self) -> bool:
        return self.action in ("enter", "close")
