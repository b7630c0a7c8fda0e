"""The YAML files of a configuration: their names, their order, and where the schemas lie."""

import json
from pathlib import Path
from typing import Any, Final

import engine

KINDS: Final = (
    "strategies",
    "risk",
    "market",
    "aggregation",
    "second_chance",
    "multipliers",
    "execution",
)

TOP_LEVEL: Final = frozenset(("strategies", "risk"))
RULES_FOLDER: Final = "rules"


def file_of(kind: str) -> str:
    """Where the file of a kind lies within a configuration folder."""
    return f"{kind}.yaml" if kind in TOP_LEVEL else f"{RULES_FOLDER}/{kind}.yaml"


def packaged_folder() -> Path:
    """The configuration that comes with the program: in the wheel, or the checkout's own."""
    package = Path(engine.__file__).parent
    inside = package / "packaged"
    return inside if inside.is_dir() else package.parent


def read_schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of a kind."""
    text = (packaged_folder() / "schemas" / f"{kind}.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
