"""What trading cost beside funding: fees exactly, slippage as far as it is known."""

from dataclasses import dataclass
from decimal import Decimal, localcontext

from engine.model.signal import DIRECTION
from engine.model.trading import ZERO, Fill
from engine.research.metrics import traded_notional
from engine.research.report.gather import Gathered
from engine.session import MONEY_DIGITS


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs in quote currency, fees by liquidity.

    `slippage` estimates what fills as taker lost to the declared slippage (None: not known). `delay`
    is what the way from the close of a decision to the fill of its entry cost (negative: gained),
    slippage included.
    """

    notional: Decimal
    taker_fees: Decimal
    maker_fees: Decimal
    slippage_pct: Decimal | None
    slippage: Decimal | None
    delay: Decimal

    @property
    def fees(self) -> Decimal:
        return self.taker_fees + self.maker_fees


def costs(gathered: Gathered) -> Costs:
    """The costs of a run, out of its fills and trades."""
    records = gathered.result.records
    slippage_pct = None if gathered.config is None else gathered.config.execution.slippage_pct
    with localcontext(prec=MONEY_DIGITS):
        taker = [fill for fill in records.fills if fill.liquidity == "taker"]
        maker = [fill for fill in records.fills if fill.liquidity == "maker"]
        return Costs(
            notional=traded_notional(records.fills),
            taker_fees=sum((fill.fee for fill in taker), ZERO),
            maker_fees=sum((fill.fee for fill in maker), ZERO),
            slippage_pct=slippage_pct,
            slippage=None if slippage_pct is None else traded_notional(taker) * slippage_pct / 100,
            delay=sum((_delay(fill, gathered) for fill in records.fills), ZERO),
        )


def _delay(fill: Fill, gathered: Gathered) -> Decimal:
    order = gathered.entry_orders.get(fill.decision_id) if fill.purpose == "entry" else None
    if order is None:
        return ZERO
    return (fill.price - order.reference_price) * fill.quantity * DIRECTION[fill.side]
