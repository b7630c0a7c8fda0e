"""The eight strategies on the simulated market, against their words written once more in plain Python."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import pytest
import talib

from engine.market.resample import resample
from engine.model.candles import Universe
from engine.model.config import Config
from engine.model.timeframe import DURATION_MS
from engine.research.backtest import changed_config, plan_for
from engine.signals.table import SignalTable, signal_table
from tests.signals.samples import changed, entries

Operands = Mapping[str, float]
Words = Callable[[Operands], tuple[bool, float]]
"""Whether the rules hold, and the confidence before floor and cap."""


def first(*tiers: tuple[bool, float]) -> float:
    return next((value for holds, value in tiers if holds), 0.0)


def trend_following(x: Operands, long: bool) -> tuple[bool, float]:
    fast, slow, fast_before, slow_before = (
        x[name] for name in ("ema_fast", "ema_slow", "prev(ema_fast, 1)", "prev(ema_slow, 1)")
    )
    crossed = (
        fast > slow and fast_before <= slow_before if long else fast < slow and fast_before >= slow_before
    )
    in_range = x["rsi_14"] < 70 if long else x["rsi_14"] > 30
    holds = crossed and in_range and x["strength"] > 25 and x["volume"] > x["sma(volume, 20)"]
    ratio = x["volume_ratio"]
    return holds, 0.5 + first((x["strength"] >= 40, 0.2), (x["strength"] >= 30, 0.15)) + first(
        (ratio > 1.5, 0.15), (ratio > 1.2, 0.1)
    )


def mean_reversion(x: Operands, long: bool) -> tuple[bool, float]:
    close, before, rsi, adx = x["close"], x["prev(close, 1)"], x["rsi_14"], x["strength"]
    if long:
        holds = close < x["lower"] and rsi < 30 and (close > x["open"] or close > before)
        extreme, beyond = rsi, x["position"] < -0.1
    else:
        holds = close > x["upper"] and rsi > 70 and (close < x["open"] or close < before)
        extreme, beyond = 100 - rsi, x["position"] > 1.1
    bonus = first((extreme < 20, 0.2), (extreme < 25, 0.15)) + first((beyond, 0.1))
    return holds and adx < 25, 0.5 + bonus + first((adx < 15, 0.1), (adx < 20, 0.05))


def turtle(x: Operands, long: bool) -> tuple[bool, float]:
    past = x["close"] - x["entry_high"] if long else x["entry_low"] - x["close"]
    holds = past > 0 and x["volume"] > x["sma(volume, 20)"]
    return holds, 0.5 + first((past > 0.5 * x["n"], 0.15), (past > 0.25 * x["n"], 0.1))


def weinstein(x: Operands, long: bool) -> tuple[bool, float]:
    stages = {x["prev(stage, 1)"], x["prev(stage, 2)"]}
    if long:
        holds = x["stage"] == 2 and stages <= {1, 2} and x["close"] > x["resistance"]
    else:
        holds = x["stage"] == 4 and stages <= {3, 4} and x["close"] < x["support"]
    slope, ratio = abs(x["slope"]), x["volume_ratio"]
    return holds and ratio > 1.5, 0.5 + first((slope > 0.5, 0.15), (slope > 0.3, 0.1)) + first(
        (ratio > 2, 0.15)
    )


def livermore(x: Operands, long: bool) -> tuple[bool, float]:
    rsi, ratio = x["rsi_14"], x["volume_ratio"]
    if long:
        size, trend = x["break_up_pct"], x["close"] > x["trend"]
        swings = x["swing_low(low, wing, 1)"] > x["swing_low(low, wing, 2)"]
    else:
        size, trend = x["break_down_pct"], x["close"] < x["trend"]
        swings = x["swing_high(high, wing, 1)"] < x["swing_high(high, wing, 2)"]
    room = 50 <= rsi <= 70 if long else 30 <= rsi <= 50
    return trend and swings and size > 2 and ratio > 1.3, (
        0.5
        + first((size > 5, 0.15), (size > 3, 0.1))
        + first((room, 0.1))
        + first((ratio > 2, 0.15), (ratio > 1.5, 0.1))
    )


def bts_lynch(x: Operands, long: bool) -> tuple[bool, float]:
    close, before, ratio, rsi = x["close"], x["prev(close, 1)"], x["volume_ratio"], x["rsi_14"]
    momentum = x["momentum"] if long else -x["momentum"]
    if long:
        holds = x["sma_20"] > x["sma_50"] and close > x["sma_20"] and before <= x["resistance"] < close
    else:
        holds = x["sma_20"] < x["sma_50"] and close < x["sma_20"] and close < x["support"] <= before
    room = 50 <= rsi <= 65 if long else 35 <= rsi <= 50
    return holds and ratio > 1.2 and momentum > 5, (
        0.5 + first((ratio > 2, 0.15), (ratio > 1.5, 0.1)) + first((momentum > 10, 0.1)) + first((room, 0.1))
    )


def zweig(x: Operands, long: bool) -> tuple[bool, float]:
    bars, adx, ratio = x["bullish_bars" if long else "bearish_bars"], x["strength"], x["volume_ratio"]
    total = 0.5 + 0.2 * (x["score"] - 7) / 3 if long else 0.6 + 0.2 * (2 - x["score"]) / 3 - 0.15
    total += min(0.03, 0.01 * (bars - 2))
    total += first((adx >= 35, 0.1), (adx >= 30, 0.05)) + first((ratio > 1.5, 0.05))
    total += first((long and x.get("thrust_on", 0) > 0, 0.1))
    # In its zone, or within what holds it there.
    in_zone = x["score"] >= 6 if long else x["score"] <= 4
    return in_zone and bars >= 3 and adx > 25 and ratio > 1.2, total


def rsi_divergence(x: Operands, long: bool) -> tuple[bool, float]:
    strength = x["long_strength" if long else "short_strength"]
    turn = x["turn_up"] if long else -x["turn_up"]
    beyond = x["lowest(rsi_14, window)"] < 30 if long else x["highest(rsi_14, window)"] > 70
    holds = strength >= 0.02 and turn >= 2 and x["sma(volume, 5)"] > 0.8 * x["sma(volume, 20)"]
    size = first((strength > 0.15, 0.2), (strength > 0.1, 0.15), (strength > 0.05, 0.1))
    return holds, 0.5 + size + first((beyond, 0.15))


WORDS: Final[Mapping[str, Callable[[Operands, bool], tuple[bool, float]]]] = {
    "trend-following": trend_following,
    "mean-reversion": mean_reversion,
    "turtle": turtle,
    "weinstein": weinstein,
    "livermore": livermore,
    "bts-lynch": bts_lynch,
    "zweig": zweig,
    "rsi-divergence": rsi_divergence,
}
CAPS: Final = {
    "trend-following": 0.95,
    "mean-reversion": 0.90,
    "turtle": 0.85,
    "weinstein": 0.85,
    "livermore": 0.85,
    "bts-lynch": 0.95,
    "rsi-divergence": 0.90,
}


@pytest.mark.parametrize("side", ["long", "short"])
@pytest.mark.parametrize("strategy_id", WORDS)
def test_every_signal_is_what_the_words_say(table: SignalTable, strategy_id: str, side: str) -> None:
    signals = entries(table, strategy_id, side)
    assert len(signals) >= 10
    floor, cap = {"long": (0.50, 0.90), "short": (0.40, 0.85)}[side]
    if strategy_id != "zweig":
        floor, cap = 0.0, CAPS[strategy_id]
    for signal in signals:
        holds, confidence = WORDS[strategy_id](signal.operands, side == "long")
        assert holds, signal
        assert signal.confidence == pytest.approx(min(max(confidence, floor), cap), abs=1e-9), signal


def test_both_sides_can_pass_and_nearly_miss(table: SignalTable, config: Config) -> None:
    floor, near = config.aggregation.min_confidence, config.second_chance.raw_floor
    passed, missed = set(), set()
    for signal in entries(table):
        kind = signal.strategy_id, signal.side
        if signal.confidence >= floor:
            passed.add(kind)
        elif signal.confidence >= near:
            missed.add(kind)
    every = {(strategy_id, side) for strategy_id in WORDS for side in ("long", "short")}
    assert passed == every
    assert missed == every


def test_exit_rules_speak_only_where_they_are_declared(table: SignalTable) -> None:
    speaking = {(strategy_id, side) for strategy_id, _, side in table.exits}
    assert speaking == {(name, side) for name in ("turtle", "mean-reversion") for side in ("long", "short")}
    column = table.exits["mean-reversion", "XBTUSDTM", "long"]
    assert len(column.at) > 1000
    for row in range(0, len(column.at), 50):
        signal = column.signal(row)
        assert (signal.kind, signal.rule) == ("exit", "close >= middle")
        assert signal.operands["close"] >= signal.operands["middle"]


def test_stop_and_target_of_every_signal(table: SignalTable, universe: Universe) -> None:
    """2 x ATR of the strategy's own bars, at most 8 % of the close; the target 2.5 times as far."""
    atr: dict[tuple[str, str], tuple[Any, Any]] = {}
    capped = Counter[bool]()
    for column in table.entries:
        timeframe, period = ("1d", 20) if column.strategy_id == "turtle" else ("4h", 14)
        if (column.symbol, timeframe) not in atr:
            bars = resample(universe.candles[column.symbol], timeframe).candles
            atr[column.symbol, timeframe] = bars.time, talib.ATR(bars.high, bars.low, bars.close, period)
        time, ranges = atr[column.symbol, timeframe]
        wanted = 2 * ranges[np.searchsorted(time, column.bar)]
        widest = 0.08 * column.price
        np.testing.assert_allclose(column.stop_distance, np.minimum(wanted, widest), rtol=1e-12)
        np.testing.assert_allclose(column.target_distance, 2.5 * column.stop_distance, rtol=1e-15)
        capped.update((wanted > widest).tolist())
    assert min(capped.values()) > 100  # both kinds are there


def test_no_signal_reads_anything_unknown(table: SignalTable) -> None:
    """But what only adds to the confidence: breadth is unknown for longer than a symbol."""
    unknown = {
        (column.strategy_id, label)
        for column in table.entries
        for label, values in zip(column.labels, column.operands.T, strict=True)
        if np.isnan(values).any()
    }
    assert unknown <= {("zweig", "thrust_on")}


def test_operands_are_stored_to_ten_digits(table: SignalTable) -> None:
    column = next(each for each in table.entries if each.strategy_id == "trend-following")
    signal = column.signal(0)
    assert set(signal.operands) == set(column.labels)
    assert set(signal.facts) == {"strength"}
    for label, value in zip(column.labels, column.operands[0].tolist(), strict=True):
        assert signal.operands[label] == float(f"{value:.10g}")
        assert signal.operands[label] == pytest.approx(value, rel=5e-10)


def test_a_signal_exists_on_the_feed_bar_that_closes_its_own(table: SignalTable, universe: Universe) -> None:
    for column in table.entries:
        length = DURATION_MS["1d" if column.strategy_id == "turtle" else "4h"]
        feed = universe.candles[column.symbol]
        assert np.isin(column.at, feed.time).all()
        assert (np.diff(column.at) > 0).all()
        on_time = column.at == column.bar + length - DURATION_MS["1h"]
        # Else the last feed bar of the period is missing, and this is the first one after it.
        for at, bar in zip(column.at[~on_time].tolist(), column.bar[~on_time].tolist(), strict=True):
            assert bar + length - DURATION_MS["1h"] not in feed.time
            assert feed.time[np.searchsorted(feed.time, bar + length)] == at
        assert column.price.tolist() == [
            feed.close[np.searchsorted(feed.time, bar + length) - 1] for bar in column.bar.tolist()
        ]


def test_a_breadth_thrust_adds_a_tenth_to_zweigs_longs(
    config: Config, table: SignalTable, universe: Universe
) -> None:
    """Asked for more symbols than there are, breadth stays unknown: all else stays the same."""

    def never(document: Any) -> None:
        document["strategies"]["strategies"]["zweig"]["params"]["min_symbols"] = 25

    other = changed_config(changed(config, never), ["zweig"])
    without = entries(signal_table(plan_for(other, "1h"), universe.candles), "zweig")
    with_thrust = entries(table, "zweig")
    assert [(s.symbol, s.side, s.at) for s in without] == [(s.symbol, s.side, s.at) for s in with_thrust]
    gained = 0
    for plain, thrust in zip(without, with_thrust, strict=True):
        if thrust.side == "long" and thrust.operands["thrust_on"] > 0:
            assert thrust.confidence == pytest.approx(min(plain.confidence + 0.10, 0.90), abs=1e-12)
            gained += 1
        else:
            assert thrust.confidence == plain.confidence
    assert gained >= 5
