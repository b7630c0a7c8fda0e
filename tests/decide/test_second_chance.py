"""Second chance: who gets it, what it adds and what it rescues; on the shipped numbers."""

from typing import Any

import pytest

from engine.model.decision import Decision

from .builders import added, decision, factor, facts, gate, policy, record, shipped, signal

DEFAULTS = {
    "trend-following": 0.08,
    "mean-reversion": 0.03,
    "turtle": 0.02,
    "weinstein": 0.01,
    "livermore": 0.01,
    "bts-lynch": 0.0,
    "zweig": -0.10,
    "rsi-divergence": 0.0,
}


def near_miss(strategy: str = "bts-lynch", raw: float = 0.50, known: Any = None, **changes: Any) -> Decision:
    """A near miss with a reward-to-risk of 1, which adds nothing by itself."""
    return decision(signal(strategy, confidence=raw, **{"reward_to_risk": 1.0} | changes), known=known)


def gained(made: Decision, name: str) -> float:
    return added(made, f"second chance: {name}")


def tried(made: Decision) -> bool:
    return any(gate.name == "second_chance" for gate in made.gates)


@pytest.mark.parametrize(("strategy", "bonus"), DEFAULTS.items())
def test_default_bonus_of_a_strategy_with_under_10_trades(strategy: str, bonus: float) -> None:
    made = near_miss(strategy, 0.46, facts(record(strategy, trades=9, win_rate=1.0, total_pnl_pct=90)))
    assert gained(made, "track record") == bonus
    assert made.confidence == pytest.approx(0.46 + bonus)


def test_every_strategy_of_the_yaml_has_its_default() -> None:
    assert shipped().second_chance.default_bonus == DEFAULTS
    assert set(DEFAULTS) == set(shipped().strategies)


@pytest.mark.parametrize(
    ("win_rate", "reward_to_risk", "pnl", "bonus"),
    [
        (0.50, 1.0, 0, 0.0),  # break-even at 1 : 1 is one half
        (0.60, 1.0, 0, 0.05),
        (0.40, 1.5, 0, 0.0),  # 1 / (1 + 1.5)
        (0.40, 2.5, 0, 0.5 * (0.40 - 1 / 3.5)),
        (0.50, 1.0, 30, 0.03),
        (0.50, 1.0, 50, 0.05),
        (0.50, 1.0, 51, 0.05),
        (0.50, 1.0, -30, -0.03),
        (0.50, 1.0, -900, -0.05),
        (0.30, 1.0, -20, -0.12),
    ],
)
def test_track_record_from_10_trades_on(
    win_rate: float, reward_to_risk: float, pnl: float, bonus: float
) -> None:
    told = facts(record("zweig", trades=10, win_rate=win_rate, total_pnl_pct=pnl, score=0.5))
    made = near_miss("zweig", 0.50, told, reward_to_risk=reward_to_risk)
    assert gained(made, "track record") == pytest.approx(bonus)


@pytest.mark.parametrize(
    ("agreeing", "bonus"), [(0, 0.0), (1, 0.03), (2, 0.06), (3, 0.09), (4, 0.10), (5, 0.10)]
)
def test_consensus_adds_3_points_each_and_10_at_most(agreeing: int, bonus: float) -> None:
    others = ("turtle", "weinstein", "livermore", "rsi-divergence", "mean-reversion")[:agreeing]
    # A bad record keeps the adjusted confidence under the threshold whatever consensus gave.
    told = facts(record("bts-lynch", trades=10, score=-3.0, win_rate=0.5))
    made = decision(
        signal("bts-lynch", confidence=0.54, reward_to_risk=1.0),
        *(signal(name, confidence=0.46) for name in others),
        known=told,
    )
    assert made.consensus == agreeing + 1
    assert tried(made)
    assert gained(made, "consensus") == pytest.approx(bonus)


@pytest.mark.parametrize(("against", "penalty"), [(1, -0.02), (2, -0.04), (3, -0.05)])
def test_dissent_takes_2_points_each_and_5_at_most(against: int, penalty: float) -> None:
    """As many strategies against as for: more disagree than agree with the signal."""
    sided = ("turtle", "weinstein")[: against - 1]
    shorts = ("livermore", "rsi-divergence", "mean-reversion")[:against]
    made = decision(
        signal("bts-lynch", confidence=0.60, reward_to_risk=1.0),
        *(signal(name, confidence=0.50) for name in sided),
        *(signal(name, side="short", confidence=0.40) for name in shorts),
    )
    assert (made.consensus, made.dissent) == (against, against)
    assert gained(made, "consensus") == pytest.approx(penalty)


@pytest.mark.parametrize(("adx", "bonus"), [(34.99, 0.0), (35, 0.03), (39.99, 0.03), (40, 0.05), (60, 0.05)])
def test_trend_strength(adx: float, bonus: float) -> None:
    assert gained(near_miss(facts={"strength": adx}), "trend strength") == bonus


def test_an_unknown_trend_strength_adds_nothing() -> None:
    assert gained(near_miss(facts={"strength": float("nan")}), "trend strength") == 0
    assert gained(near_miss(facts={}), "trend strength") == 0


@pytest.mark.parametrize(
    ("ratio", "bonus"), [(1.99, 0.0), (2.0, 0.02), (2.49, 0.02), (2.5, 0.03), (4.0, 0.03)]
)
def test_reward_to_risk(ratio: float, bonus: float) -> None:
    assert gained(near_miss(reward_to_risk=ratio), "reward to risk") == bonus


@pytest.mark.parametrize(("raw", "given"), [(0.4499, False), (0.45, True), (0.60 - 0.15, True), (0.54, True)])
def test_near_misses_have_a_raw_confidence_of_45_points(raw: float, given: bool) -> None:
    """0.60 - 0.15, the confidence of a plain zweig short, is less than 0.45 in binary."""
    assert tried(near_miss(raw=raw)) == given


@pytest.mark.parametrize(
    ("raw", "adx", "rescued"),
    [(0.50, 40, True), (0.4999, 40, False), (0.52, 35, True), (0.5199, 35, False)],
)
def test_rescued_at_55_points(raw: float, adx: float, rescued: bool) -> None:
    made = near_miss(raw=raw, facts={"strength": adx})
    assert made.rescued == rescued
    chance = gate(made, "second_chance")
    assert (chance.passed, chance.limit) == (rescued, 0.55)
    assert chance.value == made.confidence


@pytest.mark.parametrize(("raw", "ratio"), [(0.47, 1.0), (0.45, 2.0), (0.44, 2.5)])
def test_sums_of_hundredths_reach_the_threshold(raw: float, ratio: float) -> None:
    """0.47 + 0.08 is less than 0.55 in binary."""
    made = near_miss("trend-following", raw, reward_to_risk=ratio)
    assert made.rescued == (raw >= 0.45)


def test_a_rescued_signal_is_ranked_and_sized_with_its_last_confidence() -> None:
    made = near_miss("trend-following", 0.50, reward_to_risk=2.5, facts={"strength": 41.0})
    assert (made.action, made.code, made.rescued, made.rank) == ("enter", None, True, 1)
    assert made.confidence == pytest.approx(0.50 + 0.08 + 0.03 + 0.05)
    assert factor(made, "confidence") == pytest.approx(0.5 + 0.5 * made.confidence)
    assert sum(line.value for line in made.adjustments) == pytest.approx(made.confidence)


def test_without_rescue_it_stays_refused_for_its_confidence() -> None:
    made = near_miss("zweig", 0.54)
    assert (made.code, made.value, made.limit, made.rescued) == ("confidence", 0.54, 0.55, False)


def test_capped_at_95_points() -> None:
    # 0.54 adjusted, + 0.5 x (1 - 0.1) + 0.05 + 0.03 + 0.05 would be 1.12.
    told = facts(record("bts-lynch", trades=10, score=-3.6, win_rate=1.0, total_pnl_pct=100))
    made = near_miss("bts-lynch", 0.95, told, reward_to_risk=9.0, facts={"strength": 50.0})
    assert made.confidence == 0.95


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("consensus", [("aggregation.min_consensus", 2)]),
        ("blacklist", [("aggregation.blacklist", '["SOL"]')]),
    ],
)
def test_only_a_refused_confidence_gets_it(code: str, changes: list[tuple[str, Any]]) -> None:
    made = decision(signal("trend-following", confidence=0.54), rules=policy(*changes))
    assert made.code == code
    assert not tried(made)


def test_an_accepted_signal_needs_none() -> None:
    made = decision(signal("trend-following", confidence=0.55))
    assert (made.confidence, made.rescued, tried(made)) == (0.55, False, False)


def test_it_can_be_switched_off() -> None:
    off = policy(("second_chance.enabled", False))
    made = decision(signal("trend-following", confidence=0.54), rules=off)
    assert (made.code, tried(made)) == ("confidence", False)
