"""Breadth: the share of advancing symbols, joined by time."""

import numpy as np

from engine.indicators.compute import across, member
from engine.model.candles import Candles

NAN = np.nan


def test_a_member_says_whether_its_close_rose() -> None:
    close = np.array([10.0, 11.0, 11.0, 9.0])
    bars = Candles("XBTUSDTM", "1d", np.arange(4), close, close, close, close, close)
    np.testing.assert_array_equal(member("advancing_share", bars), [NAN, 1, 0, -1])


def test_unchanged_symbols_count_as_known_but_neither_way() -> None:
    matrix = np.array([[1.0, 1.0], [1.0, 0.0], [-1.0, 0.0], [-1.0, -1.0]])
    np.testing.assert_array_equal(across("advancing_share", matrix, [4]), [0.5, 0.5])
    matrix = np.array([[1.0, 1.0], [1.0, 0.0], [1.0, 0.0], [-1.0, -1.0]])
    np.testing.assert_array_equal(across("advancing_share", matrix, [4]), [0.75, 0.5])


def test_too_few_known_symbols_are_unknown() -> None:
    matrix = np.array([[1.0, NAN, -1.0], [1.0, 1.0, 1.0], [-1.0, 1.0, -1.0]])
    np.testing.assert_array_equal(across("advancing_share", matrix, [3]), [2 / 3, NAN, 1 / 3])
    np.testing.assert_array_equal(across("advancing_share", matrix, [2]), [2 / 3, 1, 1 / 3])
    np.testing.assert_array_equal(across("advancing_share", matrix, [4]), [NAN, NAN, NAN])


def test_where_nothing_moved_the_value_before_stands() -> None:
    still = [0.0, 1.0, 0.0, 0.0, NAN, 0.0, -1.0]
    np.testing.assert_array_equal(
        across("advancing_share", np.array([still, still]), [2]), [NAN, 1, 1, 1, NAN, NAN, 0]
    )


def test_no_symbols_are_unknown() -> None:
    np.testing.assert_array_equal(across("advancing_share", np.empty((0, 2)), [1]), [NAN, NAN])
    assert across("advancing_share", np.empty((3, 0)), [1]).shape == (0,)
