"""The first look at a file's bytes: size, encoding, and characters that hide or mislead."""

import re
from collections.abc import Iterator
from typing import Final

from engine.model.problem import Problem

MAX_BYTES: Final = 256 * 1024
MAX_MESSAGE: Final = 400

BOM: Final = b"\xef\xbb\xbf"

_BIDI: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_CONTROL: Final = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2028\u2029\u2060\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e007f"
)
HIDDEN: Final = re.compile(f"[{_BIDI}{_CONTROL}]|\r(?!\n)")
"""Whatever changes how a text reads without being seen: controls, odd line breaks, bidi marks."""

_IS_BIDI: Final = re.compile(f"[{_BIDI}]")
_TAB: Final = re.compile("\t")
_INDENT_TAB: Final = re.compile("^[ ]*\t", re.MULTILINE)


def hidden_code(character: str) -> str:
    """The problem code of one character that HIDDEN matches."""
    return "bidi-character" if _IS_BIDI.match(character) else "control-character"


def printable(text: str) -> str:
    """A text for one line of a terminal: what would break or reorder the line is shown escaped, and
    a giant is cut.
    """
    if len(text) > MAX_MESSAGE:
        text = text[: MAX_MESSAGE // 2] + " … " + text[-MAX_MESSAGE // 4 :]
    if text.isprintable() and not HIDDEN.search(text):
        return text
    return "".join(
        character if character.isprintable() and not HIDDEN.match(character) else f"\\u{ord(character):04x}"
        for character in text
    )


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of a character offset; lines end with a line feed."""
    start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, offset - start + 1


def decode(content: bytes, file: str) -> tuple[str | None, tuple[Problem, ...]]:
    """The text of a file, without byte order mark and with tabs as blanks (positions stay).

    None where reading on would only find consequences: too large, not UTF-8, hidden characters,
    tabs as indentation.
    """
    if len(content) > MAX_BYTES:
        message = f"the file has {len(content):,} bytes, at most {MAX_BYTES:,} are read"
        return None, (Problem(file, 0, 0, "error", "too-large", message),)
    problems = []
    if content.startswith(BOM):
        content = content[len(BOM) :]
        message = "the file starts with a byte order mark"
        problems.append(
            Problem(file, 1, 1, "error", "byte-order-mark", message, "save it as UTF-8 without BOM")
        )
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        line, column = line_and_column(before, len(before))
        message = f"byte 0x{content[error.start]:02x} is not UTF-8"
        problems.append(Problem(file, line, column, "error", "not-utf-8", message, "save the file as UTF-8"))
        return None, tuple(problems)
    stops = list(_characters(text, file))
    if stops:
        return None, (*problems, *stops)
    problems.extend(_repeated(text, file, _TAB, "tab", "a tab", "use blanks"))
    return text.replace("\t", " "), tuple(problems)


def _characters(text: str, file: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for match in HIDDEN.finditer(text):
        character = match.group()
        if character in seen:
            continue
        seen.add(character)
        line, column = line_and_column(text, match.start())
        kind = "bidirectional" if hidden_code(character) == "bidi-character" else "invisible or control"
        message = f"{kind} character U+{ord(character):04X}"
        yield Problem(file, line, column, "error", hidden_code(character), message, "remove it")
    yield from _repeated(text, file, _INDENT_TAB, "tab", "a tab in the indentation", "indent with blanks")


def _repeated(
    text: str, file: str, pattern: re.Pattern[str], code: str, what: str, hint: str
) -> Iterator[Problem]:
    """One problem for all matches: an editor that writes tabs writes them on every line."""
    matches = list(pattern.finditer(text))
    if matches:
        line, column = line_and_column(text, matches[0].end() - 1)
        lines = {text.count("\n", 0, match.start()) for match in matches[:200]}
        more = f" (and on {len(lines) - 1} more lines)" if len(lines) > 1 else ""
        yield Problem(file, line, column, "error", code, what + more, hint)
