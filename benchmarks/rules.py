"""Row "rules": eight rules of six comparisons, compiled once, against the same in hand-written numpy.

The hand-written form has the same meaning: unknown is not false, and nothing fires on it. It is
as a person would write it for speed, without intermediate names that two rules could share; no
comparison occurs in two rules, so that ours gains nothing by sharing either.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import numpy as np

from benchmarks.measure import Row, interleave, repeated
from engine.language.check import Named, Scope, check
from engine.language.evaluate import Value, make_schedule, run_schedule
from engine.language.program import ProgramBuilder
from engine.language.reference import ArrayEval
from engine.model.candles import Floats
from engine.model.expression import Expression
from engine.model.unit import Unit

SERIES: Final = ("close", "fast", "slow", "upper", "lower", "rsi", "adx", "momentum", "volume", "usual")

RULES: Final = (
    "close > fast and fast > slow and rsi < 70 and adx > 25 and volume > 1.2 * usual and momentum > 1",
    "close < fast and fast < slow and rsi > 30 and adx > 26 and volume > 1.3 * usual and momentum < -1",
    "close > upper and rsi > 55 and adx > 20 and momentum > 2 and volume > 1.5 * usual and upper > slow",
    "close < lower and rsi < 45 and adx > 21 and momentum < -2 and volume > 1.6 * usual and lower < slow",
    "close <= lower and rsi < 25 and adx < 22 and not momentum < -6 and volume > usual and lower < fast",
    "close >= upper and rsi > 75 and adx < 23 and not momentum > 6 and volume > 0.9 * usual and upper > fast",
    "(rsi < 28 or momentum < -4) and adx < 30 and close > 0.9 * slow and 10 < adx and volume > 0.8 * usual",
    "(rsi > 72 or momentum > 4) and adx < 31 and close < 1.1 * slow and 11 < adx and volume > 0.7 * usual",
)

BARS: Final = (8_760, 500)
GOALS: Final[Mapping[int, float]] = {8_760: 1.2, 500: 1.5}
CALLS: Final[Mapping[int, int]] = {8_760: 20, 500: 200}


def hand_written(s: Mapping[str, Floats]) -> list[Any]:
    """The eight rules as one would write them in numpy."""
    close, fast, slow, upper, lower = s["close"], s["fast"], s["slow"], s["upper"], s["lower"]
    rsi, adx, momentum, volume, usual = s["rsi"], s["adx"], s["momentum"], s["volume"], s["usual"]
    with np.errstate(all="ignore"):
        return [
            (close > fast)
            & (fast > slow)
            & (rsi < 70)
            & (adx > 25)
            & (volume > 1.2 * usual)
            & (momentum > 1),
            (close < fast)
            & (fast < slow)
            & (rsi > 30)
            & (adx > 26)
            & (volume > 1.3 * usual)
            & (momentum < -1),
            (close > upper)
            & (rsi > 55)
            & (adx > 20)
            & (momentum > 2)
            & (volume > 1.5 * usual)
            & (upper > slow),
            (close < lower)
            & (rsi < 45)
            & (adx > 21)
            & (momentum < -2)
            & (volume > 1.6 * usual)
            & (lower < slow),
            # `not momentum < -6` is certain only where momentum is known
            (close <= lower) & (rsi < 25) & (adx < 22) & (momentum >= -6) & (volume > usual) & (lower < fast),
            (close >= upper)
            & (rsi > 75)
            & (adx < 23)
            & (momentum <= 6)
            & (volume > 0.9 * usual)
            & (upper > fast),
            ((rsi < 28) | (momentum < -4))
            & (adx < 30)
            & (close > 0.9 * slow)
            & (adx > 10)
            & (volume > 0.8 * usual),
            ((rsi > 72) | (momentum > 4))
            & (adx < 31)
            & (close < 1.1 * slow)
            & (adx > 11)
            & (volume > 0.7 * usual),
        ]


def make_series(bars: int, seed: int = 0) -> dict[str, Floats]:
    """Plausible operands, each unknown through a warm-up of its own."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.standard_normal(bars) * 0.01))
    series = {
        "close": close,
        "fast": close * (1 + 0.01 * rng.standard_normal(bars)),
        "slow": close * (1 + 0.02 * rng.standard_normal(bars)),
        "upper": close * (1 + 0.02 * rng.random(bars) - 0.002),
        "lower": close * (1 - 0.02 * rng.random(bars) + 0.002),
        "rsi": rng.uniform(15, 85, bars),
        "adx": rng.uniform(5, 50, bars),
        "momentum": 4 * rng.standard_normal(bars),
        "volume": rng.lognormal(0, 0.5, bars),
        "usual": rng.lognormal(0, 0.1, bars),
    }
    for place, name in enumerate(SERIES[1:]):
        series[name][: 5 * (place + 1)] = np.nan
    for values in series.values():
        values.setflags(write=False)
    return series


def parsed() -> list[Expression]:
    """The rules, checked."""
    scope = Scope({name: Named(Unit.NUMBER) for name in SERIES}, {})
    expressions = []
    for text in RULES:
        expression, faults = check(text, scope, "bool")
        if expression is None:
            raise AssertionError(f"{text}: {faults}")
        expressions.append(expression)
    return expressions


def compiled(expressions: Sequence[Expression], series: Mapping[str, Floats]) -> Callable[[], list[Any]]:
    """Our evaluator over these arrays, compiled once."""
    builder = ProgramBuilder()
    names = {name: builder.leaf(name) for name in SERIES}
    slots = [builder.add(expression, names) for expression in expressions]
    schedule = make_schedule(builder.build(), slots)

    def run() -> list[Any]:
        values = run_schedule(schedule, series.__getitem__, _no_call)
        return [values[slot] for slot in slots]

    return run


def reference(expressions: Sequence[Expression], series: Mapping[str, Floats]) -> Callable[[], list[Any]]:
    """The simpleeval subclass over the same trees, parsed once."""

    def run() -> list[Any]:
        with np.errstate(all="ignore"):
            evaluator = ArrayEval(series, _no_call)
            return [evaluator.run(expression.tree) == 1.0 for expression in expressions]

    return run


def _no_call(name: str, arguments: Sequence[Value]) -> Value:
    raise AssertionError(f"no rule here calls {name}")


def measure(rounds: int, tick: Callable[[], None] = lambda: None) -> list[Row]:
    """The rows: ours and the reference against hand-written numpy, at each number of bars."""
    rows = []
    expressions = parsed()
    for bars in BARS:
        series = make_series(bars)
        ours, slow = compiled(expressions, series), reference(expressions, series)
        plain = hand_written(series)
        for other in (ours(), slow()):
            for one, two in zip(other, plain, strict=True):
                if not np.array_equal(one, two):
                    raise AssertionError("the evaluators disagree: there is nothing to measure")
        calls = CALLS[bars]
        times = interleave(
            {
                "numpy": repeated(partial(hand_written, series), calls),
                "ours": repeated(ours, calls),
                "reference": repeated(slow, calls),
            },
            rounds,
            tick=tick,
        )
        goal = GOALS[bars]
        rows.append(
            Row(
                f"rules, {bars:,} bars",
                "our evaluator, compiled once",
                times["ours"],
                against="hand-written numpy",
                against_value=times["numpy"],
                goal=goal,
                goal_text=f"<= {goal:g} x numpy",
            )
        )
        rows.append(
            Row(
                f"rules, {bars:,} bars",
                "simpleeval reference, parsed once",
                times["reference"],
                against="hand-written numpy",
                against_value=times["numpy"],
                note="only for the trace and as the reference of tests",
            )
        )
    return rows
