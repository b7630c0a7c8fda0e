"""Records to rows and back, in the order of the tables' columns; nothing but NaN's sort is lost.

NaN is stored as null: a float field that may not be None reads it back as NaN, one that may reads
None. Everything else returns equal.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from operator import attrgetter
from typing import Any, Final, TypeVar, get_type_hints

from sqlalchemy import Table

from engine.ledger import json_text, tables
from engine.ledger.records import RunRecord, SessionState
from engine.model.account import BreakerEvent, BreakerState, EquityPoint
from engine.model.decision import Decision, Factor, Gate
from engine.model.signal import Signal
from engine.model.trading import Fill, Order, Position, Trade

Row = tuple[Any, ...]
Named = Mapping[Any, Any]  # a row by column name
T = TypeVar("T")
NAN: Final = float("nan")

# Tables whose columns are just the fields of a record (behind the run and the count, if any).
FLAT: Final[Mapping[type, Table]] = {
    Order: tables.orders,
    Fill: tables.fills,
    Trade: tables.trades,
    EquityPoint: tables.equity,
    BreakerEvent: tables.breaker_events,
    BreakerState: tables.breaker_states,
    Position: tables.positions,
    SessionState: tables.session_states,
}

_FACTOR: Final = attrgetter("name", "value", "note")
_GATE: Final = attrgetter("name", "value", "limit", "passed", "cut", "note")


def flat_row(record: type) -> Callable[[Any], Row]:
    """A function that makes the row of a record of this type, without run and count."""
    return attrgetter(*(field.name for field in fields(record)))


def flat_record(record: type[T]) -> Callable[[Named], T]:
    """A function that makes a record of this type from a row by column name."""
    names = tuple(field.name for field in fields(record))  # type: ignore[arg-type]
    hints = get_type_hints(record)
    reals = tuple(name for name in names if hints[name] is float)

    def build(row: Named) -> T:
        values = {name: row[name] for name in names}
        for name in reals:
            if values[name] is None:
                values[name] = NAN
        return record(**values)

    return build


def signal_row(run_id: str, seq: int, decision: Decision) -> Row:
    """The row of a decision's signal."""
    signal = decision.signal
    return (
        run_id,
        seq,
        decision.id,
        signal.strategy_id,
        signal.symbol,
        signal.side,
        signal.kind,
        signal.rule,
        signal.at,
        signal.bar,
        signal.price,
        signal.confidence,
        signal.stop_distance,
        signal.target_distance,
        signal.stop,
        signal.target,
        json_text.numbers(signal.operands),
        json_text.numbers(signal.facts),
    )


def decision_row(run_id: str, seq: int, decision: Decision) -> Row:
    """The row of a decision, without its signal."""
    signal, value, limit = decision.signal, decision.value, decision.limit
    return (
        run_id,
        seq,
        decision.id,
        decision.config_hash,
        decision.at,
        signal.strategy_id,
        signal.symbol,
        signal.side,
        decision.action,
        decision.accepted,
        decision.code,
        None if isinstance(value, str) else value,
        value if isinstance(value, str) else None,
        None if isinstance(limit, str) else limit,
        limit if isinstance(limit, str) else None,
        signal.confidence,
        decision.confidence,
        decision.rank,
        decision.rescued,
        decision.consensus,
        decision.dissent,
        decision.entry_id,
        decision.quantity,
        decision.leverage,
        decision.risk_pct,
        _trace(decision),
    )


def decision_record(decision: Named, signal: Named) -> Decision:
    """The decision of a row of `decisions` and its row of `signals`, both by column name."""
    trace = json_text.decode(decision["trace"])
    return Decision(
        id=decision["id"],
        config_hash=decision["config_hash"],
        at=decision["at"],
        signal=_signal(signal),
        action=decision["action"],
        confidence=_real(decision["confidence"]),
        code=decision["code"],
        value=decision["value_num"] if decision["value_text"] is None else decision["value_text"],
        limit=decision["limit_num"] if decision["limit_text"] is None else decision["limit_text"],
        rank=decision["rank"],
        rescued=decision["rescued"],
        consensus=decision["consensus"],
        dissent=decision["dissent"],
        entry_id=decision["entry_id"],
        quantity=decision["quantity"],
        leverage=decision["leverage"],
        risk_pct=decision["risk_pct"],
        adjustments=tuple(Factor(name, _real(value), note) for name, value, note in trace["adjustments"]),
        gates=tuple(
            Gate(name, _real(value), _real(limit), passed, cut, note)
            for name, value, limit, passed, cut, note in trace["gates"]
        ),
        factors=tuple(Factor(name, _real(value), note) for name, value, note in trace["factors"]),
    )


def run_row(run: RunRecord) -> dict[str, Any]:
    """The row of a run, by column name; symbols sorted, since their order means nothing."""
    row = {field.name: getattr(run, field.name) for field in fields(run)}
    row["symbols"] = json_text.encode(sorted(run.symbols))
    row["summary"] = json_text.encode(dict(run.summary))
    return row


def run_record(row: Named) -> RunRecord:
    """The run of a row, by column name."""
    values = {field.name: row[field.name] for field in fields(RunRecord)}
    values["symbols"] = tuple(json_text.decode(row["symbols"]))
    values["summary"] = json_text.decode(row["summary"])
    return RunRecord(**values)


def _trace(decision: Decision) -> str:
    """Every step as a short list, in the order of the record's fields: most of a ledger is this."""
    return json_text.encode(
        {
            "adjustments": [_FACTOR(factor) for factor in decision.adjustments],
            "factors": [_FACTOR(factor) for factor in decision.factors],
            "gates": [_GATE(gate) for gate in decision.gates],
        }
    )


def _signal(row: Named) -> Signal:
    return Signal(
        strategy_id=row["strategy_id"],
        symbol=row["symbol"],
        side=row["side"],
        at=row["at"],
        bar=row["bar"],
        price=_real(row["price"]),
        confidence=_real(row["confidence"]),
        stop_distance=_real(row["stop_distance"]),
        target_distance=_real(row["target_distance"]),
        kind=row["kind"],
        rule=row["rule"],
        stop=row["stop"],
        target=row["target"],
        operands=json_text.decode_numbers(row["operands"]),
        facts=json_text.decode_numbers(row["facts"]),
    )


def _real(value: Any) -> Any:
    return NAN if value is None else value
