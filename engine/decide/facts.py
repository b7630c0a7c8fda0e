"""The account as facts for rules: one place where each is computed."""

from engine.model.account import Portfolio


def account_facts(
    portfolio: Portfolio, is_new_day: bool = False, is_new_peak: bool = False
) -> dict[str, float]:
    """Mark-to-market facts of a portfolio; percentages are of equity (losses: of what they fell from)."""
    equity, peak, start = (
        float(amount) for amount in (portfolio.equity, portfolio.peak_equity, portfolio.day_start_equity)
    )
    positions = portfolio.positions.values()
    risk = sum(float(position.risk) for position in positions)
    margin = sum(float(position.margin) for position in positions)
    return {
        "equity": equity,
        "drawdown_pct": _loss_pct(peak, equity),
        "daily_loss_pct": _loss_pct(start, equity),
        "open_positions": float(len(portfolio.positions)),
        "open_risk_pct": 100 * risk / equity if equity > 0 else float("inf"),
        "exposure_pct": 100 * margin / equity if equity > 0 else float("inf"),
        "is_new_day": float(is_new_day),
        "is_new_peak": float(is_new_peak),
    }


def _loss_pct(before: float, now: float) -> float:
    return max(0.0, 100 * (before - now) / before) if before > 0 else 0.0
