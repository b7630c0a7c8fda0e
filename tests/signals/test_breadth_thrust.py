"""Zweig's breadth thrust over a small universe made by hand: when it comes, and how long it stays."""

import numpy as np
import pytest

from engine.model.candles import Candles, Floats
from engine.model.config import Config
from engine.research.backtest import changed_config, plan_for
from engine.signals.frames import frame_values
from engine.signals.plan import Plan
from tests.signals.samples import candles, without


@pytest.fixture(scope="module")
def zweig(config: Config) -> Plan:
    return plan_for(changed_config(config, ["zweig"]), "4h")


def market(rising: list[float], symbols: int = 12) -> dict[str, Candles]:
    """Six 4h bars a day; the share of the symbols that rise on each day, the others fall."""
    universe = {}
    for number in range(symbols):
        level, rows = 100.0, []
        for share in rising:
            level *= 1.01 if number < round(share * symbols) else 0.99
            rows += [(level, level, level, level, 1.0)] * 6
        universe[f"S{number:02}USDTM"] = candles(rows, "4h", f"S{number:02}USDTM")
    return universe


def daily(zweig: Plan, universe: dict[str, Candles], name: str) -> Floats:
    """A value of zweig's daily block, one a day."""
    slot = next(frame for frame in zweig.frames if frame.timeframe == "1d").exports[f"1d zweig {name}"]
    for _, frame, values in frame_values(zweig, universe, lambda frame: [], frozenset({"1d"})):
        assert frame.timeframe == "1d"
        return values.column(slot)
    raise AssertionError("the plan has no daily block")


def test_from_nothing_to_everything(zweig: Plan) -> None:
    """From 0, a 10-day EMA is at 1 - (9/11)^k after k days of 1: 0.633 on the fifth, 0.700 on the sixth."""
    days = [0.0] * 30 + [1.0] * 25
    universe = market(days)
    breadth = daily(zweig, universe, "breadth")
    assert breadth[29] == 0
    assert breadth[34] == pytest.approx(1 - (9 / 11) ** 5, rel=1e-12)
    assert breadth[35] == pytest.approx(1 - (9 / 11) ** 6, rel=1e-12)
    assert np.flatnonzero(daily(zweig, universe, "thrust") == 1).tolist() == [35]
    assert np.flatnonzero(daily(zweig, universe, "thrust_on") == 1).tolist() == list(range(35, 45))


def test_eleven_symbols_are_too_few(zweig: Plan) -> None:
    universe = market([0.0] * 30 + [1.0] * 25, symbols=11)
    assert np.isnan(daily(zweig, universe, "thrust_on")).all()


def test_a_slow_rise_is_no_thrust(zweig: Plan) -> None:
    """Half of them rising for a month lifts breadth above 0.35 long before it passes 0.65."""
    universe = market([0.0] * 30 + [0.5] * 30 + [1.0] * 10)
    breadth = daily(zweig, universe, "breadth")
    assert breadth[59] > 0.49
    assert breadth[-1] > 0.65
    assert not (daily(zweig, universe, "thrust_on") == 1).any()


def test_the_day_is_seen_from_its_close_on(zweig: Plan) -> None:
    """On the 4h bars of a day the thrust of the day before stands; the last one closes the day."""
    universe = market([0.0] * 30 + [1.0] * 25)
    frame = next(frame for frame in zweig.frames if frame.timeframe == "4h")
    leaf = "1d zweig thrust_on"
    slot = next(
        number
        for number, step in enumerate(frame.program.steps)
        if step.operation == "leaf" and step.name == leaf
    )
    _, _, values = next(iter(frame_values(zweig, universe, lambda _: [slot], frozenset({"4h"}))))
    on = np.flatnonzero(values.column(slot) == 1)
    assert on.tolist() == list(range(35 * 6 + 5, 45 * 6 + 5))


def test_a_symbol_that_comes_late_does_not_see_the_day_after(zweig: Plan) -> None:
    """Its last bar of a day is missing: that day closes with the first bar of the next one."""
    whole = market([0.0] * 30 + [1.0] * 6 + [0.0] * 19)
    late = {**whole, "S00USDTM": without(whole["S00USDTM"], [6 * 35 + 5])}
    for name in ("breadth", "thrust", "thrust_on"):
        assert np.array_equal(daily(zweig, late, name), daily(zweig, whole, name), equal_nan=True)


def test_an_absent_symbol_counts_for_one_day_more(zweig: Plan) -> None:
    """Of 12 symbols one stops trading: its last day counts once more, then there are too few."""
    universe = market([0.0] * 30 + [1.0] * 5)
    series = universe["S11USDTM"]
    universe["S11USDTM"] = series.part(0, 6 * 30)
    breadth = daily(zweig, universe, "breadth")
    assert np.isfinite(breadth[30])
    assert np.isnan(breadth[31:]).all()
