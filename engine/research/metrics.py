"""The figures of a run, as pure functions over its equity and its trades.

Rates are 0-1, percentages say so in their names. A figure that has no meaning (no trades, one day,
no losses to divide by) is None, never NaN or infinity.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import Final

from engine.model.account import EquityPoint
from engine.model.timeframe import DAY_MS, utc_day
from engine.model.trading import ZERO, Fill, Trade
from engine.session import MONEY_DIGITS

YEAR_DAYS: Final = 365
"""Crypto trades every day: the year of all annual figures, and the root of Sharpe and Sortino."""


@dataclass(frozen=True, slots=True)
class Drawdown:
    """The deepest fall of equity under its peak, over all closes of feed bars.

    `peak_at`, `trough_at`, `recovered_at` are opens of feed bars (UTC ms): the peak it fell from,
    its lowest point, the first bar that reached the peak again (None: not yet). `days` lasts from
    the peak to the recovery, or to the end.
    """

    pct: float
    peak_at: int
    trough_at: int
    recovered_at: int | None
    days: float


@dataclass(frozen=True, slots=True)
class TradeFigures:
    """What closed trades came to. Money is in quote currency: exact sums, and means as floats.

    `win_rate` is wins over trades, a win being net P&L > 0; `profit_factor` what the wins made over
    what the others lost; `mean_r` the expectancy in R (mean R multiple), `expectancy` that in money.
    """

    trades: int
    wins: int
    win_rate: float | None
    profit_factor: float | None
    mean_r: float | None
    expectancy: float | None
    average_win: float | None
    average_loss: float | None
    pnl: Decimal
    gross_pnl: Decimal
    fees: Decimal
    funding: Decimal


def trade_figures(trades: Sequence[Trade]) -> TradeFigures:
    """The figures of these closed trades."""
    count = len(trades)
    with localcontext(prec=MONEY_DIGITS):
        won = [trade.pnl for trade in trades if trade.pnl > 0]
        lost = [trade.pnl for trade in trades if trade.pnl <= 0]
        profit, loss = sum(won, ZERO), sum(lost, ZERO)
        return TradeFigures(
            trades=count,
            wins=len(won),
            win_rate=len(won) / count if count else None,
            profit_factor=float(profit / -loss) if loss else None,
            mean_r=finite(math.fsum(trade.r_multiple for trade in trades) / count) if count else None,
            expectancy=float((profit + loss) / count) if count else None,
            average_win=float(profit / len(won)) if won else None,
            average_loss=float(loss / len(lost)) if lost else None,
            pnl=profit + loss,
            gross_pnl=sum((trade.gross_pnl for trade in trades), ZERO),
            fees=sum((trade.fees for trade in trades), ZERO),
            funding=sum((trade.funding for trade in trades), ZERO),
        )


def daily_equity(points: Sequence[EquityPoint], bar_ms: int, starting_equity: Decimal) -> list[float]:
    """The starting equity, then the last equity of every UTC day from the first point's to the last's.

    A bar belongs to the day of its close - 1 ms. A day without bars repeats the day before, so that
    every step is one day. Points are in order of time; none at all leaves the starting equity.
    """
    series = [float(starting_equity)]
    if not points:
        return series
    last = {utc_day(point.at + bar_ms): point.equity for point in points}
    for day in range(min(last), max(last) + 1):
        series.append(float(last[day]) if day in last else series[-1])
    return series


def daily_returns(daily: Sequence[float]) -> list[float]:
    """Simple returns from day to day; empty once equity was 0 or less, which no return starts from."""
    if any(value <= 0 for value in daily[:-1]):
        return []
    return [after / before - 1 for before, after in pairwise(daily)]


def total_return_pct(start: float, end: float) -> float | None:
    """Return over the whole run in %; None without a starting equity."""
    return 100 * (end / start - 1) if start > 0 else None


def cagr_pct(start: float, end: float, days: float) -> float | None:
    """Compound annual growth rate in %: (end / start) ^ (365 / days) - 1.

    None within the first day (nothing to compound), or where a short run would grow beyond all
    numbers; -100 where nothing is left.
    """
    if start <= 0 or days <= 1:
        return None
    if end <= 0:
        return -100.0
    power = math.log(end / start) * YEAR_DAYS / days
    return 100 * math.expm1(power) if power < math.log(1e12) else None


def sharpe(returns: Sequence[float]) -> float | None:
    """Annual Sharpe ratio of daily returns, risk-free rate 0: mean / standard deviation x sqrt(365).

    W. F. Sharpe, The Sharpe Ratio (Journal of Portfolio Management, 1994), ex post, with the sample
    deviation (n - 1). None under two returns, or where they don't differ.
    """
    count = len(returns)
    if count < 2:
        return None
    mean = math.fsum(returns) / count
    deviation = math.sqrt(math.fsum((each - mean) ** 2 for each in returns) / (count - 1))
    return _ratio(mean, deviation)


def sortino(returns: Sequence[float]) -> float | None:
    """Annual Sortino ratio of daily returns, target 0: mean / downside deviation x sqrt(365).

    Sortino and Price, Performance Measurement in a Downside Risk Framework (Journal of Investing,
    1994): the root of the mean of min(return, 0)^2 over all days. None under two returns, or where
    no day lost.
    """
    count = len(returns)
    if count < 2:
        return None
    downside = math.sqrt(math.fsum(min(each, 0.0) ** 2 for each in returns) / count)
    return _ratio(math.fsum(returns) / count, downside)


def _ratio(mean: float, deviation: float) -> float | None:
    # Equal returns differ by their rounding: a deviation of nothing else is none.
    if deviation <= 1e-15:
        return None
    return finite(mean / deviation * math.sqrt(YEAR_DAYS))


def max_drawdown(points: Sequence[EquityPoint], bar_ms: int, starting_equity: Decimal) -> Drawdown | None:
    """The deepest drawdown, the first of equals; None where equity never stood under its peak.

    The starting equity is the first peak, at the open of the first bar.
    """
    if not points:
        return None
    peak, peak_at = starting_equity, points[0].at
    deepest, found = 0.0, (0, 0, ZERO)
    for point in points:
        if point.equity >= peak:
            peak, peak_at = point.equity, point.at
        elif peak > 0:
            pct = float(100 * (peak - point.equity) / peak)
            if pct > deepest:
                deepest, found = pct, (peak_at, point.at, peak)
    if not deepest:
        return None
    peak_at, trough_at, peak = found
    recovered = next((point.at for point in points if point.at > trough_at and point.equity >= peak), None)
    end = points[-1].at + bar_ms if recovered is None else recovered
    return Drawdown(deepest, peak_at, trough_at, recovered, (end - peak_at) / DAY_MS)


def time_in_market_pct(points: Sequence[EquityPoint]) -> float | None:
    """Share of closes with a position open, in %."""
    return 100 * sum(point.positions > 0 for point in points) / len(points) if points else None


def mean_margin_pct(points: Sequence[EquityPoint]) -> float | None:
    """Mean exposure (initial margin in % of equity) over all closes, those without position included."""
    return finite(sum(point.exposure_pct for point in points) / len(points)) if points else None


def traded_notional(fills: Sequence[Fill]) -> Decimal:
    """Price x quantity of all fills, entries and exits, in quote currency."""
    with localcontext(prec=MONEY_DIGITS):
        return sum((fill.price * fill.quantity for fill in fills), ZERO)


def turnover_a_year(notional: Decimal, daily: Sequence[float], days: float) -> float | None:
    """How often a year the mean daily equity was traded: notional / mean equity / years."""
    mean = math.fsum(daily) / len(daily) if daily else 0.0
    return float(notional) / mean * YEAR_DAYS / days if mean > 0 and days > 0 else None


def finite(value: float | None) -> float | None:
    """The value, or None for NaN and the infinities."""
    return value if value is not None and math.isfinite(value) else None
