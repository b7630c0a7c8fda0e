"""Records as flat rows of JSON values in a fixed order: what `show` prints and exports."""

import math
from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any

from engine.ledger.money import plain
from engine.ledger.records import MarkedPosition, RunRecord
from engine.model.decision import Decision

Json = str | int | float | bool | None


def columns(record: Any) -> dict[str, Json]:
    """One record of `read` or `find` by column name: money as exact text, NaN as None, lists joined.

    A decision is flattened with its signal; its gates and factors are what `why` shows.
    """
    if isinstance(record, Decision):
        return _decision(record)
    if isinstance(record, MarkedPosition):
        return {
            **columns(record.position),
            "entry_price": _value(record.position.entry_price),
            "mark": _value(record.mark),
            "open_pnl": _value(record.open_pnl),
        }
    row = {field.name: _value(getattr(record, field.name)) for field in fields(record)}
    if isinstance(record, RunRecord):
        del row["summary"]  # a document of its own
    return row


def _decision(decision: Decision) -> dict[str, Json]:
    signal = decision.signal
    values = {
        "id": decision.id,
        "at": decision.at,
        "strategy_id": signal.strategy_id,
        "symbol": signal.symbol,
        "side": signal.side,
        "kind": signal.kind,
        "rule": signal.rule,
        "action": decision.action,
        "code": decision.code,
        "value": decision.value,
        "limit": decision.limit,
        "confidence_raw": signal.confidence,
        "confidence": decision.confidence,
        "rank": decision.rank,
        "rescued": decision.rescued,
        "consensus": decision.consensus,
        "dissent": decision.dissent,
        "entry_id": decision.entry_id,
        "price": signal.price,
        "stop_distance": signal.stop_distance,
        "target_distance": signal.target_distance,
        "quantity": decision.quantity,
        "leverage": decision.leverage,
        "risk_pct": decision.risk_pct,
        "bar": signal.bar,
        "config_hash": decision.config_hash,
    }
    return {name: _value(value) for name, value in values.items()}


def _value(value: Any) -> Json:
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return " ".join(f"{name}={each}" for name, each in value.items())
    return " ".join(str(each) for each in value)
