"""Rules over facts, compiled once: bonus groups, size factors, multiplier rules, conditions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.language.evaluate import run_scalars
from engine.language.program import Program, ProgramBuilder
from engine.model.decision import Factor
from engine.model.expression import Expression
from engine.model.strategy import Bonus, Param, Tier


@dataclass(frozen=True, slots=True)
class _Line:
    """One tier: slots of where its condition is certainly true and certainly false (None: it always
    holds), of its value, and its words.
    """

    when: int | None
    unless: int | None
    value: int
    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """A named group of tiers: the first whose condition certainly holds counts."""

    name: str
    lines: tuple[_Line, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """Groups that are evaluated together on one set of facts."""

    program: Program
    groups: tuple[Group, ...]

    def evaluate(self, facts: Mapping[str, float]) -> list[Factor]:
        """One factor a group, in order: its value with the words of the tier that held.

        A group of which no tier holds is left out; an unknown value is NaN.
        """
        values = run_scalars(self.program, facts)
        found = []
        for group in self.groups:
            line = _first(group, values)
            if line is not None:
                found.append(Factor(group.name, values[line.value], line.text))
        return found

    def first_certain(self, facts: Mapping[str, float]) -> Factor | None:
        """The tier of the first group that counts whatever the unknown facts are; None where an
        unknown condition stands before it.
        """
        values = run_scalars(self.program, facts)
        group = self.groups[0]
        for line in group.lines:
            if line.when is None or line.unless is None or values[line.when]:
                return Factor(group.name, values[line.value], line.text)
            if not values[line.unless]:
                return None
        return None


def _first(group: Group, values: Sequence[Any]) -> _Line | None:
    return next((line for line in group.lines if line.when is None or values[line.when]), None)


@dataclass(frozen=True, slots=True)
class Value:
    """One expression over facts."""

    program: Program
    slot: int
    text: str

    def evaluate(self, facts: Mapping[str, float]) -> Any:
        """Its number (NaN: unknown), or for a condition whether it certainly holds."""
        steps = self.program.steps
        if steps[self.slot].operation == "const":
            return steps[self.slot].number
        return run_scalars(self.program, facts)[self.slot]


class _Facts(dict[str, int]):
    """Slots by name; a name that is no parameter is a fact, and becomes a leaf when first read."""

    def __init__(self, builder: ProgramBuilder, params: Mapping[str, Param]) -> None:
        super().__init__({name: builder.constant(float(value)) for name, value in params.items()})
        self._builder = builder

    def __missing__(self, name: str) -> int:
        self[name] = self._builder.leaf(name)
        return self[name]


def compile_groups(bonuses: Sequence[Bonus], params: Mapping[str, Param]) -> Rules:
    """Bonus groups as rules; what they read beside `params` are facts."""
    builder = ProgramBuilder()
    names = _Facts(builder, params)
    groups = []
    for bonus in bonuses:
        lines = [_line(tier, _words(tier), builder, names) for tier in bonus.tiers]
        if bonus.otherwise is not None:
            lines.append(_Line(None, None, builder.value(bonus.otherwise.tree, names), "otherwise"))
        groups.append(Group(bonus.name, tuple(lines)))
    return Rules(builder.build(), tuple(groups))


def compile_rules(
    name: str, rules: Sequence[tuple[str, Tier]], otherwise: Expression, params: Mapping[str, Param]
) -> Rules:
    """Named rules of which the first counts, as one group whose words are the rules' names."""
    builder = ProgramBuilder()
    names = _Facts(builder, params)
    lines = [_line(tier, words, builder, names) for words, tier in rules]
    lines.append(_Line(None, None, builder.value(otherwise.tree, names), "otherwise"))
    return Rules(builder.build(), (Group(name, tuple(lines)),))


def compile_value(expression: Expression, params: Mapping[str, Param]) -> Value:
    """One number or condition over facts."""
    builder = ProgramBuilder()
    slot = builder.add(expression, _Facts(builder, params))
    return Value(builder.build(), slot, expression.text)


def _line(tier: Tier, words: str, builder: ProgramBuilder, names: _Facts) -> _Line:
    value = builder.value(tier.value.tree, names)
    if tier.when is None:
        return _Line(None, None, value, words)
    when, unless = (builder.certain(tier.when.tree, names, sense) for sense in (True, False))
    return _Line(when, unless, value, words)


def _words(tier: Tier) -> str:
    return tier.value.text if tier.when is None else tier.when.text
