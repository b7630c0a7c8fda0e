"""Our own rows, computed by hand: lags, channels, places in a window, counted and held conditions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.indicators.compute import compute
from engine.model.candles import Candles

from . import samples

T, F, U = 1.0, 0.0, np.nan
NAN = np.nan


def bars_of(high: list[float], low: list[float]) -> Candles:
    columns = np.array(high, float), np.array(low, float)
    return Candles("XBTUSDTM", "1d", np.arange(len(high)), columns[1], *columns, columns[1], columns[0])


def run(name: str, *arguments: list[float] | float) -> list[float]:
    """The values of a row whose first argument is a written series."""
    length = next(len(value) for value in arguments if isinstance(value, list))
    given = [np.array(value) if isinstance(value, list) else value for value in arguments]
    return compute(name, samples.candles(length), given).tolist()


def test_prev_and_change_look_back_and_move_holes_along() -> None:
    np.testing.assert_equal(run("prev", [1, 2, U, 4, 5], 2), [NAN, NAN, 1, 2, NAN])
    np.testing.assert_equal(run("change", [1, 2, U, 4, 7], 1), [NAN, 1, NAN, NAN, 3])


def test_donchian_leaves_the_current_bar_out() -> None:
    bars = bars_of(high=[5, 7, 6, 9, 8], low=[4, 3, 5, 2, 6])
    np.testing.assert_equal(compute("donchian_high", bars, [2]), [NAN, NAN, 7, 7, 9])
    np.testing.assert_equal(compute("donchian_low", bars, [2]), [NAN, NAN, 3, 3, 2])


def test_a_bar_can_break_its_channel() -> None:
    bars = samples.candles(300)
    assert (bars.close > compute("donchian_high", bars, [20])).any()
    assert not (bars.close > compute("highest", bars, [bars.high, 20])).any()


def test_zscore() -> None:
    # Of 1, 2, 3: mean 2, population deviation sqrt(2/3); of 3, 3, 3 the deviation is 0.
    np.testing.assert_allclose(
        run("zscore", [1, 2, 3, 3, 3], 3), [NAN, NAN, 1.5**0.5, 0.5**0.5, NAN], rtol=1e-12
    )


def test_band_position() -> None:
    # Of 1, 2, 3 with k = 2 the band is 2 ± 2 sqrt(2/3): 3 lies at 1/2 + 1 / (4 sqrt(2/3)).
    expected = 0.5 + 1 / (4 * (2 / 3) ** 0.5)
    np.testing.assert_allclose(run("band_position", [1, 2, 3], 3, 2), [NAN, NAN, expected], rtol=1e-12)
    np.testing.assert_equal(run("band_position", [4, 4, 4], 3, 2), [NAN, NAN, NAN])


def test_percent_rank_counts_the_values_before_that_lie_below() -> None:
    np.testing.assert_equal(run("percent_rank", [1, 2, 3, 2, 0, 9], 2), [NAN, NAN, 100, 0, 0, 100])
    np.testing.assert_equal(run("percent_rank", [1, 5, 3], 2), [NAN, NAN, 50])


def test_count() -> None:
    np.testing.assert_equal(run("count", [T, F, T, T, U, T, T, F], 3), [NAN, NAN, 2, 2, NAN, NAN, NAN, 2])


def test_bars_since() -> None:
    np.testing.assert_equal(run("bars_since", [F, T, F, F, T, U, F, T]), [NAN, 0, 1, 2, 0, NAN, NAN, 0])


@pytest.mark.parametrize(
    ("start", "hold", "held"),
    [
        pytest.param([F, T, F, F, F], [T, T, T, T, F], [0, 1, 2, 3, 0], id="on until hold ends"),
        pytest.param([T, F, T, F, F], [T, T, T, T, T], [1, 2, 3, 4, 5], id="no restart while on"),
        pytest.param([T, F, T, F, F], [T, F, T, T, F], [1, 0, 1, 2, 0], id="a new start after the end"),
        pytest.param([T, F, F], [F, T, T], [1, 2, 3], id="the first bar counts by start alone"),
        pytest.param([T, F, T, F], [T, T, F, T], [1, 2, 1, 2], id="hold ends where start is true"),
        pytest.param([T, F, F, T], [T, U, T, T], [1, NAN, 0, 1], id="unknown hold breaks it"),
        pytest.param([T, U, F, T], [T, T, T, T], [1, NAN, 0, 1], id="unknown start breaks it"),
        pytest.param([F, F], [T, T], [0, 0], id="hold alone starts nothing"),
    ],
)
def test_bars_held(start: list[float], hold: list[float], held: list[float]) -> None:
    np.testing.assert_equal(run("bars_held", start, hold), held)


truths = st.sampled_from([T, F, U])


@given(st.lists(st.tuples(truths, truths), min_size=1, max_size=40))
def test_bars_held_says_what_a_loop_says(pairs: list[tuple[float, float]]) -> None:
    expected: list[float] = []
    held = 0
    for start, hold in pairs:
        unknown = np.isnan(start) or np.isnan(hold)
        if unknown:
            held = 0
        elif held and hold:
            held += 1
        else:
            held = int(start)
        expected.append(NAN if unknown else held)
    starts, holds = (list(column) for column in zip(*pairs, strict=True))
    np.testing.assert_equal(run("bars_held", starts, holds), expected)
