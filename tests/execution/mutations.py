"""Bugs to seed: a piece of the engine's source, and what it is replaced by, while a test runs.

The changed source is compiled beside the module, and the code of every function in it is put into the
function of the same name, so that all who have imported it run the bug; afterwards everything is as before.
"""

import importlib
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any


@dataclass(frozen=True)
class Bug:
    """`before` stands once in the source of engine.`module`; `after` takes its place."""

    what: str
    module: str
    before: str
    after: str
    rare: bool = False


@contextmanager
def seeded(bug: Bug) -> Iterator[None]:
    """Runs the block with the bug. Raises AssertionError where it cannot be put in any more."""
    module = importlib.import_module(f"engine.{bug.module}")
    source = inspect.getsource(module)
    assert source.count(bug.before) == 1, f"{bug.what}: its place in engine.{bug.module} has changed"
    namespace: dict[str, Any] = {"__name__": module.__name__}
    exec(compile(source.replace(bug.before, bug.after), str(module.__file__), "exec"), namespace)
    sound = _functions(vars(module), module)
    broken = _functions(namespace, module)
    kept = {name: function.__code__ for name, function in sound.items()}
    changed = [name for name in sound if sound[name].__code__ != broken[name].__code__]
    assert changed, f"{bug.what}: changes nothing"
    try:
        for name in changed:
            sound[name].__code__ = broken[name].__code__
        yield
    finally:
        for name in changed:
            sound[name].__code__ = kept[name]


def _functions(namespace: dict[str, Any], module: ModuleType) -> dict[str, FunctionType]:
    """Functions and methods that were defined in the module, by qualified name."""
    found: dict[str, FunctionType] = {}
    for value in namespace.values():
        if getattr(value, "__module__", None) != module.__name__:
            continue
        members = vars(value).values() if inspect.isclass(value) else [value]
        for member in members:
            function = member.fget if isinstance(member, property) else member
            if isinstance(function, FunctionType) and function.__module__ == module.__name__:
                found[function.__qualname__] = function
    return found
