"""What every row of the function table keeps to: past only, holes, range, short inputs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.indicators.compute import ACROSS, OF_SERIES, across, compute, member
from engine.indicators.table import FUNCTIONS

from . import samples

SERIES = sorted(FUNCTIONS.keys() - ACROSS.keys())


@pytest.mark.parametrize("name", SERIES)
@settings(max_examples=25)
@given(
    length=st.integers(0, 90),
    cut=st.integers(0, 90),
    seed=st.integers(0, 1000),
    ties=st.booleans(),
    holes=st.sets(st.integers(0, 89), max_size=4),
)
def test_a_prefix_has_the_values_of_the_whole(
    name: str, length: int, cut: int, seed: int, ties: bool, holes: set[int]
) -> None:
    function = FUNCTIONS[name]
    cut = min(cut, length)
    bars = samples.candles(length, seed, ties)
    arguments = samples.arguments(function, bars, [hole for hole in holes if hole < length])
    prefix = [value[:cut].copy() if isinstance(value, np.ndarray) else value for value in arguments]
    whole = compute(name, bars, arguments)
    assert whole.dtype == np.float64
    assert whole.shape == (length,)
    np.testing.assert_array_equal(compute(name, bars.part(0, cut), prefix), whole[:cut])
    assert not np.isinf(whole).any()
    known = whole[~np.isnan(whole)]
    assert function.low is None or (known >= function.low).all()
    assert function.high is None or (known <= function.high).all()


@pytest.mark.parametrize("name", SERIES)
def test_arguments_are_left_as_they_are(name: str) -> None:
    bars = samples.candles(80)
    arguments = samples.arguments(FUNCTIONS[name], bars, [20])
    before = [np.copy(value) for value in arguments]
    for value in arguments:
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
    result = compute(name, bars, arguments)
    assert result.flags.writeable
    for value, copy in zip(arguments, before, strict=True):
        np.testing.assert_array_equal(value, copy)


@pytest.mark.parametrize("name", sorted(OF_SERIES))
@pytest.mark.parametrize("holes", [[0], [0, 1, 2, 3], [30], [30, 31, 45]])
def test_a_function_restarts_after_a_hole(name: str, holes: list[int]) -> None:
    function = FUNCTIONS[name]
    bars = samples.candles(120)
    restart = holes[-1] + 1
    arguments = samples.arguments(function, bars, holes)
    rest = [value[restart:] if isinstance(value, np.ndarray) else value for value in arguments]
    whole = compute(name, bars, arguments)
    np.testing.assert_array_equal(whole[restart:], compute(name, bars.part(restart, 120), rest))
    assert np.isnan(whole[holes]).all()


@pytest.mark.parametrize("name", sorted(OF_SERIES))
def test_a_hole_in_one_operand_is_a_hole_in_all(name: str) -> None:
    function = FUNCTIONS[name]
    bars = samples.candles(60)
    arguments = samples.arguments(function, bars)
    last = [i for i, a in enumerate(function.arguments) if a.kind in ("series", "condition")][-1]
    values = arguments[last]
    assert isinstance(values, np.ndarray)
    values[40] = np.nan
    assert np.isnan(compute(name, bars, arguments)[40])


@pytest.mark.parametrize("name", sorted(OF_SERIES))
def test_nothing_known_is_nothing_known(name: str) -> None:
    bars = samples.candles(60)
    arguments = samples.arguments(FUNCTIONS[name], bars, range(60))
    assert np.isnan(compute(name, bars, arguments)).all()


def test_infinity_counts_as_a_hole() -> None:
    bars = samples.candles(6)
    x = np.array([1.0, 2.0, np.inf, 3.0, 4.0, 5.0])
    np.testing.assert_array_equal(compute("sma", bars, [x, 2]), [np.nan, 1.5, np.nan, np.nan, 3.5, 4.5])


def test_one_number_stands_for_all_bars() -> None:
    bars = samples.candles(4)
    np.testing.assert_array_equal(compute("sma", bars, [7.0, 2]), [np.nan, 7, 7, 7])
    np.testing.assert_array_equal(compute("count", bars, [1.0, 2]), [np.nan, 2, 2, 2])


def test_a_price_that_never_moves() -> None:
    flat = np.full(40, 20_000.1)
    bars = samples.candles(40)
    assert np.isnan(compute("zscore", bars, [flat, 10])).all()
    assert np.isnan(compute("band_position", bars, [flat, 10, 2])).all()
    np.testing.assert_array_equal(compute("stddev", bars, [flat, 10])[9:], 0)
    np.testing.assert_array_equal(compute("roc", bars, [flat, 10])[10:], 0)


def test_a_rate_of_change_from_zero_is_unknown() -> None:
    bars = samples.candles(4)
    x = np.array([0.0, 1.0, 2.0, 3.0])
    np.testing.assert_array_equal(compute("roc", bars, [x, 1]), [np.nan, np.nan, 100, 50])


def test_the_wrong_number_of_arguments_is_a_bug() -> None:
    with pytest.raises(ValueError, match="argument"):
        compute("rsi", samples.candles(5), [])


@pytest.mark.parametrize("length", [0, 1, 2, 50])
def test_a_universe_prefix_has_the_values_of_the_whole(length: int) -> None:
    members = [member("advancing_share", samples.candles(length, seed, ties=True)) for seed in range(4)]
    matrix = np.array(members)
    matrix[1, : length // 2] = np.nan
    matrix[2, length // 3 :] = np.nan
    whole = across("advancing_share", matrix, [3])
    assert whole.shape == (length,)
    for cut in range(length):
        np.testing.assert_array_equal(across("advancing_share", matrix[:, :cut], [3]), whole[:cut])
