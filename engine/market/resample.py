"""Slower bars out of the feed's, each with the feed bar on whose close it becomes known."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.model.candles import Candles, Floats, Times
from engine.model.problem import CashTownError
from engine.model.timeframe import DURATION_MS, duration_ms


@dataclass(frozen=True, slots=True)
class Resampled:
    """Closed slower bars of one symbol, and when each becomes known.

    `known` (int64, UTC ms) is the open time of the feed bar on whose close slower bar i counts,
    `feed_index` (int64) the index of that feed bar; both rise, but not strictly: after a hole
    several slower bars can become known on one feed bar. All of them stay in (an indicator needs
    them); on that feed bar only the newest, the last of them, is visible.
    """

    candles: Candles
    known: Times
    feed_index: Times

    def __post_init__(self) -> None:
        self.known.setflags(write=False)
        self.feed_index.setflags(write=False)


@dataclass(frozen=True, slots=True)
class Grid:
    """The periods of a slower timeframe across symbols, for functions over the universe.

    `time` is the open of each period (int64, strictly rising), `known` the open of the feed bar
    on whose close its value exists (int64, rising). `index[symbol]` gives the position, in that
    symbol's own slower bars, of the bar that counts for the period, -1 for none.
    """

    time: Times
    known: Times
    index: Mapping[str, Times]


def resample(candles: Candles, timeframe: str) -> Resampled:
    """The closed bars of `timeframe` in `candles` (the feed); a prefix of the feed gives a prefix.

    A slower bar closes with the last feed bar of its UTC period, or with the first later feed bar
    if that one is missing; a period for which neither is there yet is left out. So is a first
    period whose opening feed bar is missing: nobody knows what traded in it. open = first,
    high = max, low = min, close = last, volume = sum (in base coin) of the feed bars there are.
    Raises CashTownError if `timeframe` is unknown or no multiple of the feed's.
    """
    step, length = _lengths(candles.timeframe, timeframe)
    if step == length:
        return Resampled(candles, candles.time, np.arange(len(candles), dtype=np.int64))
    period = candles.time - candles.time % length
    starts = np.flatnonzero(np.diff(period, prepend=np.int64(-1)))
    ends = np.append(starts, len(candles))[1:]
    last = ends - 1
    complete = candles.time[last] == period[last] + length - step
    feed_index = np.where(complete, last, ends)
    first = 1 if len(candles) and candles.time[0] != period[0] else 0
    stop = int(np.searchsorted(feed_index, len(candles)))
    starts, last, feed_index = (array[first:stop] for array in (starts, last, feed_index))

    known = candles.time[feed_index]
    if not len(starts):
        empty = np.empty(0)
        bars = Candles(candles.symbol, timeframe, known, empty, empty, empty, empty, empty)
        return Resampled(bars, known, feed_index)
    end = int(last[-1]) + 1
    bars = Candles(
        candles.symbol,
        timeframe,
        period[starts],
        candles.open[starts],
        np.maximum.reduceat(candles.high[:end], starts),
        np.minimum.reduceat(candles.low[:end], starts),
        candles.close[last],
        np.add.reduceat(candles.volume[:end], starts),
    )
    return Resampled(bars, known, feed_index)


def join_last(known: Times, values: Floats, at: Times) -> Floats:
    """For each moment of `at` the value of the last slower bar with known <= at, NaN before one.

    `known` (int64, rising) and `values` (float64) are of one length; returns float64 like `at`.
    """
    position = np.searchsorted(known, at, side="right")
    return np.concatenate(([np.nan], values))[position]


def across_grid(resampled: Mapping[str, Resampled], timeframe: str) -> Grid:
    """The grid on which functions over the universe are computed; a prefix gives a prefix.

    A period becomes known as soon as any symbol knows it. For a symbol the bar of that period
    counts if it knows it by then, else its bar of the period just before (one bar old at most),
    else none. A period that becomes known only after a later one (its sole symbols came late) is
    old news and left out, so that what was seen never changes.
    """
    length = duration_ms(timeframe)
    arrays = [bars.candles.time for bars in resampled.values()]
    time: Times = np.unique(np.concatenate(arrays)) if arrays else np.empty(0, dtype=np.int64)
    known = np.full(len(time), np.iinfo(np.int64).max)
    for bars in resampled.values():
        at = np.searchsorted(time, bars.candles.time)
        known[at] = np.minimum(known[at], bars.known)
    first_of_later = np.minimum.accumulate(known[::-1])[::-1]
    in_time = known <= first_of_later
    time, known = time[in_time], known[in_time]

    index = {}
    for symbol, bars in resampled.items():
        own = _known_at(bars, time, known)
        before = _known_at(bars, time - length, known)
        index[symbol] = np.where(own >= 0, own, before)
        index[symbol].setflags(write=False)
    time.setflags(write=False)
    known.setflags(write=False)
    return Grid(time, known, index)


def _known_at(bars: Resampled, time: Times, by: Times) -> Times:
    """Position of the bar that opens at `time` and is known by `by`, -1 where there is none."""
    number = len(bars.candles)
    if not number:
        return np.full(len(time), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(bars.candles.time, time), number - 1).astype(np.int64)
    there = (bars.candles.time[at] == time) & (bars.known[at] <= by)
    return np.where(there, at, np.int64(-1))


def _lengths(feed: str, timeframe: str) -> tuple[int, int]:
    if timeframe not in DURATION_MS:
        raise CashTownError(f"unknown timeframe {timeframe}; known are {', '.join(DURATION_MS)}")
    step, length = duration_ms(feed), duration_ms(timeframe)
    if length % step:
        raise CashTownError(
            f"bars of {timeframe} cannot be made of a {feed} feed: {timeframe} is no multiple of {feed}"
        )
    return step, length
