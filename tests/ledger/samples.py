"""A small run, written by hand: one accepted entry, one refusal, the fill, the trade, the marks."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from engine.ledger.records import Batch, RunRecord
from engine.model.account import BreakerEvent, BreakerState, EquityPoint
from engine.model.decision import Decision, Factor, Gate
from engine.model.signal import Signal
from engine.model.trading import Fill, Order, Position, Trade

HOUR = 3_600_000
T0 = 1_609_459_200_000  # 2021-01-01 00:00


def run(run_id: str = "run-a", **changes: Any) -> RunRecord:
    record = RunRecord(
        run_id=run_id,
        kind="backtest",
        source="candle files",
        timeframe="1h",
        symbols=("ETHUSDTM", "XBTUSDTM"),
        config_hash="c0ffee",
        data_hash="da7a",
        starting_equity=Decimal(10_000),
        started_at=1,
        seed=7,
        from_ms=T0,
        to_ms=T0 + 9 * HOUR,
    )
    return replace(record, **changes)


def signal(**changes: Any) -> Signal:
    return replace(
        Signal(
            strategy_id="trend-following",
            symbol="XBTUSDTM",
            side="long",
            at=T0 + 3 * HOUR,
            bar=T0,
            price=29_000.5,
            confidence=0.65,
            stop_distance=1_450.025,
            target_distance=2_900.05,
            operands={"rsi(14)": 55.12, "ema_fast": 28_950.1},
            facts={"adx": 31.0},
        ),
        **changes,
    )


def decision(decision_id: str = "d1", **changes: Any) -> Decision:
    record = Decision(
        id=decision_id,
        config_hash="c0ffee",
        at=T0 + 3 * HOUR,
        signal=signal(),
        action="enter",
        confidence=0.7,
        rank=1,
        consensus=2,
        quantity=Decimal("0.00689"),
        leverage=Decimal(3),
        risk_pct=0.999,
        adjustments=(Factor("consensus", 0.05, "2 agree"),),
        gates=(Gate("confidence", 0.7, 0.55, True), Gate("group", "btc", 2.0, True, cut=True, note="cut")),
        factors=(Factor("base", 1.0), Factor("multiplier", 1.5, "trend-following")),
    )
    return replace(record, **changes)


def refusal(decision_id: str = "d2", **changes: Any) -> Decision:
    record = Decision(
        id=decision_id,
        config_hash="c0ffee",
        at=T0 + 4 * HOUR,
        signal=signal(symbol="ETHUSDTM", side="short", at=T0 + 4 * HOUR),
        action="refused",
        confidence=0.5,
        code="confidence",
        value=0.5,
        limit=0.55,
        gates=(Gate("blacklist", "ETHUSDTM", "", True), Gate("confidence", 0.5, 0.55, False)),
    )
    return replace(record, **changes)


ORDER = Order(
    id="o1",
    decision_id="d1",
    strategy_id="trend-following",
    symbol="XBTUSDTM",
    side="long",
    purpose="entry",
    quantity=Decimal("0.00689"),
    reference_price=Decimal("29000.5"),
    leverage=Decimal(3),
    created_at=T0 + 3 * HOUR,
    rank=1,
    stop_distance=Decimal("1450.025"),
    target_distance=Decimal("2900.05"),
)

FILL = Fill(
    id="f1",
    order_id="o1",
    decision_id="d1",
    strategy_id="trend-following",
    symbol="XBTUSDTM",
    side="long",
    purpose="entry",
    quantity=Decimal("0.00689"),
    price=Decimal("29015.00025"),
    fee=Decimal("0.119947011"),
    liquidity="taker",
    at=T0 + 4 * HOUR,
)

POSITION = Position(
    id="p2",
    decision_id="d1",
    strategy_id="trend-following",
    symbol="XBTUSDTM",
    side="long",
    quantity=Decimal("0.5"),
    cost=Decimal("14507.500125"),
    stop=Decimal(27_565),
    target=Decimal(31_915),
    liquidation=Decimal(19_538),
    leverage=Decimal(3),
    fees=Decimal("8.7"),
    initial_risk=Decimal("725.0125"),
    opened_at=T0 + 4 * HOUR,
)

TRADE = Trade(
    id="p1",
    decision_id="d1",
    strategy_id="trend-following",
    symbol="XBTUSDTM",
    side="long",
    quantity=Decimal("0.00689"),
    entry_price=Decimal("29015.00025"),
    exit_price=Decimal("31915.05025"),
    opened_at=T0 + 4 * HOUR,
    closed_at=T0 + 7 * HOUR,
    gross_pnl=Decimal("19.9813445"),
    fees=Decimal("0.16"),
    funding=Decimal(0),
    pnl=Decimal("19.8213445"),
    pnl_pct=9.915,
    r_multiple=1.984,
    exit_reason="target",
)

POINT = EquityPoint(
    at=T0 + 4 * HOUR,
    equity=Decimal("10010.5"),
    cash=Decimal("9999.88"),
    open_pnl=Decimal("10.62"),
    peak_equity=Decimal("10010.5"),
    drawdown_pct=0.0,
    exposure_pct=0.66,
    risk_pct=0.1,
    positions=1,
)

MARK = Decimal(29_500)
EVENT = BreakerEvent(T0 + 5 * HOUR, "daily_loss", "tripped", 5.2, 5.0, "5.2 % lost today")
BREAKER = BreakerState("daily_loss", True, T0 + 5 * HOUR, T0 + 24 * HOUR, 5.2, "5.2 % lost today")


def batch(run_id: str = "run-a", **changes: Any) -> Batch:
    whole = Batch(
        run_id,
        decisions=(decision(), refusal()),
        orders=(ORDER,),
        fills=(FILL,),
        trades=(TRADE,),
        equity=(POINT, replace(POINT, at=T0 + 5 * HOUR)),
        breaker_events=(EVENT,),
        positions=(POSITION,),
        marks={"XBTUSDTM": MARK},
        breakers=(BREAKER,),
    )
    return replace(whole, **changes)
