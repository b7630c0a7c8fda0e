"""Compiles the strategies to one program a timeframe; what several rules share is one step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from engine.language.explain import operands
from engine.language.program import Program, ProgramBuilder
from engine.model.expression import Expression
from engine.model.signal import Side
from engine.model.strategy import Bonus, Confidence, Strategy, Units

SERIES: Final = ("open", "high", "low", "close", "volume")
SIDES: Final[tuple[Side, ...]] = ("long", "short")


@dataclass(frozen=True, slots=True)
class SidePlan:
    """Slots of one side of a strategy; `operands` and exit operands are (label, slot)."""

    side: Side
    fires: int
    confidence: int
    operands: tuple[tuple[str, int], ...]
    exit_rules: tuple[tuple[str, int], ...]
    exit_operands: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class StrategyPlan:
    """Slots of one strategy in the program of its timeframe.

    `trailing` are the distances of its trailing stops (None: it has none), `step` that of a further
    unit, `also` where one may be added besides, by side.
    """

    strategy_id: str
    stop: int
    reward_to_risk: float
    sides: tuple[SidePlan, ...]
    facts: tuple[tuple[str, int], ...]
    trailing: tuple[int | None, ...] = ()
    step: int | None = None
    also: Mapping[Side, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FramePlan:
    """One timeframe: its program, its strategies, and named values that faster ones read.

    `exports` maps the leaf name under which a faster timeframe knows a value to its slot;
    `imports` maps a leaf of this program to the slower timeframe that it comes from.
    """

    timeframe: str
    program: Program
    strategies: tuple[StrategyPlan, ...]
    exports: Mapping[str, int]
    imports: Mapping[str, str]
    volatility: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """All timeframes, slowest first, so that each finds the values it imports."""

    frames: tuple[FramePlan, ...]
    settle_ms: int


@dataclass(slots=True)
class _Frame:
    timeframe: str
    builder: ProgramBuilder = field(default_factory=ProgramBuilder)
    strategies: list[StrategyPlan] = field(default_factory=list)
    exports: dict[str, int] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    volatility: int | None = None

    def series(self) -> dict[str, int]:
        return {name: self.builder.leaf(name) for name in SERIES}


def make_plan(
    strategies: Sequence[Strategy],
    facts: Mapping[str, Expression],
    volatility: Expression,
    volatility_timeframe: str,
    durations_ms: Mapping[str, int],
) -> Plan:
    """The plan of these strategies.

    `facts` are expressions that later rules ask of every signal, on its strategy's timeframe
    (second chance's technicals); `volatility` sizes, on its own timeframe. `settle_ms` of the plan
    is the history after which no value depends on where the candles begin, to 1e-10.
    """
    frames: dict[str, _Frame] = {}
    settle_ms = 0
    for strategy in strategies:
        settle_ms = max(settle_ms, _add_strategy(strategy, facts, frames, durations_ms))
    frame = frames.setdefault(volatility_timeframe, _Frame(volatility_timeframe))
    frame.volatility = frame.builder.value(volatility.tree, frame.series())
    settle_ms = max(settle_ms, volatility.settle * durations_ms[volatility_timeframe])
    ordered = sorted(frames.values(), key=lambda frame: -durations_ms[frame.timeframe])
    plans = tuple(
        FramePlan(
            frame.timeframe,
            frame.builder.build(),
            tuple(frame.strategies),
            frame.exports,
            frame.imports,
            frame.volatility,
        )
        for frame in ordered
    )
    return Plan(plans, settle_ms)


def _add_strategy(
    strategy: Strategy,
    facts: Mapping[str, Expression],
    frames: dict[str, _Frame],
    durations_ms: Mapping[str, int],
) -> int:
    """Adds one strategy to the programs; returns the history in ms that it needs to settle."""
    frame = frames.setdefault(strategy.timeframe, _Frame(strategy.timeframe))
    builder = frame.builder
    names = {
        **frame.series(),
        **_constants(strategy, frame),
        **_slower(strategy, frame, frames),
    }
    for name, expression in strategy.indicators.items():
        names[name] = builder.named(expression, names)
    exits = strategy.exits
    distance = builder.arithmetic(
        "*", builder.value(exits.stop_distance.tree, names), builder.constant(exits.stop_multiple)
    )
    cap = builder.arithmetic("*", names["close"], builder.constant(exits.stop_cap_pct / 100.0))
    fact_names = frame.series()
    frame.strategies.append(
        StrategyPlan(
            strategy.id,
            builder.call("min", distance, cap),
            exits.reward_to_risk,
            tuple(_side(strategy, side, builder, names) for side in SIDES if strategy.conditions.get(side)),
            tuple((name, builder.value(expression.tree, fact_names)) for name, expression in facts.items()),
            tuple(
                None if trailing.distance is None else builder.value(trailing.distance.tree, names)
                for trailing in exits.trailing
            ),
            _step(strategy.units, builder, names),
            {}
            if strategy.units is None
            else {side: builder.add(expression, names) for side, expression in strategy.units.also.items()},
        )
    )
    own = max(expression.settle for expression in _expressions(strategy, facts))
    slow = [
        expression.settle * durations_ms[timeframe]
        for timeframe, block in strategy.slower.items()
        for expression in block.values()
    ]
    # One bar more: a first period of which the opening is missing is dropped.
    return (own + 1) * durations_ms[strategy.timeframe] + max(slow, default=0)


def _step(units: Units | None, builder: ProgramBuilder, names: Mapping[str, int]) -> int | None:
    if units is None:
        return None
    step = builder.value(units.step.tree, names)
    return builder.arithmetic("*", step, builder.constant(units.step_multiple))


def _expressions(strategy: Strategy, facts: Mapping[str, Expression]) -> list[Expression]:
    conditions = [rule for rules in strategy.conditions.values() for rule in rules]
    exits = [rule for rules in strategy.exits.rules.values() for rule in rules]
    trailing = [each.distance for each in strategy.exits.trailing if each.distance is not None]
    units = [] if strategy.units is None else [strategy.units.step, *strategy.units.also.values()]
    named = strategy.indicators.values()
    tiers = [tier for side in strategy.confidence.values() for bonus in side.bonuses for tier in bonus.tiers]
    confidence = [part for tier in tiers for part in (tier.when, tier.value) if part is not None]
    stop = strategy.exits.stop_distance
    return [*named, *conditions, *confidence, *exits, stop, *trailing, *units, *facts.values()]


def _constants(strategy: Strategy, frame: _Frame) -> dict[str, int]:
    return {name: frame.builder.constant(float(value)) for name, value in strategy.params.items()}


def _slower(strategy: Strategy, frame: _Frame, frames: dict[str, _Frame]) -> dict[str, int]:
    """Names of the strategy's slower timeframes, as leaves that are joined when a program runs."""
    leaves: dict[str, int] = {}
    for timeframe, block in strategy.slower.items():
        source = frames.setdefault(timeframe, _Frame(timeframe))
        names = {**source.series(), **_constants(strategy, source)}
        for name, expression in block.items():
            slot = source.builder.named(expression, names)
            names[name] = slot
            leaf = f"{timeframe} {strategy.id} {name}"
            source.exports[leaf] = slot
            frame.imports[leaf] = timeframe
            leaves[name] = frame.builder.leaf(leaf)
    return leaves


def _side(strategy: Strategy, side: Side, builder: ProgramBuilder, names: Mapping[str, int]) -> SidePlan:
    conditions = strategy.conditions[side]
    confidence = strategy.confidence[side]
    rules = strategy.exits.rules.get(side, ())
    tiers = [tier for bonus in confidence.bonuses for tier in bonus.tiers]
    read = [*conditions, *(tier.when for tier in tiers if tier.when), *(tier.value for tier in tiers)]
    return SidePlan(
        side,
        builder.all_of([builder.add(condition, names) for condition in conditions]),
        _confidence(confidence, builder, names),
        _operands(read, strategy, builder, names),
        tuple((rule.text, builder.add(rule, names)) for rule in rules),
        _operands(rules, strategy, builder, names),
    )


def _confidence(confidence: Confidence, builder: ProgramBuilder, names: Mapping[str, int]) -> int:
    """base + bonuses kept in [floor, cap]; a bonus that is unknown adds nothing."""
    total = builder.constant(confidence.base)
    nothing = builder.constant(0.0)
    for bonus in confidence.bonuses:
        total = builder.arithmetic("+", total, builder.known_or(_bonus(bonus, builder, names), nothing))
    floor, cap = builder.constant(confidence.floor), builder.constant(confidence.cap)
    return builder.call("clip", total, floor, cap)


def _bonus(bonus: Bonus, builder: ProgramBuilder, names: Mapping[str, int]) -> int:
    tiers = [
        (None if tier.when is None else builder.add(tier.when, names), builder.value(tier.value.tree, names))
        for tier in bonus.tiers
    ]
    otherwise = builder.constant(0.0)
    if bonus.otherwise is not None:
        otherwise = builder.value(bonus.otherwise.tree, names)
    return builder.tiers(tiers, otherwise)


def _operands(
    expressions: Sequence[Expression], strategy: Strategy, builder: ProgramBuilder, names: Mapping[str, int]
) -> tuple[tuple[str, int], ...]:
    """(label, slot) of everything that these expressions read at a bar, in order of reading."""
    found: dict[str, int] = {}
    for expression in expressions:
        for label, node in operands(expression, strategy.params).items():
            found.setdefault(label, builder.value(node, names))
    return tuple(found.items())
