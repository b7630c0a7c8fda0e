"""Checks of `risk.yaml` and `rules/` beyond their schemas: expressions over facts, and bounds that fit."""

from itertools import pairwise

from engine.config.checking import Checking
from engine.config.facts import FACTS
from engine.config.names import Names, over_bars, over_facts
from engine.config.node import Node
from engine.model.timeframe import DURATION_MS


def check_risk(file: Node, feed: str | None, checking: Checking) -> None:
    """Sizing, breakers, groups."""
    sizing = file["sizing"]
    checking.begin(sizing)
    names = checking.params(sizing["params"], checking.misplaced(sizing, over_facts(FACTS["sizing"])))
    checking.bonuses(sizing["factors"], "factor", names)
    measure = checking.params(sizing["params"], checking.misplaced(sizing, over_bars()))
    checking.expression(sizing["volatility"]["measure"], measure, "number")
    checking.unused(sizing["params"], "unused-param", "param")
    _check_feed(sizing["volatility"]["timeframe"], feed, checking)
    for _, breaker in file["breakers"].items():
        _check_breaker(breaker, checking)
    _check_groups(file["groups"], checking)


def _check_breaker(breaker: Node, checking: Checking) -> None:
    checking.begin(breaker)
    names = checking.params(breaker["params"], checking.misplaced(breaker, over_facts(FACTS["breakers"])))
    checking.expression(breaker["measure"], names, "number")
    checking.expression(breaker["limit"], names, "number")
    checking.expression(breaker["clear"], names, "bool")
    checking.unused(breaker["params"], "unused-param", "param")


def _check_groups(groups: Node, checking: Checking) -> None:
    if checking.is_faulty(groups.path):
        return
    owner: dict[str, str] = {}
    for name, group in groups.items():
        for member in group.elements():
            base = member.text
            if base is not None and owner.setdefault(base, name) != name:
                message = f"{base} is already in the group '{owner[base]}'"
                checking.add("two-groups", member.path, message, "a symbol has one group")


def _check_feed(timeframe: Node, feed: str | None, checking: Checking) -> None:
    if (
        timeframe.text in DURATION_MS
        and feed in DURATION_MS
        and DURATION_MS[timeframe.text] % DURATION_MS[feed]
    ):
        message = f"{timeframe.text} bars cannot be made of the feed's {feed} bars"
        checking.add("timeframe-does-not-fit", timeframe.path, message)


def check_aggregation(file: Node, checking: Checking) -> None:
    """Adjustments of the confidence, and the bounds that it is kept in."""
    _check_bonuses(file, "adjust", over_facts(FACTS["aggregation"]), checking)
    _check_order(file, ("confidence_floor", "min_confidence", "confidence_cap"), checking)


def check_second_chance(file: Node, checking: Checking) -> None:
    """Bonuses of a near miss; its indicators are over bars, everything else over facts."""
    checking.begin(file)
    bars = checking.params(file["params"], checking.misplaced(file, over_bars()))
    bars = checking.definitions(file["indicators"], bars)
    names = checking.params(file["params"], checking.misplaced(file, over_facts(FACTS["second_chance"])))
    for name, node in file["indicators"].items():
        free = name in bars.known and name not in bars.unsure and checking.is_free(name, node.path, names)
        names = names.plus(name, bars.known[name] if free else None)
    checking.bonuses(file["add"], "add", names)
    checking.unused(file["params"], "unused-param", "param")
    checking.unused(file["indicators"], "unused-indicator", "indicator")
    _check_order(file, ("raw_floor", "rescue_at", "cap"), checking)


def check_multipliers(file: Node, checking: Checking) -> None:
    """The rules over a strategy's outcomes."""
    checking.begin(file)
    names = checking.params(file["params"], checking.misplaced(file, over_facts(FACTS["multipliers"])))
    seen: set[str] = set()
    for rule in file["rules"].elements():
        name = rule["name"].text
        if name is not None and name in seen:
            checking.add("duplicate-name", rule["name"].path, f"'{name}' is already in this list")
        seen.update({name} if name is not None else ())
        checking.expression(rule["when"], names, "bool")
        checking.expression(rule["multiplier"], names, "number")
    checking.expression(file["otherwise"], names, "number")
    checking.unused(file["params"], "unused-param", "param")
    low, high = file["min_outcomes"].number, file["window_outcomes"].number
    if low is not None and high is not None and low > high:
        message = f"min_outcomes {low} is above window_outcomes {high}: the rules would never hold"
        checking.add("never-enough", file["min_outcomes"].path, message)


def _check_bonuses(file: Node, key: str, names: Names, checking: Checking) -> None:
    checking.begin(file)
    names = checking.params(file["params"], checking.misplaced(file, names))
    checking.bonuses(file[key], "add", names)
    checking.unused(file["params"], "unused-param", "param")


def _check_order(file: Node, keys: tuple[str, ...], checking: Checking) -> None:
    """Numbers that must rise in this order."""
    values = [(key, file[key].number) for key in keys if not checking.is_faulty(file[key].path)]
    known = [(key, value) for key, value in values if value is not None]
    for (low, below), (high, above) in pairwise(known):
        if below > above:
            message = f"{low} {below} is above {high} {above}"
            checking.add("bounds-out-of-order", file[low].path, message, f"{' <= '.join(keys)}")
            return
