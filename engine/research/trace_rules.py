"""The rules behind a decision, judged again on the operand values that were stored with it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.language.explain import explain, operands, stored_value
from engine.language.substitute import substitute
from engine.model.decision import Decision
from engine.model.expression import Expression
from engine.model.signal import DIRECTION, Signal
from engine.model.strategy import Bonus, Param, Strategy
from engine.research.sentence import figures


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition: its text, the same with values put in, what it read, and whether it held.

    `holds` is None where that is unknown. `operands` are bar values, `params` declared numbers.
    """

    text: str
    values: str
    operands: Mapping[str, float]
    params: Mapping[str, Param]
    holds: bool | None


@dataclass(frozen=True, slots=True)
class TierStep:
    """One tier of a bonus: its condition (None: always holds), its value, and whether it counted.

    `text` is the expression of the value, `values` the same with values put in.
    """

    when: Condition | None
    text: str
    values: str
    value: float
    counts: bool


@dataclass(frozen=True, slots=True)
class BonusStep:
    """A named bonus: its tiers, of which the first that held counts, and what it added."""

    name: str
    tiers: tuple[TierStep, ...]
    added: float


@dataclass(frozen=True, slots=True)
class ConfidenceSteps:
    """base + bonuses = `total`, kept in [floor, cap]: `confidence`."""

    base: float
    bonuses: tuple[BonusStep, ...]
    total: float
    floor: float
    cap: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A step from the raw to the last confidence, with the confidence after it."""

    name: str
    value: float
    note: str
    confidence: float


def conditions(strategy: Strategy, signal: Signal) -> tuple[Condition, ...]:
    """Every condition of an entry's side, every exit rule for an exit, what lets a further unit be
    added for an add; in declared order.
    """
    if signal.kind == "add":
        return _unit_conditions(strategy, signal)
    rules = strategy.conditions if signal.kind == "entry" else strategy.exits.rules
    return tuple(condition(rule, signal.operands, strategy.params) for rule in rules.get(signal.side, ()))


def _unit_conditions(strategy: Strategy, signal: Signal) -> tuple[Condition, ...]:
    """Either of them lets a unit be added: the distance beyond the last fill, or `also`."""
    if strategy.units is None:
        return ()
    step, last = (signal.facts.get(name, math.nan) for name in ("unit_step", "last_fill"))
    beyond = (signal.price - last) * DIRECTION[signal.side]
    text = f"beyond the last fill >= {strategy.units.step_multiple:g} x {strategy.units.step.text}"
    shown = " >= ".join(figures([beyond, step]))
    holds = None if math.isnan(beyond) or math.isnan(step) else beyond >= step
    values = {"close": signal.price, "last fill": last, "step": step}
    found = [Condition(text, shown, values, {}, holds)]
    also = strategy.units.also.get(signal.side)
    if also is not None:
        did = signal.facts.get("unit_also", math.nan) > 0
        found.append(Condition(f"or {also.text}", "held" if did else "did not hold", {}, {}, did))
    return tuple(found)


def condition(expression: Expression, values: Mapping[str, float], params: Mapping[str, Param]) -> Condition:
    """One condition on stored values; what was not stored is unknown."""
    explained = explain(expression, values, params)
    shown = substitute(expression, _words(expression, values, params))
    return Condition(
        expression.text, shown, dict(explained.operands), _read(expression, params), explained.holds
    )


def _read(expression: Expression, params: Mapping[str, Param]) -> dict[str, Param]:
    return {name: params[name] for name in expression.names if name in params}


def _words(
    expression: Expression, values: Mapping[str, float], params: Mapping[str, Param]
) -> dict[str, str]:
    """The values of all operands and parameters of an expression as text, by their own text."""
    read = _read(expression, params)
    numbers = {label: values.get(label, math.nan) for label in operands(expression, params)}
    numbers.update({name: float(value) for name, value in read.items()})
    words = dict(zip(numbers, figures(list(numbers.values())), strict=True))
    return words | {name: str(value).lower() for name, value in read.items() if isinstance(value, bool)}


def definitions(strategy: Strategy, signal: Signal) -> dict[str, str]:
    """What the operands of a signal stand for: the expressions of its named indicators, by name."""
    slower = {
        name: f"{expression.text} on {timeframe}"
        for timeframe, block in strategy.slower.items()
        for name, expression in block.items()
    }
    own = {name: expression.text for name, expression in strategy.indicators.items()}
    known = {**slower, **own}
    labels = " ".join(signal.operands)
    return {name: known[name] for name in known if name in signal.operands or f"prev({name}, " in labels}


def confidence_steps(strategy: Strategy, signal: Signal) -> ConfidenceSteps | None:
    """How the raw confidence of an entry came about; None where the strategy has no such side."""
    rules = strategy.confidence.get(signal.side)
    if rules is None or signal.kind == "exit":
        return None
    bonuses = tuple(_bonus(bonus, signal.operands, strategy.params) for bonus in rules.bonuses)
    total = rules.base + sum(bonus.added for bonus in bonuses)
    confidence = min(max(total, rules.floor), rules.cap)
    return ConfidenceSteps(rules.base, bonuses, total, rules.floor, rules.cap, confidence)


def _bonus(bonus: Bonus, values: Mapping[str, float], params: Mapping[str, Param]) -> BonusStep:
    steps: list[TierStep] = []
    for tier in bonus.tiers:
        when = None if tier.when is None else condition(tier.when, values, params)
        steps.append(_tier(when, tier.value, values, params, steps))
    if bonus.otherwise is not None:
        steps.append(_tier(None, bonus.otherwise, values, params, steps))
    added = next((step.value for step in steps if step.counts), 0.0)
    return BonusStep(bonus.name, tuple(steps), 0.0 if math.isnan(added) else added)


def _tier(
    when: Condition | None,
    value: Expression,
    values: Mapping[str, float],
    params: Mapping[str, Param],
    before: Sequence[TierStep],
) -> TierStep:
    holds = when is None or when.holds is True
    counts = holds and not any(step.counts for step in before)
    shown = substitute(value, _words(value, values, params))
    return TierStep(when, value.text, shown, stored_value(value, values, params), counts)


def adjustments(decision: Decision) -> tuple[Adjustment, ...]:
    """The steps of aggregation and second chance; an unknown one adds nothing.

    What the gates saw is the confidence with its floor and cap, so the last step of a stage shows it.
    """
    seen = {gate.name: gate.value for gate in decision.gates if gate.name in ("confidence", "second_chance")}
    steps: list[Adjustment] = []
    total = 0.0
    for index, factor in enumerate(decision.adjustments):
        total += 0.0 if math.isnan(factor.value) else factor.value
        later = decision.adjustments[index + 1 :]
        stage = "second_chance" if _is_second(factor.name) else "confidence"
        ends = not later or (stage == "confidence" and _is_second(later[0].name))
        known = seen.get(stage)
        if ends and isinstance(known, int | float):
            total = known
        steps.append(Adjustment(factor.name, factor.value, factor.note, total))
    return tuple(steps)


def _is_second(name: str) -> bool:
    return name.startswith("second chance")
