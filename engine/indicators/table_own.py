"""Rows of the function table that TA-Lib lacks: lags, channels, swings, divergences, runs, breadth."""

from typing import Final

from engine.indicators import warm_up as w
from engine.indicators.rows import ANY, BAND_WIDTH, PERCENT, POSITIVE, SHARE, X, period, row
from engine.model.function import Argument, Function
from engine.model.unit import Unit

CONDITION: Final = Argument("condition", "condition")
N1: Final = period(low=1)
N2: Final = period()
WING: Final = period("wing", 1, 100)
SWING: Final = (X, WING, period("k", 1, 20))
DIVERGENCE: Final = (Argument("price", "series"), Argument("oscillator", "series"), WING, period("window"))


def _swing(name: str, sentence: str, unit: Unit | str) -> Function:
    bounds = ANY if unit == "x" else POSITIVE
    return row(name, SWING, unit, sentence, w.swing_warm_up, w.swing_forgets, bounds)


def _divergence(name: str, price: str, oscillator: str) -> Function:
    sentence = (
        f"Strength (0-1) of a divergence: within the last `window` bars the last two swing {price}, "
        f"those of the oscillator {oscillator}; 0 without one."
    )
    return row(name, DIVERGENCE, Unit.RATIO, sentence, w.divergence_warm_up, bounds=SHARE)


ROWS: Final[tuple[Function, ...]] = (
    row("prev", (X, N1), "x", "The value n bars ago.", w.n_bars),
    row("change", (X, N1), "x", "The value now - the value n bars ago.", w.n_bars),
    row(
        "donchian_high",
        (N2,),
        Unit.PRICE,
        "Highest high of the n bars before the current one.",
        w.n_bars,
        bounds=POSITIVE,
        columns=("high",),
    ),
    row(
        "donchian_low",
        (N2,),
        Unit.PRICE,
        "Lowest low of the n bars before the current one.",
        w.n_bars,
        bounds=POSITIVE,
        columns=("low",),
    ),
    row(
        "zscore",
        (X, N2),
        Unit.SCORE,
        "Distance from the mean of the last n values in population deviations; unknown where those are 0.",
        w.n_less_one,
    ),
    row(
        "band_position",
        (X, N2, BAND_WIDTH),
        Unit.RATIO,
        "Place between the Bollinger bands: 0 at the lower, 1 at the upper; unknown where they meet.",
        w.n_less_one,
    ),
    row(
        "percent_rank",
        (X, N1),
        Unit.INDEX,
        "Share (0-100) of the n values before the current one that lie below it.",
        w.n_bars,
        bounds=PERCENT,
    ),
    _swing(
        "swing_high",
        "Value of the k-th latest swing high: a bar strictly above the `wing` bars before it and "
        "not below the `wing` bars after it, known once those have closed.",
        "x",
    ),
    _swing(
        "swing_low",
        "Value of the k-th latest swing low: a bar strictly below the `wing` bars before it and "
        "not above the `wing` bars after it, known once those have closed.",
        "x",
    ),
    _swing("swing_high_age", "Bars since the bar of the k-th latest swing high; at least `wing`.", Unit.BARS),
    _swing("swing_low_age", "Bars since the bar of the k-th latest swing low; at least `wing`.", Unit.BARS),
    _divergence("bullish_divergence", "lows of price fall", "rise"),
    _divergence("bearish_divergence", "highs of price rise", "fall"),
    _divergence("hidden_bullish_divergence", "lows of price rise", "fall"),
    _divergence("hidden_bearish_divergence", "highs of price fall", "rise"),
    row(
        "count",
        (CONDITION, N1),
        Unit.BARS,
        "Bars of the last n on which the condition held.",
        w.n_less_one,
        bounds=POSITIVE,
    ),
    row(
        "bars_since",
        (CONDITION,),
        Unit.BARS,
        "Bars since the condition last held (0 now); unknown before the first time.",
        w.none,
        w.long_ago,
        POSITIVE,
    ),
    row(
        "bars_held",
        (Argument("start", "condition"), Argument("hold", "condition")),
        Unit.BARS,
        "Bars since `start` was true, that bar included, while `hold` went on holding on every bar after it; "
        "0 while off.",
        w.none,
        w.long_ago,
        POSITIVE,
    ),
    row(
        "advancing_share",
        (period("min_symbols", 1),),
        Unit.RATIO,
        "Advancers / (advancers + decliners) over all symbols; the value before where no symbol moved, "
        "unknown with fewer known symbols than min_symbols.",
        lambda _: 1,
        bounds=SHARE,
        columns=("close",),
        universe=True,
    ),
)
