"""Published values: the indicators against what others have printed.

The bars and values are hand-copied from the tests of DaveSkender/Stock.Indicators (Apache-2.0) and
from TA-Lib's regression test (BSD-3, rounded to the digits shown there).
"""

from itertools import pairwise

import pytest

from engine.indicators.compute import compute
from engine.model.candles import Floats

from .quotes import SKENDER, TALIB, published

SKENDER_BARS = published(SKENDER)
TALIB_BARS = published(TALIB)


@pytest.mark.parametrize(
    ("name", "numbers", "bar", "value"),
    [
        ("sma", [20], 19, 214.525),
        ("sma", [20], 29, 216.185),
        ("ema", [20], 19, 214.525),
        ("ema", [20], 20, 214.575),
        ("ema", [20], 29, 216.622848763626),
        ("wma", [14], 14, 214.14371428571428),
        ("wma", [14], 29, 217.62666666666667),
        ("stddev", [14], 14, 0.41580816318517505),
        ("stddev", [14], 29, 1.7631210730881024),
        ("bollinger_upper", [20, 2], 19, 216.58874901574774),
        ("bollinger_upper", [20, 2], 29, 220.02578377417944),
        ("bollinger_lower", [20, 2], 19, 212.46125098425216),
        ("bollinger_lower", [20, 2], 29, 212.34421622582062),
        ("band_position", [20, 2], 19, 0.6053907225832011),
        ("band_position", [20, 2], 29, 1.099487014988734),
        ("zscore", [10], 9, -0.525917),
        ("roc", [14], 14, 1.0479323308270627),
        ("roc", [14], 29, 1.7981465258887022),
        ("kama", [10], 10, 213.7713),
    ],
)
def test_skenders_values_of_the_close(name: str, numbers: list[float], bar: int, value: float) -> None:
    values = compute(name, SKENDER_BARS, [SKENDER_BARS.close, *numbers])
    assert values[bar] == pytest.approx(value, abs=1e-9 if len(str(value)) > 10 else 5e-5)


@pytest.mark.parametrize(
    ("name", "numbers", "bar", "value"),
    [
        ("rsi", [14], 14, 62.054054054053964),
        ("rsi", [14], 29, 77.10353999199619),
        ("atr", [14], 14, 1.336428571428568),
        ("atr", [14], 29, 1.3169023737984495),
        ("willr", [14], 14, -15.254237288135272),
        ("willr", [14], 29, -0.1432664756449782),
        ("mfi", [14], 14, 47.81444632100904),
        ("mfi", [14], 29, 57.83931543831708),
        ("cci", [20], 19, 18.39120471093807),
        ("cci", [20], 29, 190.87701971171202),
        ("stochastic_k", [14, 3, 3], 19, 64.36525612472138),
        ("stochastic_d", [14, 3, 3], 19, 77.8272704776043),
        ("stochastic_d", [14, 3, 3], 29, 94.86975796186961),
        ("ultimate_oscillator", [7, 14, 28], 29, 71.48452554105552),
        ("donchian_high", [20], 20, 217.02),
        ("donchian_high", [20], 29, 220.19),
        ("donchian_low", [20], 20, 211.52),
        ("donchian_low", [20], 29, 212.83),
    ],
)
def test_skenders_values_of_the_bars(name: str, numbers: list[float], bar: int, value: float) -> None:
    values = compute(name, SKENDER_BARS, numbers)
    assert values[bar] == pytest.approx(value, abs=1e-9)


CLOSE = TALIB_BARS.close


@pytest.mark.parametrize(
    ("name", "arguments", "bar", "value", "digit"),
    [
        ("rsi", [14], 14, 49.14, 0.01),
        ("rsi", [14], 15, 52.32, 0.01),
        ("adx", [14], 27, 23.0, 1e-3),
        ("adx", [14], 28, 22.0802, 1e-4),
        ("plus_di", [14], 14, 20.3781, 1e-4),
        ("plus_di", [14], 28, 20.3746, 1e-4),
        ("minus_di", [14], 14, 30.1684, 1e-4),
        ("minus_di", [14], 28, 24.969182, 1e-6),
        ("atr", [14], 14, 3.578, 1e-3),
        ("atr", [14], 28, 3.413, 1e-3),
        ("natr", [14], 14, 3.9321, 1e-4),
        ("macd", [CLOSE, 12, 26, 9], 33, -1.9738, 1e-4),
        ("macd_signal", [CLOSE, 12, 26, 9], 33, -2.7071, 1e-4),
        ("macd_histogram", [CLOSE, 12, 26, 9], 33, 0.7333, 1e-4),
        ("bollinger_upper", [CLOSE, 20, 2], 19, 98.0734, 1e-4),
        ("bollinger_lower", [CLOSE, 20, 2], 19, 87.7086, 1e-4),
        ("stddev", [CLOSE, 5], 4, 1.2856, 1e-4),
        ("roc", [CLOSE, 14], 14, -0.546, 1e-3),
        ("roc", [CLOSE, 14], 15, -2.109, 1e-3),
        ("sma", [CLOSE, 30], 30, 90.21, 0.01),
        ("ema", [CLOSE, 10], 10, 93.75, 0.01),
        ("kama", [CLOSE, 10], 11, 92.7783, 1e-4),
        ("cci", [11], 31, 43.84607294, 1e-6),
        ("willr", [14], 13, -90.1943, 1e-4),
        ("aroon_up", [14], 18, 50.0, 1e-3),
        ("aroon_down", [14], 18, 71.429, 1e-3),
        ("ultimate_oscillator", [7, 14, 28], 28, 47.1713, 1e-4),
        ("cmo", [CLOSE, 14], 14, -1.7, 0.01),
        ("highest", [TALIB_BARS.open, 14], 14, 98.815, 1e-9),
        ("lowest", [TALIB_BARS.open, 14], 17, 89.75, 1e-9),
    ],
)
def test_talibs_values(
    name: str, arguments: list[Floats | float], bar: int, value: float, digit: float
) -> None:
    assert compute(name, TALIB_BARS, arguments)[bar] == pytest.approx(value, abs=digit)


def test_the_first_rsi_by_hand() -> None:
    changes = [after - before for before, after in pairwise(CLOSE[:15])]
    gains = sum(change for change in changes if change > 0)
    moves = sum(abs(change) for change in changes)
    assert compute("rsi", TALIB_BARS, [14])[14] == pytest.approx(100 * gains / moves, abs=1e-12)
