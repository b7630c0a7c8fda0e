"""A read YAML file as values: its data, the place of every node, and what was wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine.model.problem import Problem

MAX_PROBLEMS: Final = 300
"""After so many problems the rest of a file is left for the next run."""

Path = tuple[str | int, ...]
"""Keys and list indices from the root of a file to a value."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node stands: line and column from 1 of its value and of its key, and its source.

    `style` is "" (plain), "'", '"', "|" or ">" for a scalar, "{}" or "[]" for collections;
    `start` and `end` are character offsets of the source text. A list item has its own value
    as key.
    """

    line: int
    column: int
    key_line: int
    key_column: int
    style: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """One read file. `data` is None (and `is_read` False) where the file could not be read.

    `faulty` are the paths whose value is not to be trusted: nobody should complain again there.
    `incomplete` are the mappings of which a key could not be read: nobody should miss one there.
    """

    file: str
    text: str = ""
    data: Any = None
    is_read: bool = False
    places: Mapping[Path, Place] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    faulty: frozenset[Path] = frozenset()
    incomplete: frozenset[Path] = frozenset()
