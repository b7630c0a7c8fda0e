"""A session on a terminal of any size: what matters most first, what does not fit left out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.text import Text

from engine.commands.watch_data import Seen
from engine.ledger.records import MarkedPosition
from engine.model.decision import Decision
from engine.model.timeframe import DURATION_MS
from engine.research.exact import money
from engine.research.figures import NONE, amount, count, figure, price, sparkline
from engine.research.listing import utc
from engine.research.sentence import sentence

SIMULATED: Final = "SIMULATED MARKET"
WIDE: Final = 100
"""From this width on positions name their strategy."""

_STATUS: Final = {"running": "bold green", "finished": "bold", "interrupted": "yellow", "failed": "bold red"}
_ACTION: Final = {"enter": "green", "close": "cyan", "merged": "dim", "refused": "yellow"}


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together: at least `least` of them or none; the lower `rank` is given room first."""

    rank: int
    least: int
    lines: Sequence[Text]


def screen(seen: Seen, width: int, height: int, unicode: bool = True) -> list[Text]:
    """At most `height` lines of at most `width` columns.

    1. All blocks in order; 2. room is given by rank, the decisions take what is left.
    """
    blocks = [
        Block(0, 1, _head(seen)),
        Block(2, 1, _curve(seen, width) if unicode else []),
        Block(1, 2, _positions(seen, width)),
        Block(3, 1, _breakers(seen)),
        Block(4, 1, _refusals(seen)),
        Block(5, 2, _decisions(seen.decisions)),
    ]
    room = dict.fromkeys(range(len(blocks)), 0)
    left = height
    for index in sorted(room, key=lambda index: blocks[index].rank):
        block = blocks[index]
        if not block.lines or left < min(block.least, len(block.lines)):
            continue
        # Of two long lists neither may push the other out.
        fair = left if block.rank != 1 else max(block.least, left // 2)
        room[index] = min(len(block.lines), fair)
        left -= room[index]
    lines = [line for index, block in enumerate(blocks) for line in block.lines[: room[index]]]
    for line in lines:
        line.no_wrap = True
        line.truncate(width, overflow="ellipsis" if unicode else "crop")
    return lines


def _head(seen: Seen) -> list[Text]:
    run = seen.run
    first = Text.assemble(
        (run.status, _STATUS.get(run.status, "")), f"  {run.run_id}  {run.kind}, bars of {run.timeframe}"
    )
    if run.simulated:
        first.append(f"  {SIMULATED}", "bold yellow")
    if not seen.equity:
        return [first, Text("no bar yet", "dim")]
    last = seen.equity[-1]
    change = last.equity - run.starting_equity
    tone = "green" if change > 0 else "red" if change < 0 else ""
    second = Text.assemble(
        f"{utc(last.at + DURATION_MS[run.timeframe])[:16].replace('T', ' ')}  ",
        (amount(money(last.equity)), "bold"),
        " (",
        (amount(money(change), signed=True), tone),
        f")  drawdown {figure(last.drawdown_pct, 2, unit='%')}  risk {figure(last.risk_pct, 1, unit='%')}",
        f"  margin {figure(last.exposure_pct, 1, unit='%')}",
    )
    return [first, second]


def _curve(seen: Seen, width: int) -> list[Text]:
    values = [float(point.equity) for point in seen.equity]
    if len(values) < 2:
        return []
    wide = min(width, len(values), 76)
    chosen = [values[step * (len(values) - 1) // (wide - 1)] for step in range(wide)] if wide > 1 else values
    return [Text(sparkline(chosen), "cyan")]


def _positions(seen: Seen, width: int) -> list[Text]:
    if not seen.positions:
        return [Text("no open position", "dim")]
    names = ["Position", "Side", "Entry", "Stop", "Target", "Mark", "Open P&L", "R"]
    rows = [_position(each) for each in seen.positions]
    if width >= WIDE:
        names.append("Strategy")
        rows = [(*row, each.position.strategy_id) for row, each in zip(rows, seen.positions, strict=True)]
    widths = [max(len(name), *(len(row[index]) for row in rows)) for index, name in enumerate(names)]
    lines = [Text(_columns(names, widths), "bold")]
    for row, each in zip(rows, seen.positions, strict=True):
        pnl = each.open_pnl
        tone = "" if not pnl else "green" if pnl > 0 else "red"
        lines.append(Text(_columns(row, widths), tone))
    return lines


def _position(marked: MarkedPosition) -> tuple[str, ...]:
    position, pnl = marked.position, marked.open_pnl
    r = NONE if pnl is None or not position.initial_risk else f"{float(pnl / position.initial_risk):+.2f}"
    levels = (position.entry_price, position.stop, position.target, marked.mark)
    shown = (NONE if level is None else price(money(level)) for level in levels)
    worth = NONE if pnl is None else amount(money(pnl), signed=True)
    return (position.symbol, position.side, *shown, worth, r)


def _columns(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Texts to the left, numbers to the right."""
    texts = (0, 1, 8)
    return " ".join(
        cell.ljust(wide) if index in texts else cell.rjust(wide)
        for index, (cell, wide) in enumerate(zip(cells, widths, strict=True))
    ).rstrip()


def _breakers(seen: Seen) -> list[Text]:
    tripped = [state for state in seen.breakers if state.is_tripped]
    if not tripped:
        return [Text("breakers: all armed", "dim")]
    return [
        Text(f"BREAKER {state.name} tripped: {state.reason}{_until(state.until)}", "bold red")
        for state in tripped
    ]


def _until(at: int | None) -> str:
    return "" if at is None else f", until {utc(at)[:16].replace('T', ' ')}"


def _refusals(seen: Seen) -> list[Text]:
    if not seen.refusals:
        return []
    ordered = sorted(seen.refusals.items(), key=lambda item: (-item[1], item[0]))
    total = count(sum(seen.refusals.values()))
    return [Text(f"refused {total}: " + ", ".join(f"{code} {count(number)}" for code, number in ordered))]


def _decisions(decisions: Sequence[Decision]) -> list[Text]:
    """The newest first, a line each."""
    if not decisions:
        return [Text("no decision yet", "dim")]
    return [Text("Decisions, the newest first", "bold"), *map(_decision, reversed(decisions))]


def _decision(decision: Decision) -> Text:
    signal = decision.signal
    when = utc(decision.at)[5:16].replace("T", " ")
    confidence = "" if math.isnan(decision.confidence) else f" {decision.confidence:.2f}"
    return Text.assemble(
        (f"{when} ", "dim"),
        f"{signal.strategy_id} {signal.symbol} {signal.side}{confidence} ",
        (sentence(decision), _ACTION.get(decision.action, "")),
    )
