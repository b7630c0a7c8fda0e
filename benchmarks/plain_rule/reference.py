"""The plain rule, written straightforwardly: one symbol, one bar after the other, plain Python.

Independent on purpose: nothing of the engine, no numpy, no TA-Lib. A test and a command hold the
engine's trades to these.
"""

from collections.abc import Sequence
from dataclasses import dataclass

FAST, SLOW, RSI_PERIOD, RSI_CEILING = 20, 50, 14, 70.0
STOP, TARGET, FEE = 0.08, 0.20, 0.0006


@dataclass(frozen=True)
class PlainTrade:
    """A closed trade: indices of the entry's and the exit's bar, prices, P&L in % after fees."""

    entry_bar: int
    exit_bar: int
    entry_price: float
    exit_price: float
    reason: str
    pnl_pct: float


def reference_trades(
    opens: Sequence[float], highs: Sequence[float], lows: Sequence[float], closes: Sequence[float]
) -> list[PlainTrade]:
    """The closed trades of a long-only SMA 20/50 cross with RSI(14) < 70, 8 % stop, 20 % target.

    In where the fast average crosses above the slow one, out where it crosses back; a signal on a
    close is filled at the next open. Distances are those at the close, set from the fill. A level
    that a bar opens beyond fills at the open; where both lie inside, the stop counts. No entry is
    taken while a position is open or about to be.
    """
    fast, slow, rsi = _average(closes, FAST), _average(closes, SLOW), _rsi(closes, RSI_PERIOD)
    trades: list[PlainTrade] = []
    entry_bar, entry, stop, target = -1, 0.0, 0.0, 0.0
    signal_close: float | None = None
    leave_at_open = False

    def close_trade(bar: int, price: float, reason: str) -> None:
        pnl = (price - entry - FEE * (price + entry)) / entry * 100
        trades.append(PlainTrade(entry_bar, bar, entry, price, reason, pnl))

    for bar in range(len(closes)):
        if leave_at_open:
            close_trade(bar, opens[bar], "exit_rule")
            entry_bar, leave_at_open = -1, False
        if signal_close is not None:
            entry_bar, entry = bar, opens[bar]
            stop, target = entry - STOP * signal_close, entry + TARGET * signal_close
            signal_close = None
        if entry_bar >= 0:
            leaves = _leaves(opens[bar], highs[bar], lows[bar], stop, target)
            if leaves is not None:
                close_trade(bar, *leaves)
                entry_bar = -1
        now, before = _gap(fast, slow, bar), _gap(fast, slow, bar - 1)
        strength = rsi[bar]
        if now is None or before is None or strength is None:
            continue
        if entry_bar >= 0:
            leave_at_open = now < 0 <= before
        elif now > 0 >= before and strength < RSI_CEILING:
            signal_close = closes[bar]
    return trades


def _gap(fast: Sequence[float | None], slow: Sequence[float | None], bar: int) -> float | None:
    """How far the fast average is above the slow one; None where there is none yet."""
    if bar < 0:
        return None
    a, b = fast[bar], slow[bar]
    return None if a is None or b is None else a - b


def _leaves(open_: float, high: float, low: float, stop: float, target: float) -> tuple[float, str] | None:
    if open_ <= stop:
        return open_, "stop"
    if open_ >= target:
        return open_, "target"
    if low <= stop:
        return stop, "stop"
    if high >= target:
        return target, "target"
    return None


def _average(values: Sequence[float], period: int) -> list[float | None]:
    """Simple moving average as a running sum: the newest value added, the oldest taken off.

    Averages of prices with few digits are often equal in truth. Which is above then hangs on the
    rounding of the sum, so the sum is made in the order in which TA-Lib makes it.
    """
    averages: list[float | None] = []
    total = 0.0
    for bar, value in enumerate(values):
        total += value
        averages.append(total / period if bar + 1 >= period else None)
        if bar + 1 >= period:
            total -= values[bar + 1 - period]
    return averages


def _rsi(values: Sequence[float], period: int) -> list[float | None]:
    """Wilder's relative strength index, started from the mean of the first changes."""
    rsi: list[float | None] = [None] * min(period, len(values))
    gain = loss = 0.0
    for bar in range(1, len(values)):
        change = values[bar] - values[bar - 1]
        up, down = max(change, 0.0), max(-change, 0.0)
        if bar <= period:
            gain, loss = gain + up / period, loss + down / period
        else:
            gain = (gain * (period - 1) + up) / period
            loss = (loss * (period - 1) + down) / period
        if bar >= period:
            rsi.append(100 * gain / (gain + loss) if gain + loss else 0.0)
    return rsi
