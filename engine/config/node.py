"""A value of the configuration with its path: what is missing or of the wrong type reads as nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.config.document import Path


@dataclass(frozen=True, slots=True)
class Node:
    """One value and where it stands. Checks walk over files that may be wrong anywhere; the schema
    has already said so, so nothing here raises.
    """

    data: Any
    path: Path

    def __getitem__(self, key: str) -> "Node":
        value = self.data.get(key) if isinstance(self.data, dict) else None
        return Node(value, (*self.path, key))

    def __contains__(self, key: str) -> bool:
        return isinstance(self.data, dict) and key in self.data

    def items(self) -> Iterator[tuple[str, "Node"]]:
        """Keys and values of a mapping."""
        if isinstance(self.data, dict):
            for key, value in self.data.items():
                yield key, Node(value, (*self.path, key))

    def elements(self) -> Iterator["Node"]:
        """The items of a list."""
        if isinstance(self.data, list):
            for index, value in enumerate(self.data):
                yield Node(value, (*self.path, index))

    @property
    def number(self) -> float | None:
        """The number, if it is one."""
        if isinstance(self.data, int | float) and not isinstance(self.data, bool):
            return self.data
        return None

    @property
    def text(self) -> str | None:
        """The text, if it is one."""
        return self.data if isinstance(self.data, str) else None
