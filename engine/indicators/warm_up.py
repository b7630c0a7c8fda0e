"""Warm-up rules of the function table: how many bars until a value, until a settled one.

The rules take the periods and numbers of a call in the order of its arguments.
"""

import math
from collections.abc import Sequence
from typing import Final

Numbers = Sequence[float]

FORGOTTEN: Final = 1e-10
"""Share of its start that a recursive value may still hold when it counts as settled."""

LONG_AGO: Final = 1000
"""Bars after which `bars_since` and `bars_held` count as settled.

Neither forgets its start: a condition may last have held before any history that is kept.
A condition that stays true, or stays false, for longer than this is of no use in a rule."""


def forget(alpha: float) -> int:
    """Bars until a smoothing with weight `alpha` (0-1] for the newest value forgot its start."""
    return 0 if alpha >= 1 else math.ceil(math.log(FORGOTTEN) / math.log1p(-alpha))


def ema_alpha(n: float) -> float:
    """Weight of the newest value in an exponential average of `n` bars."""
    return 2 / (n + 1)


def wilder_alpha(n: float) -> float:
    """Weight of the newest value in Wilder's smoothing of `n` bars."""
    return 1 / n


def kama_alpha(n: float) -> float:
    """Weight of the newest value in Kaufman's average when its efficiency ratio is low.

    The weight moves with the market between (2/31)² and (2/3)². A random walk has a mean
    efficiency of about 1/sqrt(n); 0.4 of that is taken, since the rigorous bound (an
    efficiency of 0 on every bar) would ask for 5,500 bars that no market needs.
    """
    efficiency = 0.4 / math.sqrt(n)
    fast, slow = 2 / 3, 2 / 31
    return (efficiency * (fast - slow) + slow) ** 2


def none(_: Numbers) -> int:
    """A value from the first bar on."""
    return 0


def n_bars(numbers: Numbers) -> int:
    """The value needs the n bars before its own."""
    return int(numbers[0])


def n_less_one(numbers: Numbers) -> int:
    """The value needs n bars, its own among them."""
    return int(numbers[0]) - 1


def ema_forgets(numbers: Numbers) -> int:
    """One exponential average of n bars."""
    return forget(ema_alpha(numbers[0]))


def ema_chain_forgets(numbers: Numbers) -> int:
    """Averages of averages: as fast as one, times a polynomial in the bars; twice is ample."""
    return 2 * ema_forgets(numbers)


def wilder_forgets(numbers: Numbers) -> int:
    """One of Wilder's smoothings of n bars."""
    return forget(wilder_alpha(numbers[0]))


def wilder_chain_forgets(numbers: Numbers) -> int:
    """A smoothing of a smoothing; twice is ample."""
    return 2 * wilder_forgets(numbers)


def kama_forgets(numbers: Numbers) -> int:
    """Kaufman's average in a market of low efficiency."""
    return forget(kama_alpha(numbers[0]))


def macd_warm_up(numbers: Numbers) -> int:
    """TA-Lib starts all three lines with the first value of the signal."""
    fast, slow, signal = numbers
    return int(max(fast, slow) + signal) - 2


def macd_forgets(numbers: Numbers) -> int:
    """The slower average, then the signal's."""
    fast, slow, signal = numbers
    return forget(ema_alpha(max(fast, slow))) + forget(ema_alpha(signal))


def sar_forgets(_: Numbers) -> int:
    """Two reversals wipe out the start; a market without them for this long is not seen in practice."""
    return 300


def stochastic_warm_up(numbers: Numbers) -> int:
    """A window and two simple averages, one upon the other."""
    return int(sum(numbers)) - len(numbers)


def swing_warm_up(numbers: Numbers) -> int:
    """The earliest: two swing points of one kind are at least wing + 1 bars apart."""
    wing, k = int(numbers[0]), int(numbers[1])
    return 2 * wing + (k - 1) * (wing + 1)


def swing_forgets(numbers: Numbers) -> int:
    """Bars within which the k-th latest swing point lies in practice.

    No finite bound exists (a market that only rises has no swing low). Of a random walk about
    every tenth bar is a swing point of wing 3; twenty times the width of a swing for each
    point leaves a chance of about one in a million that it lies further back.
    """
    wing, k = int(numbers[0]), int(numbers[1])
    return 20 * (2 * wing + 1) * k


def divergence_warm_up(numbers: Numbers) -> int:
    """The first bar of the window has its left wing too, so the whole window is judged."""
    wing, window = int(numbers[0]), int(numbers[1])
    return window + wing - 1


def long_ago(_: Numbers) -> int:
    """See LONG_AGO."""
    return LONG_AGO
