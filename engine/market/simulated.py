"""The embedded market: seeded candles with regimes, correlated groups, clustering, jumps and gaps.

Made, not measured: whoever prints figures of it says so. The model of a symbol's log return a bar:

    r = regime drift + sigma * regime volatility * sqrt(h) * z + jump
    z = sqrt(m) * market + sqrt(g) * group + sqrt(1 - m - g) * own     (Student t, unit variance)
    h' = (1 - persistence) + h * ((persistence - shock) + shock * z^2)  (GARCH(1,1), Bollerslev 1986)

Every symbol draws from generators of its own, seeded by (seed, purpose, name); what is shared is
seeded by the market's or the group's name. So neither the order of the symbols nor which others
are asked for changes a bar, and fewer days give a prefix of more.
"""

import zlib
from collections.abc import Mapping, Sequence

import numpy as np

from engine.market.hash import data_hash
from engine.market.simulated_bars import Path, bars_along
from engine.market.symbols import Groups, base_of, group_of
from engine.model.candles import Candles, Floats, Times, Universe
from engine.model.config import Market, Simulated
from engine.model.problem import CashTownError
from engine.model.timeframe import DAY_MS, DURATION_MS

DAYS_A_YEAR = 365
LARGEST_SHOCK = 8.0
LARGEST_VARIANCE = 12.0
"""Bounds, in deviations and as a factor, that keep fat tails under clustering from exploding."""

STAGES = 4
"""Exponential stages of a regime: with one, a single regime could fill a whole replay."""

START_PRICES: Mapping[str, float] = {"XBT": 25_000.0, "ETH": 1_700.0}
START_PRICE_RANGE = (0.4, 40.0)
JUMP_RANGE = (0.5, 1.5)


def simulated_universe(
    market: Market,
    groups: Groups,
    symbols: Sequence[str],
    timeframe: str,
    seed: int,
    days: int | None = None,
) -> Universe:
    """`days` (default: as declared) of candles of `timeframe` for `symbols`, from the declared start.

    The same seed gives the same bars. Volatilities are looked up by group, else "other".
    Clustering is a bar's to the next, whatever the timeframe. Raises CashTownError for an unknown
    timeframe, no symbols or less than a day.
    """
    declared = market.simulated
    length = declared.days if days is None else days
    if timeframe not in DURATION_MS:
        raise CashTownError(f"unknown timeframe {timeframe}; known are {', '.join(DURATION_MS)}")
    if length < 1:
        raise CashTownError(f"the simulated market needs at least one day, not {length}")
    if not symbols:
        raise CashTownError("the simulated market needs at least one symbol")
    step = DURATION_MS[timeframe]
    time = declared.start_ms + step * np.arange(length * DAY_MS // step, dtype=np.int64)
    names = sorted(set(symbols))
    bases = [base_of(symbol, market) for symbol in names]
    group_names = [group_of(base, market, groups) for base in bases]

    z = _shocks(declared, seed, names, group_names, len(time))
    h = _clustering(declared, z)
    drift, calm = _regimes(declared, seed, time)
    per_bar = step / DAY_MS / DAYS_A_YEAR
    candles: dict[str, Candles] = {}
    for i, symbol in enumerate(names):
        sigma, jumps = _size(declared, group_names[i], per_bar, seed, symbol, len(time))
        deviation = sigma * calm * np.sqrt(h[i])
        path = Path(
            time=time,
            returns=drift * (step / DAY_MS) + deviation * z[i] + jumps,
            deviation=deviation,
            usual=sigma,
            start=_start_price(bases[i], seed, symbol),
        )
        bars = bars_along(path, symbol, timeframe, generator(seed, "bars", symbol))
        candles[symbol] = _with_gaps(bars, declared, per_bar, generator(seed, "gaps", symbol))
    source = f"simulated market, seed {seed}: made, not measured"
    return Universe(candles, timeframe, source, True, data_hash(candles))


def generator(seed: int, purpose: str, name: str = "") -> np.random.Generator:
    """The generator that belongs to one purpose and name; the same on every machine."""
    return np.random.default_rng([abs(seed), seed < 0, zlib.crc32(f"{purpose} {name}".encode())])


def _shocks(
    declared: Simulated, seed: int, symbols: Sequence[str], groups: Sequence[str], bars: int
) -> Floats:
    """z of each symbol (row) and bar (column): the shared and the own parts, unit variance."""
    degrees = declared.tail_degrees
    scale = np.sqrt((degrees - 2) / degrees)

    def draws(purpose: str, name: str = "") -> Floats:
        tails: Floats = generator(seed, purpose, name).standard_t(degrees, bars) * scale
        return np.clip(tails, -LARGEST_SHOCK, LARGEST_SHOCK)

    market = draws("market")
    group = {name: draws("group", name) for name in sorted(set(groups))}
    own_share = 1 - declared.market_share - declared.group_share
    return np.array(
        [
            np.sqrt(declared.market_share) * market
            + np.sqrt(declared.group_share) * group[name]
            + np.sqrt(max(own_share, 0.0)) * draws("own", symbol)
            for symbol, name in zip(symbols, groups, strict=True)
        ]
    )


def _clustering(declared: Simulated, z: Floats) -> Floats:
    """Conditional variance h of each symbol and bar, 1 in the long run (its bound apart)."""
    shock, persistence = declared.clustering_shock, declared.clustering_persistence
    growth = np.ascontiguousarray((persistence - shock + shock * np.square(z)).T)
    variance = np.empty_like(growth)
    # The one loop over bars: each step is a vector over all symbols.
    h = np.ones(z.shape[0])
    for row, factor in zip(variance, growth, strict=True):
        row[:] = h
        h *= factor
        h += 1 - persistence
        np.minimum(h, LARGEST_VARIANCE, out=h)
    return np.ascontiguousarray(variance.T)


def _regimes(declared: Simulated, seed: int, time: Times) -> tuple[Floats, Floats]:
    """Drift a day (log return) and volatility factor of each bar; one Markov chain for all symbols.

    A regime passes through its stages; the next is any other, equally likely. The factors are
    scaled so that over time the variance stays the declared one.
    """
    regimes = declared.regimes
    weights = np.array([regime.mean_days for regime in regimes])
    squares = np.array([regime.volatility for regime in regimes]) ** 2
    factors = np.sqrt(squares / np.average(squares, weights=weights))
    drifts = np.array([regime.drift_pct for regime in regimes]) / 100

    rng = generator(seed, "regimes")
    days = (time - time[0]) / DAY_MS
    states, ends, end = [int(rng.integers(len(regimes)))], [], 0.0
    while True:
        end += rng.gamma(STAGES, regimes[states[-1]].mean_days / STAGES)
        if end > days[-1]:
            break
        ends.append(end)
        states.append((states[-1] + int(rng.integers(1, max(len(regimes), 2)))) % len(regimes))
    at = np.array(states)[np.searchsorted(np.array(ends), days, side="right")]
    return drifts[at], factors[at]


def _size(
    declared: Simulated, group: str, per_bar: float, seed: int, symbol: str, bars: int
) -> tuple[float, Floats]:
    """Standard deviation of a usual bar, and the jumps (log return, 0 on most bars).

    The variance of the jumps is part of the declared volatility, up to half of it.
    """
    volatility = declared.annual_volatility_pct
    annual = volatility.get(group, volatility.get("other", 0.0)) / 100
    size = declared.jump_size_pct / 100
    low, high = JUMP_RANGE
    mean_square = (low * low + low * high + high * high) / 3
    jump_variance = declared.jumps_a_year * size**2 * mean_square
    sigma = np.sqrt(max(annual**2 - jump_variance, annual**2 / 2) * per_bar)

    draws = generator(seed, "jumps", symbol).random((bars, 3))
    happens = draws[:, 0] < declared.jumps_a_year * per_bar
    sizes = size * (low + (high - low) * draws[:, 1])
    return float(sigma), np.where(happens, np.where(draws[:, 2] < 0.5, -sizes, sizes), 0.0)


def _start_price(base: str, seed: int, symbol: str) -> float:
    low, high = START_PRICE_RANGE
    drawn = low * (high / low) ** generator(seed, "start", symbol).random()
    return START_PRICES.get(base, float(drawn))


def _with_gaps(bars: Candles, declared: Simulated, per_bar: float, rng: np.random.Generator) -> Candles:
    """`bars` without the missing ones: holes of 1 ... gap_max_bars bars, never the first bar."""
    number = len(bars)
    draws = rng.random((number, 2))
    starts = np.flatnonzero(draws[:, 0] < declared.gaps_a_year * per_bar)
    lengths = 1 + (draws[starts, 1] * declared.gap_max_bars).astype(np.int64)
    keep = np.ones(number, dtype=np.bool_)
    for start, length in zip(starts, lengths, strict=True):
        keep[max(start, 1) : start + length] = False
    return Candles(
        bars.symbol,
        bars.timeframe,
        bars.time[keep],
        bars.open[keep],
        bars.high[keep],
        bars.low[keep],
        bars.close[keep],
        bars.volume[keep],
    )
