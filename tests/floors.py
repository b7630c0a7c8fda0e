"""The floors of the house, said once, and what breaks them: found by parsing, without importing."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

FLOORS: Final[tuple[tuple[str, ...], ...]] = (
    ("model",),
    ("language", "indicators", "market"),
    ("config", "signals"),
    ("decide",),
    ("execution", "ledger"),
    ("learning",),
    ("session",),
    ("research",),
    ("web", "tuning"),
    ("commands",),
    ("cli",),
)
"""Parts of engine/ (folders, or files directly in it) from the ground up; each imports only from below."""

FLOOR_OF: Final = {part: floor for floor, parts in enumerate(FLOORS) for part in parts}
TOP: Final = FLOORS[-1]
ENTRY_MAY_IMPORT: Final = frozenset({"web"})
"""What app.py, the WSGI entry, may import of engine/."""

DYNAMIC: Final = frozenset({"import_module", "__import__"})


def violations(root: Path) -> list[str]:
    """Every broken floor under `root` (which holds engine/ and perhaps app.py), as `file:line: why`."""
    found = [why for path in sorted((root / "engine").rglob("*.py")) for why in _of_file(root, path)]
    entry = root / "app.py"
    if entry.exists():
        found += [
            f"app.py:{line}: imports {part}, but app.py imports only {', '.join(sorted(ENTRY_MAY_IMPORT))}"
            for line, part in _imported_parts(entry, package="")
            if part not in ENTRY_MAY_IMPORT
        ]
    return sorted(found)


def _of_file(root: Path, path: Path) -> Iterator[str]:
    name = path.relative_to(root)
    part = name.with_suffix("").parts[1]
    if part == "__init__":
        # engine/__init__.py holds the version; every floor may read it, so it reads none.
        for line, imported in _imported_parts(path, package="engine"):
            yield f"{name}:{line}: imports {imported}, but engine/__init__.py imports nothing of the house"
        return
    if part not in FLOOR_OF:
        yield f"{name}:1: {part} belongs to no floor"
        return
    package = ".".join(name.parts[:-1])
    for line, imported in _imported_parts(path, package):
        if imported == part:
            continue
        if imported not in FLOOR_OF:
            yield f"{name}:{line}: imports {imported}, which belongs to no floor"
        elif FLOOR_OF[imported] >= FLOOR_OF[part]:
            yield (
                f"{name}:{line}: {part} (floor {FLOOR_OF[part]}) imports "
                f"{imported} (floor {FLOOR_OF[imported]}); only lower floors may be imported"
            )


def _imported_parts(path: Path, package: str) -> Iterator[tuple[int, str]]:
    """The parts of engine/ that a file imports, wherever in the file, each with its line."""
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Import | ast.ImportFrom | ast.Call):
            continue
        for module in _modules(node, package):
            pieces = module.split(".")
            if pieces[0] == "engine" and len(pieces) > 1:
                yield node.lineno, pieces[1]
            elif module == "app":
                yield node.lineno, "app"
        if _is_dynamic(node) and not _literal(node) and path.stem not in TOP:
            yield node.lineno, "a module named at run time"


def _modules(node: ast.AST, package: str) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=module, names=names, level=level):
            start = _absolute(package, level) if level else ""
            full = ".".join(piece for piece in (start, module) if piece)
            # Only `from engine import x` can name a part by itself; __version__ and the like are not parts.
            if full == "engine":
                return [f"engine.{alias.name}" for alias in names if not alias.name.startswith("__")]
            return [full]
        case ast.Call() if _is_dynamic(node):
            return [literal] if (literal := _literal(node)) else []
    return []


def _absolute(package: str, level: int) -> str:
    pieces = package.split(".")
    return ".".join(pieces[: len(pieces) - (level - 1)])


def _is_dynamic(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            return name in DYNAMIC
    return False


def _literal(node: ast.AST) -> str:
    match node:
        case ast.Call(args=[ast.Constant(value=str(text)), *_]):
            return text
    return ""
