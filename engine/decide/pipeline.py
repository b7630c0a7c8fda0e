"""decide(): everything between signals and orders, as pure stages.

1. Exits: rules that close an open position. Units: which adds apply to theirs.
2. Screen: blacklist, staleness, levels, on the raw signal.
3. Sides: one entry a symbol; the others of its side are merged, the losing side refused.
4. Adjusted confidence and its threshold.
5. Second chance for near misses.
6. Rank, with the cycle's slots and the cooldown.
7. Gates and size, in order of rank, on the book with everything accepted before.
"""

from collections.abc import Sequence

from engine.decide.aggregate import adjust, begin, choose_sides, rank, screen, tie_break
from engine.decide.book import make_book
from engine.decide.exits import close_positions
from engine.decide.facts import portfolio_facts
from engine.decide.policy import Policy
from engine.decide.risk import check_entry
from engine.decide.second_chance import is_near_miss, second_chance
from engine.decide.units import apply_units
from engine.model.account import Facts, Portfolio
from engine.model.decision import Decision
from engine.model.signal import Signal


def decide(
    signals_now: Sequence[Signal], portfolio: Portfolio, facts: Facts, policy: Policy, now: int
) -> list[Decision]:
    """One decision for every entry signal, and one for every exit that applies.

    Pure: no clock, disk or network; the order of `signals_now` does not matter. `now` is the close
    in UTC ms. The decisions come back closes first, then entries by rank, then the rest in the
    fixed order.
    """
    exits = begin([signal for signal in signals_now if signal.kind == "exit"], policy)
    closes = close_positions(exits, portfolio, policy)
    closing = {decision.signal.symbol for decision in closes}
    begun = begin(apply_units(signals_now, portfolio, closing, policy), policy)
    screened = [screen(d, facts, policy, now) for d in begun]
    passed = [d for d in screened if d.action == "enter"]
    done = [d for d in screened if d.action != "enter"]
    entries: list[Decision] = []
    for decision in choose_sides(passed, policy):
        if decision.action == "enter":
            decision = adjust(decision, facts, policy)
            if is_near_miss(decision, policy):
                decision = second_chance(decision, facts, policy)
        (entries if decision.action == "enter" else done).append(decision)
    book = make_book(portfolio, facts.contracts, closing)
    account = portfolio_facts(portfolio)
    ranked = []
    for decision in rank(entries, facts, policy, now):
        if decision.action == "enter":
            decision, book = check_entry(decision, book, portfolio, facts, account, policy)
        ranked.append(decision)
    return [*closes, *ranked, *sorted(done, key=lambda d: tie_break(d, policy))]
