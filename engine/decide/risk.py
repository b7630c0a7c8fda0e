"""The gates of an entry, in their order, and its size: the first refusal ends it."""

import math
from collections.abc import Iterator
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal

from engine.decide.aggregate import refuse
from engine.decide.book import Book, Holding
from engine.decide.policy import Policy
from engine.decide.sizing import product, size_factors
from engine.decide.units import unit_share
from engine.model.account import Facts, Performance, Portfolio
from engine.model.decision import Decision, Factor, Gate
from engine.model.trading import Contract

NOTHING_PCT = 1e-9
"""Headroom below this share of equity is none: what is left of sums of floats."""


def check_entry(
    decision: Decision,
    book: Book,
    portfolio: Portfolio,
    facts: Facts,
    account: dict[str, float],
    policy: Policy,
) -> tuple[Decision, Book]:
    """Passes one entry through every gate; returns it with its size, and the book with it.

    The position of the opposite side, which this entry would close, is left out of the sums.
    """
    signal = decision.signal
    record = facts.performance.get(signal.strategy_id, Performance(signal.strategy_id))
    held = book.holdings.get(signal.symbol)
    rest = book.without(signal.symbol) if held is not None and held.side != signal.side else book
    contract = facts.contracts[signal.symbol]
    passed: list[Gate] = []
    for gate in _gates(decision, held, rest, record, contract, facts, policy):
        if not gate.passed:
            return refuse(replace(decision, gates=(*decision.gates, *passed)), gate), book
        passed.append(gate)
    decision = replace(decision, gates=(*decision.gates, *passed))
    sized = _size(decision, rest, record, contract, portfolio, facts, account, policy)
    if sized.action != "enter":
        return sized, book
    equity = float(portfolio.equity)
    assert sized.quantity is not None
    assert sized.leverage is not None
    margin = float(sized.quantity / sized.leverage) * signal.price
    assert sized.risk_pct is not None
    holding = Holding(
        signal.symbol,
        signal.side,
        signal.strategy_id,
        contract.group,
        sized.risk_pct,
        100 * margin / equity,
        is_waiting=True,
    )
    return sized, rest.plus(holding.on_top_of(rest.holdings.get(signal.symbol)))


def _gates(
    decision: Decision,
    held: Holding | None,
    rest: Book,
    record: Performance,
    contract: Contract,
    facts: Facts,
    policy: Policy,
) -> Iterator[Gate]:
    """The gates before the size, in their order, each worked out when it is asked for.

    A further unit passes same_side and direction, and does not count its own position.
    """
    limits = policy.config.risk.limits
    signal = decision.signal
    blocking = [
        rule.breaker.name
        for rule in policy.breakers
        if rule.breaker.action != "reduce"
        and rule.breaker.name in facts.breakers
        and facts.breakers[rule.breaker.name].is_tripped
    ]
    reasons = "; ".join(facts.breakers[name].reason for name in blocking)
    yield Gate("breaker", ", ".join(blocking) or "none", "none", not blocking, note=reasons)
    yield Gate("multiplier_zero", record.multiplier, 0, record.multiplier > 0, note=record.multiplier_rule)
    kelly = record.kelly_pct
    value = math.nan if kelly is None else kelly
    yield Gate("kelly_zero", value, 0, kelly is None or kelly > 0, note=record.kelly_note)
    is_add = signal.kind == "add"
    same = held is not None and not is_add and (held.side == signal.side or held.is_waiting)
    yield Gate("same_side", held.side if held else "flat", signal.side, not same, note=_held_note(held))
    positions = rest.count() - is_add
    yield Gate("max_positions", positions, limits.max_positions, positions < limits.max_positions)
    direction = rest.count(signal.side) - is_add
    fits = is_add or direction < limits.max_same_direction
    yield Gate("direction", direction, limits.max_same_direction, fits)
    risk = rest.risk_pct
    refuse_from = limits.max_total_risk_pct * limits.refuse_total_risk_from_pct / 100
    yield Gate("total_risk", risk, refuse_from, risk < refuse_from - NOTHING_PCT)
    group = rest.group_risk_pct(contract.group)
    has_room = limits.max_group_risk_pct - group > NOTHING_PCT
    yield Gate("group", group, limits.max_group_risk_pct, has_room, note=contract.group)
    margin = rest.margin_pct
    has_room = limits.max_total_exposure_pct - margin > NOTHING_PCT
    yield Gate("exposure", margin, limits.max_total_exposure_pct, has_room)


def _held_note(held: Holding | None) -> str:
    if held is None:
        return ""
    return f"{held.strategy_id} {'waits for the open' if held.is_waiting else 'holds it'}"


def _size(
    decision: Decision,
    rest: Book,
    record: Performance,
    contract: Contract,
    portfolio: Portfolio,
    facts: Facts,
    account: dict[str, float],
    policy: Policy,
) -> Decision:
    """Risk in % of equity from the factors, cut to the headrooms, as a quantity in whole lots."""
    signal = decision.signal
    limits = policy.config.risk.limits
    leverage = min(policy.config.risk.sizing.leverage, contract.max_leverage)
    symbol_facts = {**account, "volatility_pct": facts.volatility_pct.get(signal.symbol, math.nan)}
    factors = (
        *size_factors(decision.confidence, record, symbol_facts, policy),
        *_reductions(facts, policy),
    )
    wanted = product(factors)
    decision = replace(decision, factors=factors, leverage=leverage)
    equity = float(portfolio.equity)
    if not (wanted > 0 and math.isfinite(wanted) and equity > 0):
        value, note = (wanted, "the factors leave nothing") if equity > 0 else (equity, "no equity")
        return refuse(decision, Gate("size", value, 0, False, note=note))
    # The order's stop lies on a tick, so the size must be that of the rounded distance.
    distance = float(contract.ticks_up(Decimal(repr(signal.stop_distance))))
    margin_a_risk = signal.price / (distance * float(leverage))
    headrooms = (
        ("max_position", limits.max_position_pct * unit_share(signal.strategy_id, policy)),
        ("total_risk", limits.max_total_risk_pct - rest.risk_pct),
        ("group", limits.max_group_risk_pct - rest.group_risk_pct(contract.group)),
        ("exposure", (limits.max_total_exposure_pct - rest.margin_pct) / margin_a_risk),
    )
    size = wanted
    cuts = []
    for name, headroom in headrooms:
        if headroom < size:
            cuts.append(Gate(name, size, headroom, True, cut=True, note="risk cut to the headroom"))
            size = headroom
    decision = replace(decision, gates=(*decision.gates, Gate("size", wanted, 0, True), *cuts))
    quantity = _whole_lots(size / 100 * equity / distance, contract)
    price = Decimal(repr(signal.price))
    least = max(limits.min_order_value, contract.lot_size * price)
    gate = Gate(
        "minimum",
        float(quantity * price),
        float(least),
        quantity >= contract.lot_size and quantity * price >= limits.min_order_value,
        note="order value in quote currency",
    )
    if not gate.passed:
        return refuse(decision, gate)
    risk_pct = 100 * float(quantity) * distance / equity
    return replace(decision, gates=(*decision.gates, gate), quantity=quantity, risk_pct=risk_pct)


def _reductions(facts: Facts, policy: Policy) -> list[Factor]:
    return [
        Factor(
            f"breaker {rule.breaker.name}",
            rule.breaker.reduce_factor,
            facts.breakers[rule.breaker.name].reason,
        )
        for rule in policy.breakers
        if rule.breaker.action == "reduce"
        and rule.breaker.name in facts.breakers
        and facts.breakers[rule.breaker.name].is_tripped
    ]


def _whole_lots(quantity: float, contract: Contract) -> Decimal:
    lots = (Decimal(repr(quantity)) / contract.lot_size).to_integral_value(ROUND_DOWN)
    return lots * contract.lot_size
