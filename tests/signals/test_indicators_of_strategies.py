"""What strategies.yaml names (stages, scores, ratios), against plain loops over the bars."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import pytest
import talib

from engine.market.resample import resample
from engine.model.candles import Candles, Floats, Universe
from engine.signals.table import SignalTable

SYMBOLS: Final = ("XBTUSDTM", "SOLUSDTM", "UNIUSDTM")


def stage(bars: Candles) -> list[int]:
    """Weinstein's: 2 above a rising average, 4 below a falling one, 3 above any other, 1 the rest."""
    average, found = talib.SMA(bars.close, 30), []
    for bar in range(len(bars)):
        slope = (average[bar] / average[bar - 5] - 1) * 100 / 5 if bar >= 34 else np.nan
        if bars.close[bar] > average[bar]:
            found.append(2 if slope > 0.1 else 3)
        else:
            found.append(4 if slope < -0.1 else 1)
    return found


def score(bars: Candles) -> list[float]:
    """Zweig's, from 0 to 8."""
    close, volume = bars.close, bars.volume
    rsi = talib.RSI(close, 14)
    line, trigger, histogram = talib.MACD(close, 12, 26, 9)
    deviation = talib.STDDEV(close, 10) / talib.SMA(close, 10)
    mean_volume = talib.SMA(volume, 20)
    averages = [talib.SMA(close, n) for n in (10, 20, 50)]
    found = []
    for bar in range(len(bars)):
        trend = sum(close[bar] > average[bar] for average in averages)
        momentum = (rsi[bar] > 50) * 1.0 + (rsi[bar] > 60) * 0.5 - (rsi[bar] < 40) * 0.5
        momentum += (line[bar] > trigger[bar]) * 1.0 + (histogram[bar] > max(0, histogram[bar - 1])) * 0.5
        health = 1 + (0.5 if volume[bar] > mean_volume[bar] else -0.5)
        health += 0.5 * (deviation[bar] < deviation[bar - 10])
        found.append(trend + min(max(momentum, 0), 3) + min(max(health, 0), 2))
    return found


def bars_in_zone(
    scores: list[float], enter: Callable[[float], bool], stay: Callable[[float], bool]
) -> list[int]:
    """How many bars a zone has been on, that of its transition included; scores are known from bar 49 on."""
    count, found = 0, [0] * 49
    for value in scores[49:]:
        count = count + 1 if count and stay(value) else int(enter(value))
        found.append(count)
    return found


def volume_ratio(bars: Candles) -> list[float]:
    found = [np.nan] * 19
    for bar in range(19, len(bars)):
        found.append(bars.volume[bar] / np.mean(bars.volume[bar - 19 : bar + 1]))
    return found


def channel(values: Floats, pick: Any) -> list[float]:
    """Highest or lowest of the 20 bars before."""
    return [np.nan] * 20 + [pick(values[bar - 20 : bar]) for bar in range(20, len(values))]


def of_weinstein(bars: Candles) -> Mapping[str, Any]:
    return {
        "stage": stage(bars),
        "resistance": channel(bars.high, max),
        "support": channel(bars.low, min),
        "volume_ratio": volume_ratio(bars),
    }


def of_zweig(bars: Candles) -> Mapping[str, Any]:
    scores = score(bars)
    return {
        "score": scores,
        "bullish_bars": bars_in_zone(scores, lambda x: x >= 7, lambda x: x >= 6),
        "bearish_bars": bars_in_zone(scores, lambda x: x <= 2, lambda x: x <= 4),
        "volume_ratio": volume_ratio(bars),
    }


def of_livermore(bars: Candles) -> Mapping[str, Any]:
    high, low = channel(bars.high, max), channel(bars.low, min)
    return {
        "break_up_pct": 100 * (bars.close / high - 1),
        "break_down_pct": 100 * (1 - bars.close / low),
        "volume_ratio": volume_ratio(bars),
    }


@pytest.mark.parametrize(
    ("strategy_id", "plainly"),
    [("weinstein", of_weinstein), ("zweig", of_zweig), ("livermore", of_livermore)],
)
def test_operands_are_what_plain_loops_give(
    table: SignalTable,
    universe: Universe,
    strategy_id: str,
    plainly: Callable[[Candles], Mapping[str, Any]],
) -> None:
    compared = 0
    for symbol in SYMBOLS:
        bars = resample(universe.candles[symbol], "4h").candles
        expected = {name: np.asarray(values) for name, values in plainly(bars).items()}
        for column in table.entries:
            if (column.strategy_id, column.symbol) != (strategy_id, symbol):
                continue
            rows = np.searchsorted(bars.time, column.bar)
            for name in expected.keys() & set(column.labels):
                values = column.operands[:, column.labels.index(name)]
                np.testing.assert_allclose(values, expected[name][rows], rtol=1e-9, err_msg=name)
                compared += len(values)
    assert compared > 100


def test_zweig_speaks_from_the_third_to_the_fifth_bar_of_a_zone(
    table: SignalTable, universe: Universe
) -> None:
    """Every bar of a zone at which ADX and volume agree has its signal, and no other bar has one."""
    for symbol in SYMBOLS:
        bars = resample(universe.candles[symbol], "4h").candles
        facts = of_zweig(bars)
        strength = talib.ADX(bars.high, bars.low, bars.close, 14)
        agree = (strength > 25) & (np.array(facts["volume_ratio"]) > 1.2)
        for side, name in (("long", "bullish_bars"), ("short", "bearish_bars")):
            count = np.array(facts[name])
            expected = bars.time[agree & (count >= 3) & (count <= 5)]
            found = [
                column.bar.tolist()
                for column in table.entries
                if (column.strategy_id, column.symbol, column.side) == ("zweig", symbol, side)
            ]
            assert found == [expected.tolist()]
