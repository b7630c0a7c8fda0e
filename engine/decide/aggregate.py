"""Aggregation: raw signals become one candidate a symbol, with an adjusted confidence."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from engine.decide.policy import Policy
from engine.model.account import Facts, Performance
from engine.model.decision import Decision, Factor, Gate
from engine.model.signal import DIRECTION, Signal

CONFIDENCE_DIGITS: Final = 10
"""0.60 + 0.05 - 0.10 is 0.55 and reaches a threshold of 0.55, whatever binary fractions make of it."""


def begin(signals: Sequence[Signal], policy: Policy) -> list[Decision]:
    """A decision for every signal, in the order that breaks all ties: strategy, symbol, side."""
    decisions = [
        Decision(
            id=decision_id(signal, policy.config.hash),
            config_hash=policy.config.hash,
            at=signal.at,
            signal=signal,
            action="enter",
            confidence=rounded(signal.confidence),
        )
        for signal in signals
    ]
    return sorted(decisions, key=lambda decision: tie_break(decision, policy))


def rounded(confidence: float) -> float:
    """A sum of declared numbers as its decimal says."""
    return round(confidence, CONFIDENCE_DIGITS)


def decision_id(signal: Signal, config_hash: str) -> str:
    """Hash of what was decided on: 16 hex digits, the same in every run of the same inputs."""
    inputs = (
        f"{config_hash}|{signal.kind}|{signal.strategy_id}|{signal.symbol}|{signal.side}|{signal.at}|"
        f"{signal.bar}|{signal.price!r}|{signal.confidence!r}|{signal.stop_distance!r}|{signal.target_distance!r}"
    )
    return hashlib.sha256(inputs.encode()).hexdigest()[:16]


def tie_break(decision: Decision, policy: Policy) -> tuple[int, str, str, str, str]:
    """The fixed order: declared strategies first, then by name; symbol; side; what was decided on."""
    signal = decision.signal
    return (
        policy.order.get(signal.strategy_id, len(policy.order)),
        signal.strategy_id,
        signal.symbol,
        signal.side,
        decision.id,
    )


def refuse(decision: Decision, gate: Gate, code: str | None = None) -> Decision:
    """The decision refused at a gate, which is recorded; the code is the gate's name if not given."""
    return replace(
        decision,
        action="refused",
        code=code or gate.name,
        value=gate.value,
        limit=gate.limit,
        gates=(*decision.gates, gate),
    )


def screen(decision: Decision, facts: Facts, policy: Policy, now: int) -> Decision:
    """Blacklist, staleness and levels, on the raw signal. `now` is the close in UTC ms."""
    rules = policy.config.aggregation
    signal = decision.signal
    contract = facts.contracts[signal.symbol]
    aliases = policy.config.market.aliases
    if {signal.symbol, contract.base} & {aliases.get(name, name) for name in rules.blacklist}:
        return refuse(decision, Gate("blacklist", signal.symbol, "not listed", False))
    age_bars = (now - facts.feed_bar_ms - signal.at) / facts.feed_bar_ms
    if age_bars > rules.max_signal_age_bars:
        return refuse(
            decision, Gate("stale", age_bars, rules.max_signal_age_bars, False, note="feed bars old")
        )
    bad = _bad_level(signal)
    if bad is not None:
        return refuse(decision, bad)
    tight = rules.min_stop_pct / 100 * signal.price
    ticks = rules.min_stop_ticks * float(contract.tick_size)
    least = max(tight, ticks)
    if not signal.stop_distance >= least:
        note = f"at least {rules.min_stop_pct:g} % of the price and {rules.min_stop_ticks} ticks"
        return refuse(decision, Gate("stop_too_tight", signal.stop_distance, least, False, note=note))
    return decision


def _bad_level(signal: Signal) -> Gate | None:
    """A posted stop or target that lies on the wrong side of the price."""
    direction = DIRECTION[signal.side]
    if signal.stop is not None and (signal.price - signal.stop) * direction <= 0:
        return Gate(
            "bad_levels", signal.stop, signal.price, False, note="stop on the wrong side of the price"
        )
    if signal.target is not None and (signal.target - signal.price) * direction <= 0:
        return Gate(
            "bad_levels", signal.target, signal.price, False, note="target on the wrong side of the price"
        )
    return None


def choose_sides(decisions: Sequence[Decision], policy: Policy) -> list[Decision]:
    """Per symbol: the winning side's most confident signal stays the entry, the others of that
    side are merged into it, the losing side is refused. More strategies win; a tie goes to the
    most confident signal, then to the fixed order. A further unit of a position that is held comes
    before entries of its side, which could only be refused.
    """
    by_symbol: dict[str, list[Decision]] = {}
    for decision in decisions:
        by_symbol.setdefault(decision.signal.symbol, []).append(decision)
    chosen: list[Decision] = []
    for symbol in sorted(by_symbol):
        chosen.extend(_choose(by_symbol[symbol], policy))
    return chosen


def _choose(decisions: list[Decision], policy: Policy) -> list[Decision]:
    confident = sorted(decisions, key=lambda decision: (-decision.confidence, tie_break(decision, policy)))
    sides = {decision.signal.side for decision in confident}
    votes = {side: _strategies(confident, side) for side in sides}
    first = {
        side: next(i for i, decision in enumerate(confident) if decision.signal.side == side)
        for side in sides
    }
    winner = min(sides, key=lambda side: (-votes[side], first[side]))
    adds = [d for d in confident if d.signal.side == winner and d.signal.kind == "add"]
    entry = adds[0] if adds else confident[first[winner]]
    against = sum(count for side, count in votes.items() if side != winner)
    result = [replace(entry, consensus=votes[winner], dissent=against)]
    for decision in confident:
        if decision is entry:
            continue
        if decision.signal.side == winner:
            result.append(
                replace(
                    decision, action="merged", consensus=votes[winner], dissent=against, entry_id=entry.id
                )
            )
        else:
            gate = Gate(
                "conflict", votes[decision.signal.side], votes[winner], False, note=f"{winner} has won"
            )
            result.append(refuse(replace(decision, entry_id=entry.id), gate))
    return result


def _strategies(decisions: Sequence[Decision], side: str) -> int:
    return len({decision.signal.strategy_id for decision in decisions if decision.signal.side == side})


def adjust(decision: Decision, facts: Facts, policy: Policy) -> Decision:
    """Consensus, then the adjusted confidence, and the threshold on it."""
    rules = policy.config.aggregation
    if decision.consensus < rules.min_consensus:
        return refuse(decision, Gate("consensus", decision.consensus, rules.min_consensus, False))
    gates = (*decision.gates, Gate("consensus", decision.consensus, rules.min_consensus, True))
    raw = decision.confidence
    lines = policy.adjust.evaluate(confidence_facts(decision, raw, facts))
    total = raw + sum(line.value for line in lines if line.value == line.value)
    confidence = min(max(rounded(total), rules.confidence_floor), rules.confidence_cap)
    adjusted = replace(
        decision,
        confidence=confidence,
        adjustments=(Factor("raw", raw, decision.signal.strategy_id), *lines),
        gates=gates,
    )
    gate = Gate("confidence", confidence, rules.min_confidence, confidence >= rules.min_confidence)
    return replace(adjusted, gates=(*gates, gate)) if gate.passed else refuse(adjusted, gate)


def confidence_facts(decision: Decision, confidence: float, facts: Facts) -> dict[str, float]:
    """What rules about confidence may read: the votes, and the record of the strategy."""
    record = facts.performance.get(decision.signal.strategy_id, Performance(decision.signal.strategy_id))
    return {
        "confidence": confidence,
        "raw_confidence": decision.signal.confidence,
        "agreeing": decision.consensus - 1,
        "dissenting": decision.dissent,
        **record_facts(record),
    }


def record_facts(record: Performance) -> Mapping[str, float]:
    """The record of a strategy as facts."""
    return {
        "trades": record.trades,
        "win_rate": record.win_rate,
        "mean_r": record.mean_r,
        "total_pnl_pct": record.total_pnl_pct,
        "score": record.score,
    }


def rank(decisions: Sequence[Decision], facts: Facts, policy: Policy, now: int) -> list[Decision]:
    """Orders the entries by confidence, then by the fixed order; the rest of the cycle's slots and
    the cooldown of the symbol are checked here.
    """
    rules = policy.config.aggregation
    ordered = sorted(decisions, key=lambda decision: (-decision.confidence, tie_break(decision, policy)))
    ranked = []
    for place, decision in enumerate(ordered, start=1):
        placed = replace(decision, rank=place)
        last = facts.last_entry_at.get(decision.signal.symbol)
        minutes = None if last is None else (now - last) / 60_000
        if place > rules.max_signals_per_cycle:
            placed = refuse(placed, Gate("rank", place, rules.max_signals_per_cycle, False))
        elif minutes is not None and minutes < rules.cooldown_minutes:
            note = "minutes since the last entry of the symbol"
            placed = refuse(placed, Gate("cooldown", minutes, rules.cooldown_minutes, False, note=note))
        ranked.append(placed)
    return ranked
