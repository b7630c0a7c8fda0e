"""The facts that rules beside the strategies may read: name, unit, range and a sentence each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from engine.model.unit import Unit


@dataclass(frozen=True, slots=True)
class Fact:
    """One name that the program fills in. `low` and `high` bound it (None: unbounded)."""

    name: str
    unit: Unit
    sentence: str
    low: float | None = None
    high: float | None = None


SERIES: Final = (
    Fact("open", Unit.PRICE, "First price of the bar.", 0),
    Fact("high", Unit.PRICE, "Highest price of the bar.", 0),
    Fact("low", Unit.PRICE, "Lowest price of the bar.", 0),
    Fact("close", Unit.PRICE, "Last price of the bar.", 0),
    Fact("volume", Unit.VOLUME, "Traded in the bar, in base coin.", 0),
)

# Shares of 1 (confidence, rates, score) are plain numbers: rules add and weigh them freely, and
# their ranges catch a 55 that should be 0.55.
_CONFIDENCE: Final = Fact("confidence", Unit.NUMBER, "Confidence so far, 0 to 1.", 0, 1)
_EQUITY: Final = Fact("equity", Unit.NUMBER, "Equity at the last close, in quote currency.")
_DRAWDOWN: Final = Fact("drawdown_pct", Unit.PERCENT, "How far equity is under its peak, in %.", 0)
_DAILY_LOSS: Final = Fact(
    "daily_loss_pct", Unit.PERCENT, "Loss since the start of the UTC day, in %; negative is a gain."
)
_POSITIONS: Final = Fact("open_positions", Unit.NUMBER, "Number of open positions.", 0)
_VOTES: Final = (
    Fact("agreeing", Unit.NUMBER, "Further strategies that signal the same side of the symbol.", 0),
    Fact("dissenting", Unit.NUMBER, "Strategies that signal the other side of the symbol.", 0),
)
_RECORD: Final = (
    Fact("trades", Unit.NUMBER, "Closed trades of the strategy in this run.", 0),
    Fact("win_rate", Unit.NUMBER, "Share of its trades that were won, 0 to 1; unknown without trades.", 0, 1),
    Fact("mean_r", Unit.NUMBER, "Mean R multiple of its trades; unknown without trades."),
    Fact("total_pnl_pct", Unit.PERCENT, "Sum of the P&L of its trades, each in % of its entry notional."),
    Fact("score", Unit.NUMBER, "Win rate x (1 + mean P&L % / 10); 0 under 10 trades."),
)

FACTS: Final[Mapping[str, tuple[Fact, ...]]] = {
    "sizing": (
        _CONFIDENCE,
        Fact("volatility_pct", Unit.PERCENT, "What sizing.volatility.measure gave for the symbol, in %."),
        _DRAWDOWN,
        _DAILY_LOSS,
        Fact("multiplier", Unit.NUMBER, "Multiplier of the strategy now.", 0),
        _EQUITY,
        _POSITIONS,
    ),
    "breakers": (
        _DAILY_LOSS,
        _DRAWDOWN,
        _EQUITY,
        _POSITIONS,
        Fact("open_risk_pct", Unit.PERCENT, "Risk of all open positions, in % of equity.", 0),
        Fact("exposure_pct", Unit.PERCENT, "Initial margin of all open positions, in % of equity.", 0),
        Fact("is_new_day", Unit.BOOL, "This close is the first of a UTC day."),
        Fact("is_new_peak", Unit.BOOL, "Equity is above every peak before."),
    ),
    "aggregation": (_CONFIDENCE, *_VOTES, *_RECORD),
    "second_chance": (
        _CONFIDENCE,
        Fact("raw_confidence", Unit.NUMBER, "Confidence of the signal itself, 0 to 1.", 0, 1),
        *_VOTES,
        *_RECORD,
        Fact("breakeven_rate", Unit.NUMBER, "1 / (1 + reward to risk): the win rate that breaks even.", 0, 1),
        Fact("default_bonus", Unit.NUMBER, "The strategy's entry under default_bonus.", -1, 1),
        Fact("reward_to_risk", Unit.NUMBER, "Target distance over stop distance of the signal.", 0),
    ),
    "multipliers": (
        Fact("outcomes", Unit.NUMBER, "Outcomes in the window.", 0),
        Fact("win_rate", Unit.NUMBER, "Share of the outcomes that were won, 0 to 1.", 0, 1),
        Fact("mean_r", Unit.NUMBER, "Mean R multiple of the outcomes."),
        Fact("mean_r_lower", Unit.NUMBER, "Lower bound of the interval of mean R."),
        Fact("total_pnl_pct", Unit.PERCENT, "Sum of their P&L, each in % of its entry notional."),
    ),
}
"""What may be read by: sizing factors, breakers, aggregation.adjust, second_chance.add, multipliers.rules."""
