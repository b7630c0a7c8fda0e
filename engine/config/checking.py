"""What all checks share: the expressions found so far, the problems, and where things stand."""

import ast
import keyword
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from engine.config.characters import printable
from engine.config.complete import Origins, written
from engine.config.document import MAX_PROBLEMS, Path
from engine.config.facts import SERIES
from engine.config.names import OVER_BARS, Names
from engine.config.node import Node
from engine.language.check import Named, Scope, check, named
from engine.language.parse import Fault, parse
from engine.model.expression import Expression
from engine.model.problem import Problem, Severity
from engine.model.unit import Unit

Locate = Callable[[Path, int | None, bool], tuple[str, int, int]]
"""(path, offset inside the expression there, at its key) -> file, line, column."""

_WORD: Final = re.compile(r"[A-Za-z_]\w*")
_SERIES_NAMES: Final = frozenset(fact.name for fact in SERIES)


@dataclass(slots=True)
class Checking:
    """The state of one check: what it found goes in here and nowhere else."""

    locate: Locate
    faulty: frozenset[Path] = frozenset()
    flawed: frozenset[Path] = frozenset()
    incomplete: frozenset[Path] = frozenset()
    origins: Origins = field(default_factory=dict)
    expressions: dict[Path, Expression] = field(default_factory=dict)
    problems: set[Problem] = field(default_factory=set)
    _read: set[str] = field(default_factory=set)
    _errors: int = 0
    _errors_before: int = 0

    def begin(self, owner: Node) -> None:
        """Starts on a part whose names only its own expressions read."""
        self._read.clear()
        path = written(owner.path, self.origins)
        within = any(fault[: len(path)] == path for fault in self.faulty | self.flawed)
        self._errors_before = -1 if within else self._errors

    def is_faulty(self, path: Path) -> bool:
        """Whether something above has already been said of this value, or of one that holds it."""
        path = written(path, self.origins)
        return any(path[:length] in self.faulty for length in range(len(path) + 1))

    def is_incomplete(self, node: Node) -> bool:
        """Whether entries of a mapping could not be read."""
        return self.is_faulty(node.path) or written(node.path, self.origins) in self.incomplete

    def add(
        self,
        code: str,
        path: Path,
        message: str,
        hint: str = "",
        *,
        at_key: bool = False,
        severity: Severity = "error",
    ) -> None:
        self._put(code, path, None, at_key, severity, message, hint)

    def _put(
        self,
        code: str,
        path: Path,
        offset: int | None,
        at_key: bool,
        severity: Severity,
        message: str,
        hint: str,
    ) -> None:
        if len(self.problems) > MAX_PROBLEMS:
            return
        file, line, column = self.locate(path, offset, at_key)
        self.problems.add(Problem(file, line, column, severity, code, printable(message), printable(hint)))
        self._errors += severity == "error"

    def expression(self, node: Node, names: Names, expect: Literal["number", "bool"]) -> Expression | None:
        """The checked expression of a text or a number, None if there is none or it has a problem."""
        if self._errors > MAX_PROBLEMS or self.is_faulty(node.path):
            return None
        text = node.text if node.number is None or expect == "bool" else _digits(node.number)
        if text is None:
            return None
        expression, faults = check(text, Scope(names.known, names.functions), expect)
        self._read.update(_WORD.findall(text))
        if expression is None and names.is_open and not isinstance(parse(text), list):
            return None
        if expression is None and names.unsure and _names_in(text) & names.unsure:
            return None
        for fault in faults:
            fault = _without_bars(fault, text, names)
            self._put(fault.code, node.path, fault.offset, False, fault.severity, fault.message, fault.hint)
        if expression is not None:
            self.expressions[node.path] = expression
        return expression

    def params(self, node: Node, names: Names) -> Names:
        """`names` with the constants of a `params` mapping."""
        if self.is_faulty(node.path):
            return replace(names, is_open=True)
        for name, param in node.items():
            usable = not self.is_faulty(param.path) and isinstance(param.data, int | float)
            unit = Unit.BOOL if isinstance(param.data, bool) else Unit.NUMBER
            free = self.is_free(name, param.path, names)
            names = names.plus(name, Named(unit, param.data) if usable and free else None)
        return replace(names, is_open=names.is_open or self.is_incomplete(node))

    def misplaced(self, owner: Node, names: Names) -> Names:
        """`names` with those under a misspelled key: they exist for their readers, whatever they are."""
        for _, part in owner.items():
            if not isinstance(part.data, dict) or not self.is_faulty(part.path):
                continue
            if len(part.data) > MAX_PROBLEMS:
                return replace(names, is_open=True)
            for name, inner in part.items():
                names = names.plus(name, None)
                for deeper, _ in inner.items():
                    names = names.plus(deeper, None)
        return names

    def definitions(self, node: Node, names: Names) -> Names:
        """`names` with the indicators of a mapping, each of which may read those before it."""
        if self.is_faulty(node.path):
            return replace(names, is_open=True)
        order = [name for name, _ in node.items()]
        for index, (name, definition) in enumerate(node.items()):
            free = self.is_free(name, definition.path, names)
            text = definition.text or ""
            later = (set(_WORD.findall(text)) & set(order[index:])) - set(names.known)
            if later and (later := later & _names_in(text)):
                word = sorted(later)[0]
                message = f"'{word}' reads itself" if word == name else f"'{word}' is defined further down"
                hint = "an indicator reads those above it"
                offset = re.search(rf"\b{word}\b", text)
                at = offset.start() if offset else 0
                self._put("used-before-definition", definition.path, at, False, "error", message, hint)
                self._read.update(_WORD.findall(text))
                names = names.plus(name, None)
                continue
            expression = self.expression(definition, names, "number")
            names = names.plus(name, named(expression) if expression and free else None)
        return replace(names, is_open=names.is_open or self.is_incomplete(node))

    def is_free(self, name: str, path: Path, names: Names) -> bool:
        """Whether a name may be given here; a problem is added if not."""
        if keyword.iskeyword(name):
            self.add(
                "reserved-name", path, f"'{name}' is a word of the language", "choose another", at_key=True
            )
        elif name in _SERIES_NAMES:
            self.add("reserved-name", path, f"'{name}' is a column of the bar", "choose another", at_key=True)
        elif name in names.known:
            self.add(
                "duplicate-name",
                path,
                f"'{name}' already means something here",
                "choose another",
                at_key=True,
            )
        else:
            return True
        return False

    def bonuses(self, node: Node, key: str, names: Names) -> None:
        """Checks groups of tiers, whose values stand under `key`."""
        seen: set[str] = set()
        for group in node.elements():
            name = group["name"].text
            if name is not None and name in seen:
                self.add("duplicate-name", group["name"].path, f"'{name}' is already in this list")
            seen.update({name} if name is not None else ())
            self.expression(group[key], names, "number")
            self.expression(group["otherwise"], names, "number")
            for tier in group["first"].elements():
                self.expression(tier["when"], names, "bool")
                self.expression(tier[key], names, "number")

    def unused(self, node: Node, code: str, what: str) -> None:
        """Warns of names under `node` that no expression of the part has read; after an error there
        nobody knows.
        """
        if self._errors != self._errors_before or self.is_faulty(node.path):
            return
        for name, definition in node.items():
            if name not in self._read and not self.is_faulty(definition.path):
                self.add(
                    code,
                    definition.path,
                    f"nobody reads the {what} '{name}'",
                    at_key=True,
                    severity="warning",
                )


def _digits(number: float) -> str:
    """A number as text that the language reads back to the same value."""
    return repr(int(number)) if float(number).is_integer() else repr(number)


def _names_in(text: str) -> set[str]:
    tree = parse(text)
    if isinstance(tree, list):
        return set()
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called}


def _without_bars(fault: Fault, text: str, names: Names) -> Fault:
    """The fault of a rule over facts that calls a function over bars, in words that say so."""
    word = _WORD.match(text, fault.offset)
    if fault.code != "unknown-function" or word is None or word.group() not in OVER_BARS:
        return fault
    known = ", ".join(sorted(names.functions))
    return replace(
        fault, message=f"{word.group()} works over bars, and here are none", hint=f"known here: {known}"
    )
