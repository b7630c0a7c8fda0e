"""Validation against a JSON Schema: each error once, at its innermost cause, in words."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from engine.config.characters import printable
from engine.config.document import MAX_PROBLEMS, Document, Path
from engine.model.problem import Problem

_TYPE_NAMES: Final = {
    "object": "a mapping (key: value)",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
}
MAX_SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class _Finding:
    """A schema error in words; `at_key` places it on the key instead of the value."""

    path: Path
    code: str
    message: str
    hint: str = ""
    at_key: bool = False


def schema_problems(
    document: Document, schema: Mapping[str, Any]
) -> tuple[tuple[Problem, ...], frozenset[Path], frozenset[Path]]:
    """Problems of a read document against its schema, the paths whose value is faulty, and all
    paths with a problem.

    Nothing is said at or below a path that reading has already complained about.
    """
    from jsonschema.validators import Draft202012Validator

    findings: list[_Finding] = []
    for error in Draft202012Validator(schema).iter_errors(document.data):
        findings.extend(islice(_findings(error), MAX_PROBLEMS + 1))
        if len(findings) > MAX_PROBLEMS:
            message = f"more than {MAX_PROBLEMS} problems: the rest of the file is not checked"
            findings = [*findings[:MAX_PROBLEMS], _Finding((), "too-many-problems", message)]
            break
    problems: dict[tuple[Path, str], Problem] = {}
    faulty: set[Path] = set()
    flawed: set[Path] = set()
    for finding in _quiet(findings):
        if any(finding.path[:length] in document.faulty for length in range(len(finding.path) + 1)):
            continue
        if finding.code == "missing-key" and finding.path in document.incomplete:
            continue
        line, column = _where(document, finding)
        said, hint = printable(finding.message), printable(finding.hint)
        problem = Problem(document.file, line, column, "error", finding.code, said, hint)
        problems.setdefault((finding.path, "" if finding.code != "missing-key" else finding.message), problem)
        flawed.add(finding.path)
        # A value stays usable where only its name, or something beside it, is wrong.
        if finding.code not in ("missing-key", "bad-name"):
            faulty.add(finding.path)
    return tuple(problems.values()), frozenset(faulty), frozenset(flawed)


def _findings(error: Any) -> Iterator[_Finding]:
    """What one jsonschema error says: `anyOf` is used for required keys only, `oneOf` never."""
    path: Path = tuple(error.absolute_path)
    said = error.schema.get("errorMessage", "") if isinstance(error.schema, dict) else ""
    if "propertyNames" in error.schema_path:
        yield _bad_name((*path, error.instance), error, said)
        return
    match error.validator:
        case "additionalProperties":
            yield from _unknown_keys(path, error.instance, error.schema)
        case "required":
            missing = [key for key in error.validator_value if key not in error.instance]
            for key in missing:
                if error.message.startswith(repr(key)):
                    yield _Finding(path, "missing-key", said or f"the key '{key}' is missing", at_key=True)
        case "anyOf":
            keys = " or ".join(f"'{branch['required'][0]}'" for branch in error.validator_value)
            yield _Finding(path, "missing-key", f"needs {keys}", at_key=True)
        case "not":
            yield _Finding(path, "misplaced-key", said or "this key cannot stand here", at_key=True)
        case "type":
            yield _wrong_type(path, error, said)
        case "enum":
            allowed = [str(value) for value in error.validator_value]
            hint = suggest(str(error.instance), allowed)
            values = ", ".join(allowed)
            wrong = "is not known here" if hint and len(values) > 90 else f"is none of: {values}"
            yield _Finding(path, "unknown-value", f"{shown(error.instance)} {wrong}", hint)
        case "pattern":
            message = f"{shown(error.instance)} {said or 'has not the right form'}"
            yield _Finding(path, "bad-form", message)
        case "minLength" | "minItems" | "minProperties":
            yield _Finding(path, "empty", "nothing is given here", "write at least one")
        case "maxLength":
            message = f"the text has {len(error.instance)} characters, at most {error.validator_value} fit"
            yield _Finding(path, "too-long", message)
        case "uniqueItems":
            yield from _repeated_items(path, error.instance)
        case "maxItems" | "maxProperties":
            message = f"{len(error.instance):,} entries, at most {error.validator_value:,} fit"
            yield _Finding(path, "too-many", message, at_key=True)
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum":
            yield _out_of_bounds(path, error)
        case _:
            yield _Finding(path, "schema", error.message)


def _unknown_keys(path: Path, instance: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[_Finding]:
    known = list(schema.get("properties", ()))
    for key in instance:
        if key not in known:
            hint = suggest(key, [name for name in known if name not in instance])
            if not hint:
                hint = f"known here: {', '.join(known)}" if len(known) <= 12 else ""
            yield _Finding((*path, key), "unknown-key", f"the key '{key}' is not known here", hint, True)


def _bad_name(path: Path, error: Any, said: str) -> _Finding:
    if error.validator == "enum":
        hint = suggest(str(error.instance), error.validator_value)
        message = f"'{error.instance}' is none of: {', '.join(error.validator_value)}"
        return _Finding(path, "unknown-value", message, hint, at_key=True)
    return _Finding(path, "bad-name", f"'{error.instance}' {said or 'has not the right form'}", at_key=True)


def _wrong_type(path: Path, error: Any, said: str) -> _Finding:
    value, wanted = error.instance, error.validator_value
    kinds = [wanted] if isinstance(wanted, str) else list(wanted)
    names = ["an expression" if kind == "string" and len(kinds) > 1 else _TYPE_NAMES[kind] for kind in kinds]
    expected = ", ".join([*names[:-2], " or ".join(names[-2:])]).replace("number or true", "number, true")
    if value is None:
        return _Finding(path, "missing-value", f"a value is missing: {expected}")
    hint = said
    numeric = "number" in kinds or "integer" in kinds
    if isinstance(value, str) and numeric:
        match = re.fullmatch(r"\s*([-+]?[0-9.,]*[0-9])\s*(%?)\s*", value)
        if match:
            hint = f"write {match.group(1).replace(',', '.')}"
            hint += ": percentages are plain numbers" if match.group(2) else " without quotes"
    elif isinstance(value, dict) and "string" in kinds and not said:
        hint = "a text with ': ' in it needs quotes"
    elif isinstance(value, list | dict) and not hint:
        hint = "check the indentation"
    return _Finding(path, "wrong-type", f"expected {expected}, got {shown(value)}", hint)


def _out_of_bounds(path: Path, error: Any) -> _Finding:
    words = {
        "minimum": "at least",
        "maximum": "at most",
        "exclusiveMinimum": "more than",
        "exclusiveMaximum": "less than",
    }
    limit = f"{error.validator_value:,}" if isinstance(error.validator_value, int) else error.validator_value
    message = f"{error.instance} is out of bounds: {words[error.validator]} {limit}"
    return _Finding(path, "out-of-bounds", message)


def _repeated_items(path: Path, items: Iterable[Any]) -> Iterator[_Finding]:
    seen: set[str] = set()
    for index, item in enumerate(items):
        key = json.dumps(item, sort_keys=True)
        if key in seen:
            yield _Finding((*path, index), "duplicate-item", f"{shown(item)} is already in the list")
        seen.add(key)


def _quiet(findings: Iterable[_Finding]) -> list[_Finding]:
    """Without the missing keys that an unknown key beside them is a misspelling of."""
    kept = list(findings)
    meant = {
        (finding.path[:-1], finding.hint.split("'")[1])
        for finding in kept
        if finding.code == "unknown-key" and finding.hint.startswith("did you mean")
    }
    return [
        finding
        for finding in kept
        if finding.code != "missing-key"
        or not any(path == finding.path and f"'{key}'" in finding.message for path, key in meant)
    ]


def _where(document: Document, finding: _Finding) -> tuple[int, int]:
    place = document.places.get(finding.path)
    if place is None:
        return 1, 1
    return (place.key_line, place.key_column) if finding.at_key else (place.line, place.column)


def suggest(word: str, known: Iterable[Any]) -> str:
    """`did you mean 'x'?` for the nearest known word, or nothing."""
    import difflib

    by_lower = {str(entry).lower(): str(entry) for entry in known}
    close = difflib.get_close_matches(word.lower(), list(by_lower), n=1, cutoff=0.6)
    return f"did you mean '{by_lower[close[0]]}'?" if close else ""


def shown(value: Any) -> str:
    """A value as a message shows it: what kind of thing it is, and its text if that is short."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text '{value[:MAX_SHOWN]}{'…' if len(value) > MAX_SHOWN else ''}'"
    return str(value)
