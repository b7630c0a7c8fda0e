"""Checks across files: every strategy, symbol and group that is named exists."""

import re
from datetime import date
from typing import Final

from engine.config.checking import Checking
from engine.config.node import Node
from engine.config.schema import suggest

_ID: Final = re.compile("[a-z][a-z0-9-]*")


def check_references(data: Node, checking: Checking) -> None:
    """Only between files that could be read: what is not known is not missing."""
    strategies = {name for name, _ in data["strategies"]["strategies"].items()}
    is_known = not checking.is_incomplete(data["strategies"]["strategies"])
    # Behind a bad id may be any of the names that would now be missed.
    if strategies and is_known and all(_ID.fullmatch(name) for name in strategies):
        _check_strategy_names(data, strategies, checking)
    _check_symbols(data, checking)
    _check_simulated(data, checking)
    _check_leverage(data, checking)


def _check_leverage(data: Node, checking: Checking) -> None:
    leverage = data["risk"]["sizing"]["leverage"]
    most = data["market"]["contract_defaults"]["max_leverage"].number
    if leverage.number is not None and most is not None and leverage.number > most:
        message = f"leverage {leverage.number:g} is cut to the {most:g} that contract_defaults allow"
        checking.add("leverage-above-contract", leverage.path, message, severity="warning")


def _check_strategy_names(data: Node, strategies: set[str], checking: Checking) -> None:
    for entry in data["aggregation"]["order"].elements():
        if entry.text is not None and entry.text not in strategies and not checking.is_faulty(entry.path):
            message = f"there is no strategy '{entry.text}'"
            checking.add("unknown-strategy", entry.path, message, suggest(entry.text, strategies))
    bonus = data["second_chance"]["default_bonus"]
    named = {name for name, _ in bonus.items()}
    missing = sorted(strategies - named)
    for name, entry in () if checking.is_faulty(bonus.path) else bonus.items():
        if name not in strategies and _ID.fullmatch(name):
            hint = suggest(name, missing)
            missing = [other for other in missing if hint != f"did you mean '{other}'?"]
            checking.add("unknown-strategy", entry.path, f"there is no strategy '{name}'", hint, at_key=True)
    if isinstance(bonus.data, dict) and not checking.is_incomplete(bonus):
        for name in missing:
            message = f"the strategy '{name}' has no default bonus"
            checking.add("missing-strategy", bonus.path, message, f"add '{name}: 0'", at_key=True)


def base_of(symbol: str, suffixes: list[str]) -> str:
    """The base coin of a symbol: without the longest quote suffix that it ends with."""
    for suffix in sorted(suffixes, key=len, reverse=True):
        if symbol.endswith(suffix) and symbol != suffix:
            return symbol[: -len(suffix)]
    return symbol


def _check_symbols(data: Node, checking: Checking) -> None:
    market, groups = data["market"], data["risk"]["groups"]
    suffixes = [entry.text for entry in market["quote_suffixes"].elements() if entry.text is not None]
    aliases = {name: node.text for name, node in market["aliases"].items() if node.text is not None}
    members = {member.text for _, group in groups.items() for member in group.elements()}
    for name, node in market["aliases"].items():
        if node.text == name or node.text in aliases:
            checking.add("alias-of-alias", node.path, f"{name} leads to {node.text}, an alias itself")
    for _, group in groups.items():
        for member in group.elements():
            if member.text in aliases:
                hint = f"write {aliases[member.text]}"
                checking.add("alias-in-group", member.path, f"{member.text} is an alias", hint)
    if not suffixes or not isinstance(groups.data, dict) or checking.is_faulty(market["quote_suffixes"].path):
        return
    for symbol in market["symbols"].elements():
        if symbol.text is None or checking.is_faulty(symbol.path):
            continue
        base = base_of(symbol.text, suffixes)
        if base == symbol.text:
            message = f"{symbol.text} ends with none of the quote suffixes {', '.join(suffixes)}"
            checking.add("unknown-quote", symbol.path, message)
        elif aliases.get(base, base) not in members and not checking.is_incomplete(groups):
            message = f"{symbol.text} is in no correlation group, so it is one of its own"
            hint = f"add {aliases.get(base, base)} under groups in risk.yaml"
            checking.add("symbol-without-group", symbol.path, message, hint, severity="warning")


def _check_simulated(data: Node, checking: Checking) -> None:
    simulated, groups = data["market"]["simulated"], data["risk"]["groups"]
    names = {name for name, _ in groups.items()}
    for name, entry in simulated["annual_volatility_pct"].items():
        if checking.is_faulty(entry.path):
            continue
        if names and not checking.is_incomplete(groups) and name != "other" and name not in names:
            message = f"there is no correlation group '{name}'"
            checking.add("unknown-group", entry.path, message, suggest(name, names), at_key=True)
    start = simulated["start"]
    if start.text is not None and not checking.is_faulty(start.path):
        try:
            date.fromisoformat(start.text)
        except ValueError:
            checking.add("bad-form", start.path, f"there is no day {start.text}")
    market, group = simulated["market_share"].number, simulated["group_share"].number
    if market is not None and group is not None and market + group > 1:
        message = f"market_share {market} and group_share {group} are more than 1 together"
        checking.add("shares-above-one", simulated["group_share"].path, message)
    days, replay = simulated["days"].number, simulated["replay_days"].number
    if days is not None and replay is not None and replay > days:
        checking.add("out-of-bounds", simulated["replay_days"].path, f"only {days} days are made")
