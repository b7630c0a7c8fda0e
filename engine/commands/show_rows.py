"""What `show` asks of the ledger: rows of one kind, of one run, filtered, the last so many."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Engine

from engine.ledger import find, read
from engine.ledger.columns import Json
from engine.ledger.records import RunRecord
from engine.model.decision import REFUSAL_CODES
from engine.model.problem import CashTownError
from engine.research.listing import row

TABLE_ROWS: Final = 50

_READ: Final[Mapping[str, Callable[..., Sequence[Any]]]] = {
    "trades": read.trades,
    "decisions": read.decisions,
    "positions": read.positions,
    "equity": read.equity,
}
_WORDS: Final = {"strategy": "strategy_id"}  # an option's name, where the column has another


@dataclass(frozen=True, slots=True)
class Chosen:
    """Rows of one kind, oldest first. `notes` are what a reader must know beside them."""

    what: str
    rows: Sequence[Mapping[str, Json]]
    title: str
    notes: tuple[str, ...]


def select_rows(
    engine: Engine, what: str, run: str | None, filters: Mapping[str, Any], limit: int | None, is_table: bool
) -> Chosen:
    """The last `limit` rows (a table: 50, else all) of a run, the latest if none is named.

    `filters` are by option name. Raises CashTownError for a run, symbol or code that does not exist.
    """
    if limit is None and is_table:
        limit = TABLE_ROWS
    more = None if limit is None else limit + 1  # one more says whether there are more
    if what == "runs":
        records: Sequence[Any] = find.runs(engine, more)
        title, notes, where = "runs", [], "in the ledger"
    else:
        of = find.latest_run(engine) if run is None else find.find_run(engine, run)
        records = _READ[what](engine, of.run_id, more, **_checked(filters, of))
        title, notes = f"{what} of run {of.run_id} ({of.kind}, {of.status})", _labels(of)
        where = f"in run {of.run_id}" + (" that fit these options" if filters else "")
    if not records:
        notes.append(f"no {what} {where}")
    elif limit is not None and len(records) > limit:
        records = records[-limit:]
        notes.append(f"the last {limit}; --limit shows more")
    return Chosen(what, [row(record) for record in records], title, tuple(notes))


def _labels(run: RunRecord) -> list[str]:
    return ["simulated market: its candles are made, not measured"] if run.simulated else []


def _checked(filters: Mapping[str, Any], run: RunRecord) -> dict[str, Any]:
    """Filters by column; what cannot be in the run at all is a slip that is told at once."""
    found = {_WORDS.get(name, name): value for name, value in filters.items()}
    if "symbol" in found:
        found["symbol"] = str(found["symbol"]).upper()
        if found["symbol"] not in run.symbols:
            raise CashTownError(_unknown(f"symbol of run {run.run_id}", found["symbol"], run.symbols))
    if "code" in found and found["code"] not in REFUSAL_CODES:
        raise CashTownError(_unknown("refusal code", found["code"], REFUSAL_CODES))
    return found


def _unknown(noun: str, name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(known))}"
    return f"{name} is no {noun}; {hint}"
