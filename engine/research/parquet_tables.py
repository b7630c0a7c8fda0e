"""The records of a run as Arrow tables: the columns of its Parquet files, described in docs/files.md.

Each table has a column strategy_id. Money is decimal128(38, 18), rounded half-even to 18 places
where it has more; times are timestamps in UTC ms; a NaN is null.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from itertools import pairwise
from typing import Any, Final

import pyarrow as pa

from engine.model.account import EquityPoint
from engine.model.decision import Decision
from engine.model.timeframe import DURATION_MS, utc_day
from engine.model.trading import ZERO, Trade
from engine.research.activity import strategies_of
from engine.research.result import Result
from engine.session import MONEY_DIGITS

PORTFOLIO: Final = "portfolio"
"""The strategy_id of rows about the whole account."""

MONEY: Final = pa.decimal128(38, 18)
TIME: Final = pa.timestamp("ms", tz="UTC")
TEXT, REAL, COUNT, FLAG = pa.string(), pa.float64(), pa.int32(), pa.bool_()

_STEP: Final = Decimal(1).scaleb(-18)

Columns = Mapping[str, tuple[pa.DataType, Callable[[Any], Any]]]

DECISIONS: Final[Columns] = {
    "id": (TEXT, lambda d: d.id),
    "at": (TIME, lambda d: d.at),
    "strategy_id": (TEXT, lambda d: d.signal.strategy_id),
    "symbol": (TEXT, lambda d: d.signal.symbol),
    "side": (TEXT, lambda d: d.signal.side),
    "kind": (TEXT, lambda d: d.signal.kind),
    "rule": (TEXT, lambda d: d.signal.rule),
    "action": (TEXT, lambda d: d.action),
    "code": (TEXT, lambda d: d.code),
    "value_num": (REAL, lambda d: _number(d.value)),
    "value_text": (TEXT, lambda d: _text(d.value)),
    "limit_num": (REAL, lambda d: _number(d.limit)),
    "limit_text": (TEXT, lambda d: _text(d.limit)),
    "confidence_raw": (REAL, lambda d: _number(d.signal.confidence)),
    "confidence": (REAL, lambda d: _number(d.confidence)),
    "rank": (COUNT, lambda d: d.rank),
    "rescued": (FLAG, lambda d: d.rescued),
    "consensus": (COUNT, lambda d: d.consensus),
    "dissent": (COUNT, lambda d: d.dissent),
    "entry_id": (TEXT, lambda d: d.entry_id),
    "price": (REAL, lambda d: _number(d.signal.price)),
    "stop_distance": (REAL, lambda d: _number(d.signal.stop_distance)),
    "target_distance": (REAL, lambda d: _number(d.signal.target_distance)),
    "quantity": (MONEY, lambda d: _money(d.quantity)),
    "leverage": (MONEY, lambda d: _money(d.leverage)),
    "risk_pct": (REAL, lambda d: _number(d.risk_pct)),
    "bar": (TIME, lambda d: d.signal.bar),
    "config_hash": (TEXT, lambda d: d.config_hash),
}

TRADES: Final[Columns] = {
    "id": (TEXT, lambda t: t.id),
    "decision_id": (TEXT, lambda t: t.decision_id),
    "strategy_id": (TEXT, lambda t: t.strategy_id),
    "symbol": (TEXT, lambda t: t.symbol),
    "side": (TEXT, lambda t: t.side),
    "quantity": (MONEY, lambda t: _money(t.quantity)),
    "entry_price": (MONEY, lambda t: _money(t.entry_price)),
    "exit_price": (MONEY, lambda t: _money(t.exit_price)),
    "opened_at": (TIME, lambda t: t.opened_at),
    "closed_at": (TIME, lambda t: t.closed_at),
    "gross_pnl": (MONEY, lambda t: _money(t.gross_pnl)),
    "fees": (MONEY, lambda t: _money(t.fees)),
    "funding": (MONEY, lambda t: _money(t.funding)),
    "pnl": (MONEY, lambda t: _money(t.pnl)),
    "pnl_pct": (REAL, lambda t: _number(t.pnl_pct)),
    "r_multiple": (REAL, lambda t: _number(t.r_multiple)),
    "exit_reason": (TEXT, lambda t: t.exit_reason),
    "exit_decision_id": (TEXT, lambda t: t.exit_decision_id),
}

EQUITY: Final[Mapping[str, pa.DataType]] = {
    "at": TIME,
    "strategy_id": TEXT,
    "equity": MONEY,
    "cash": MONEY,
    "open_pnl": MONEY,
    "realised_pnl": MONEY,
    "drawdown_pct": REAL,
    "exposure_pct": REAL,
    "risk_pct": REAL,
    "positions": COUNT,
}


def tables(result: Result) -> dict[str, pa.Table]:
    """The tables by name of their file; the metadata of each says what run it is of."""
    metadata = {
        "source": result.source,
        "simulated": "yes" if result.simulated else "no",
        "config_hash": result.config_hash,
        "data_hash": result.data_hash,
        "seed": str(result.seed),
    }
    made = {
        "decisions.parquet": _table(DECISIONS, result.records.decisions),
        "trades.parquet": _table(TRADES, result.records.trades),
        "equity.parquet": _equity(result),
    }
    return {name: table.replace_schema_metadata(metadata) for name, table in made.items()}


def _table(columns: Columns, records: Iterable[Decision] | Iterable[Trade]) -> pa.Table:
    rows = list(records)
    return pa.table(
        {name: pa.array(map(value, rows), kind, size=len(rows)) for name, (kind, value) in columns.items()}
    )


def _equity(result: Result) -> pa.Table:
    """The account at every close; then each strategy's realised P&L at the last close of every day."""
    points, bar_ms = result.records.equity, DURATION_MS[result.timeframe]
    strategies = strategies_of(result)
    closed: dict[int, list[Trade]] = defaultdict(list)
    for trade in result.records.trades:
        closed[trade.closed_at].append(trade)
    account: list[tuple[Any, ...]] = []
    daily: dict[str, list[tuple[Any, ...]]] = {strategy: [] for strategy in strategies}
    realised = dict.fromkeys((PORTFOLIO, *strategies), ZERO)
    with localcontext(prec=MONEY_DIGITS):
        for point, following in pairwise([*points, None]):
            assert point is not None
            for trade in closed.get(point.at, ()):
                realised[trade.strategy_id] += trade.pnl
                realised[PORTFOLIO] += trade.pnl
            account.append(_account_row(point, realised[PORTFOLIO]))
            if following is None or utc_day(following.at + bar_ms) != utc_day(point.at + bar_ms):
                for strategy, rows in daily.items():
                    pnl = _money(realised[strategy])
                    rows.append((point.at, strategy, None, None, None, pnl, None, None, None, None))
    rows = [*account, *(row for rows in daily.values() for row in rows)]
    values = zip(*rows, strict=True) if rows else [()] * len(EQUITY)
    return pa.table(
        {name: pa.array(column, kind) for (name, kind), column in zip(EQUITY.items(), values, strict=True)}
    )


def _account_row(point: EquityPoint, realised: Decimal) -> tuple[Any, ...]:
    return (
        point.at,
        PORTFOLIO,
        _money(point.equity),
        _money(point.cash),
        _money(point.open_pnl),
        _money(realised),
        _number(point.drawdown_pct),
        _number(point.exposure_pct),
        _number(point.risk_pct),
        point.positions,
    )


def _money(value: Decimal | None) -> Decimal | None:
    if value is None:
        return None
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent >= -18:
        return value
    with localcontext(prec=MONEY_DIGITS):
        return value.quantize(_STEP, ROUND_HALF_EVEN)


def _number(value: float | str | None) -> float | None:
    return float(value) if isinstance(value, int | float) and not math.isnan(value) else None


def _text(value: float | str | None) -> str | None:
    return value if isinstance(value, str) else None
