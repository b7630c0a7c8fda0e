"""Intervals of a mean from a bootstrap over calendar weeks: signals of one week move together."""

import numpy as np

from engine.model.candles import Floats, Times
from engine.model.timeframe import DAY_MS

_FIRST_MONDAY_MS = 4 * DAY_MS
_WEEK_MS = 7 * DAY_MS


def calendar_weeks(at_ms: Times) -> Times:
    """Number of the UTC calendar week (from Monday) of each moment."""
    return (at_ms - _FIRST_MONDAY_MS) // _WEEK_MS


def mean_lower_bound(values: Floats, at_ms: Times, level: float, resamples: int, seed: int) -> float:
    """Lower bound of the `level` interval of the mean of `values`, weeks drawn with replacement.

    Cluster bootstrap (Efron & Tibshirani 1993, ch. 8) with weeks as clusters, percentile method.
    NaN with fewer than two weeks: nothing is known of the spread then. The same seed and weeks
    give the same bound.
    """
    _, week = np.unique(calendar_weeks(at_ms), return_inverse=True)
    weeks = int(week.max()) + 1 if len(week) else 0
    if weeks < 2:
        return float("nan")
    sums = np.bincount(week, weights=values, minlength=weeks)
    counts = np.bincount(week, minlength=weeks)
    drawn = np.random.default_rng([seed, weeks]).multinomial(weeks, np.full(weeks, 1 / weeks), size=resamples)
    means = (drawn @ sums) / (drawn @ counts)
    return float(np.quantile(means, (1 - level) / 2))
