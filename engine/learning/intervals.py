"""Intervals of a mean from a bootstrap over calendar weeks: signals of one week move together."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.model.candles import Floats
from engine.model.timeframe import DAY_MS

FIRST_MONDAY_MS: Final = 4 * DAY_MS
WEEK_MS: Final = 7 * DAY_MS


def calendar_weeks(at_ms: Sequence[int]) -> NDArray[np.int64]:
    """Number of the UTC calendar week (from Monday) of each moment."""
    return (np.asarray(at_ms, dtype=np.int64) - FIRST_MONDAY_MS) // WEEK_MS


@dataclass(slots=True)
class WeeklyBootstrap:
    """Cluster bootstrap with weeks as clusters (Efron & Tibshirani 1993, ch. 8), percentile method.

    `level` is the coverage of the two-sided interval. How often each of n weeks is drawn depends on
    `seed` and n alone, so the same values always give the same bound.
    """

    level: float
    resamples: int
    seed: int
    _drawn: dict[int, NDArray[np.int64]] = field(default_factory=dict)

    def mean_lower_bound(self, values: Floats, at_ms: Sequence[int]) -> float:
        """Lower bound of the mean of `values`, which became facts at `at_ms` (UTC ms).

        NaN with fewer than two weeks: nothing is known of the spread then.
        """
        _, week = np.unique(calendar_weeks(at_ms), return_inverse=True)
        weeks = int(week.max()) + 1 if len(week) else 0
        if weeks < 2:
            return float("nan")
        sums = np.bincount(week, weights=values, minlength=weeks)
        counts = np.bincount(week, minlength=weeks)
        drawn = self._draws(weeks)
        means = (drawn @ sums) / (drawn @ counts)
        return _quantile(np.sort(means), (1 - self.level) / 2)

    def _draws(self, weeks: int) -> NDArray[np.int64]:
        """(resamples, weeks): how often each week is drawn."""
        if weeks not in self._drawn:
            rng = np.random.default_rng([self.seed, weeks])
            self._drawn[weeks] = rng.multinomial(weeks, np.full(weeks, 1 / weeks), size=self.resamples)
        return self._drawn[weeks]


def _quantile(ordered: Floats, share: float) -> float:
    """Quantile of sorted values, linear between neighbours (numpy's own, without its overhead)."""
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return float(ordered[low] + (ordered[high] - ordered[low]) * (place - low))
