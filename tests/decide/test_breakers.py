"""Circuit breakers: when they trip, how long they block, when they trip again; on the shipped numbers."""

from collections.abc import Iterable
from typing import Any

import pytest

from engine.decide.breakers import advance
from engine.decide.facts import account_facts
from engine.decide.policy import Policy
from engine.model.account import BreakerEvent, BreakerState
from engine.model.timeframe import DAY_MS, HOUR_MS, utc_day

from .builders import breakers_at, decision, factor, facts, policy, portfolio, position, shipped, signal

MIDNIGHT = 19_000 * DAY_MS


class Watched:
    """An account whose equity is told hour by hour; peak and day start follow as in a session."""

    def __init__(self, rules: Policy | None = None, equity: float = 10_000) -> None:
        self.rules = rules or policy()
        self.equity = self.peak = self.day_start = equity
        self.now = MIDNIGHT + HOUR_MS
        self.states: dict[str, BreakerState] = {}
        self.events: list[BreakerEvent] = []

    def hour(self, equity: float) -> list[tuple[str, str]]:
        """The events (breaker, event) of the next close, at this equity."""
        self.now += HOUR_MS
        is_new_day = utc_day(self.now) > utc_day(self.now - HOUR_MS)
        if is_new_day:
            self.day_start = self.equity
        is_new_peak = equity > self.peak
        self.peak = max(self.peak, equity)
        self.equity = equity
        account = account_facts(equity, self.peak, self.day_start, [], is_new_day, is_new_peak)  # type: ignore[arg-type]
        self.states, events = advance(self.states, account, self.rules, self.now - HOUR_MS, self.now)
        self.events += events
        return [(event.name, event.event) for event in events]

    def hours(self, equities: Iterable[float]) -> list[list[tuple[str, str]]]:
        return [self.hour(equity) for equity in equities]

    @property
    def tripped(self) -> set[str]:
        return {name for name, state in self.states.items() if state.is_tripped}


def changed(name: str, **values: Any) -> Policy:
    """A breaker of the shipped ones declared otherwise."""
    return policy(*((f"risk.breakers.{name}.{key}", value) for key, value in values.items()))


@pytest.mark.parametrize(("equity", "trips"), [(9_500.01, set()), (9_500, {"daily_loss"})])
def test_daily_loss_trips_at_5_pct_under_the_day_start(equity: float, trips: set[str]) -> None:
    watched = Watched()
    watched.hour(equity)
    assert watched.tripped == trips


@pytest.mark.parametrize(("equity", "trips"), [(8_500.01, set()), (8_500, {"max_drawdown"})])
def test_max_drawdown_trips_at_15_pct_under_the_peak(equity: float, trips: set[str]) -> None:
    watched = Watched()
    watched.day_start = equity
    watched.hour(equity)
    assert watched.tripped == trips


def test_the_event_says_what_was_measured_against_what() -> None:
    watched = Watched()
    watched.hour(9_400)
    [event] = watched.events
    assert event == BreakerEvent(
        MIDNIGHT + HOUR_MS, "daily_loss", "tripped", 6.0, 5.0, "daily_loss_pct 6.00 reached 5.00"
    )
    state = watched.states["daily_loss"]
    assert (state.tripped_at, state.until, state.last_trip) == (watched.now, watched.now + 4 * HOUR_MS, 6.0)


def test_a_trip_blocks_entries_for_4_hours() -> None:
    watched = Watched()
    watched.hour(9_400)
    assert watched.hours([9_400] * 3) == [[], [], []]
    assert watched.tripped == {"daily_loss"}
    assert watched.hour(9_400) == [("daily_loss", "reset")]
    assert watched.tripped == set()


def test_the_next_utc_day_resets_it_before_the_4_hours_are_over() -> None:
    watched = Watched()
    watched.hours([10_000] * 21)
    watched.hour(9_400)
    # The close at midnight still belongs to the day that ends; the next one does not.
    assert watched.hour(9_400) == []
    assert watched.hour(9_400) == [("daily_loss", "reset"), ("daily_loss", "cleared")]


def test_a_tripped_breaker_refuses_entries_by_name_and_reason() -> None:
    made = decision(signal(), known=facts(breakers=breakers_at(8_400)))
    assert (made.code, made.value) == ("breaker", "daily_loss, max_drawdown")
    assert made.gates[-1].note == "daily_loss_pct 16.00 reached 5.00; drawdown_pct 16.00 reached 15.00"


def test_exits_pass_a_tripped_breaker() -> None:
    made = decision(
        signal(kind="exit", rule="close < exit_low"),
        account=portfolio(position("SOLUSDTM", strategy="livermore")),
        known=facts(breakers=breakers_at(8_400)),
    )
    assert made.action == "close"


def test_it_trips_on_the_crossing_and_not_again_while_the_loss_stands() -> None:
    """A flat book 15 % down gets its chance: reset after 4 hours, it stays so."""
    watched = Watched()
    watched.day_start = 8_500
    watched.hour(8_500)
    after = watched.hours([8_500] * 60)
    assert [events for events in after if events] == [[("max_drawdown", "reset")]]
    assert watched.tripped == set()


def test_entries_after_the_reset_have_half_their_size() -> None:
    watched = Watched()
    watched.day_start = 8_500
    watched.hours([8_500] * 5)
    made = decision(
        signal(), account=portfolio(equity=8_500, peak=10_000), known=facts(breakers=watched.states)
    )
    assert made.action == "enter"
    assert factor(made, "drawdown") == 0.5


@pytest.mark.parametrize(("equity", "trips"), [(8_401, False), (8_400, True)])
def test_armed_again_it_trips_1_point_below_where_it_last_tripped(equity: float, trips: bool) -> None:
    watched = Watched()
    watched.day_start = 8_500
    watched.hours([8_500] * 5)
    watched.day_start = equity
    assert watched.hour(equity) == ([("max_drawdown", "tripped")] if trips else [])
    if trips:
        assert watched.events[-1].limit == 16.0


def test_the_step_counts_from_where_it_tripped_not_from_the_limit() -> None:
    watched = Watched()
    watched.hour(9_300)
    watched.hours([9_300] * 4)
    assert watched.hour(9_201) == []
    assert watched.hour(9_200) == [("daily_loss", "tripped")]


def test_a_loss_that_grew_by_a_step_meanwhile_trips_at_once_after_the_cooldown() -> None:
    watched = Watched()
    watched.hour(9_450)
    watched.hours([9_300] * 3)
    assert watched.hour(9_300) == [("daily_loss", "reset"), ("daily_loss", "tripped")]


def test_recovering_is_not_enough_to_forget_the_last_trip() -> None:
    watched = Watched()
    watched.hour(9_400)
    watched.hours([9_900] * 5)
    assert watched.hour(9_350) == []
    assert watched.hour(9_300) == [("daily_loss", "tripped")]


def test_a_new_day_clears_the_daily_loss() -> None:
    watched = Watched()
    watched.hours([9_400] * 23)
    assert ("daily_loss", "cleared") in watched.hour(9_400)
    assert watched.states["daily_loss"].last_trip is None
    assert watched.hour(9_400 * 0.95) == [("daily_loss", "tripped")]


def test_a_new_day_does_not_clear_the_drawdown() -> None:
    watched = Watched()
    watched.hours([8_500] * 30)
    assert watched.states["max_drawdown"].last_trip == 15.0


def test_a_new_peak_clears_the_drawdown() -> None:
    watched = Watched()
    watched.day_start = 8_500
    watched.hours([8_500] * 6)
    watched.day_start = 10_001
    assert watched.hour(10_001) == [("max_drawdown", "cleared")]
    assert watched.states["max_drawdown"].last_trip is None
    watched.day_start = 8_500
    assert watched.hour(8_500) == [("max_drawdown", "tripped")]


def test_reset_manual_waits_for_a_person() -> None:
    watched = Watched(changed("daily_loss", reset="manual"))
    watched.hour(9_400)
    watched.hours([9_400] * 80)
    assert watched.tripped == {"daily_loss"}
    assert watched.states["daily_loss"].until is None


@pytest.mark.parametrize(
    ("reset", "hours"), [("cooldown", 4), ("next_day", 23), ("cooldown_or_next_day", 4), ("manual", 48)]
)
def test_every_way_of_reset(reset: str, hours: int) -> None:
    watched = Watched(changed("daily_loss", reset=reset))
    watched.hour(9_400)
    blocked = 0
    while "daily_loss" in watched.tripped and blocked < 48:
        blocked += 1
        watched.hour(9_400)
    assert blocked == hours


def test_action_reduce_lets_entries_pass_at_the_declared_size() -> None:
    rules = changed("daily_loss", action="reduce", reduce_factor=0.25)
    made = decision(signal(), known=facts(breakers=breakers_at(9_400)), rules=rules)
    assert made.action == "enter"
    assert factor(made, "breaker daily_loss") == 0.25
    assert made.risk_pct == pytest.approx(2 * 0.9 * 0.25)


def test_action_flatten_blocks_entries_too() -> None:
    rules = changed("daily_loss", action="flatten")
    made = decision(signal(), known=facts(breakers=breakers_at(9_400)), rules=rules)
    assert made.code == "breaker"


def test_a_breaker_that_is_no_longer_declared_blocks_nothing() -> None:
    stored = {"gone": BreakerState("gone", is_tripped=True, tripped_at=0)}
    assert decision(signal(), known=facts(breakers=stored)).action == "enter"


def test_a_breaker_may_be_declared_over_any_fact_of_the_account() -> None:
    declared = (
        '{"title": "t", "params": {"most": 8}, "measure": "open_risk_pct", "limit": "most", '
        '"rearm_step_pct": 1, "cooldown_hours": 1, "reset": "cooldown", '
        '"action": "block", "reduce_factor": 0.5}'
    )
    rules = policy(("risk.breakers.crowded", declared))
    account = account_facts(10_000, 10_000, 10_000, [(800.0, 100.0)])  # type: ignore[arg-type]
    states, _ = advance({}, account, rules, MIDNIGHT, MIDNIGHT + HOUR_MS)
    assert [name for name, state in states.items() if state.is_tripped] == ["crowded"]


def test_the_shipped_breakers_are_these_two() -> None:
    found = {
        breaker.name: (breaker.cooldown_hours, breaker.rearm_step_pct, breaker.reset, breaker.action)
        for breaker in shipped().risk.breakers
    }
    assert found == dict.fromkeys(("daily_loss", "max_drawdown"), (4, 1, "cooldown_or_next_day", "block"))
