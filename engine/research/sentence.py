"""A decision in one sentence, and its numbers with as many digits as tell them apart."""

import math
from collections.abc import Sequence
from typing import Final

from engine.model.decision import Decision

LEAST_DIGITS: Final = 5
MOST_DIGITS: Final = 10  # operands are stored with so many
SHORT_ID: Final = 8
UNKNOWN: Final = "unknown"


def sentence(decision: Decision) -> str:
    """What was decided, with the value and the limit that decided it."""
    signal = decision.signal
    match decision.action:
        case "enter":
            rescued = ", rescued by second chance" if decision.rescued else ""
            (risk,) = figures([math.nan if decision.risk_pct is None else decision.risk_pct])
            return (
                f"ENTERED {signal.side} {decision.quantity:f} {signal.symbol}: "
                f"{risk} % of equity at risk, leverage {decision.leverage:f}{rescued}"
            )
        case "close":
            return f"CLOSED {signal.side} {signal.symbol}: exit rule `{signal.rule}` held"
        case "merged":
            return (
                f"MERGED into {_short(decision.entry_id)}: "
                f"it counts among the {decision.consensus} strategies for {signal.side}"
            )
        case "refused":
            value, limit = against(decision.value, decision.limit)
            return f"REFUSED {decision.code}: {value} against {limit}{_reason(decision)}"


def _reason(decision: Decision) -> str:
    """The note of the gate that refused."""
    notes = [gate.note for gate in decision.gates if gate.name == decision.code and not gate.passed]
    return f" ({notes[-1]})" if notes and notes[-1] else ""


def _short(decision_id: str | None) -> str:
    return "nothing" if decision_id is None else decision_id[:SHORT_ID]


def against(value: float | str | None, limit: float | str | None) -> tuple[str, str]:
    """A value and its limit in words: numbers with equally many places, and different if they are."""
    if not (isinstance(value, int | float) and isinstance(limit, int | float)):
        return _word(value), _word(limit)
    first, second = figures([value, limit])
    places = max(len(text.partition(".")[2]) for text in (first, second))
    return _padded(first, places), _padded(second, places)


def figures(values: Sequence[float]) -> list[str]:
    """Numbers as text: five significant digits, more (to ten) where different ones would look equal."""
    different = len({value for value in values if not math.isnan(value)})
    for digits in range(LEAST_DIGITS, MOST_DIGITS + 1):
        texts = [_figure(value, digits) for value in values]
        if len({text for text in texts if text != UNKNOWN}) >= different:
            break
    return texts


def _figure(value: float, digits: int) -> str:
    if math.isnan(value):
        return UNKNOWN
    if math.isinf(value):
        return "infinite" if value > 0 else "-infinite"
    if value == 0:
        return "0"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:.{places}f}"
    return text.rstrip("0").rstrip(".") if places else text


def _word(value: float | str | None) -> str:
    if value is None:
        return UNKNOWN
    return value if isinstance(value, str) else figures([value])[0]


def _padded(text: str, places: int) -> str:
    if not places or not text[-1].isdigit():
        return text
    whole, _, part = text.partition(".")
    return f"{whole}.{part.ljust(places, '0')}"
