"""Words for what the YAML parser could not read, at the place where a person would mend it."""

from typing import Any, Final

from engine.config.characters import printable
from engine.model.problem import Problem

_WORDS: Final = (
    ("did not find expected ',' or '}'", "'}' or ',' is missing", "close the { on its line"),
    ("did not find expected ',' or ']'", "']' or ',' is missing", "close the [ on its line"),
    ("found unexpected end of stream", "a quote is not closed", "close the quote that starts here"),
    ("found unexpected document indicator", "a quote is not closed", "close the quote that starts here"),
    ("did not find expected '-' indicator", "an item ('- ') is due here", "check the indentation"),
    (
        "block sequence entries are not allowed",
        "a list starts on a line of its own",
        "move it to the next line",
    ),
    ("did not find expected comment or line break", "text after | or >", "start the text on the next line"),
    ("unknown escape character", "an unknown escape in a double-quoted text", "use single quotes, or \\\\"),
    ("unknown directive name", "a YAML directive", "remove the line"),
    ("did not find expected node content", "a value is missing here", "write a value, or remove the sign"),
    ("did not find expected alphabetic", "* and & cannot start a value", "put the text in quotes"),
    ("maximum nesting level", "values are nested too deep", "flatten them"),
    ("exceeded max depth", "values are nested too deep", "flatten them"),
    ("undefined tag handle", "a tag", "remove it: a value has the type that it shows"),
    ("while parsing a tag", "a tag", "remove it: a value has the type that it shows"),
    ("while scanning a tag", "a tag", "remove it: a value has the type that it shows"),
    ("cannot start any token", "this character cannot start a value", "put the text in quotes"),
)


def syntax_problem(error: Any, file: str, text: str) -> Problem:
    """One `syntax` problem for a YAMLError of the parser."""
    said = f"{error.context or ''} {error.problem or ''}" if hasattr(error, "problem") else str(error)
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    lines = text.split("\n")
    if mark is None:
        return Problem(file, 1, 1, "error", "syntax", "this is not YAML")
    line, column = min(mark.line, len(lines) - 1), mark.column
    if "mapping values are not allowed" in said:
        return _second_colon(lines, line, column, file)
    if "could not find expected ':'" in said and error.context_mark is not None:
        return _no_colon(lines, min(error.context_mark.line, len(lines) - 1), file)
    if "did not find expected key" in said:
        return _unexpected(lines, line, column, file)
    for phrase, message, hint in _WORDS:
        if phrase in said:
            is_opening, is_bracket = message.startswith("a quote"), hint.startswith("close the")
            start = error.context_mark
            if start is not None and (is_opening or (is_bracket and start.line != mark.line)):
                line, column = start.line, start.column
            return Problem(file, line + 1, column + 1, "error", "syntax", message, hint)
    return Problem(file, line + 1, column + 1, "error", "syntax", f"not readable: {said.strip()}")


def _second_colon(lines: list[str], line: int, column: int, file: str) -> Problem:
    """A ': ' where no key can be: a text with a colon, or the line before lost its own."""
    before = line - 1
    while before >= 0 and (not lines[before].strip() or lines[before].lstrip().startswith("#")):
        before -= 1
    if lines[line][:column].count(": ") == 0 and before >= 0 and ":" not in lines[before]:
        return _no_colon(lines, before, file)
    if lines[line][:column].count(": ") == 0 and before >= 0:
        message = "this line is indented like a part of the value above"
        indent = len(lines[line]) - len(lines[line].lstrip()) + 1
        return Problem(file, line + 1, indent, "error", "syntax", message, "check the indentation")
    message = "a second ': ' within one value"
    return Problem(file, line + 1, column + 1, "error", "syntax", message, "put the whole text in quotes")


def _no_colon(lines: list[str], line: int, file: str) -> Problem:
    said = lines[line].split(" #")[0].rstrip()
    message = printable(f"a colon is missing after '{said.strip()[:40]}'")
    return Problem(file, line + 1, len(said) + 1, "error", "syntax", message, "write key: value")


def _unexpected(lines: list[str], line: int, column: int, file: str) -> Problem:
    """Something where a key was due: a wrong indentation, or text after a finished value."""
    row = lines[line] if line < len(lines) else ""
    if row[:column].strip():
        message, hint = "text after the end of the value", "put the whole text in quotes"
    else:
        message, hint = "this line fits to nothing above it", "indent it like the keys that it belongs to"
    return Problem(file, line + 1, column + 1, "error", "syntax", message, hint)
