"""Small runs made by hand: four days of 12h bars from 2021-12-30, two strategies, three closed trades."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from engine.model.account import BreakerEvent, BreakerState, EquityPoint, Performance
from engine.model.decision import Decision, Gate
from engine.model.signal import Side, Signal
from engine.model.timeframe import HOUR_MS
from engine.model.trading import Fill, Position, Trade
from engine.research.result import Records, Result

BAR_MS: Final = 12 * HOUR_MS


def at(text: str) -> int:
    """UTC ms of an ISO date or time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


START: Final = at("2021-12-30")


def point(bar: int, equity: str, positions: int = 0, cash: str | None = None) -> EquityPoint:
    """The account at the close of the bar that opens `bar` bars after the start."""
    money = Decimal(equity)
    held = Decimal(cash or equity)
    return EquityPoint(
        START + bar * BAR_MS,
        money,
        held,
        money - held,
        money,
        0.0,
        4.0 * positions,
        2.0 * positions,
        positions,
    )


def points(*equities: str) -> list[EquityPoint]:
    """One point a bar, without positions."""
    return [point(bar, equity) for bar, equity in enumerate(equities)]


def trade(pnl: str, r: float = 1.0, **changes: Any) -> Trade:
    """A closed trade of one coin, of turtle, long, with 2 of fees."""
    made = Trade(
        id="t",
        decision_id="d",
        strategy_id="turtle",
        symbol="BTCUSDT",
        side="long",
        quantity=Decimal(1),
        entry_price=Decimal(100),
        exit_price=Decimal(100) + Decimal(pnl) + 2,
        opened_at=START,
        closed_at=START + BAR_MS,
        gross_pnl=Decimal(pnl) + 2,
        fees=Decimal(2),
        funding=Decimal(0),
        pnl=Decimal(pnl),
        pnl_pct=float(pnl),
        r_multiple=r,
        exit_reason="target",
    )
    return replace(made, **changes)


def decision(
    id: str,
    strategy: str,
    side: Side,
    bar: int,
    action: str = "enter",
    code: str | None = None,
    **changes: Any,
) -> Decision:
    """A decision at the close of a bar; refused where it has a code."""
    moment = START + bar * BAR_MS
    signal = Signal(strategy, "BTCUSDT", side, moment, moment, 100.0, 0.6, 8.0, 20.0)
    made = Decision(id, "c0ffee", moment, signal, "refused" if code else action, 0.6, code=code)  # type: ignore[arg-type]
    return replace(made, **changes)


def fill(decision_id: str, strategy: str, side: Side, purpose: str, price: str, fee: str = "1") -> Fill:
    """A fill of one coin."""
    made = Fill(
        f"{decision_id}-{purpose}",
        "o",
        decision_id,
        strategy,
        "BTCUSDT",
        side,
        "entry",
        Decimal(1),
        Decimal(price),
        Decimal(fee),
        "taker",
        START,
    )
    return replace(made, purpose=purpose)


def position(**changes: Any) -> Position:
    """An open short of turtle in ETHUSDT: 2 at 50, marked in `run` at 45, 0.5 of fees paid."""
    made = Position(
        id="d5",
        decision_id="d5",
        strategy_id="turtle",
        symbol="ETHUSDT",
        side="short",
        quantity=Decimal(2),
        cost=Decimal(100),
        stop=Decimal(54),
        target=Decimal(40),
        liquidation=Decimal(57),
        leverage=Decimal(7),
        fees=Decimal("0.5"),
        initial_risk=Decimal(8),
        opened_at=START + 6 * BAR_MS,
    )
    return replace(made, **changes)


def run(**changes: Any) -> Result:
    """The whole run: 1000 at the start; +10, -5, -4 closed; 10 open, less 0.5 of fees: 1010.5."""
    second_chance = Gate("second_chance", 0.56, 0.55, True)
    records = Records(
        decisions=[
            decision("d1", "turtle", "long", 0),
            decision("d2", "zweig", "long", 0, "merged", entry_id="d1"),
            decision("d3", "turtle", "long", 1, rescued=True, gates=(second_chance,)),
            decision("x1", "turtle", "long", 2, "close"),
            decision("r1", "zweig", "short", 3, code="breaker", value="daily_loss", limit="none"),
            # Its bar opens in 2021 and closes with the year: the day of a bar is that of its close - 1 ms.
            decision("d4", "zweig", "short", 3),
            decision("r2", "zweig", "long", 4, code="confidence", value=0.4, limit=0.55),
            decision("r3", "turtle", "short", 5, code="breaker", rescued=True, gates=(second_chance,)),
            decision("d5", "turtle", "short", 5),
            decision("d6", "turtle", "long", 7),
        ],
        fills=[
            fill("d1", "turtle", "long", "entry", "100"),
            fill("d1", "turtle", "long", "exit", "112"),
            fill("d3", "turtle", "long", "entry", "100"),
            fill("d3", "turtle", "long", "exit", "97"),
            fill("d4", "zweig", "short", "entry", "100"),
            fill("d4", "zweig", "short", "exit", "102"),
            fill("d5", "turtle", "short", "entry", "100", "0.5"),
        ],
        trades=[
            trade("10", 2.0, id="d1", decision_id="d1", closed_at=START + BAR_MS),
            trade("-5", -1.0, id="d3", decision_id="d3", closed_at=START + 3 * BAR_MS, exit_reason="stop"),
            trade(
                "-4",
                -0.5,
                id="d4",
                decision_id="d4",
                strategy_id="zweig",
                side="short",
                closed_at=START + 5 * BAR_MS,
                exit_reason="stop",
            ),
        ],
        equity=[
            point(0, "1000"),
            point(1, "1010"),
            point(2, "1012", 1, "1009"),
            point(3, "1005"),
            point(4, "1003", 1, "1004"),
            point(5, "1001"),
            point(6, "1003", 1, "1000.5"),
            point(7, "1010.5", 1, "1000.5"),
        ],
        breaker_events=[
            BreakerEvent(START + 3 * BAR_MS, "daily_loss", "tripped", 5.1, 5.0, "5.10 reached 5.00"),
            BreakerEvent(START + 4 * BAR_MS, "daily_loss", "reset", 0.2, 5.0, "cooldown_or_next_day"),
        ],
    )
    made = Result(
        run_id="backtest-1",
        source="12h candle files in candles",
        simulated=False,
        timeframe="12h",
        symbols=("BTCUSDT", "ETHUSDT"),
        strategies=("turtle", "zweig"),
        config_hash="c0ffee",
        data_hash="da7a",
        seed=7,
        from_ms=START,
        to_ms=START + 7 * BAR_MS,
        bars=8,
        starting_equity=Decimal(1000),
        final_equity=Decimal("1010.5"),
        records=records,
        positions={"ETHUSDT": position()},
        marks={"BTCUSDT": Decimal(99), "ETHUSDT": Decimal(45)},
        breakers={"daily_loss": BreakerState("daily_loss"), "max_drawdown": BreakerState("max_drawdown")},
        performances={
            "turtle": Performance(
                "turtle", 2, 1, 0.5, 5.0, 2.5, 0.5, multiplier=0.7, multiplier_rule="losing"
            ),
            "zweig": Performance("zweig"),
        },
        pending_counterfactuals=0,
    )
    return replace(made, **changes)


def untouched(equities: Iterable[EquityPoint] = ()) -> Result:
    """A run in which nothing happened."""
    return run(
        records=Records(equity=list(equities)),
        positions={},
        marks={},
        breakers={},
        performances={},
        final_equity=Decimal(1000),
    )
