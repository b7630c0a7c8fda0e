"""The function table: static, complete, and right about warm-up."""

import subprocess
import sys

import numpy as np
import pytest
from talib import abstract

from engine.indicators.compute import ACROSS, OF_BARS, OF_SERIES, WITH_HOLES, compute
from engine.indicators.table import FUNCTIONS
from engine.indicators.warm_up import forget
from engine.model.candles import COLUMNS, Floats
from engine.model.unit import Unit

from . import samples

TALIB = {
    "sma": "SMA timeperiod", "ema": "EMA timeperiod", "wma": "WMA timeperiod", "dema": "DEMA timeperiod",
    "tema": "TEMA timeperiod", "kama": "KAMA timeperiod", "sum": "SUM timeperiod",
    "highest": "MAX timeperiod", "lowest": "MIN timeperiod", "stddev": "STDDEV timeperiod",
    "linreg_slope": "LINEARREG_SLOPE timeperiod", "roc": "ROC timeperiod", "trix": "TRIX timeperiod",
    "cmo": "CMO timeperiod", "macd": "MACD fastperiod slowperiod signalperiod",
    "macd_signal": "MACD fastperiod slowperiod signalperiod",
    "macd_histogram": "MACD fastperiod slowperiod signalperiod",
    "bollinger_upper": "BBANDS timeperiod nbdevup", "bollinger_lower": "BBANDS timeperiod nbdevdn",
    "rsi": "RSI timeperiod", "adx": "ADX timeperiod", "plus_di": "PLUS_DI timeperiod",
    "minus_di": "MINUS_DI timeperiod", "atr": "ATR timeperiod", "natr": "NATR timeperiod",
    "cci": "CCI timeperiod", "mfi": "MFI timeperiod", "willr": "WILLR timeperiod",
    "stochastic_k": "STOCH fastk_period slowk_period slowd_period",
    "stochastic_d": "STOCH fastk_period slowk_period slowd_period", "aroon_up": "AROON timeperiod",
    "aroon_down": "AROON timeperiod", "ultimate_oscillator": "ULTOSC timeperiod1 timeperiod2 timeperiod3",
    "obv": "OBV", "sar": "SAR acceleration maximum",
}  # fmt: skip


def test_the_table_is_static() -> None:
    found = "sorted({'numpy', 'talib', 'pandas'} & sys.modules.keys())"
    code = f"import sys, engine.indicators.table; print(*{found})"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert loaded.stdout.strip() == ""


def test_every_row_is_computed_once_and_nothing_else_is() -> None:
    computed = [*OF_BARS, *OF_SERIES, *WITH_HOLES, *ACROSS]
    assert sorted(computed) == sorted(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_row_is_whole(name: str) -> None:
    function = FUNCTIONS[name]
    kinds = {argument.name: argument.kind for argument in function.arguments}
    assert function.name == name
    assert function.sentence.endswith(".")
    assert set(function.columns) <= set(COLUMNS)
    assert isinstance(function.unit, Unit) or kinds[function.unit] == "series"
    assert len(kinds) == len(function.arguments)
    # Series come first: the numbers that warm_up takes are then the arguments after them.
    assert [kind in ("series", "condition") for kind in kinds.values()] == sorted(
        (kind in ("series", "condition") for kind in kinds.values()), reverse=True
    )
    assert function.universe == (name in ACROSS)


@pytest.mark.parametrize("name", TALIB)
@pytest.mark.parametrize("at", ["least", "small", "large"])
def test_warm_up_is_talibs_lookback(name: str, at: str) -> None:
    function = FUNCTIONS[name]
    given = [a for a in function.arguments if a.kind in ("period", "number")]
    numbers = samples.numbers(function)
    if at == "least":
        numbers = [argument.low for argument in given]
    elif at == "large":
        numbers = [
            value * 11 if a.kind == "period" else value for a, value in zip(given, numbers, strict=True)
        ]
    talib, *parameters = TALIB[name].split()
    typed = [int(v) if a.kind == "period" else float(v) for a, v in zip(given, numbers, strict=True)]
    reference = abstract.Function(talib, **dict(zip(parameters, typed, strict=True)))
    assert function.warm_up(numbers) == reference.lookback


# A swing point, a condition that was true once: these have a first value when the market gives one.
AT_THE_EARLIEST = {"swing_high", "swing_low", "swing_high_age", "swing_low_age", "bars_since"}


@pytest.mark.parametrize("name", sorted(FUNCTIONS.keys() - ACROSS.keys()))
@pytest.mark.parametrize("least", [False, True])
def test_the_first_value_stands_after_the_warm_up(name: str, least: bool) -> None:
    function = FUNCTIONS[name]
    bars = samples.candles(200)
    arguments: list[Floats | float] = samples.arguments(function, bars)
    if least:
        arguments = [
            a.low if a.kind == "period" else value
            for a, value in zip(function.arguments, arguments, strict=True)
        ]
    numbers = [float(value) for value in arguments if not isinstance(value, np.ndarray)]
    first = int(np.argmax(~np.isnan(compute(name, bars, arguments))))
    if name in AT_THE_EARLIEST:
        assert first >= function.warm_up(numbers)
    else:
        assert first == function.warm_up(numbers)


@pytest.mark.parametrize("k", [1, 2, 5])
@pytest.mark.parametrize("wing", [1, 3])
def test_swing_points_can_stand_that_close(wing: int, k: int) -> None:
    teeth = np.tile([0.0] * wing + [1.0], 10)
    bars = samples.candles(len(teeth))
    values = compute("swing_high", bars, [teeth, wing, k])
    assert int(np.argmax(~np.isnan(values))) == FUNCTIONS["swing_high"].warm_up([wing, k])


def test_forgetting() -> None:
    bars = forget(1 / 14)
    assert bars == 311
    assert (1 - 1 / 14) ** bars <= 1e-10 < (1 - 1 / 14) ** (bars - 1)
    assert forget(1.0) == 0
    assert FUNCTIONS["ema"].settle([20]) == 19 + 231
    assert FUNCTIONS["sma"].settle([20]) == 19
    assert FUNCTIONS["adx"].settle([14]) == 27 + 2 * 311


# The level of the on-balance volume hangs on the first bar for ever; its changes do not.
NEVER_FORGETS = {"obv"}


@pytest.mark.parametrize("name", sorted(FUNCTIONS.keys() - ACROSS.keys() - NEVER_FORGETS))
def test_after_it_settled_a_late_start_does_not_show(name: str) -> None:
    function = FUNCTIONS[name]
    late, length = 333, 2600
    bars = samples.candles(length)
    whole = samples.arguments(function, bars)
    part = [value[late:] if isinstance(value, np.ndarray) else value for value in whole]
    settled = function.settle(samples.numbers(function))
    assert settled < length - late
    expected = compute(name, bars, whole)[late + settled :]
    actual = compute(name, bars.part(late, length), part)[settled:]
    np.testing.assert_allclose(actual, expected, rtol=1e-9, atol=1e-9)
