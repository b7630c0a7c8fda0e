"""The bound of a mean from a bootstrap over calendar weeks."""

from datetime import UTC, datetime

import numpy as np
import pytest

from engine.learning.intervals import WeeklyBootstrap, calendar_weeks
from engine.model.timeframe import DAY_MS
from tests.learning.outcomes import MONDAY


def moment(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def bootstrap(seed: int = 7, level: float = 0.95, resamples: int = 2_000) -> WeeklyBootstrap:
    return WeeklyBootstrap(level, resamples, seed)


def test_a_week_begins_on_monday() -> None:
    weeks = calendar_weeks(
        [
            moment("2021-01-03T23:59:59.999"),  # Sunday
            moment("2021-01-04"),  # Monday
            moment("2021-01-10T23:00"),  # Sunday
            moment("2021-01-11"),  # Monday
            moment("1970-01-01"),  # a Thursday, in week -1
        ]
    )
    assert (weeks - weeks[1]).tolist()[:4] == [-1, 0, 0, 1]
    assert weeks[4] == -1


@pytest.mark.parametrize("days", [[], [0], [0, 1, 6], [6, 6, 6]])
def test_nothing_is_known_of_a_single_week(days: list[int]) -> None:
    values = np.arange(len(days), dtype=np.float64)
    assert np.isnan(bootstrap().mean_lower_bound(values, [MONDAY + day * DAY_MS for day in days]))


def test_two_weeks_are_enough() -> None:
    # Of two weeks a resample draws (2, 0), (1, 1) or (0, 2): means 1, 2, 3; a quarter of them is 1.
    bound = bootstrap().mean_lower_bound(np.array([1.0, 3.0]), [MONDAY, MONDAY + 7 * DAY_MS])
    assert bound == 1.0
    half = bootstrap(level=0.4).mean_lower_bound(np.array([1.0, 3.0]), [MONDAY, MONDAY + 7 * DAY_MS])
    assert half == 2.0  # the 0.3 quantile


def test_a_week_counts_with_all_its_outcomes() -> None:
    """Three outcomes of -1 and one of +1 in another week: a resample of one each has mean -0.5, not 0."""
    days = [0, 1, 2, 7]
    values = np.array([-1.0, -1.0, -1.0, 1.0])
    bound = bootstrap(level=0.4).mean_lower_bound(values, [MONDAY + day * DAY_MS for day in days])
    assert bound == -0.5


def test_the_same_seed_gives_the_same_bound() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(size=60)
    days = [MONDAY + day * DAY_MS for day in range(60)]
    first = bootstrap(seed=7)
    bound = first.mean_lower_bound(values, days)
    assert first.mean_lower_bound(values, days) == bound
    # What was asked before does not matter, nor in which order.
    other = bootstrap(seed=7)
    other.mean_lower_bound(values[:30], days[:30])
    assert other.mean_lower_bound(values, days) == bound
    assert bootstrap(seed=8).mean_lower_bound(values, days) != bound


def test_the_order_of_outcomes_does_not_matter() -> None:
    rng = np.random.default_rng(4)
    values = rng.integers(-3, 4, size=40).astype(np.float64)  # whole numbers: sums are exact in any order
    days = np.array([MONDAY + int(day) * DAY_MS for day in rng.integers(0, 90, size=40)])
    shuffled = rng.permutation(40)
    assert bootstrap().mean_lower_bound(values, days.tolist()) == bootstrap().mean_lower_bound(
        values[shuffled], days[shuffled].tolist()
    )


def test_the_bound_lies_below_the_mean_in_about_39_of_40_samples() -> None:
    """Twenty weeks of four outcomes that share half their variance: the true mean is 0."""
    rng = np.random.default_rng(11)
    interval = bootstrap(resamples=400)
    days = [MONDAY + (7 * week + day) * DAY_MS for week in range(20) for day in range(4)]
    samples = 400
    above = 0
    for _ in range(samples):
        shared = np.repeat(rng.normal(size=20), 4)
        above += interval.mean_lower_bound(shared + rng.normal(size=80), days) > 0
    # 2.5 % is promised for many weeks; twenty make the percentile method a little too bold.
    assert 0.01 <= above / samples <= 0.06


def test_outcomes_of_one_week_are_no_independent_evidence() -> None:
    """Taken one by one the same values would give a much higher bound."""
    rng = np.random.default_rng(12)
    shared = np.repeat(rng.normal(0.3, 1.0, size=12), 10)
    in_weeks = [MONDAY + 7 * week * DAY_MS for week in range(12) for _ in range(10)]
    apart = [MONDAY + 7 * week * DAY_MS for week in range(120)]
    assert bootstrap().mean_lower_bound(shared, in_weeks) < bootstrap().mean_lower_bound(shared, apart) - 0.2
