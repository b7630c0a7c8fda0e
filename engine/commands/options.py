"""Options that several commands share, and how their texts are read."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar

import click

from engine.model.problem import CashTownError
from engine.model.timeframe import DURATION_MS

Command = TypeVar("Command", bound=Callable[..., Any])

_DAY = timedelta(days=1)
FIRST_YEAR, LAST_YEAR = 1970, 2099

config_option = click.option(
    "--config", type=click.Path(path_type=Path), help="Folder with strategies.yaml, risk.yaml and rules/."
)
ledger_option = click.option(
    "--ledger",
    metavar="URL",
    help="Ledger: a database URL or an SQLite file. [default: DATABASE_URL, DATA_DIR]",
)

timeframe_option = click.option(
    "--timeframe",
    type=click.Choice(list(DURATION_MS)),
    metavar="TF",
    help="Timeframe of the feed, 1m to 1d. [default: as configured]",
)


def replay_options(command: Command) -> Command:
    """The options of every command that replays candles."""
    for option in reversed(
        [
            config_option,
            ledger_option,
            click.option("--from", "start", metavar="DATE", help="First day (UTC) that is traded."),
            click.option("--to", "end", metavar="DATE", help="Last day (UTC), included."),
            click.option("--symbols", metavar="A,B", help="Only these symbols. [default: all]"),
            click.option("--strategies", metavar="A,B", help="Only these strategies. [default: all enabled]"),
            click.option("--equity", metavar="USDT", help="Starting equity. [default: as configured]"),
            timeframe_option,
            click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Seed of all randomness."),
            click.option("--bar-by-bar", is_flag=True, help="Run the rules at every close, as live does."),
            click.option("--new", is_flag=True, help="A new run, even if the last one was interrupted."),
            click.option("-v", "--verbose", is_flag=True, help="Every finding in the candles."),
        ]
    ):
        command = option(command)
    return command


def read_replay(given: Mapping[str, Any]) -> dict[str, Any]:
    """What `replay_options` and the options of a command gave, as the arguments of `Options`."""
    read = {name: value for name, value in given.items() if name not in ("start", "end")}
    from_ms, to_ms = period(given["start"], given["end"])
    return {
        **read,
        "from_ms": from_ms,
        "to_ms": to_ms,
        "symbols": split("--symbols", given["symbols"]),
        "strategies": split("--strategies", given["strategies"]),
        "equity": money("--equity", given["equity"]),
    }


def split(option: str, text: str | None) -> tuple[str, ...]:
    """The words of a comma-separated option; none where it was not given."""
    words = tuple(word.strip() for word in (text or "").split(",") if word.strip())
    if text is not None and not words:
        raise CashTownError(f"{option}: {text!r} names nothing")
    return words


def period(start: str | None, end: str | None) -> tuple[int | None, int | None]:
    """[from, to) in UTC ms of two dates or moments; a date as the end includes that day."""
    from_ms = None if start is None else _moment("--from", start, is_end=False)
    to_ms = None if end is None else _moment("--to", end, is_end=True)
    if from_ms is not None and to_ms is not None and from_ms >= to_ms:
        raise CashTownError(f"--from {start} is not before --to {end}")
    return from_ms, to_ms


def _moment(option: str, text: str, is_end: bool) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CashTownError(
            f"{option}: {text!r} is not a date; write 2021-01-31, or 2021-01-31T12:00"
        ) from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise CashTownError(f"{option}: {text!r} is not between {FIRST_YEAR} and {LAST_YEAR}")
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    if is_end and len(text) == len("2021-01-31"):
        moment += _DAY
    return int(moment.timestamp() * 1000)


def money(option: str, text: str | None) -> Decimal | None:
    """A positive amount of quote currency."""
    if text is None:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not (amount.is_finite() and 0 < amount <= 10**12):
        raise CashTownError(f"{option}: {text!r} is not a positive amount of at most 10^12")
    return amount
