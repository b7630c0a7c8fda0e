"""Swing points, known when their right wing has closed, and the divergences between them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.indicators.compute import compute

from . import samples

NAN = np.nan


def run(name: str, *arguments: list[float] | float) -> list[float]:
    length = next(len(value) for value in arguments if isinstance(value, list))
    given = [np.array(value, float) if isinstance(value, list) else value for value in arguments]
    return compute(name, samples.candles(length), given).tolist()


#      bar  0  1  2  3  4  5  6  7  8  9
PRICE = [1, 2, 5, 3, 2, 4, 7, 6, 5, 6]


def test_a_swing_high_is_known_wing_bars_later() -> None:
    # Bar 2 (5) is known on bar 4, bar 6 (7) on bar 8.
    np.testing.assert_equal(run("swing_high", PRICE, 2, 1), [NAN, NAN, NAN, NAN, 5, 5, 5, 5, 7, 7])
    np.testing.assert_equal(run("swing_high_age", PRICE, 2, 1), [NAN, NAN, NAN, NAN, 2, 3, 4, 5, 2, 3])
    np.testing.assert_equal(run("swing_high", PRICE, 2, 2), [NAN] * 8 + [5, 5])
    np.testing.assert_equal(run("swing_high_age", PRICE, 2, 2), [NAN] * 8 + [6, 7])
    np.testing.assert_equal(run("swing_high", PRICE, 2, 3), [NAN] * 10)


def test_lows_are_the_mirror() -> None:
    np.testing.assert_equal(run("swing_low", PRICE, 2, 1), [NAN] * 6 + [2, 2, 2, 2])
    np.testing.assert_equal(run("swing_low_age", PRICE, 2, 1), [NAN] * 6 + [2, 3, 4, 5])


def test_of_equal_tops_the_first_counts_once() -> None:
    np.testing.assert_equal(run("swing_high_age", [1, 3, 3, 1, 1], 1, 1), [NAN, NAN, 1, 2, 3])
    np.testing.assert_equal(run("swing_high_age", [1, 3, 3, 1, 1], 1, 2), [NAN] * 5)
    np.testing.assert_equal(run("swing_high", [2, 2, 2, 2, 2], 1, 1), [NAN] * 5)


def test_swings_before_a_hole_are_forgotten() -> None:
    price = [1, 3, 1, NAN, 1, 2, 1]
    np.testing.assert_equal(run("swing_high", price, 1, 1), [NAN, NAN, 3, NAN, NAN, NAN, 2])


@given(st.lists(st.integers(0, 6), min_size=1, max_size=40), st.integers(1, 4), st.integers(1, 3))
def test_swings_say_what_a_loop_says(prices: list[int], wing: int, k: int) -> None:
    x = [float(price) for price in prices]
    expected = []
    for now in range(len(x)):
        known = [
            x[bar]
            for bar in range(wing, now - wing + 1)
            if all(x[bar] > x[bar - step] and x[bar] >= x[bar + step] for step in range(1, wing + 1))
        ]
        expected.append(known[-k] if len(known) >= k else NAN)
    np.testing.assert_equal(run("swing_high", x, wing, k), expected)
    np.testing.assert_equal(
        run("swing_low", [-value for value in x], wing, k), [-value for value in expected]
    )


#     bar        0   1   2   3   4   5   6   7   8   9  10
LOWER_LOWS = [110, 100, 105, 108, 102, 95, 99, 104, 106, 107, 108]
HIGHER_LOWS = [50, 30, 40, 45, 38, 33, 36, 44, 47, 48, 49]
# Price 100 -> 95 is 5 %, the oscillator 30 -> 33 is 10 %; both lows (bars 1, 5) are known on bar 6.
STRENGTH = 0.05 + 0.10


def test_bullish_divergence() -> None:
    values = run("bullish_divergence", LOWER_LOWS, HIGHER_LOWS, 1, 7)
    # Warm-up 7 bars; on bar 7 the window is bars 1-7, on bar 8 bars 2-8, without the first low.
    np.testing.assert_allclose(values, [NAN] * 7 + [STRENGTH, 0, 0, 0], rtol=1e-12)
    values = run("bullish_divergence", LOWER_LOWS, HIGHER_LOWS, 1, 5)
    np.testing.assert_allclose(values, [NAN] * 5 + [0, 0, 0, 0, 0, 0])


def test_it_is_known_when_the_second_swing_is() -> None:
    values = run("bullish_divergence", [120] * 4 + LOWER_LOWS, [60] * 4 + HIGHER_LOWS, 1, 8)
    np.testing.assert_allclose(values, [NAN] * 8 + [0, 0, STRENGTH, STRENGTH, STRENGTH, 0, 0], rtol=1e-12)


def test_the_oscillator_is_judged_at_its_own_lows() -> None:
    # The oscillator turns a bar before the price does, twice; the window holds all four on bar 8.
    price, oscillator = [120.0, *LOWER_LOWS], [*HIGHER_LOWS, 50.0]
    np.testing.assert_allclose(
        run("bullish_divergence", price, oscillator, 1, 8), [NAN] * 8 + [STRENGTH, 0, 0, 0], rtol=1e-12
    )


MIRROR_PRICE = [200.0 - value for value in LOWER_LOWS]
MIRROR_OSCILLATOR = [100.0 - value for value in HIGHER_LOWS]


@pytest.mark.parametrize(
    ("name", "price", "oscillator", "strength"),
    [
        ("bullish_divergence", LOWER_LOWS, HIGHER_LOWS, 5 / 100 + 3 / 30),
        ("hidden_bullish_divergence", HIGHER_LOWS, LOWER_LOWS, 5 / 100 + 3 / 30),
        # Highs of price 100 -> 105, of the oscillator 70 -> 67, and the other way round.
        ("bearish_divergence", MIRROR_PRICE, MIRROR_OSCILLATOR, 5 / 100 + 3 / 70),
        ("hidden_bearish_divergence", MIRROR_OSCILLATOR, MIRROR_PRICE, 5 / 100 + 3 / 70),
    ],
)
def test_each_divergence_sees_its_own_case_only(
    name: str, price: list[float], oscillator: list[float], strength: float
) -> None:
    every = (
        "bullish_divergence", "hidden_bullish_divergence", "bearish_divergence", "hidden_bearish_divergence"
    )  # fmt: skip
    found = {other: run(other, price, oscillator, 1, 7)[7] for other in every}
    assert found == {other: pytest.approx(strength if other == name else 0) for other in every}


def test_no_divergence_where_both_fall_or_one_stands_still() -> None:
    assert run("bullish_divergence", LOWER_LOWS, LOWER_LOWS, 1, 7)[7] == 0
    level = [max(value, 100) if bar < 6 else value + 9 for bar, value in enumerate(LOWER_LOWS)]
    assert run("bullish_divergence", level, HIGHER_LOWS, 1, 7)[7] == 0


def test_strength_is_cut_at_one() -> None:
    oscillator = [5.0, 0.0, 3.0, 4.0, 3.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    assert run("bullish_divergence", LOWER_LOWS, oscillator, 1, 7)[7] == 1


def test_an_unknown_operand_is_unknown_and_starts_the_warm_up_again() -> None:
    oscillator = [*HIGHER_LOWS[:8], NAN, *HIGHER_LOWS[9:]]
    np.testing.assert_allclose(
        run("bullish_divergence", LOWER_LOWS, oscillator, 1, 7), [NAN] * 7 + [STRENGTH, NAN, NAN, NAN]
    )
