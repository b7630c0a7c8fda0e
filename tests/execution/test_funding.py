"""Funding: a long pays a positive rate, a short receives it; at its hour, by who is open then.

The sessions hold 22.5 coins of 100 and nothing else costs anything: 0.01 % of 2,250 is 0.225.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Final

import pytest

from engine.market.funding import Funding, Recorded
from engine.model.signal import Side
from engine.model.timeframe import HOUR_MS
from tests.execution.desk import BTC, Desk
from tests.execution.scripted import Script, enters, session

EVERY_8: Final = Funding(8, Decimal("0.01"))


@pytest.mark.parametrize(
    ("side", "rate", "payment"),
    [
        ("long", "0.01", "0.022"),  # 2 x 110 x 0.01 %
        ("short", "0.01", "-0.022"),
        ("long", "-0.03", "-0.066"),
        ("short", "-0.03", "0.066"),
        ("long", "0", "0"),
    ],
)
def test_who_pays(side: Side, rate: str, payment: str) -> None:
    desk = Desk()
    desk.enter(side=side, stop_distance=Decimal(50), target_distance=Decimal(90))
    desk.bar("100", "101", "99")
    before = desk.broker.cash
    desk.broker.fund(BTC, Decimal(rate), Decimal(110))
    assert desk.broker.cash == before - Decimal(payment)
    assert desk.position.funding == Decimal(payment)


def test_funding_is_in_the_trade() -> None:
    desk = Desk()
    desk.enter()
    desk.bar("100", "101", "99")
    desk.broker.fund(BTC, Decimal("0.01"), Decimal(100))  # pays 0.02
    desk.broker.fund(BTC, Decimal("-0.04"), Decimal(105))  # receives 0.084
    desk.bar("105", "111", "104")
    trade = desk.trade
    assert trade.funding == Decimal("-0.064")
    assert trade.gross_pnl == Decimal("20.00")
    assert trade.pnl == Decimal("19.89992")  # 20 - 0.16408 + 0.064
    assert trade.r_multiple == pytest.approx(19.89992 / 8, rel=1e-15)
    assert trade.pnl_pct == pytest.approx(1989.992 / 200.10, rel=1e-15)
    assert desk.broker.cash == Decimal("10019.89992")


def test_funding_is_rounded_to_12_digits_half_to_even() -> None:
    desk = Desk()
    desk.enter(quantity=Decimal("0.001"))
    desk.bar("100", "101", "99")
    desk.broker.fund(BTC, Decimal("0.000000025"), Decimal(100))  # 0.1 x 2.5E-10 = 2.5E-11
    assert desk.position.funding == Decimal("2.5E-11")
    desk.broker.fund(BTC, Decimal("0.0000000005"), Decimal(100))  # 5E-13 is half a step: 0
    assert desk.position.funding == Decimal("2.5E-11")


def test_what_is_left_of_a_position_pays() -> None:
    desk = Desk(max_volume_share_pct=Decimal(10))
    desk.enter()
    desk.bar("100", "101", "99", "20")
    desk.broker.fund(BTC, Decimal("0.01"), Decimal(100))  # two coins: 0.02
    desk.bar("105", "110.05", "104", "5")  # half a coin at the target
    desk.broker.fund(BTC, Decimal("0.01"), Decimal(100))  # one and a half: 0.015
    desk.bar("105", "110.05", "104", "100")
    assert desk.trade.funding == Decimal("0.035")


def test_all_units_pay() -> None:
    desk = Desk()
    desk.enter()
    desk.bar("100", "101", "99")
    desk.add(quantity=Decimal(1))
    desk.bar("101", "102", "100")
    desk.broker.fund(BTC, Decimal("0.01"), Decimal(100))
    assert desk.position.funding == Decimal("0.03")


def paid(script: Script, hours: range | list[int], funding: Funding = EVERY_8, **more: object) -> str:
    """The funding of the position, or of the one trade."""
    _, broker, batches = session(script, list(hours), funding, **more)  # type: ignore[arg-type]
    trades = [trade for batch in batches for trade in batch.trades]
    (held,) = [*broker.positions.values(), *trades]
    assert broker.cash == Decimal(10_000) - held.funding + sum(trade.gross_pnl for trade in trades)
    return f"{held.funding:f}".rstrip("0").rstrip(".") or "0"


def test_a_position_pays_every_8_hours() -> None:
    """Bought at 02:00; 08:00, 16:00 and 24:00 are the ends of the bars of 7, 15 and 23."""
    script = Script(enters(1))
    assert paid(script, range(7)) == "0"
    assert paid(script, range(8)) == "0.225"
    assert paid(script, range(15)) == "0.225"
    assert paid(script, range(24)) == "0.675"
    assert paid(Script(enters(1, side="short")), range(24)) == "-0.675"


def test_the_mark_is_the_close_of_its_hour() -> None:
    """22.5 x 104 x 0.01 %."""
    assert paid(Script(enters(1)), range(10), prices={7: (100.0, 105.0, 99.0, 104.0)}) == "0.234"


def test_a_position_that_is_opened_then_does_not_pay_for_it() -> None:
    assert paid(Script(enters(7)), range(9)) == "0"  # bought at 08:00
    assert paid(Script(enters(6)), range(9)) == "0.225"  # at 07:00
    assert paid(Script(enters(7)), range(17)) == "0.225"  # for 16:00


def test_a_position_that_leaves_at_that_open_has_paid() -> None:
    assert paid(Script(enters(1), exits={7}), range(10)) == "0.225"
    assert paid(Script(enters(1), exits={6}), range(10)) == "0"  # sold at 07:00


def test_a_position_that_is_stopped_before_does_not_pay() -> None:
    assert paid(Script(enters(1)), range(10), prices={7: (100.0, 100.0, 90.0, 95.0)}) == "0"


def test_equity_is_after_funding() -> None:
    made, broker, batches = session(Script(enters(1)), list(range(8)), EVERY_8)
    assert made.state.equity == broker.cash == Decimal("9999.775")
    assert batches[-1].equity[-1].equity == Decimal("9999.775")
    assert batches[-1].equity[-2].equity == Decimal(10_000)


def test_recorded_payments_have_their_own_times() -> None:
    """0.02 % at 05:00 and -0.01 % at 09:30; the constant rate is due outside of them, at 16:00."""
    times = (5 * HOUR_MS, 9 * HOUR_MS + HOUR_MS // 2)
    record = Recorded(times, (Decimal("0.02"), Decimal("-0.01")))
    funding = replace(EVERY_8, recorded={BTC: record})
    script = Script(enters(1))
    assert paid(script, range(5), funding) == "0.45"
    assert paid(script, range(9), funding) == "0.45"  # 08:00 is not in the records
    assert paid(script, range(10), funding) == "0.225"
    assert paid(script, range(16), funding) == "0.45"
    assert paid(Script(enters(4)), range(9), funding) == "0"  # bought at 05:00


def test_over_a_hole_of_the_symbol_the_last_mark_counts() -> None:
    """No bar of it from 6 to 9; the feed goes on with ETH, and its hour is paid at 08:00."""
    hours = [*range(6), 10, 11]
    prices = {5: (100.0, 104.0, 100.0, 104.0), 10: (102.0, 102.0, 102.0, 102.0)}
    assert paid(Script(enters(1)), hours, prices=prices, others=range(12)) == "0.234"


def test_over_a_hole_of_the_feed_every_hour_in_it_is_paid() -> None:
    """No bar of anything from 6 to 17: 08:00 and 16:00 at the last mark before, 104."""
    hours = [*range(6), 18, 19]
    prices = {5: (100.0, 104.0, 100.0, 104.0), 18: (102.0, 102.0, 102.0, 102.0)}
    assert paid(Script(enters(1)), hours, prices=prices) == "0.468"


def test_a_stop_at_the_first_open_after_a_hole_does_not_spare_the_funding_in_it() -> None:
    hours = [*range(6), 18, 19]
    assert paid(Script(enters(1)), hours, prices={18: (90.0, 91.0, 89.0, 90.0)}) == "0.45"


def test_a_position_that_is_opened_after_a_hole_does_not_pay_for_it() -> None:
    assert paid(Script(enters(5)), [*range(6), 18, 19]) == "0"
    assert paid(Script(enters(5)), [*range(6), 16, 17]) == "0"  # opened at 16:00
