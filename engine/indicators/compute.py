"""Computes the rows of the function table over whole arrays; TA-Lib where it has them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
import talib

from engine.indicators import breadth, own, swings
from engine.indicators.holes import Kernel, restarted
from engine.indicators.own import SMA_TYPE
from engine.indicators.table import FUNCTIONS
from engine.model.candles import Candles, Floats


def _roc(x: Floats, n: float) -> Floats:
    result = talib.ROC(x, int(n))
    # TA-Lib calls a change from 0 zero; it is undefined.
    result[own.prev(x, n) == 0] = np.nan
    return result


def _macd(output: int) -> Kernel:
    return lambda x, fast, slow, signal: talib.MACD(x, int(fast), int(slow), int(signal))[output]


def _bands(output: int) -> Kernel:
    return lambda x, n, k: talib.BBANDS(x, int(n), k, k, SMA_TYPE)[output]


def _stochastic(output: int) -> Kernel:
    return lambda c, n, k, d: talib.STOCH(c.high, c.low, c.close, int(n), int(k), SMA_TYPE, int(d), SMA_TYPE)[
        output
    ]


def _of_bars(function: Callable[..., Floats]) -> Kernel:
    return lambda c, n: function(c.high, c.low, c.close, int(n))


def _of_series(function: Callable[..., Floats]) -> Kernel:
    return lambda x, n: function(x, int(n))


OF_BARS: Final[Mapping[str, Kernel]] = {
    "rsi": lambda c, n: talib.RSI(c.close, int(n)),
    "adx": _of_bars(talib.ADX),
    "plus_di": _of_bars(talib.PLUS_DI),
    "minus_di": _of_bars(talib.MINUS_DI),
    "atr": _of_bars(talib.ATR),
    "natr": _of_bars(talib.NATR),
    "cci": _of_bars(talib.CCI),
    "mfi": lambda c, n: talib.MFI(c.high, c.low, c.close, c.volume, int(n)),
    "willr": _of_bars(talib.WILLR),
    "stochastic_k": _stochastic(0),
    "stochastic_d": _stochastic(1),
    "aroon_up": lambda c, n: talib.AROON(c.high, c.low, int(n))[1],
    "aroon_down": lambda c, n: talib.AROON(c.high, c.low, int(n))[0],
    "ultimate_oscillator": lambda c, *n: talib.ULTOSC(c.high, c.low, c.close, *map(int, n)),
    "obv": lambda c: talib.OBV(c.close, c.volume),
    "sar": lambda c, acceleration, maximum: talib.SAR(c.high, c.low, acceleration, maximum),
    "donchian_high": own.donchian_high,
    "donchian_low": own.donchian_low,
}
"""Called with the candles, which have no holes, and the numbers."""

OF_SERIES: Final[Mapping[str, Kernel]] = {
    "sma": _of_series(talib.SMA),
    "ema": _of_series(talib.EMA),
    "wma": _of_series(talib.WMA),
    "dema": _of_series(talib.DEMA),
    "tema": _of_series(talib.TEMA),
    "kama": _of_series(talib.KAMA),
    "sum": _of_series(talib.SUM),
    "highest": _of_series(talib.MAX),
    "lowest": _of_series(talib.MIN),
    "stddev": lambda x, n: talib.STDDEV(x, int(n), 1.0),
    "linreg_slope": _of_series(talib.LINEARREG_SLOPE),
    "roc": _roc,
    "trix": _of_series(talib.TRIX),
    "cmo": _of_series(talib.CMO),
    "macd": _macd(0),
    "macd_signal": _macd(1),
    "macd_histogram": _macd(2),
    "bollinger_upper": _bands(0),
    "bollinger_lower": _bands(2),
    "zscore": own.zscore,
    "band_position": own.band_position,
    "percent_rank": own.percent_rank,
    "swing_high": swings.swing_high,
    "swing_low": swings.swing_low,
    "swing_high_age": swings.swing_high_age,
    "swing_low_age": swings.swing_low_age,
    "bullish_divergence": swings.bullish_divergence,
    "bearish_divergence": swings.bearish_divergence,
    "hidden_bullish_divergence": swings.hidden_bullish_divergence,
    "hidden_bearish_divergence": swings.hidden_bearish_divergence,
    "count": own.count,
    "bars_since": own.bars_since,
}
"""Called with the series of each run without holes, and the numbers."""

WITH_HOLES: Final[Mapping[str, Kernel]] = {
    "prev": own.prev,
    "change": own.change,
    "bars_held": own.bars_held,
}
"""Called with the series as they are: these say themselves what a hole means."""

ACROSS: Final[Mapping[str, tuple[Callable[[Candles], Floats], Kernel]]] = {
    "advancing_share": (breadth.advance, breadth.advancing_share),
}
"""Universe functions: what is computed of each symbol, and of all symbols together."""


def compute(name: str, candles: Candles, arguments: Sequence[Floats | float]) -> Floats:
    """The row `name` over `candles`, with its arguments in the order of the table.

    Series and conditions are float64 arrays of len(candles), or one number that stands for
    all bars; conditions hold 1.0, 0.0 or NaN; periods and numbers are floats within the bounds
    of their row. The result is a new float64 array of len(candles), NaN where unknown, never
    infinite. KeyError for a name that is no series function.
    """
    function = FUNCTIONS[name]
    length = len(candles)
    series: list[Floats] = []
    numbers: list[float] = []
    for argument, value in zip(function.arguments, arguments, strict=True):
        if argument.kind in ("series", "condition"):
            series.append(_series(value, length))
        else:
            numbers.append(float(value))
    warm_up = function.warm_up(numbers)
    if length <= warm_up:
        return np.full(length, np.nan)
    with np.errstate(all="ignore"):
        if name in OF_BARS:
            result = OF_BARS[name](candles, *numbers)
        elif name in WITH_HOLES:
            result = WITH_HOLES[name](*series, *numbers)
        else:
            result = restarted(OF_SERIES[name], series, numbers, warm_up)
    return _bounded(result, function.low, function.high)


def member(name: str, candles: Candles) -> Floats:
    """What the universe function `name` needs of one symbol: float64 of len(candles)."""
    return ACROSS[name][0](candles)


def across(name: str, matrix: Floats, arguments: Sequence[float]) -> Floats:
    """The universe function `name` from its members' values.

    `matrix` has the shape (symbols, periods), NaN where a symbol is absent; the result (periods,).
    """
    function = FUNCTIONS[name]
    with np.errstate(all="ignore"):
        return _bounded(ACROSS[name][1](matrix, *arguments), function.low, function.high)


def _series(value: Floats | float, length: int) -> Floats:
    values = np.ascontiguousarray(np.broadcast_to(np.asarray(value, np.float64), (length,)))
    return values if np.isfinite(values).all() else np.where(np.isfinite(values), values, np.nan)


def _bounded(values: Floats, low: float | None, high: float | None) -> Floats:
    # Running sums leave an index a rounding error beyond its range.
    if low is not None or high is not None:
        np.clip(values, low, high, out=values)
    values[np.isinf(values)] = np.nan
    return values
