"""Aggregation: votes, the entry of a symbol, the adjusted confidence, ranks; on the shipped numbers."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model.decision import Decision
from engine.model.signal import Signal

from .builders import added, decided, decision, facts, gate, policy, record, shipped, signal

FIXED = (
    *("trend-following", "mean-reversion", "turtle", "weinstein", "livermore", "bts-lynch", "zweig"),
    "rsi-divergence",
)


def voted(raw: float, agreeing: int, dissenting: int) -> Decision:
    """The decision on a long that is the most confident of its side, in dispute."""
    names = iter([name for name in FIXED if name != "zweig"])
    same = [signal(next(names), confidence=raw - 0.01) for _ in range(agreeing)]
    against = [signal(next(names), side="short", confidence=0.10) for _ in range(dissenting)]
    return decision(signal("zweig", confidence=raw), *same, *against)


def entry(made: list[Decision]) -> Decision:
    [one] = [one for one in made if one.action == "enter"]
    return one


def test_alone_a_signal_keeps_its_confidence() -> None:
    assert decision(signal(confidence=0.80)).confidence == 0.80


@pytest.mark.parametrize(
    ("raw", "agreeing", "dissenting", "adjusted"),
    [
        (0.60, 1, 0, 0.65),
        (0.60, 2, 0, 0.70),
        (0.60, 5, 0, 0.85),
        (0.80, 0, 1, 0.70),
        (0.80, 1, 1, 0.75),
        (0.80, 2, 3, 0.60),
    ],
)
def test_agreeing_adds_5_points_and_dissenting_takes_10(
    raw: float, agreeing: int, dissenting: int, adjusted: float
) -> None:
    made = voted(raw, agreeing, dissenting)
    assert made.confidence == adjusted
    assert (made.consensus, made.dissent) == (agreeing + 1, dissenting)
    assert added(made, "raw") == raw
    assert added(made, "agreement") == pytest.approx(0.05 * agreeing)
    assert added(made, "dissent") == pytest.approx(-0.10 * dissenting)


@pytest.mark.parametrize(
    ("trades", "score", "addition"),
    [(9, 0.9, 0.0), (10, 0.9, 0.04), (10, 0.5, 0.0), (10, 0.0, -0.05), (200, 1.2, 0.07)],
)
def test_a_record_of_10_trades_counts_a_tenth_of_its_score_beyond_one_half(
    trades: int, score: float, addition: float
) -> None:
    made = decision(signal(confidence=0.80), known=facts(record(trades=trades, score=score)))
    assert made.confidence == pytest.approx(0.80 + addition)
    assert added(made, "record") == pytest.approx(addition)


def test_adjusted_confidence_is_kept_between_10_and_95_points() -> None:
    assert voted(0.95, 3, 0).confidence == 0.95
    least = decision(signal("zweig", confidence=0.12), signal("turtle", side="short", confidence=0.11))
    assert (least.value, least.code) == (0.10, "confidence")


@pytest.mark.parametrize(
    ("raw", "agreeing", "dissenting"),
    [(0.55, 0, 0), (0.60, 1, 1), (0.65, 0, 1), (0.70, 1, 2), (0.70, 3, 3), (0.75, 2, 3), (0.50, 1, 0)],
)
def test_a_sum_of_55_hundredths_reaches_55_hundredths(raw: float, agreeing: int, dissenting: int) -> None:
    """In binary 0.60 + 0.05 - 0.10 is less than 0.55: the threshold is on what was declared."""
    made = voted(raw, agreeing, dissenting)
    assert (made.action, made.rescued, made.confidence) == ("enter", False, 0.55)
    confidence = gate(made, "confidence")
    assert (confidence.value, confidence.limit, confidence.passed) == (0.55, 0.55, True)


def test_the_threshold_is_on_the_adjusted_confidence() -> None:
    assert voted(0.60, 0, 1).code == "confidence"
    assert voted(0.51, 1, 0).code is None


def test_more_strategies_win_over_more_confidence() -> None:
    lone = signal("turtle", side="short", confidence=0.95)
    pair = [signal("weinstein", confidence=0.6), signal("livermore", confidence=0.7)]
    made = decided(lone, *pair)
    won = entry(made)
    assert (won.signal.strategy_id, won.consensus, won.dissent) == ("livermore", 2, 1)
    lost = next(one for one in made if one.signal is lone)
    assert (lost.code, lost.value, lost.limit, lost.entry_id) == ("conflict", 1, 2, won.id)
    merged = next(one for one in made if one.signal is pair[0])
    assert (merged.action, merged.entry_id, merged.code) == ("merged", won.id, None)


def test_it_is_strategies_that_vote_not_signals() -> None:
    twice = [signal("turtle", confidence=0.6, stop_pct=pct) for pct in (4.0, 8.0)]
    made = decided(*twice, signal("weinstein", side="short", confidence=0.9))
    assert entry(made).signal.side == "short"


def test_a_tie_goes_to_the_most_confident() -> None:
    made = decided(signal("turtle", confidence=0.70), signal("weinstein", side="short", confidence=0.71))
    assert entry(made).signal.side == "short"


def test_a_tie_of_confidence_goes_by_the_fixed_order() -> None:
    for first, second in pairwise(FIXED):
        pair = (
            signal(second, side="long", confidence=0.80),
            signal(first, side="short", confidence=0.80),
        )
        assert entry(decided(*pair)).signal.strategy_id == first


def test_the_fixed_order_is_the_declared_one_and_strangers_follow_by_name() -> None:
    assert shipped().aggregation.order == FIXED
    assert tuple(policy().order) == FIXED
    pair = (signal("zz", "SOLUSDTM"), signal("aa", "XBTUSDTM"), signal("rsi-divergence", "ETHUSDTM"))
    ranked = [one.signal.strategy_id for one in decided(*pair)]
    assert ranked == ["rsi-divergence", "aa", "zz"]


def test_dust_of_binary_fractions_breaks_no_tie() -> None:
    """0.1 + 0.2 + 0.3 and 0.3 + 0.2 + 0.1 differ in their last bit."""
    pair = (signal("turtle", confidence=0.1 + 0.2 + 0.3), signal("weinstein", confidence=0.3 + 0.2 + 0.1))
    assert pair[0].confidence != pair[1].confidence
    assert entry(decided(*pair)).signal.strategy_id == "turtle"
    swapped = (signal("turtle", confidence=0.3 + 0.2 + 0.1), signal("weinstein", confidence=0.1 + 0.2 + 0.3))
    assert entry(decided(*swapped)).signal.strategy_id == "turtle"


def test_screened_signals_do_not_vote() -> None:
    stale = signal("weinstein", side="short", at=0)
    assert entry(decided(signal(confidence=0.80), stale)).dissent == 0


def test_rank_goes_by_adjusted_confidence_then_strategy_then_symbol() -> None:
    made = decided(
        signal("weinstein", "XBTUSDTM", confidence=0.80),
        signal("turtle", "ETHUSDTM", confidence=0.80),
        signal("turtle", "DOGEUSDTM", confidence=0.80),
        signal("zweig", "SOLUSDTM", "short", confidence=0.78),
        signal("livermore", "SOLUSDTM", "short", confidence=0.60),
    )
    ranked = [(one.rank, one.signal.symbol) for one in made if one.action == "enter"]
    # 0.78 + 0.05 goes before 0.80.
    assert ranked == [(1, "SOLUSDTM"), (2, "DOGEUSDTM"), (3, "ETHUSDTM"), (4, "XBTUSDTM")]


def test_shipped_cycles_have_99_places_and_symbols_no_cooldown() -> None:
    rules = shipped().aggregation
    assert (rules.max_signals_per_cycle, rules.cooldown_minutes, rules.min_consensus) == (99, 0, 1)


@st.composite
def disputes(draw: st.DrawFn) -> list[Signal]:
    """Signals of several strategies in one symbol."""
    names = draw(st.lists(st.sampled_from(FIXED), unique=True, min_size=1, max_size=8))
    side = st.sampled_from(("long", "short"))
    return [signal(name, side=draw(side), confidence=draw(st.integers(10, 95)) / 100) for name in names]


@given(disputes())
def test_a_symbol_has_one_entry_at_most_and_the_rest_name_it(signals: list[Signal]) -> None:
    made = decided(*signals)
    first = [one for one in made if one.action == "enter" or one.code == "confidence"]
    assert len(first) == 1
    for one in made:
        if one is not first[0]:
            same: Any = one.signal.side == first[0].signal.side
            assert one.entry_id == first[0].id
            assert (one.action, one.code) == (("merged", None) if same else ("refused", "conflict"))
