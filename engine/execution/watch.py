"""What is looked at of every open position on every bar, as floats worked out once a position."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.model.trading import Position


@dataclass(frozen=True, slots=True)
class Levels:
    """Prices at or beyond which something of a position may fill, and its risk and margin."""

    position: Position
    low: float
    high: float
    risk: float
    margin: float


@dataclass(slots=True)
class Watch:
    """The levels of the open positions; made anew when a position changes."""

    _levels: dict[str, Levels] = field(default_factory=dict)

    def of(self, positions: Mapping[str, Position]) -> list[Levels]:
        """The levels of these positions, in their order."""
        levels = self._levels
        if len(levels) > len(positions):
            self._levels = levels = {symbol: levels[symbol] for symbol in positions if symbol in levels}
        found = []
        for symbol, position in positions.items():
            known = levels.get(symbol)
            if known is None or known.position is not position:
                known = levels[symbol] = _levels(position)
            found.append(known)
        return found


def _levels(position: Position) -> Levels:
    stop, target, liquidation = (
        float(level) for level in (position.stop, position.target, position.liquidation)
    )
    low, high = (
        (max(stop, liquidation), target) if position.side == "long" else (target, min(stop, liquidation))
    )
    return Levels(position, low, high, float(position.risk), float(position.margin))
