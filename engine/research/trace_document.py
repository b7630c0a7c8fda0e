"""The trace of a decision as a document of JSON values, for programs and pages."""

import math
from collections.abc import Mapping
from typing import Any

from engine.model.decision import Decision, Gate
from engine.research.listing import row
from engine.research.sentence import sentence
from engine.research.trace import Trace
from engine.research.trace_rules import Condition, ConfidenceSteps


def document(trace: Trace) -> dict[str, Any]:
    """Everything that a trace holds: money as text, times in ISO 8601, the unknown as null."""
    decision, signal = trace.decision, trace.decision.signal
    return {
        "sentence": sentence(decision),
        "simulated": trace.run.simulated,
        "run": row(trace.run),
        "also_in": list(trace.also_in),
        "decision": row(decision),
        "signal": {
            "strategy_id": signal.strategy_id,
            "timeframe": trace.timeframe,
            "stop": _number(signal.stop),
            "target": _number(signal.target),
            "operands": _numbers(signal.operands),
            "facts": _numbers(signal.facts),
        },
        "rules_note": trace.rules_note,
        "conditions": [_condition(each) for each in trace.conditions],
        "definitions": trace.definitions,
        "confidence": _confidence(trace.confidence),
        "adjustments": [
            {
                "name": each.name,
                "value": _number(each.value),
                "note": each.note,
                "confidence": _number(each.confidence),
            }
            for each in trace.adjustments
        ],
        "gates": [_gate(gate) for gate in decision.gates],
        "factors": [
            {"name": each.name, "value": _number(each.value), "note": each.note} for each in decision.factors
        ],
        "size_pct": _number(product(decision)),
        "entry": _related(trace.entry),
        "entry_trade": None if trace.entry_trade is None else row(trace.entry_trade),
        "orders": [row(order) for order in trace.orders],
        "fills": [row(fill) for fill in trace.fills],
        "position": None if trace.position is None else row(trace.position),
        "trade": None if trace.trade is None else row(trace.trade),
        "closed_by": _related(trace.closed_by),
        "closed": [row(trade) for trade in trace.closed],
    }


def mark(gate: Gate) -> str:
    """What a gate did: pass, cut (the size was cut to its headroom), refuse."""
    return "cut" if gate.cut else "pass" if gate.passed else "refuse"


def product(decision: Decision) -> float:
    """The size in % of equity that the factors give, before cuts and lots; NaN without factors."""
    return math.prod(factor.value for factor in decision.factors) if decision.factors else math.nan


def _condition(condition: Condition) -> dict[str, Any]:
    return {
        "text": condition.text,
        "values": condition.values,
        "holds": condition.holds,
        "operands": _numbers(condition.operands),
        "params": dict(condition.params),
    }


def _confidence(steps: ConfidenceSteps | None) -> dict[str, Any] | None:
    if steps is None:
        return None
    return {
        "base": steps.base,
        "bonuses": [
            {
                "name": bonus.name,
                "added": _number(bonus.added),
                "tiers": [
                    {
                        "when": None if tier.when is None else _condition(tier.when),
                        "text": tier.text,
                        "values": tier.values,
                        "value": _number(tier.value),
                        "counts": tier.counts,
                    }
                    for tier in bonus.tiers
                ],
            }
            for bonus in steps.bonuses
        ],
        "total": _number(steps.total),
        "floor": steps.floor,
        "cap": steps.cap,
        "confidence": _number(steps.confidence),
    }


def _gate(gate: Gate) -> dict[str, Any]:
    return {
        "name": gate.name,
        "value": _number(gate.value),
        "limit": _number(gate.limit),
        "mark": mark(gate),
        "note": gate.note,
    }


def _related(decision: Decision | None) -> dict[str, Any] | None:
    return None if decision is None else {"sentence": sentence(decision), **row(decision)}


def _numbers(values: Mapping[str, float]) -> dict[str, float | str | None]:
    return {name: _number(value) for name, value in values.items()}


def _number(value: float | str | None) -> float | str | None:
    return None if isinstance(value, float) and not math.isfinite(value) else value
