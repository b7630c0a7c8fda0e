"""Money is exact: no float in any field that holds some, and the books balance to the last digit."""

import decimal
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any, Final, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.execution.fills import Bar, Exit
from engine.model.account import EquityPoint, Portfolio
from engine.model.config import ContractTerms, Execution, Limits
from engine.model.signal import DIRECTION
from engine.model.trading import Contract, Fill, Order, Position, Trade
from engine.session import MONEY_DIGITS
from tests.execution.desk import BTC, ETH, EXECUTION, Desk, contract

RATIOS: Final = {
    (Trade, "pnl_pct"),
    (Trade, "r_multiple"),
    (EquityPoint, "drawdown_pct"),
    (EquityPoint, "exposure_pct"),
    (EquityPoint, "risk_pct"),
    (Limits, "max_position_pct"),
    (Limits, "max_total_risk_pct"),
    (Limits, "refuse_total_risk_from_pct"),
    (Limits, "max_total_exposure_pct"),
    (Limits, "max_group_risk_pct"),
}
"""Floats that are figures about money, never money."""


@pytest.mark.parametrize(
    "record",
    [
        Contract,
        Order,
        Fill,
        Position,
        Trade,
        Bar,
        Exit,
        Portfolio,
        EquityPoint,
        Execution,
        ContractTerms,
        Limits,
    ],
)
def test_no_field_of_money_is_a_float(record: Any) -> None:
    assert is_dataclass(record)
    types = get_type_hints(record)
    floats = {each.name for each in fields(record) if "float" in str(types[each.name])}
    assert {(record, name) for name in floats} <= RATIOS


def test_no_float_comes_in_when_the_records_are_made() -> None:
    desk = Desk()
    desk.enter()
    desk.bar("100", "101", "99")
    desk.enter(ETH)
    position = desk.position
    desk.bar("98", "99", "95")
    for record in (position, *desk.journal.orders, *desk.journal.fills, *desk.journal.trades):
        for each in fields(record):
            value = getattr(record, each.name)
            assert not isinstance(value, float) or (type(record), each.name) in RATIOS
    assert type(desk.broker.cash) is Decimal


@pytest.fixture(autouse=True)
def _digits() -> Iterator[None]:
    """As many digits as a session computes with."""
    with decimal.localcontext(prec=MONEY_DIGITS):
        yield


TICKS: Final = {BTC: Decimal("0.01"), ETH: Decimal("0.03"), "TONUSDTM": Decimal("0.00000001")}
CENTS: Final = st.integers(3_000, 30_000).map(lambda cents: Decimal(cents) / 100)


@st.composite
def bars(draw: st.DrawFn) -> Bar:
    prices = sorted(draw(st.tuples(CENTS, CENTS, CENTS)))
    return Bar(prices[1], prices[2], prices[0])


STEPS: Final = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from(sorted(TICKS)), bars()),  # symbols without a bar have a hole
        st.sampled_from(sorted(TICKS)),
        st.sampled_from(["long", "short", "leave", "reverse", "wait"]),
        st.integers(1, 10**9),
        st.integers(1, 4_000),
        st.integers(1, 4_000),
        st.integers(1, 10),
    ),
    min_size=1,
    max_size=25,
)


@given(STEPS)
def test_the_books_balance_exactly(steps: list[Any]) -> None:
    """Cash + open P&L = start + P&L of the trades + (open P&L - fees) of what is open, at every bar."""
    desk = Desk(*(contract(symbol, tick_size=tick) for symbol, tick in TICKS.items()))
    marks = dict.fromkeys(TICKS, Decimal(100))
    for number, (bars_now, symbol, wish, quantity, stop, target, leverage) in enumerate(steps):
        held = desk.broker.positions.get(symbol)
        if not any(order.symbol == symbol for order in desk.broker.orders):
            side = wish if wish in ("long", "short") else None
            if held is not None and wish in ("leave", "reverse"):
                desk.leave(symbol)
            if wish == "reverse" and held is not None:
                side = "short" if held.side == "long" else "long"
            if side is not None and (held is None or wish == "reverse"):
                desk.enter(
                    symbol,
                    side,  # type: ignore[arg-type]
                    id=f"{number}",
                    decision_id=f"{number}",
                    quantity=Decimal(quantity) / 10**8,
                    stop_distance=Decimal(stop) / 100,
                    target_distance=Decimal(target) / 100,
                    leverage=Decimal(leverage),
                )
        fills = len(desk.journal.fills)
        desk.bars(**bars_now)
        marks.update({name: (each.low + each.high) / 2 for name, each in bars_now.items()})

        open_pnl = sum(
            (each.open_pnl(marks[name]) for name, each in desk.broker.positions.items()), Decimal(0)
        )
        open_fees = sum((each.fees for each in desk.broker.positions.values()), Decimal(0))
        closed = sum((trade.pnl for trade in desk.journal.trades), Decimal(0))
        assert desk.broker.cash + open_pnl == Decimal(10_000) + closed + (open_pnl - open_fees)
        for fill in desk.journal.fills[fills:]:
            _check_fill(fill, bars_now[fill.symbol], TICKS[fill.symbol])

    paid = sum((fill.fee for fill in desk.journal.fills), Decimal(0))
    charged = sum((trade.fees for trade in desk.journal.trades), Decimal(0)) + open_fees
    assert paid == charged
    for trade in desk.journal.trades:
        assert trade.pnl == trade.gross_pnl - trade.fees - trade.funding
        moved = (trade.exit_price - trade.entry_price) * DIRECTION[trade.side]
        assert trade.gross_pnl == moved * trade.quantity


def _check_fill(fill: Fill, bar: Bar, tick: Decimal) -> None:
    """A price of the bar, on the grid; a market order worse by the slippage and less than a tick."""
    assert fill.price % tick == 0
    pct = EXECUTION.maker_fee_pct if fill.liquidity == "maker" else EXECUTION.taker_fee_pct
    assert fill.fee == (fill.price * fill.quantity * pct / 100).quantize(Decimal("1E-12"))
    is_buy = (fill.side == "long") == (fill.purpose == "entry")
    if fill.liquidity == "maker":
        # A limit order is never filled at worse than its level, and its level lies in the bar.
        assert fill.reason == "target"
        assert bar.low <= fill.price <= bar.high or fill.price == bar.open
        return
    slip = EXECUTION.slippage_pct / 100
    if fill.purpose == "entry" or fill.reason == "exit_rule":
        least, most = bar.open, bar.open
    else:
        least, most = bar.low, bar.high
    if is_buy:
        assert least * (1 + slip) <= fill.price < most * (1 + slip) + tick
    else:
        assert least * (1 - slip) - tick < fill.price <= most * (1 - slip)
