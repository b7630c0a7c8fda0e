"""The account as facts for rules: one place where each is computed."""

from collections.abc import Sequence
from decimal import Decimal

from engine.model.account import Portfolio


def account_facts(
    equity: Decimal,
    peak_equity: Decimal,
    day_start_equity: Decimal,
    positions: Sequence[tuple[float, float]],
    is_new_day: bool = False,
    is_new_peak: bool = False,
) -> dict[str, float]:
    """Mark-to-market facts; `positions` are (risk, margin) of each in quote currency.

    Risk and exposure are in % of equity, losses in % of what the equity fell from.
    """
    now = float(equity)
    return {
        "equity": now,
        "drawdown_pct": _loss_pct(float(peak_equity), now),
        "daily_loss_pct": _loss_pct(float(day_start_equity), now),
        "open_positions": float(len(positions)),
        "open_risk_pct": _share_pct(sum(risk for risk, _ in positions), now),
        "exposure_pct": _share_pct(sum(margin for _, margin in positions), now),
        "is_new_day": float(is_new_day),
        "is_new_peak": float(is_new_peak),
    }


def portfolio_facts(portfolio: Portfolio) -> dict[str, float]:
    """The facts of a portfolio at a close."""
    return account_facts(
        portfolio.equity,
        portfolio.peak_equity,
        portfolio.day_start_equity,
        [(float(position.risk), float(position.margin)) for position in portfolio.positions.values()],
    )


def _loss_pct(before: float, now: float) -> float:
    return max(0.0, 100 * (before - now) / before) if before > 0 else 0.0


def _share_pct(amount: float, equity: float) -> float:
    return 100 * amount / equity if equity > 0 else float("inf") if amount else 0.0
