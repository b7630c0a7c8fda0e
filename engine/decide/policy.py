"""The configuration as decisions use it: its rules over facts compiled, its orders looked up."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.decide.rules import Rules, Value, compile_groups, compile_rules, compile_value
from engine.model.config import Breaker, Config


@dataclass(frozen=True, slots=True)
class BreakerRule:
    """A breaker with its expressions compiled."""

    breaker: Breaker
    measure: Value
    limit: Value
    clear: Value | None


@dataclass(frozen=True, slots=True)
class Policy:
    """What `decide` is given for its `config`. `order` ranks strategies where all else is equal."""

    config: Config
    adjust: Rules
    second_chance: Rules
    factors: Rules
    multipliers: Rules
    breakers: tuple[BreakerRule, ...]
    order: Mapping[str, int]


def make_policy(config: Config) -> Policy:
    """Compiles the rules of a configuration."""
    aggregation, multipliers = config.aggregation, config.multipliers
    return Policy(
        config,
        compile_groups(aggregation.adjust, aggregation.params),
        compile_groups(config.second_chance.add, config.second_chance.params),
        compile_groups(config.risk.sizing.factors, config.risk.sizing.params),
        compile_rules("multiplier", multipliers.rules, multipliers.otherwise, multipliers.params),
        tuple(_breaker(breaker) for breaker in config.risk.breakers),
        _order(config),
    )


def _breaker(breaker: Breaker) -> BreakerRule:
    return BreakerRule(
        breaker,
        compile_value(breaker.measure, breaker.params),
        compile_value(breaker.limit, breaker.params),
        None if breaker.clear is None else compile_value(breaker.clear, breaker.params),
    )


def _order(config: Config) -> dict[str, int]:
    listed = [name for name in config.aggregation.order if name in config.strategies]
    others = sorted(name for name in config.strategies if name not in listed)
    return {name: place for place, name in enumerate([*listed, *others])}
