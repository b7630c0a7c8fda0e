"""The trace of a decision as text: a headline, and a section for every stage that it went through."""

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from engine.commands.why_outcome import outcome_lines
from engine.model.decision import Decision, Gate
from engine.model.signal import DIRECTION
from engine.research.gate_words import gate_words
from engine.research.listing import utc
from engine.research.sentence import MOST_DIGITS, against, figures, sentence
from engine.research.trace import Trace
from engine.research.trace_document import mark, product
from engine.research.trace_rules import Adjustment, Condition, ConfidenceSteps

SIMULATED: Final = "SIMULATED market: its candles are made, not measured"
_STYLE: Final = {"yes": "green", "pass": "green", "cut": "yellow", "no": "red", "refuse": "bold red"}


def print_trace(trace: Trace, console: Console) -> None:
    """Prints everything that the trace holds; what a decision has not is left out."""
    decision = trace.decision
    _head(trace, console)
    _signal(decision, console)
    _conditions(trace, console)
    if trace.confidence is not None:
        _confidence(trace.confidence, decision, console)
    if trace.adjustments:
        _adjustments(trace.adjustments, console)
    if decision.gates:
        _gates(decision.gates, console)
    if decision.factors:
        _size(decision, console)
    section("What came of it", console)
    console.print(grid(outcome_lines(trace)))


def section(title: str, console: Console) -> None:
    """A blank line and a title."""
    console.print()
    console.print(title, style="bold")


def grid(rows: Iterable[Sequence[str | Text]], right: Sequence[int] = ()) -> Table:
    """Rows as a table without lines, indented; the columns of these indices flush right."""
    table = Table.grid(padding=(0, 2, 0, 0))
    listed = [list(row) for row in rows]
    table.add_column(width=0)
    for index in range(max(map(len, listed), default=0)):
        table.add_column(justify="right" if index in right else "left", overflow="fold")
    for row in listed:
        table.add_row("", *row)
    return table


def _head(trace: Trace, console: Console) -> None:
    decision, signal, run = trace.decision, trace.decision.signal, trace.run
    refused = decision.action == "refused"
    console.print(sentence(decision), style="bold red" if refused else "bold green")
    timeframe = f" ({trace.timeframe})" if trace.timeframe else ""
    console.print(f"{signal.strategy_id} {signal.side} {signal.symbol}, bar of {utc(signal.bar)}{timeframe}")
    console.print(f"decided at the close of the {run.timeframe} bar of {utc(decision.at)}")
    console.print(f"decision {decision.id}, run {run.run_id}", style="dim")
    if run.simulated:
        console.print(SIMULATED, style="yellow")
    else:
        console.print(f"{run.kind} on {run.source}", style="dim")
    if trace.also_in:
        others = f"{len(trace.also_in)} other run{'' if len(trace.also_in) == 1 else 's'}"
        console.print(f"also in {others} ({', '.join(trace.also_in[:3])}); --run names one", style="dim")


def _signal(decision: Decision, console: Console) -> None:
    signal = decision.signal
    section("Signal", console)
    rows = [("price", _price(signal.price), "")]
    if math.isfinite(signal.stop_distance):
        away = signal.stop_distance * DIRECTION[signal.side]
        stop = signal.price - away if signal.stop is None else signal.stop
        share = 100 * signal.stop_distance / signal.price
        rows.append(("stop", *_level(stop, f"{share:.2f} % away", signal.stop is not None)))
    if math.isfinite(signal.target_distance):
        away = signal.target_distance * DIRECTION[signal.side]
        target = signal.price + away if signal.target is None else signal.target
        rows.append(("target", *_level(target, f"{signal.reward_to_risk:.2f} R", signal.target is not None)))
    if signal.kind == "entry":
        rows.append(("confidence", figures([signal.confidence])[0], "raw"))
    console.print(grid(rows, right=(1,)))


def _level(level: float, note: str, is_posted: bool) -> tuple[str, str]:
    return _price(level), note + (", posted" if is_posted else ", from this price; set from the fill")


def _price(value: float) -> str:
    """As many digits as the ledger keeps of operands: ticks must be told apart."""
    return f"{Decimal(f'{value:.{MOST_DIGITS}g}').normalize():f}"


def _conditions(trace: Trace, console: Console) -> None:
    signal = trace.decision.signal
    titles = {
        "exit": "Exit rules: one is enough",
        "add": "A further unit: one is enough",
        "entry": "Conditions: all must hold",
    }
    section(titles[signal.kind], console)
    if trace.rules_note:
        console.print(f"  not shown: {trace.rules_note}")
    if not trace.conditions:
        console.print(grid(zip(signal.operands, figures(list(signal.operands.values())), strict=True)))
        return
    console.print(grid([_judged(each) for each in trace.conditions]))
    if trace.definitions:
        listed = enumerate(trace.definitions.items())
        console.print(
            grid([("" if index else "where", f"{name} = {text}") for index, (name, text) in listed])
        )


def _judged(condition: Condition) -> tuple[Text, str, str]:
    return _marked(_held(condition)), condition.text, condition.values


def _held(condition: Condition) -> str:
    return "unknown" if condition.holds is None else "yes" if condition.holds else "no"


def _marked(word: str) -> Text:
    return Text(word, style=_STYLE.get(word, ""))


def _confidence(steps: ConfidenceSteps, decision: Decision, console: Console) -> None:
    section("Confidence of the signal", console)
    rows: list[tuple[str | Text, ...]] = [("base", "", "", figures([steps.base])[0])]
    for bonus in steps.bonuses:
        for index, tier in enumerate(bonus.tiers):
            name = bonus.name if index == 0 else ""
            added = _signed(tier.value) if tier.counts else ""
            if tier.when is None:
                held = "yes" if tier.counts else "no"
                shown = tier.text if tier.values == tier.text else f"{tier.text}: {tier.values}"
                tested = "otherwise" if index else shown
            else:
                held, tested = _held(tier.when), f"{tier.when.text}: {tier.when.values}"
            rows.append((name, _marked(held), tested, added))
    kept = f"kept between {steps.floor:g} and {steps.cap:g}"
    rows.append(("raw", "", kept, figures([steps.confidence])[0]))
    console.print(grid(rows, right=(3,)))
    stored = decision.signal.confidence
    if not math.isclose(steps.confidence, stored, abs_tol=1e-9):
        console.print(f"  the signal was sent with {figures([stored])[0]}, which is what counted")


def _signed(value: float) -> str:
    if math.isnan(value):
        return "unknown, adds nothing"
    return ("+" if value >= 0 else "") + figures([value])[0]


def _adjustments(steps: Sequence[Adjustment], console: Console) -> None:
    section("Confidence of the decision", console)
    rows = [
        (
            step.name,
            figures([step.value])[0] if index == 0 else _signed(step.value),
            figures([step.confidence])[0],
            step.note,
        )
        for index, step in enumerate(steps)
    ]
    console.print(grid([("", "adds", "makes", ""), *rows], right=(1, 2)))


def _gates(gates: Sequence[Gate], console: Console) -> None:
    section("Gates", console)
    rows: list[tuple[str | Text, ...]] = [("", "", "value", "limit", "")]
    for gate in gates:
        value, limit = against(gate.value, gate.limit)
        rows.append((_marked(mark(gate)), gate.name, value, limit, gate_words(gate)))
    console.print(grid(rows, right=(2, 3)))


def _size(decision: Decision, console: Console) -> None:
    section("Size, in % of equity at risk", console)
    rows = [
        (("" if index == 0 else "x ") + factor.name, figures([factor.value])[0], factor.note)
        for index, factor in enumerate(decision.factors)
    ]
    rows.append(("= wanted", figures([product(decision)])[0], "before cuts and whole lots"))
    if decision.risk_pct is not None:
        rows.append(("taken", figures([decision.risk_pct])[0], ""))
    if decision.quantity is not None and decision.leverage is not None:
        value = float(decision.quantity) * decision.signal.price
        rows.append(("quantity", f"{decision.quantity:f}", f"worth {value:,.2f} at the signal's price"))
        margin = value / float(decision.leverage)
        rows.append(("leverage", f"{decision.leverage:f}", f"margin {margin:,.2f}"))
    console.print(grid(rows, right=(1,)))
