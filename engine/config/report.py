"""Problems as a person reads them: one line each, with the source line and a caret under it."""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from engine.config.characters import printable
from engine.model.problem import Problem

MAX_WIDTH: Final = 120


def report_text(problems: Sequence[Problem], texts: Mapping[str, str]) -> str:
    """Every problem with its source line; `texts` holds the sources by file name."""
    lines = {name: text.split("\n") for name, text in texts.items()}
    return "".join(f"{problem}\n{_excerpt(problem, lines.get(problem.file, ()))}" for problem in problems)


def report_json(problems: Sequence[Problem], config_hash: str | None) -> str:
    """One JSON object: `problems` (file, line, column, severity, code, message, hint) and `hash`."""
    rows = [
        {
            "file": problem.file,
            "line": problem.line,
            "column": problem.column,
            "severity": problem.severity,
            "code": problem.code,
            "message": problem.message,
            "hint": problem.hint,
        }
        for problem in problems
    ]
    return json.dumps({"hash": config_hash, "problems": rows}, indent=2, ensure_ascii=False) + "\n"


def _excerpt(problem: Problem, lines: Sequence[str]) -> str:
    if not 0 < problem.line <= len(lines):
        return ""
    line, at = lines[problem.line - 1].rstrip("\r"), problem.column - 1
    start = max(0, at - MAX_WIDTH // 2) if len(line) > MAX_WIDTH else 0
    shown, before = line[start : start + MAX_WIDTH], line[start:at]
    number = f"{problem.line:5d}"
    pad = " " * sum(_width(printable(character)) for character in before.ljust(at - start))
    return f"{number} | {printable(shown)}\n{' ' * len(number)} | {pad}^\n"


def _width(text: str) -> int:
    """Columns that a terminal gives a text."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
