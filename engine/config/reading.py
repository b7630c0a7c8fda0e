"""Strict reading of one YAML file: plain data, the place of every node, and located problems."""

from collections.abc import Iterator
from typing import Any, Final

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from engine.config.characters import HIDDEN, decode, hidden_code, printable
from engine.config.document import MAX_PROBLEMS, Document, Path, Place
from engine.config.scalars import Surprise, resolve
from engine.config.syntax import syntax_problem
from engine.model.problem import Problem

MAX_NODES: Final = 20_000
MAX_DEPTH: Final = 20

# Single letters are fine names for an indicator; only a reader of YAML 1.1's letter would object.
_LETTER_NAMES: Final = frozenset("yYnN")


def read_yaml(content: bytes, file: str) -> Document:
    """Reads one YAML file strictly; never raises, whatever the bytes.

    1. bytes: size, encoding, hidden characters; 2. events of the parser, bounded in number and
    depth, to data and places; 3. one document, no more.
    """
    text, problems = decode(content, file)
    if text is None:
        return Document(file, content.decode("utf-8", "replace"), problems=problems)
    reader = _Reader(file, text)
    try:
        data = reader.document()
    except _Stop as stop:
        found = (*problems, *reader.problems, stop.problem)
        return Document(file, text, problems=found)
    except yaml.YAMLError as error:
        return Document(file, text, problems=(*problems, *reader.problems, syntax_problem(error, file, text)))
    return Document(
        file,
        text,
        data,
        True,
        reader.places,
        (*problems, *reader.problems),
        frozenset(reader.faulty),
        frozenset(reader.incomplete),
    )


class _Stop(Exception):
    """The file goes beyond a limit; nothing after it is read."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class _Reader:
    """Turns the events of one file into data."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self.places: dict[Path, Place] = {}
        self.problems: list[Problem] = []
        self.faulty: set[Path] = set()
        self.incomplete: set[Path] = set()
        self._nodes = 0
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self._events: Iterator[Any] = iter(yaml.parse(text, Loader=loader))

    def document(self) -> Any:
        next(self._events)
        start = next(self._events)
        if isinstance(start, StreamEndEvent):
            raise _Stop(Problem(self.file, 1, 1, "error", "empty-file", "the file is empty"))
        self._directives(start)
        data = self._node(next(self._events), (), None, 1)
        end = next(self._events)
        assert isinstance(end, DocumentEndEvent)
        after = next(self._events)
        if isinstance(after, DocumentStartEvent):
            raise self._limit(after, "several-documents", "a second document starts here")
        return data

    def _directives(self, start: Any) -> None:
        before = self.text[: start.end_mark.index]
        for number, line in enumerate(before.split("\n"), 1):
            if line.startswith("%"):
                message = "a YAML directive"
                self.problems.append(
                    Problem(self.file, number, 1, "error", "directive", message, "remove the line")
                )

    def _node(self, event: Any, path: Path, key: Any, depth: int) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise self._limit(event, "too-many-nodes", f"the file has more than {MAX_NODES:,} values")
        if depth > MAX_DEPTH:
            raise self._limit(event, "too-deep", f"values are nested deeper than {MAX_DEPTH}")
        if isinstance(event, AliasEvent):
            self._add(event, "alias", f"the alias *{event.anchor}", "write the value out")
            self._place(event, event, path, key, "")
            self.faulty.add(path)
            return None
        if event.anchor is not None:
            self._add(event, "anchor", f"the anchor &{event.anchor}", "remove it: aliases are not read")
        if event.tag is not None:
            self._add(event, "tag", f"the tag {event.tag}", "remove it: a value has the type that it shows")
            self.faulty.add(path)
        if isinstance(event, ScalarEvent):
            return self._scalar(event, path, key)
        if isinstance(event, MappingStartEvent):
            return self._mapping(event, path, key, depth)
        return self._sequence(event, path, key, depth)

    def _scalar(self, event: Any, path: Path, key: Any) -> Any:
        style = event.style or ""
        self._place(event, event, path, key, style)
        hidden = HIDDEN.search(event.value)
        if hidden:
            message = f"the text holds the character U+{ord(hidden.group()):04X}"
            self._add(event, hidden_code(hidden.group()), message, "remove the escape")
            self.faulty.add(path)
        if style:
            return event.value
        value = resolve(event.value)
        if isinstance(value, Surprise):
            self._add(event, value.code, value.message, value.hint)
            self.faulty.add(path)
            return event.value
        return value

    def _sequence(self, start: Any, path: Path, key: Any, depth: int) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            if start.flow_style and _is_cut(event):
                self._add_cut(event)
                self.faulty.update((*path, index) for index in (len(items) - 1, len(items)))
            items.append(self._node(event, (*path, len(items)), None, depth + 1))
        self._place(start, event, path, key, "[]")
        return items

    def _mapping(self, start: Any, path: Path, key: Any, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        lines: dict[str, int] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            name = self._key(event, path, depth)
            # A value under a bad or repeated key is read for its own problems, then dropped.
            where: Path = (*path, name) if name is not None else (*path, f"\0{event.start_mark.index}")
            if name is not None and name in values:
                message = f"the key '{name}' is already on line {lines[name]}"
                self._add(event, "duplicate-key", message, "keep one of them")
                self.faulty.add((*path, name))
                self._node(next(self._events), (*path, f"\0{event.start_mark.index}"), event, depth + 1)
                continue
            if start.flow_style and _is_cut(event):
                self._add_cut(event)
                self.faulty.update({where} | {(*path, last) for last in list(values)[-1:]})
            value = self._node(next(self._events), where, event, depth + 1)
            if name is None:
                self.incomplete.add(path)
            else:
                values[name] = value
                lines[name] = event.start_mark.line + 1
        self._place(start, event, path, key, "{}")
        return values

    def _key(self, event: Any, path: Path, depth: int) -> str | None:
        """The name that a key event gives, None after a problem."""
        before = len(self.problems)
        if not isinstance(event, ScalarEvent):
            self._node(event, (*path, "\0key"), event, depth + 1)
            if len(self.problems) == before:
                self._add(event, "non-string-key", "a collection as a key", "write a name")
            return None
        self._nodes += 1
        text: str = event.value
        if event.anchor is not None or event.tag is not None:
            code, sign = ("anchor", "&") if event.anchor is not None else ("tag", "")
            self._add(event, code, f"the {code} {sign}{event.anchor or event.tag}", "remove it")
            return text or None
        if HIDDEN.search(text):
            self._add(event, "control-character", "the key holds a hidden character", "remove the escape")
            return None
        if event.style:
            return text
        if text == "<<":
            self._add(event, "merge-key", "the merge key <<", "write the keys out")
            return None
        value = text if text in _LETTER_NAMES else resolve(text)
        if isinstance(value, Surprise):
            self._add(event, value.code, value.message, value.hint)
            return None
        if not isinstance(value, str):
            self._add(event, "non-string-key", f"the key '{text}' is not text", f'write "{text}"')
            return None
        return value

    def _place(self, start: Any, end: Any, path: Path, key: Any, style: str) -> None:
        mark = start.start_mark
        named = mark if key is None else key.start_mark
        self.places[path] = Place(
            mark.line + 1,
            mark.column + 1,
            named.line + 1,
            named.column + 1,
            style,
            mark.index,
            end.end_mark.index,
        )

    def _add(self, event: Any, code: str, message: str, hint: str) -> None:
        if len(self.problems) >= MAX_PROBLEMS:
            message = f"more than {MAX_PROBLEMS} problems: the rest of the file is not read"
            raise self._limit(event, "too-many-problems", message)
        mark = event.start_mark
        self.problems.append(
            Problem(
                self.file, mark.line + 1, mark.column + 1, "error", code, printable(message), printable(hint)
            )
        )

    def _add_cut(self, event: Any) -> None:
        message = "the comma before this ends the value, inside its parentheses"
        self._add(event, "comma-in-value", message, "put the whole value in quotes")

    def _limit(self, event: Any, code: str, message: str) -> _Stop:
        mark = event.start_mark
        return _Stop(Problem(self.file, mark.line + 1, mark.column + 1, "error", code, message))


def _is_cut(event: Any) -> bool:
    """Whether a plain text inside { } or [ ] is the rest of a call that a comma cut in two."""
    if not isinstance(event, ScalarEvent) or event.style:
        return False
    return bool(event.value.count(")") > event.value.count("("))
