"""Circuit breakers: declared rules over account facts, with a memory of where they last tripped."""

from collections.abc import Mapping
from dataclasses import replace

from engine.decide.policy import BreakerRule, Policy
from engine.model.account import BreakerEvent, BreakerState
from engine.model.timeframe import HOUR_MS, utc_day


def advance(
    states: Mapping[str, BreakerState], account: Mapping[str, float], policy: Policy, at: int, now: int
) -> tuple[dict[str, BreakerState], list[BreakerEvent]]:
    """The breakers after the close `now` (UTC ms) of the feed bar that opened at `at`.

    A breaker trips where its measure reaches the limit. Reset by its cooldown or the next UTC day,
    it is armed again and trips when the measure has grown by `rearm_step_pct` beyond that of the
    last trip, until its clearing condition forgets that trip.
    """
    after: dict[str, BreakerState] = {}
    events: list[BreakerEvent] = []
    for rule in policy.breakers:
        before = states.get(rule.breaker.name, BreakerState(rule.breaker.name))
        after[rule.breaker.name] = _advance(rule, before, account, at, now, events)
    return after, events


def _advance(
    rule: BreakerRule,
    state: BreakerState,
    account: Mapping[str, float],
    at: int,
    now: int,
    events: list[BreakerEvent],
) -> BreakerState:
    breaker = rule.breaker
    measure, limit = rule.measure.evaluate(account), rule.limit.evaluate(account)

    def note(event: str, threshold: float, reason: str) -> None:
        events.append(BreakerEvent(at, breaker.name, event, measure, threshold, reason))

    if state.is_tripped and _is_over(rule, state, now):
        state = replace(state, is_tripped=False, until=None, reason="")
        note("reset", limit, breaker.reset)
    if rule.clear is not None and state.last_trip is not None and rule.clear.evaluate(account):
        state = replace(state, last_trip=None)
        note("cleared", limit, rule.clear.text)
    threshold = limit if state.last_trip is None else max(limit, state.last_trip + breaker.rearm_step_pct)
    if not state.is_tripped and measure >= threshold:
        reason = f"{rule.measure.text} {measure:.2f} reached {threshold:.2f}"
        until = None if breaker.reset == "manual" else now + round(breaker.cooldown_hours * HOUR_MS)
        state = replace(state, is_tripped=True, tripped_at=now, until=until, last_trip=measure, reason=reason)
        note("tripped", threshold, reason)
    return state


def _is_over(rule: BreakerRule, state: BreakerState, now: int) -> bool:
    reset = rule.breaker.reset
    assert state.tripped_at is not None
    by_cooldown = "cooldown" in reset and state.until is not None and now >= state.until
    by_day = "next_day" in reset and utc_day(now) > utc_day(state.tripped_at)
    return by_cooldown or by_day
