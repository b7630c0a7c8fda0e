"""The record of each strategy: closed trades of the run, and the window that sets its size."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from engine.decide.multipliers import multiplier
from engine.decide.policy import Policy
from engine.decide.sizing import kelly_pct
from engine.learning.intervals import mean_lower_bound
from engine.model.account import Performance
from engine.model.outcome import Outcome


@dataclass(slots=True)
class _Record:
    """Running sums over the trades of a strategy, and its last outcomes."""

    window: deque[Outcome]
    trades: int = 0
    wins: int = 0
    total_pnl_pct: float = 0.0
    total_r: float = 0.0
    performance: Performance | None = None


@dataclass(slots=True)
class Performances:
    """Performance by strategy, brought up to date when it is asked for. `seed` is the run's."""

    policy: Policy
    seed: int
    _records: dict[str, _Record] = field(default_factory=dict)

    def add(self, outcome: Outcome) -> None:
        """Counts a closed trade, or a counterfactual of a strategy that stands at 0."""
        record = self._record(outcome.strategy_id)
        record.window.append(outcome)
        record.performance = None
        if outcome.is_counterfactual:
            return
        record.trades += 1
        record.wins += outcome.pnl_pct > 0
        record.total_pnl_pct += outcome.pnl_pct
        record.total_r += outcome.r_multiple

    def of(self, strategy_id: str) -> Performance:
        """The performance of a strategy as of now."""
        record = self._record(strategy_id)
        if record.performance is None:
            record.performance = _performance(strategy_id, record, self.policy, self.seed)
        return record.performance

    def all(self) -> Mapping[str, Performance]:
        """The performance of every strategy of the configuration."""
        return {strategy_id: self.of(strategy_id) for strategy_id in self.policy.config.strategies}

    def _record(self, strategy_id: str) -> _Record:
        config = self.policy.config
        if strategy_id not in self._records:
            size = max(config.multipliers.window_outcomes, config.risk.sizing.kelly.window_trades)
            self._records[strategy_id] = _Record(deque(maxlen=size))
        return self._records[strategy_id]


def _performance(strategy_id: str, record: _Record, policy: Policy, seed: int) -> Performance:
    config = policy.config
    strategy = config.strategies.get(strategy_id)
    window = list(record.window)[-config.multipliers.window_outcomes :]
    pnl = np.array([outcome.pnl_pct for outcome in window])
    r = np.array([outcome.r_multiple for outcome in window])
    ended = np.array([outcome.ended_at for outcome in window], dtype=np.int64)
    facts = {}
    if window:
        facts = {
            "win_rate": sum(outcome.pnl_pct > 0 for outcome in window) / len(window),
            "mean_r": float(r.sum()) / len(window),
            "total_pnl_pct": float(pnl.sum()),
        }
    rules = config.multipliers
    factor, rule = multiplier(
        len(window),
        facts,
        lambda: mean_lower_bound(r, ended, rules.interval_level, rules.interval_resamples, seed),
        1.0 if strategy is None else strategy.multiplier,
        policy,
    )
    kelly, note = _kelly(record, policy)
    win_rate = record.wins / record.trades if record.trades else float("nan")
    mean_pnl = record.total_pnl_pct / record.trades if record.trades else float("nan")
    enough = record.trades >= _SCORE_TRADES
    return Performance(
        strategy_id,
        trades=record.trades,
        wins=record.wins,
        win_rate=win_rate,
        total_pnl_pct=record.total_pnl_pct,
        mean_pnl_pct=mean_pnl,
        mean_r=record.total_r / record.trades if record.trades else float("nan"),
        score=win_rate * (1 + mean_pnl / 10) if enough else 0.0,
        window_outcomes=len(window),
        window_counterfactuals=sum(outcome.is_counterfactual for outcome in window),
        multiplier=factor,
        multiplier_rule=rule,
        kelly_pct=kelly,
        kelly_note=note,
    )


_SCORE_TRADES = 10
"""Trades before a score is more than 0 (its definition; rules have thresholds of their own)."""


def _kelly(record: _Record, policy: Policy) -> tuple[float | None, str]:
    risk = policy.config.risk
    kelly = risk.sizing.kelly
    if not kelly.enabled:
        return None, "fixed fractional: Kelly is off"
    if record.trades < kelly.min_trades:
        return None, f"fixed fractional: {record.trades} of {kelly.min_trades} trades that Kelly asks for"
    window = list(record.window)[-kelly.window_trades :]
    return kelly_pct([outcome.r_multiple for outcome in window], kelly, risk.limits.max_position_pct)
