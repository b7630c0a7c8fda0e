"""The book: after pending exits, with waiting entries and what was accepted earlier in the cycle."""

import pytest

from engine.decide.book import Book, make_book
from engine.model.trading import Contract

from .builders import contract, decided, decision, gate, leaving, portfolio, position, signal, waiting

KNOWN: dict[str, Contract] = {
    symbol: contract(symbol) for symbol in ("SOLUSDTM", "AVAXUSDTM", "XBTUSDTM", "ETHUSDTM")
}


def sums(book: Book) -> tuple[int, float, float]:
    """(holdings, risk in %, margin in %)"""
    return book.count(), round(book.risk_pct, 6), round(book.margin_pct, 6)


def test_a_position_counts_with_its_risk_and_margin() -> None:
    book = make_book(portfolio(position("SOLUSDTM", quantity=35, stop_pct=6)), KNOWN, ())
    assert sums(book) == (1, 2.1, 5.0)
    assert book.group_risk_pct("alt_l1") == pytest.approx(2.1)
    assert (book.count("long"), book.count("short")) == (1, 0)


def test_a_short_counts_alike() -> None:
    book = make_book(portfolio(position("SOLUSDTM", "short", quantity=35, stop_pct=6)), KNOWN, ())
    assert sums(book) == (1, 2.1, 5.0)
    assert (book.count("long"), book.count("short")) == (0, 1)


def test_a_position_that_leaves_at_the_open_is_gone() -> None:
    held = position("SOLUSDTM")
    assert sums(make_book(portfolio(held, orders=[leaving(held)]), KNOWN, ())) == (0, 0, 0)
    assert sums(make_book(portfolio(held), KNOWN, {"SOLUSDTM"})) == (0, 0, 0)


def test_an_entry_that_waits_for_the_open_counts() -> None:
    book = make_book(portfolio(orders=[waiting("SOLUSDTM", quantity=35, stop_pct=6)]), KNOWN, ())
    assert sums(book) == (1, 2.1, 5.0)
    assert book.holdings["SOLUSDTM"].is_waiting


def test_a_reversal_that_waits_counts_once_as_what_it_will_be() -> None:
    held = position("SOLUSDTM", "short", quantity=70)
    account = portfolio(held, orders=[leaving(held), waiting("SOLUSDTM", "long", quantity=35, stop_pct=6)])
    book = make_book(account, KNOWN, ())
    assert sums(book) == (1, 2.1, 5.0)
    assert book.holdings["SOLUSDTM"].side == "long"


def test_without_equity_every_share_is_endless() -> None:
    book = make_book(portfolio(position("SOLUSDTM"), equity=0), KNOWN, ())
    assert book.risk_pct == float("inf")


def test_plus_and_without_leave_the_book_as_it_was() -> None:
    book = make_book(portfolio(position("SOLUSDTM")), KNOWN, ())
    other = make_book(portfolio(position("XBTUSDTM")), KNOWN, ()).holdings["XBTUSDTM"]
    assert sorted(book.plus(other).holdings) == ["SOLUSDTM", "XBTUSDTM"]
    assert sorted(book.without("SOLUSDTM").holdings) == []
    assert sorted(book.holdings) == ["SOLUSDTM"]


def test_entries_accepted_earlier_in_the_cycle_count_by_rank() -> None:
    """Two of 2 % fill alt_l1: the third is refused, in whatever order they came."""
    asked = [
        signal("livermore", f"{base}USDTM", confidence=confidence)
        for base, confidence in (("NEAR", 0.70), ("SOL", 0.95), ("AVAX", 0.90))
    ]
    made = decided(*asked)
    assert [(one.signal.symbol, one.code) for one in made] == [
        ("SOLUSDTM", None),
        ("AVAXUSDTM", None),
        ("NEARUSDTM", None),
    ]
    seen = [gate(one, "group").value for one in made]
    assert seen == pytest.approx([0, 1.95, 1.95 + 1.9])
    assert made[2].risk_pct == pytest.approx(4 - 1.95 - 1.9)
    assert [gate(one, "max_positions").value for one in made] == [0, 1, 2]
    assert gate(made[2], "exposure").value == pytest.approx((1.95 + 1.9) / 8 * 100 / 7)


def test_refused_entries_do_not_count() -> None:
    full = [position(f"{base}USDTM", "long", 5) for base in ("XBT", "ETH", "XRP", "DOGE")]
    made = decided(
        signal("livermore", "SOLUSDTM", "long", confidence=0.95),
        signal("livermore", "AVAXUSDTM", "short", confidence=0.90),
        account=portfolio(*full),
    )
    assert [one.code for one in made] == ["direction", None]
    assert gate(made[1], "max_positions").value == 4


def test_waiting_entries_count_for_every_limit() -> None:
    account = portfolio(orders=[waiting("AVAXUSDTM", quantity=50, stop_pct=8)])
    assert decision(signal(), account=account).code == "group"


def test_an_exit_of_this_cycle_makes_room_for_an_entry_of_this_cycle() -> None:
    bases = ("XBT", "ETH", "XRP", "DOGE")
    held = [position(f"{base}USDTM", "long", 5, strategy="livermore") for base in bases]
    crowded = decided(signal(), account=portfolio(*held))
    assert crowded[0].code == "direction"
    close = signal("livermore", "XBTUSDTM", kind="exit", rule="close < exit_low")
    made = decided(signal(), close, account=portfolio(*held))
    assert [one.action for one in made] == ["close", "enter"]


def test_a_symbol_may_be_entered_again_as_its_position_leaves() -> None:
    held = position("SOLUSDTM", "long")
    assert decision(signal(), account=portfolio(held)).code == "same_side"
    assert decision(signal(), account=portfolio(held, orders=[leaving(held)])).action == "enter"
