"""Slower bars: closed ones only, known when the terms say, the same over any prefix."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.market.resample import Resampled, across_grid, join_last, resample
from engine.model.candles import COLUMNS, Candles, Times
from engine.model.problem import CashTownError
from engine.model.timeframe import DAY_MS, HOUR_MS

START = 19_358 * DAY_MS  # 2023-01-01 00:00


def feed(hours: list[int], symbol: str = "X") -> Candles:
    """Hourly bars at `hours` after START; the close of the bar of hour h is 100 + h, volume h + 1."""
    at = np.array(hours, dtype=np.int64)
    price = 100.0 + at
    return Candles(symbol, "1h", START + at * HOUR_MS, price - 0.5, price + 2, price - 3, price, at + 1.0)


def hours(times: Times) -> list[int]:
    return [int(value) for value in (times - START) // HOUR_MS]


def test_four_hours_make_a_bar_that_is_known_on_the_last_of_them() -> None:
    slow = resample(feed(list(range(8))), "4h")
    bars = slow.candles
    assert (bars.symbol, bars.timeframe) == ("X", "4h")
    assert hours(bars.time) == [0, 4]
    assert bars.open.tolist() == [99.5, 103.5]
    assert bars.high.tolist() == [105, 109]
    assert bars.low.tolist() == [97, 101]
    assert bars.close.tolist() == [103, 107]
    assert bars.volume.tolist() == [1 + 2 + 3 + 4, 5 + 6 + 7 + 8]
    assert hours(slow.known) == [3, 7]
    assert slow.feed_index.tolist() == [3, 7]


@pytest.mark.parametrize(
    ("fed", "opens", "known"),
    [
        pytest.param([0, 1, 2, 3, 4, 5, 6], [0], [3], id="an open period is left out"),
        pytest.param([0, 1, 2], [], [], id="nothing closed yet"),
        pytest.param([0, 1, 2, 4], [0], [4], id="its last bar missing: the first later one closes it"),
        pytest.param([0, 1, 9], [0], [9], id="the first later one may be far"),
        pytest.param([0, 1, 2, 3, 7], [0, 4], [3, 7], id="a period of one bar, its last"),
        pytest.param([0, 1, 2, 7], [0, 4], [7, 7], id="two bars known at once"),
        pytest.param([0, 5, 11], [0, 4, 8], [5, 11, 11], id="holes in every period"),
        pytest.param([0, 3, 8, 11], [0, 8], [3, 11], id="an empty period is no bar"),
        pytest.param([1, 2, 3, 4, 7], [4], [7], id="a first period without its opening bar is dropped"),
        pytest.param([1, 2, 3, 5, 7], [4], [7], id="only the first period is"),
        pytest.param([3], [], [], id="one bar that is not the opening one"),
        pytest.param([], [], [], id="no bars"),
    ],
)
def test_when_a_slower_bar_is_known(fed: list[int], opens: list[int], known: list[int]) -> None:
    candles = feed(fed)
    slow = resample(candles, "4h")
    assert hours(slow.candles.time) == opens
    assert hours(slow.known) == known
    assert candles.time[slow.feed_index].tolist() == slow.known.tolist()


def test_a_bar_after_a_hole_is_made_of_its_own_period_only() -> None:
    bars = resample(feed([0, 1, 2, 4, 7]), "4h").candles
    assert bars.close.tolist() == [102, 107]
    assert bars.volume.tolist() == [6, 5 + 8]


def test_the_feeds_own_timeframe_is_the_identity() -> None:
    candles = feed([1, 2, 5])
    same = resample(candles, "1h")
    assert same.candles is candles
    assert same.known.tolist() == candles.time.tolist()
    assert same.feed_index.tolist() == [0, 1, 2]


def test_days_follow_utc() -> None:
    slow = resample(feed(list(range(50))), "1d")
    assert hours(slow.candles.time) == [0, 24]
    assert hours(slow.known) == [23, 47]


@pytest.mark.parametrize(("timeframe", "said"), [("30m", "no multiple"), ("3h", "unknown timeframe 3h")])
def test_what_cannot_be_made_is_refused(timeframe: str, said: str) -> None:
    with pytest.raises(CashTownError, match=said):
        resample(feed([0]), timeframe)


def test_a_longer_timeframe_that_is_no_multiple_is_refused() -> None:
    eight = Candles("X", "8h", np.zeros(1, dtype=np.int64), *(np.ones(1) for _ in COLUMNS))
    with pytest.raises(CashTownError, match="12h is no multiple of 8h"):
        resample(eight, "12h")


def test_results_are_read_only() -> None:
    slow = resample(feed(list(range(8))), "4h")
    for array in (slow.known, slow.feed_index, slow.candles.volume):
        assert not array.flags.writeable


@st.composite
def feeds(draw: st.DrawFn, symbol: str = "X") -> Candles:
    """Hourly bars of up to four days with holes and random values."""
    there = draw(st.lists(st.booleans(), min_size=1, max_size=96))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    time = START + np.flatnonzero(there).astype(np.int64) * HOUR_MS
    low, high = np.sort(rng.lognormal(0, 1, (2, len(time))), axis=0)
    return Candles(symbol, "1h", time, low, high, low, high, rng.lognormal(3, 2, len(time)))


def same_start(part: Resampled, whole: Resampled) -> bool:
    """Whether every array of `part` is, bit for bit, the start of the one of `whole`."""
    pairs = [(getattr(part.candles, name), getattr(whole.candles, name)) for name in ("time", *COLUMNS)]
    pairs += [(part.known, whole.known), (part.feed_index, whole.feed_index)]
    return all(np.array_equal(short, long[: len(short)]) for short, long in pairs)


@given(candles=feeds(), timeframe=st.sampled_from(["1h", "2h", "4h", "12h", "1d"]), data=st.data())
def test_a_prefix_of_the_feed_gives_exactly_the_bars_known_by_its_end(
    candles: Candles, timeframe: str, data: st.DataObject
) -> None:
    stop = data.draw(st.integers(0, len(candles)))
    whole, part = resample(candles, timeframe), resample(candles.part(0, stop), timeframe)
    assert same_start(part, whole)
    assert len(part.candles) == int(np.count_nonzero(whole.feed_index < stop))


@given(candles=feeds(), timeframe=st.sampled_from(["2h", "4h", "1d"]))
def test_it_equals_the_rule_written_out(candles: Candles, timeframe: str) -> None:
    length = {"2h": 2, "4h": 4, "1d": 24}[timeframe] * HOUR_MS
    expected = []
    times = candles.time.tolist()
    for period in sorted({at - at % length for at in times}):
        own = [i for i, at in enumerate(times) if period <= at < period + length]
        closing = [i for i, at in enumerate(times) if at >= period + length - HOUR_MS]
        first_of_all = own[0] == 0 and times[0] != period
        if closing and not first_of_all:
            volume = float(np.add.reduce(candles.volume[own]))
            high, low = max(candles.high[own]), min(candles.low[own])
            prices = (candles.open[own[0]], high, low, candles.close[own[-1]])
            expected.append((period, *prices, pytest.approx(volume, rel=1e-12), closing[0]))
    slow = resample(candles, timeframe)
    arrays = [getattr(slow.candles, name).tolist() for name in ("time", *COLUMNS)]
    assert list(zip(*arrays, slow.feed_index.tolist(), strict=True)) == expected


# Joining slower values to the feed


def test_the_last_known_value_counts() -> None:
    known, at = np.array([3, 7, 7, 12]), np.array([0, 3, 5, 7, 11, 12, 99])
    joined = join_last(known, np.array([1.0, 2.0, 3.0, 4.0]), at)
    assert np.array_equal(joined, [np.nan, 1, 1, 3, 3, 4, 4], equal_nan=True)


def test_before_any_value_there_is_none() -> None:
    nothing = join_last(np.empty(0, dtype=np.int64), np.empty(0), np.array([1, 2]))
    assert np.isnan(nothing).all()


# The grid across symbols


def grid_of(timeframe: str = "4h", **fed: list[int]) -> tuple[list[int], list[int], dict[str, list[int]]]:
    slow = {symbol: resample(feed(at, symbol), timeframe) for symbol, at in fed.items()}
    grid = across_grid(slow, timeframe)
    return hours(grid.time), hours(grid.known), {name: at.tolist() for name, at in grid.index.items()}


def test_symbols_without_holes_share_the_grid() -> None:
    assert grid_of(A=list(range(8)), B=list(range(8))) == ([0, 4], [3, 7], {"A": [0, 1], "B": [0, 1]})


def test_a_symbol_that_starts_later_has_no_bar_before() -> None:
    time, known, index = grid_of(A=list(range(12)), B=list(range(4, 12)))
    assert (time, known) == ([0, 4, 8], [3, 7, 11])
    assert index == {"A": [0, 1, 2], "B": [-1, 0, 1]}


def test_a_symbol_that_comes_late_counts_with_its_bar_before() -> None:
    # B misses hour 7, so its bar of 4 ... 8 is known on hour 8 only; A knows its own on hour 7.
    time, known, index = grid_of(A=list(range(12)), B=[0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11])
    assert (time, known) == ([0, 4, 8], [3, 7, 11])
    assert index["B"] == [0, 0, 2]


def test_a_value_is_one_bar_old_at_most() -> None:
    time, _, index = grid_of(A=list(range(16)), B=[0, 1, 2, 3, 12, 13, 14, 15])
    assert time == [0, 4, 8, 12]
    assert index["B"] == [0, 0, -1, 1]


def test_the_earliest_symbol_makes_a_period_known() -> None:
    time, known, index = grid_of(A=[0, 1, 2, 4, 7], B=[0, 3, 5, 6, 8])
    assert (time, known) == ([0, 4], [3, 7])
    assert index == {"A": [-1, 1], "B": [0, 0]}


def test_a_period_known_only_after_a_later_one_is_left_out() -> None:
    # Only B traded in 4 ... 8, and came back at 20; A knew 8 ... 12 long before.
    time, known, index = grid_of(A=[0, 3, 8, 11], B=[0, 3, 4, 20])
    assert (time, known) == ([0, 8], [3, 11])
    assert index == {"A": [0, 1], "B": [0, -1]}


def test_a_grid_of_nothing() -> None:
    assert grid_of() == ([], [], {})
    assert grid_of(A=[1]) == ([], [], {"A": []})


@given(
    candles=st.fixed_dictionaries({name: feeds(name) for name in ("A", "B", "C")}),
    timeframe=st.sampled_from(["1h", "2h", "4h", "1d"]),
    until=st.integers(0, 97),
)
def test_a_prefix_of_the_feeds_gives_a_prefix_of_the_grid(
    candles: dict[str, Candles], timeframe: str, until: int
) -> None:
    end = START + until * HOUR_MS
    whole = across_grid({name: resample(bars, timeframe) for name, bars in candles.items()}, timeframe)
    part = across_grid(
        {name: resample(bars.between(None, end), timeframe) for name, bars in candles.items()}, timeframe
    )
    seen = int(np.count_nonzero(whole.known < end))
    assert part.time.tolist() == whole.time[:seen].tolist()
    assert part.known.tolist() == whole.known[:seen].tolist()
    assert (np.diff(whole.time) > 0).all()
    assert (np.diff(whole.known) >= 0).all()
    for name in candles:
        assert part.index[name].tolist() == whole.index[name][:seen].tolist()
