"""From an offset inside a YAML text to its line and column in the file, for every scalar style."""

import re
from typing import Final

from engine.config.characters import line_and_column
from engine.config.document import Place

_ESCAPE: Final = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\n|.)", re.DOTALL)
_BLANK_ESCAPES: Final = frozenset(("n", "t", "r", " ", "_", "\t", "\n", "v", "f", "N", "L", "P"))


def place_in_text(source: str, place: Place, value: str, offset: int) -> tuple[int, int]:
    """Line and column (from 1) of the character `offset` of `value`, the scalar at `place`.

    Folding and indentation change blanks only, so the n-th visible character of the value is the
    n-th visible one of its source; blanks are placed beside their neighbours.
    """
    visible = _visible(source[place.start : place.end], place.style)
    wanted = sum(1 for character in value[:offset] if not character.isspace())
    at_blank = offset >= len(value) or value[offset].isspace()
    if not visible:
        return place.line, place.column
    if at_blank and wanted > 0:
        before = offset - 1
        while value[before].isspace():
            before -= 1
        start, length = visible[min(wanted, len(visible)) - 1]
        return line_and_column(source, place.start + start + length + offset - before - 1)
    start, _ = visible[min(wanted, len(visible) - 1)]
    return line_and_column(source, place.start + start)


def _visible(raw: str, style: str) -> list[tuple[int, int]]:
    """Offset and length in the source of each visible character of a scalar's value."""
    if style == '"':
        return _double_quoted(raw)
    if style == "'":
        return _single_quoted(raw)
    start = raw.find("\n") + 1 if style in ("|", ">") else 0
    return [(i, 1) for i in range(start, len(raw)) if not raw[i].isspace()]


def _single_quoted(raw: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    i, end = 1, len(raw) - 1
    while i < end:
        length = 2 if raw[i] == "'" else 1
        if not raw[i].isspace():
            found.append((i, length))
        i += length
    return found


def _double_quoted(raw: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    i, end = 1, len(raw) - 1
    while i < end:
        escape = _ESCAPE.match(raw, i)
        length = escape.end() - i if escape else 1
        blank = _is_blank_escape(escape.group(1)) if escape else raw[i].isspace()
        if not blank:
            found.append((i, length))
        i += length
    return found


def _is_blank_escape(escape: str) -> bool:
    if escape[0] in "xuU" and len(escape) > 1:
        return chr(int(escape[1:], 16)).isspace()
    return escape in _BLANK_ESCAPES
