"""Checks of `strategies.yaml` beyond its schema: names, types, timeframes, confidence."""

from dataclasses import replace

from engine.config.checking import Checking
from engine.config.complete import SIDES
from engine.config.names import Names, over_bars
from engine.config.node import Node
from engine.language.check import Named
from engine.model.timeframe import DURATION_MS


def check_strategies(file: Node, feed: str | None, checking: Checking) -> None:
    """Checks every strategy; `feed` is the timeframe of the feed, None if it is not known."""
    for _, strategy in file["strategies"].items():
        if isinstance(strategy.data, dict) and not checking.is_faulty(strategy.path):
            _check_strategy(strategy, feed, checking)


def _check_strategy(strategy: Node, feed: str | None, checking: Checking) -> None:
    """1. names: params, slower, indicators; 2. everything that reads them; 3. what must fit."""
    checking.begin(strategy)
    names = checking.params(strategy["params"], over_bars())
    names = checking.misplaced(strategy, names)
    names = _slower(strategy, names, checking)
    names = checking.definitions(strategy["indicators"], names)
    for side in SIDES:
        for condition in strategy[side].elements():
            checking.expression(condition, names, "bool")
        for rule in strategy["exits"][side].elements():
            checking.expression(rule, names, "bool")
    for trailing in strategy["exits"]["trailing"].elements():
        if "distance" in trailing:
            checking.expression(trailing["distance"], names, "number")
    _check_units(strategy, names, checking)
    _check_confidence(strategy, names, checking)
    _check_exits(strategy, names, checking)
    _check_timeframe(strategy, feed, checking)
    checking.unused(strategy["params"], "unused-param", "param")
    checking.unused(strategy["indicators"], "unused-indicator", "indicator")
    for _, block in strategy["slower"].items():
        checking.unused(block, "unused-indicator", "indicator")


def _slower(strategy: Node, names: Names, checking: Checking) -> Names:
    """`names` with those of the slower blocks; a block reads params and its own names only."""
    found = replace(names, is_open=names.is_open or checking.is_incomplete(strategy["slower"]))
    own = strategy["timeframe"].text
    for timeframe, block in strategy["slower"].items():
        inner = checking.definitions(block, names)
        found = replace(found, is_open=found.is_open or inner.is_open)
        ratio = 1
        if timeframe in DURATION_MS and own in DURATION_MS:
            ratio = DURATION_MS[timeframe] // DURATION_MS[own]
            if ratio < 2 or DURATION_MS[timeframe] % DURATION_MS[own]:
                message = f"{timeframe} is not a multiple of the strategy's own timeframe {own}"
                checking.add("timeframe-does-not-fit", block.path, message, at_key=True)
        for name, node in block.items():
            if name in found.known:
                if name not in names.known:
                    checking.is_free(name, node.path, found)
                found = found.plus(name, None)
            else:
                value = None if name in inner.unsure else _stretched(inner.known[name], ratio)
                found = found.plus(name, value)
    return found


def _stretched(value: Named, ratio: int) -> Named:
    """A slower name as faster bars see it: history in bars of the strategy, closed bars only."""
    return replace(value, warm_up=(value.warm_up + 1) * ratio, settle=(value.settle + 1) * ratio)


def _check_confidence(strategy: Node, names: Names, checking: Checking) -> None:
    confidence = strategy["confidence"]
    for side in SIDES:
        part = confidence[side]
        if side in strategy and isinstance(confidence.data, dict) and side not in confidence:
            checking.add(
                "missing-key", confidence.path, f"'{side}' has conditions but no confidence", at_key=True
            )
        if side in confidence and side not in strategy:
            checking.add("misplaced-key", part.path, f"'{side}' has no conditions", at_key=True)
        checking.bonuses(part["add"], "add", names)
        base, floor, cap = part["base"].number, part["floor"].number, part["cap"].number
        faulty = any(checking.is_faulty(part[key].path) for key in ("base", "floor", "cap"))
        if base is None or floor is None or cap is None or faulty:
            continue
        if floor > cap:
            checking.add("floor-above-cap", part["floor"].path, f"the floor {floor} is above the cap {cap}")
        elif base > cap:
            checking.add("base-above-cap", part["base"].path, f"the base {base} is above the cap {cap}")


def _check_units(strategy: Node, names: Names, checking: Checking) -> None:
    units = strategy["units"]
    if "units" not in strategy:
        return
    checking.expression(units["step"]["distance"], names, "number")
    for side in SIDES:
        if side in units["also"]:
            checking.expression(units["also"][side], names, "bool")
            if side not in strategy:
                message = f"'{side}' adds units but has no conditions"
                checking.add("misplaced-key", units["also"][side].path, message, at_key=True)


def _check_exits(strategy: Node, names: Names, checking: Checking) -> None:
    exits = strategy["exits"]
    checking.expression(exits["stop"]["distance"], names, "number")
    if checking.is_faulty(exits.path) or checking.is_faulty(exits["stop"].path):
        return
    needed = [(exits["stop"], key) for key in ("distance", "multiple", "cap_pct")] + [
        (exits, "reward_to_risk")
    ]
    for parent, key in needed:
        if key not in parent:
            message = f"'exits' has no {'stop.' if parent is not exits else ''}{key}"
            checking.add(
                "missing-key", strategy.path, message, "write it here or under defaults", at_key=True
            )
    for side in SIDES:
        if side in exits and side not in strategy:
            message = f"'{side}' has exit rules but no conditions"
            checking.add("misplaced-key", exits[side].path, message, at_key=True)


def _check_timeframe(strategy: Node, feed: str | None, checking: Checking) -> None:
    own = strategy["timeframe"]
    if "timeframe" not in strategy:
        message = "the key 'timeframe' is missing"
        checking.add("missing-key", strategy.path, message, "write it here or under defaults", at_key=True)
    elif own.text in DURATION_MS and feed in DURATION_MS and DURATION_MS[own.text] % DURATION_MS[feed]:
        message = f"{own.text} bars cannot be made of the feed's {feed} bars"
        checking.add("timeframe-does-not-fit", own.path, message)
