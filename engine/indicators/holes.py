"""Holes in operands: a function over series restarts after every unknown value."""

from collections.abc import Callable, Sequence

import numpy as np

from engine.model.candles import Floats

Kernel = Callable[..., Floats]


def restarted(kernel: Kernel, series: Sequence[Floats], numbers: Sequence[float], warm_up: int) -> Floats:
    """`kernel(*series, *numbers)` over each run of bars on which every series is known.

    The series are float64 arrays of one length; the result has that length and is NaN outside
    the runs and in the warm-up of each. A recursive function would otherwise stay unknown for
    ever after one hole, and some of TA-Lib's turn finite and wrong.
    """
    unknown = np.isnan(series[0])
    for values in series[1:]:
        unknown |= np.isnan(values)
    if not unknown.any():
        return kernel(*series, *numbers)
    result = np.full(len(unknown), np.nan)
    # A padded change of state marks the first bar of each run and the first bar after it.
    known = np.concatenate(([False], ~unknown, [False]))
    edges = np.flatnonzero(known[1:] != known[:-1]).reshape(-1, 2)
    for start, stop in edges[edges[:, 1] - edges[:, 0] > warm_up].tolist():
        result[start:stop] = kernel(*(values[start:stop] for values in series), *numbers)
    return result
