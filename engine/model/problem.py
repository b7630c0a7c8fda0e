"""A located problem in a file, and the one error that reaches a user."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something wrong at a place: line and column count from 1 (0: the whole file)."""

    file: str
    line: int
    column: int
    severity: Severity
    code: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        hint = f"; {self.hint}" if self.hint else ""
        return f"{place}: {self.severity}[{self.code}]: {self.message}{hint}"


class CashTownError(Exception):
    """What a user is told, in one clear line, before the program ends with exit code 2.

    Raised where work cannot go on because of its input or surroundings (a missing file, a
    locked ledger); never for a bug. `problems` holds located details, if there are any.
    """

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)
