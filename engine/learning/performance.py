"""The record of each strategy: closed trades of the run, and the window that sets its size.

A strategy whose multiplier or Kelly comes to 0 is suspended: its signals are refused, and its
window begins anew with what becomes of them. The last `return_after` outcomes at a time are then
judged by the same rules; where they no longer say 0, it trades again, with a window of just those.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from engine.decide.multipliers import multiplier
from engine.decide.policy import Policy
from engine.decide.sizing import kelly_pct
from engine.learning.intervals import WeeklyBootstrap
from engine.model.account import Performance
from engine.model.outcome import Outcome
from engine.model.snapshot import StrategyRecord

SCORE_TRADES: Final = 10
"""Trades before a score is more than 0 (its definition; rules have thresholds of their own)."""


@dataclass(slots=True)
class _Record:
    """Sums over the trades of a strategy, its last outcomes, and how it came to stand at 0."""

    window: deque[Outcome]
    now: Performance
    trades: int = 0
    wins: int = 0
    total_pnl_pct: float = 0.0
    total_r: float = 0.0
    suspended: Performance | None = None


@dataclass(slots=True)
class Performances:
    """Performance by strategy. `seed` is the run's."""

    policy: Policy
    seed: int
    _records: dict[str, _Record] = field(default_factory=dict)
    _bootstrap: WeeklyBootstrap = field(init=False)

    def __post_init__(self) -> None:
        rules = self.policy.config.multipliers
        self._bootstrap = WeeklyBootstrap(rules.interval_level, rules.interval_resamples, self.seed)

    def add(self, outcome: Outcome) -> None:
        """Counts a closed trade, or a finished counterfactual of a strategy that stands at 0.

        One that ends after the strategy has returned says nothing that its trades do not say.
        """
        record = self._record(outcome.strategy_id)
        if outcome.is_counterfactual and record.suspended is None:
            return
        record.window.append(outcome)
        if not outcome.is_counterfactual:
            record.trades += 1
            record.wins += outcome.pnl_pct > 0
            record.total_pnl_pct += outcome.pnl_pct
            record.total_r += outcome.r_multiple
        record.now = self._judge(outcome.strategy_id, record)

    def of(self, strategy_id: str) -> Performance:
        """The performance of a strategy as of now."""
        return self._record(strategy_id).now

    def all(self) -> Mapping[str, Performance]:
        """The performance of every strategy of the configuration."""
        return {strategy_id: self.of(strategy_id) for strategy_id in self.policy.config.strategies}

    def snapshot(self) -> tuple[StrategyRecord, ...]:
        """The records of all strategies that have one."""
        return tuple(
            StrategyRecord(
                strategy_id,
                tuple(record.window),
                record.now,
                record.trades,
                record.wins,
                record.total_pnl_pct,
                record.total_r,
                record.suspended,
            )
            for strategy_id, record in self._records.items()
        )

    def restore(self, records: Sequence[StrategyRecord]) -> None:
        """Makes these the records."""
        self._records = {
            kept.strategy_id: _Record(
                deque(kept.window, maxlen=self._window_size()),
                kept.now,
                kept.trades,
                kept.wins,
                kept.total_pnl_pct,
                kept.total_r,
                kept.suspended,
            )
            for kept in records
        }

    def _window_size(self) -> int:
        config = self.policy.config
        return max(config.multipliers.window_outcomes, config.risk.sizing.kelly.window_trades)

    def _record(self, strategy_id: str) -> _Record:
        record = self._records.get(strategy_id)
        if record is None:
            record = _Record(deque(maxlen=self._window_size()), Performance(strategy_id))
            record.now = self._judge(strategy_id, record)
            self._records[strategy_id] = record
        return record

    def _judge(self, strategy_id: str, record: _Record) -> Performance:
        """The performance now; here a strategy falls to 0, and here it returns."""
        fell = record.suspended
        if fell is None:
            judged = self._performance(strategy_id, record, record.window)
            if not judged.is_at_zero:
                return judged
            record.suspended = judged
            record.window.clear()
            return judged
        needed = self.policy.config.multipliers.return_after
        recent = list(record.window)[-needed:]
        judged = self._performance(strategy_id, record, recent)
        if len(recent) == needed and not judged.is_at_zero:
            record.suspended = None
            record.window.clear()
            record.window.extend(recent)
            return judged
        wait = f"; at 0 until its last {needed} outcomes say otherwise ({len(recent)} so far)"
        if len(recent) == needed:
            wait = f"; at 0 still: its last {needed} outcomes say {judged.multiplier_rule!r}"
        return replace(
            judged,
            multiplier=fell.multiplier,
            multiplier_rule=fell.multiplier_rule + (wait if fell.multiplier <= 0 else ""),
            kelly_pct=fell.kelly_pct,
            kelly_note=fell.kelly_note + (wait if fell.multiplier > 0 else ""),
        )

    def _performance(self, strategy_id: str, record: _Record, outcomes: Sequence[Outcome]) -> Performance:
        config = self.policy.config
        factor, rule = self._multiplier(strategy_id, outcomes)
        kelly, note = self._kelly(outcomes)
        trades = record.trades
        win_rate = record.wins / trades if trades else float("nan")
        mean_pnl = record.total_pnl_pct / trades if trades else float("nan")
        window = list(outcomes)[-config.multipliers.window_outcomes :]
        return Performance(
            strategy_id,
            trades=trades,
            wins=record.wins,
            win_rate=win_rate,
            total_pnl_pct=record.total_pnl_pct,
            mean_pnl_pct=mean_pnl,
            mean_r=record.total_r / trades if trades else float("nan"),
            score=win_rate * (1 + mean_pnl / 10) if trades >= SCORE_TRADES else 0.0,
            window_outcomes=len(window),
            window_counterfactuals=sum(outcome.is_counterfactual for outcome in window),
            multiplier=factor,
            multiplier_rule=rule,
            kelly_pct=kelly,
            kelly_note=note,
        )

    def _multiplier(self, strategy_id: str, outcomes: Sequence[Outcome]) -> tuple[float, str]:
        config = self.policy.config
        window = list(outcomes)[-config.multipliers.window_outcomes :]
        facts: dict[str, float] = {}
        if window:
            facts = {
                "win_rate": sum(outcome.pnl_pct > 0 for outcome in window) / len(window),
                "mean_r": sum(outcome.r_multiple for outcome in window) / len(window),
                "total_pnl_pct": sum(outcome.pnl_pct for outcome in window),
            }

        def lower_bound() -> float:
            r = np.array([outcome.r_multiple for outcome in window])
            return self._bootstrap.mean_lower_bound(r, [outcome.ended_at for outcome in window])

        strategy = config.strategies.get(strategy_id)
        default = 1.0 if strategy is None else strategy.multiplier
        return multiplier(len(window), facts, lower_bound, default, self.policy)

    def _kelly(self, outcomes: Sequence[Outcome]) -> tuple[float | None, str]:
        risk = self.policy.config.risk
        kelly = risk.sizing.kelly
        if not kelly.enabled:
            return None, "fixed fractional: Kelly is off"
        if len(outcomes) < kelly.min_trades:
            return (
                None,
                f"fixed fractional: {len(outcomes)} of {kelly.min_trades} outcomes that Kelly asks for",
            )
        window = list(outcomes)[-kelly.window_trades :]
        return kelly_pct([outcome.r_multiple for outcome in window], kelly, risk.limits.max_position_pct)
