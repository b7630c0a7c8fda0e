"""What an expression may read and call, by where it stands: over bars, or over facts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from engine.config.facts import SERIES, Fact
from engine.indicators.table import FUNCTIONS as INDICATORS
from engine.language.check import Named
from engine.language.functions import FUNCTIONS as LANGUAGE
from engine.model.function import Function
from engine.model.unit import Unit

OVER_BARS: Final[Mapping[str, Function]] = {**INDICATORS, **LANGUAGE}
OVER_FACTS: Final[Mapping[str, Function]] = {
    name: function for name, function in OVER_BARS.items() if not function.series
}


@dataclass(frozen=True, slots=True)
class Names:
    """What an expression may read. `unsure` are names whose definition has a problem: whoever reads
    one is not complained about. `is_open` where names may exist that could not be read.
    """

    known: Mapping[str, Named]
    functions: Mapping[str, Function]
    unsure: frozenset[str] = frozenset()
    is_open: bool = False

    def plus(self, name: str, value: Named | None) -> "Names":
        """With one name more; None where its definition has a problem."""
        if value is None:
            kept = {**self.known, name: Named(Unit.NUMBER)}
            return replace(self, known=kept, unsure=self.unsure | {name})
        return replace(self, known={**self.known, name: value})


def over_bars() -> Names:
    """What every expression over bars may read: the columns of the bar."""
    return Names({fact.name: _named(fact) for fact in SERIES}, OVER_BARS)


def over_facts(facts: Iterable[Fact]) -> Names:
    """What a rule beside the strategies may read."""
    return Names({fact.name: _named(fact) for fact in facts}, OVER_FACTS)


def _named(fact: Fact) -> Named:
    return Named(fact.unit, None, fact.low, fact.high)
