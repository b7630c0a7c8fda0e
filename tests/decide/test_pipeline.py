"""decide() as a whole: the order of checks, one decision a signal, purity, and no limit ever broken."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.decide.book import make_book
from engine.decide.pipeline import decide
from engine.model.account import Facts, Portfolio
from engine.model.decision import REFUSAL_CODES, Decision
from engine.model.signal import OPPOSITE, Signal
from engine.model.timeframe import HOUR_MS
from engine.model.trading import Position

from .builders import (
    AT,
    NOW,
    breakers_at,
    contract,
    decided,
    decision,
    facts,
    policy,
    portfolio,
    position,
    record,
    shipped,
    signal,
)

ORDER: Final = (
    *("blacklist", "stale", "bad_levels", "stop_too_tight", "conflict", "consensus", "confidence", "rank"),
    *("cooldown", "breaker", "multiplier_zero", "kelly_zero", "same_side", "max_positions", "direction"),
    *("total_risk", "group", "exposure", "size", "minimum"),
)
"""Every check, in the order in which a signal meets them."""


@dataclass
class Trouble:
    """A desk at which the signal in SOL fails whatever was added."""

    signal: dict[str, Any] = field(default_factory=dict)
    others: list[Signal] = field(default_factory=list)
    rules: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    record: dict[str, float] = field(default_factory=dict)
    contract: dict[str, Any] = field(default_factory=dict)
    peak: float = 10_000


def _conflict(at: Trouble) -> None:
    at.others += [signal(name, side="short", confidence=0.9) for name in ("weinstein", "livermore")]


def _rank(at: Trouble) -> None:
    at.rules["aggregation.max_signals_per_cycle"] = 1
    at.others.append(signal("weinstein", "FILUSDTM", confidence=0.95))


def _blacklist(at: Trouble) -> None:
    at.rules["aggregation.blacklist"] = '["SOL"]'


def _cooldown(at: Trouble) -> None:
    at.rules["aggregation.cooldown_minutes"] = 60
    at.facts["last_entry_at"] = {"SOLUSDTM": NOW - HOUR_MS // 2}


def _size(at: Trouble) -> None:
    at.rules["risk.sizing.factors.1.otherwise"] = 0.0
    at.facts["volatility"] = {"SOLUSDTM": 9.0}


def _minimum(at: Trouble) -> None:
    at.contract["lot_size"] = Decimal(1_000_000)


TROUBLES: Final[Mapping[str, Callable[[Trouble], Any]]] = {
    "blacklist": _blacklist,
    "stale": lambda at: at.signal.update(at=AT - 5 * HOUR_MS),
    "bad_levels": lambda at: at.signal.update(stop=101.0),
    "stop_too_tight": lambda at: at.signal.update(stop_distance=0.1),
    "conflict": _conflict,
    "consensus": lambda at: at.rules.update({"aggregation.min_consensus": 2}),
    "confidence": lambda at: at.signal.update(confidence=0.40),
    "rank": _rank,
    "cooldown": _cooldown,
    "breaker": lambda at: at.facts.update(breakers=breakers_at(8_000)),
    "multiplier_zero": lambda at: at.record.update(multiplier=0.0),
    "kelly_zero": lambda at: at.record.update(kelly_pct=-1.0),
    "size": _size,
    "minimum": _minimum,
}

LAST_TWO: Final = [
    position("AVAXUSDTM", quantity=70, stop_pct=3),
    position("NEARUSDTM", quantity=70, stop_pct=3),
]
BOOKS: Final[Mapping[str, list[Position]]] = {
    # Long SOL already; five positions; four longs; 9 % risk; 4.5 % of it in the group of SOL; 20 % margin.
    "same_side": [
        position("SOLUSDTM", quantity=30, stop_pct=8),
        *(position(f"{base}USDTM", quantity=30, stop_pct=8) for base in ("AVAX", "XBT", "ETH", "BNB")),
    ],
    "max_positions": [
        *(position(f"{base}USDTM", quantity=30, stop_pct=8) for base in ("AVAX", "NEAR", "XBT", "ETH")),
        position("BNBUSDTM", "short", 30, 8),
    ],
    "direction": [
        position(f"{base}USDTM", quantity=35, stop_pct=7) for base in ("AVAX", "NEAR", "XBT", "ETH")
    ],
    "total_risk": [*LAST_TWO, position("XBTUSDTM", "short", 60, 8)],
    "group": LAST_TWO,
    "exposure": [position("XBTUSDTM", quantity=140, stop_pct=1)],
}
"""The book on which the named check fails and all later ones of the book too, but none before it."""


def failing_from(code: str) -> Decision:
    """The decision where the named check and all after it would refuse."""
    failing = ORDER[ORDER.index(code) :]
    at = Trouble()
    for name in failing:
        if name in TROUBLES:
            TROUBLES[name](at)
    book = next((BOOKS[name] for name in failing if name in BOOKS), [])
    known = facts(
        record(**at.record), contracts={"SOLUSDTM": replace(contract("SOLUSDTM"), **at.contract)}, **at.facts
    )
    return decision(
        signal(**at.signal),
        *at.others,
        account=portfolio(*book, peak=at.peak),
        known=known,
        rules=policy(*at.rules.items()),
    )


def test_the_order_names_every_code() -> None:
    assert sorted(ORDER) == sorted(REFUSAL_CODES)


@pytest.mark.parametrize("code", ORDER)
def test_the_first_check_that_fails_refuses(code: str) -> None:
    """Every later check fails too; so each pair of neighbours is told apart."""
    assert failing_from(code).code == code


@pytest.mark.parametrize("code", ORDER[ORDER.index("breaker") :])
def test_gates_before_the_refusal_are_recorded_as_passed(code: str) -> None:
    *before, last = failing_from(code).gates
    assert (last.name, last.passed) == (code, False)
    assert all(gate.passed for gate in before)
    expected = ORDER[ORDER.index("breaker") : ORDER.index(code)]
    assert tuple(gate.name for gate in before if gate.name in expected and not gate.cut) == expected


def test_an_accepted_entry_records_every_gate_of_risk() -> None:
    names = [gate.name for gate in decision(signal()).gates]
    assert names == ["consensus", "confidence", *ORDER[ORDER.index("breaker") :]]


def test_closes_come_first_then_entries_by_rank_then_the_rest() -> None:
    held = position("XBTUSDTM", strategy="livermore")
    made = decided(
        signal(symbol="DOGEUSDTM", confidence=0.40),
        signal(symbol="ETHUSDTM", confidence=0.70),
        signal(symbol="SOLUSDTM", confidence=0.90),
        signal(symbol="XBTUSDTM", kind="exit", rule="close < exit_low"),
        account=portfolio(held),
    )
    assert [(one.signal.symbol, one.action, one.rank) for one in made] == [
        ("XBTUSDTM", "close", None),
        ("SOLUSDTM", "enter", 1),
        ("ETHUSDTM", "enter", 2),
        ("DOGEUSDTM", "refused", None),
    ]


def test_decisions_name_configuration_and_close() -> None:
    made = decision(signal())
    assert (made.config_hash, made.at) == (shipped().hash, AT)
    other = decision(signal(), rules=policy(("risk.limits.max_positions", 6)))
    assert made.id == decision(signal()).id != other.id


SYMBOLS: Final = ("SOLUSDTM", "AVAXUSDTM", "NEARUSDTM", "XBTUSDTM", "ETHUSDTM", "LTCUSDTM", "DOGEUSDTM")
STRATEGIES: Final = ("livermore", "trend-following", "zweig", "weinstein", "not-in-the-yaml")
sides = st.sampled_from(("long", "short"))


@st.composite
def signals(draw: st.DrawFn) -> list[Signal]:
    """At most one signal of a strategy in a symbol, as the strategies give them."""
    pairs = draw(
        st.lists(
            st.tuples(st.sampled_from(STRATEGIES), st.sampled_from(SYMBOLS)),
            unique=True,
            min_size=1,
            max_size=14,
        )
    )
    return [
        signal(
            strategy,
            symbol,
            draw(sides),
            confidence=draw(st.integers(40, 95)) / 100,
            stop_pct=draw(st.sampled_from((0.2, 0.5, 2.0, 3.7, 8.0))),
            price=draw(st.sampled_from((0.0712, 1.0, 100.0, 43_250.5))),
            facts={"strength": draw(st.sampled_from((20.0, 36.0, 41.0)))},
        )
        for strategy, symbol in pairs
    ]


@st.composite
def accounts(draw: st.DrawFn) -> Portfolio:
    """A book within its limits, at or under its peak."""
    held = draw(st.lists(st.sampled_from(SYMBOLS), unique=True, max_size=4))
    positions = [
        position(symbol, draw(sides), draw(st.sampled_from((5, 12.5, 25))), draw(st.sampled_from((1, 4, 8))))
        for symbol in held
    ]
    equity = draw(st.sampled_from((60, 9_000, 10_000)))
    return portfolio(*(positions if equity > 60 else ()), equity=equity, peak=10_000)


@st.composite
def known(draw: st.DrawFn) -> Facts:
    """Records of the strategies, volatilities, and contracts of several grains."""
    records = {}
    for name in STRATEGIES:
        multiplier = draw(st.sampled_from((0.0, 0.5, 1.0, 2.0)))
        kelly = draw(st.sampled_from((None, None, -0.5, 0.7, 2.0)))
        records |= record(name, trades=20, win_rate=0.4, multiplier=multiplier, kelly_pct=kelly)
    volatility = {symbol: draw(st.sampled_from((1.0, 4.0, 9.0, float("nan")))) for symbol in SYMBOLS}
    grains = {
        symbol: replace(
            contract(symbol),
            lot_size=draw(st.sampled_from((Decimal("0.001"), Decimal("1E-8"), Decimal(1)))),
            max_leverage=draw(st.sampled_from((Decimal(3), Decimal(20)))),
        )
        for symbol in SYMBOLS
    }
    return facts(records, breakers_at(draw(st.sampled_from((8_400, 10_000)))), volatility, grains)


@given(signals(), accounts(), known(), st.integers(0, 2**32))
def test_the_order_of_signals_does_not_matter(
    asked: list[Signal], account: Portfolio, told: Facts, shuffle: int
) -> None:
    mixed = asked[:]
    Random(shuffle).shuffle(mixed)
    assert decide(asked, account, told, policy(), NOW) == decide(mixed, account, told, policy(), NOW)


def test_signals_that_differ_in_nothing_but_their_levels_keep_their_order() -> None:
    posted = [signal(confidence=0.8, stop_pct=stop) for stop in (4.0, 8.0)]
    assert decided(*posted) == decided(*reversed(posted))


@given(signals(), accounts(), known())
def test_the_same_input_gives_the_same_output_and_stays_as_it_was(
    asked: list[Signal], account: Portfolio, told: Facts
) -> None:
    before = (list(asked), repr(account), repr(told))
    first = decide(asked, account, told, policy(), NOW)
    assert decide(asked, account, told, policy(), NOW) == first
    assert (list(asked), repr(account), repr(told)) == before


@given(signals(), accounts(), known())
def test_one_decision_a_signal_with_a_code_where_it_was_refused(
    asked: list[Signal], account: Portfolio, told: Facts
) -> None:
    made = decide(asked, account, told, policy(), NOW)
    assert sorted(map(id, (one.signal for one in made))) == sorted(map(id, asked))
    assert len({one.id for one in made}) == len(made)
    for one in made:
        assert (one.code is not None) == (one.action == "refused")
        assert one.code is None or one.code in REFUSAL_CODES
        assert (one.quantity is not None and one.quantity > 0) == (one.action == "enter")
        assert (one.rank is not None) >= (one.action == "enter")
        assert (one.entry_id is not None) >= (one.action == "merged")


@given(signals(), accounts(), known())
def test_no_limit_is_ever_exceeded(asked: list[Signal], account: Portfolio, told: Facts) -> None:
    limits = shipped().risk.limits
    book = make_book(account, told.contracts, ())
    equity = float(account.equity)
    worst = 1e-9
    entries = [one for one in decide(asked, account, told, policy(), NOW) if one.action == "enter"]
    risk, margin = book.risk_pct, book.margin_pct
    for one in entries:
        assert one.quantity is not None
        assert one.leverage is not None
        assert one.risk_pct is not None
        held = book.holdings.get(one.signal.symbol)
        assert held is None or held.side == OPPOSITE[one.signal.side]
        assert one.risk_pct <= limits.max_position_pct + worst
        assert one.quantity % told.contracts[one.signal.symbol].lot_size == 0
        assert one.quantity * Decimal(repr(one.signal.price)) >= limits.min_order_value
        if held is not None:
            risk, margin = risk - held.risk_pct, margin - held.margin_pct
        risk += one.risk_pct
        margin += 100 * float(one.quantity / one.leverage) * one.signal.price / equity
    rest = [
        held for held in book.holdings.values() if held.symbol not in {one.signal.symbol for one in entries}
    ]
    if entries:
        assert risk <= limits.max_total_risk_pct + worst
        assert margin <= limits.max_total_exposure_pct + worst
        assert len(rest) + len(entries) <= limits.max_positions
    for side in {one.signal.side for one in entries}:
        same = [held for held in rest if held.side == side]
        assert len(same) + sum(one.signal.side == side for one in entries) <= limits.max_same_direction
    for group in {contract(one.signal.symbol).group for one in entries}:
        inside = sum(held.risk_pct for held in rest if held.group == group)
        added = sum(one.risk_pct or 0 for one in entries if contract(one.signal.symbol).group == group)
        assert inside + added <= limits.max_group_risk_pct + worst
