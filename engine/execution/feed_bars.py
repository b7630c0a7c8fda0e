"""The bars of a tape as the broker wants them: exact decimals, and only those that matter."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from engine.execution.fills import Bar, price_of
from engine.execution.watch import Levels
from engine.market.tape import Tape
from engine.model.candles import Candles

Prices = tuple[float, float, float, float]
"""Open, high, low, close."""


@dataclass(frozen=True, slots=True)
class FeedBars:
    """Reads the candles at a place (index) of the tape; a symbol without a bar there is left out."""

    tape: Tape
    candles: Mapping[str, Candles]

    def opens(self, index: int, symbols: Iterable[str]) -> dict[str, Decimal]:
        """Opens of the symbols that have a bar now."""
        rows = self.tape.rows
        return {
            symbol: price_of(self.candles[symbol].open[row])
            for symbol in symbols
            if (row := rows[symbol][index]) >= 0
        }

    def volumes(self, index: int, symbols: Iterable[str]) -> dict[str, Decimal]:
        """Volumes (base coin) of the symbols that have a bar now."""
        rows = self.tape.rows
        return {
            symbol: price_of(self.candles[symbol].volume[row])
            for symbol in symbols
            if (row := rows[symbol][index]) >= 0
        }

    def reached(self, index: int, levels: Iterable[Levels]) -> dict[str, Bar]:
        """Bars in which a level may have been reached (a first look, in floats)."""
        bars = {}
        for level in levels:
            symbol = level.position.symbol
            row = self.tape.rows[symbol][index]
            if row < 0:
                continue
            candles = self.candles[symbol]
            high, low = float(candles.high[row]), float(candles.low[row])
            if low <= level.low or high >= level.high:
                bars[symbol] = Bar(price_of(candles.open[row]), price_of(high), price_of(low))
        return bars

    def time_before(self, index: int, symbol: str) -> int:
        """The open (UTC ms) of the bar before the symbol's bar here; of this one if it is the first."""
        return int(self.candles[symbol].time[max(self.tape.rows[symbol][index] - 1, 0)])

    def prices(self, index: int, symbol: str) -> Prices | None:
        """The bar of a symbol, None where it has none."""
        row = self.tape.rows[symbol][index]
        if row < 0:
            return None
        bars = self.candles[symbol]
        return float(bars.open[row]), float(bars.high[row]), float(bars.low[row]), float(bars.close[row])
