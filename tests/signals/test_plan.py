"""Plans: what several rules share is computed once, and how much history they need."""

from collections import Counter
from typing import Any

import pytest

from engine.language.program import Step
from engine.model.config import Config
from engine.model.problem import CashTownError
from engine.model.timeframe import DURATION_MS
from engine.research.backtest import changed_config, plan_for
from engine.signals.plan import FramePlan, Plan
from tests.signals.samples import changed


def frame(plan: Plan, timeframe: str) -> FramePlan:
    return next(each for each in plan.frames if each.timeframe == timeframe)


def test_slowest_first(plan: Plan) -> None:
    assert [each.timeframe for each in plan.frames] == ["1d", "4h", "1h"]
    assert [each.strategy_id for each in frame(plan, "1d").strategies] == ["turtle"]
    assert len(frame(plan, "4h").strategies) == 7
    assert frame(plan, "1h").volatility is not None
    imports = {f"1d zweig {name}": "1d" for name in ("breadth", "thrust", "thrust_on")}
    assert frame(plan, "4h").imports == imports


def test_equal_steps_are_one(plan: Plan) -> None:
    for each in plan.frames:
        steps = [step for step in each.program.steps if step.number == step.number]
        assert Counter(steps).most_common(1)[0][1] == 1
    calls = Counter(step.name for step in frame(plan, "4h").program.steps if step.operation == "call")
    # Asked for by seven strategies, and by second chance.
    assert (calls["atr"], calls["rsi"], calls["adx"], calls["donchian_high"]) == (1, 1, 1, 1)


def test_strategies_share_steps(config: Config) -> None:
    def steps(*names: str) -> set[Step]:
        return set(_described(frame(plan_for(changed_config(config, names), "1h"), "4h")))

    alone = len(steps("weinstein")) + len(steps("bts-lynch"))
    assert len(steps("weinstein", "bts-lynch")) < alone
    assert steps("weinstein") <= steps("weinstein", "bts-lynch")


def _described(of: FramePlan) -> list[Any]:
    """Every step with its arguments spelled out, so that it means the same in any program."""
    found: list[Any] = []
    for step in of.program.steps:
        number = str(step.number)
        found.append((step.operation, step.name, number, tuple(found[slot] for slot in step.arguments)))
    return found


def test_a_strategy_alone_has_its_own_slots(config: Config) -> None:
    plan = plan_for(changed_config(config, ["turtle"]), "1d")
    (only,) = plan.frames
    assert (only.timeframe, only.volatility is not None) == ("1d", True)
    assert [side.side for side in only.strategies[0].sides] == ["long", "short"]
    assert [text for text, _ in only.strategies[0].sides[0].exit_rules] == ["close < exit_low"]


def test_a_strategy_faster_than_the_feed_is_refused(config: Config) -> None:
    with pytest.raises(CashTownError, match=r"trend-following runs on 4h bars.* a 1d feed"):
        plan_for(config, "1d")


def test_both_bars_of_a_crossing_are_operands(plan: Plan) -> None:
    trend = next(each for each in frame(plan, "4h").strategies if each.strategy_id == "trend-following")
    labels = [label for label, _ in trend.sides[0].operands]
    assert labels[:4] == ["ema_fast", "prev(ema_fast, 1)", "ema_slow", "prev(ema_slow, 1)"]


def test_history_covers_the_slowest_rule(config: Config) -> None:
    def longer(document: Any) -> None:
        document["strategies"]["strategies"]["turtle"]["indicators"]["entry_high"] = "donchian_high(3000)"

    assert plan_for(changed(config, longer), "1h").settle_ms >= 3000 * DURATION_MS["1d"]


def test_history_covers_a_slower_block(config: Config) -> None:
    def longer(document: Any) -> None:
        slower = document["strategies"]["strategies"]["zweig"]["slower"]["1d"]
        slower["thrust_on"] = "highest(thrust, 3000)"

    assert plan_for(changed(config, longer), "1h").settle_ms >= 3000 * DURATION_MS["1d"]


def test_history_covers_the_confidence_too(config: Config) -> None:
    def longer(document: Any) -> None:
        turtle = document["strategies"]["strategies"]["turtle"]
        turtle["confidence"]["long"]["add"][0]["first"][0]["when"] = "close > sma(close, 3000)"

    assert plan_for(changed(config, longer), "1h").settle_ms >= 3000 * DURATION_MS["1d"]
