"""From a folder of YAML to a Config: the one way in, for validating, starting and reloading alike."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from engine.config.build import build_from_document
from engine.config.check import check_all
from engine.config.checking import Checking
from engine.config.complete import canonical, complete, written
from engine.config.document import Document, Path
from engine.config.kinds import KINDS, RULES_FOLDER, file_of, packaged_folder, read_schema
from engine.config.positions import place_in_text
from engine.config.reading import read_yaml
from engine.config.schema import schema_problems, suggest
from engine.model.config import Config
from engine.model.problem import CashTownError, Problem


@dataclass(frozen=True, slots=True)
class ConfigFiles:
    """Where a configuration lies, and which of the four places it was found in."""

    folder: FilePath
    origin: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading gave. `config` is None where a problem is an error; `texts` are the sources of
    the files by the name that problems carry.
    """

    config: Config | None
    problems: tuple[Problem, ...]
    texts: Mapping[str, str] = field(default_factory=dict)


def find_config(explicit: FilePath | None, environ: Mapping[str, str], cwd: FilePath) -> ConfigFiles:
    """The configuration folder: --config, CASH_TOWN_CONFIG, the working directory, the packaged copy.

    A file names the folder it belongs to. Raises CashTownError for a named one that is missing.
    """
    if explicit is not None:
        return ConfigFiles(_named_folder(explicit, "--config"), "--config")
    if environ.get("CASH_TOWN_CONFIG"):
        named = FilePath(environ["CASH_TOWN_CONFIG"])
        return ConfigFiles(_named_folder(named, "CASH_TOWN_CONFIG"), "CASH_TOWN_CONFIG")
    if (cwd / file_of("strategies")).is_file():
        return ConfigFiles(cwd, "working directory")
    return ConfigFiles(packaged_folder(), "packaged copy")


def _named_folder(path: FilePath, said: str) -> FilePath:
    if path.is_dir():
        return path
    if path.is_file():
        return folder_of(path)
    raise CashTownError(f"{said}: there is no file or folder {path}")


def folder_of(file: FilePath) -> FilePath:
    """The configuration folder that a file belongs to."""
    return file.parent.parent if file.parent.name == RULES_FOLDER else file.parent


def load_or_fail(files: ConfigFiles) -> Config:
    """The configuration, or a CashTownError that carries all problems."""
    return load_with_warnings(files)[0]


def load_with_warnings(files: ConfigFiles) -> tuple[Config, tuple[Problem, ...]]:
    """The configuration and what is odd about it, or a CashTownError that carries all problems."""
    config, problems = load_config(files)
    if config is None:
        errors = [problem for problem in problems if problem.severity == "error"]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise CashTownError(f"the configuration has problems: {errors[0]}{more}", problems)
    return config, problems


def load_config(files: ConfigFiles) -> tuple[Config | None, tuple[Problem, ...]]:
    """The configuration, None if it has errors, and every problem of every file, sorted."""
    loaded = load(files.folder, shown_folder(files.folder))
    return loaded.config, loaded.problems


def shown_folder(folder: FilePath) -> str:
    """What problems put before the name of a file in this folder."""
    return "" if folder == FilePath() or folder == FilePath.cwd() else f"{folder}/"


def load(folder: FilePath, prefix: str = "") -> Loaded:
    """Reads, checks and builds the configuration in a folder; never raises because of its content.

    1. each file: strict YAML, then its schema; 2. the effective values; 3. names, expressions,
    references, over all files; 4. without errors: the canonical document, and the records from it.
    """
    documents, problems = _read_all(folder, prefix)
    schemas = {kind: read_schema(kind) for kind in KINDS}
    faulty: set[Path] = set()
    flawed: set[Path] = set()
    incomplete: set[Path] = set()
    for kind, document in documents.items():
        problems.extend(document.problems)
        faulty.update((kind, *path) for path in document.faulty)
        if document.is_read:
            found, wrong, touched = schema_problems(document, schemas[kind])
            problems.extend(found)
            faulty.update((kind, *path) for path in wrong)
            flawed.update((kind, *path) for path in touched)
            incomplete.update((kind, *path) for path in document.incomplete)
    data, origins = complete({kind: d.data for kind, d in documents.items() if d.is_read}, schemas)
    checking = Checking(
        _Places(documents, origins).locate,
        frozenset(faulty),
        frozenset(flawed),
        frozenset(incomplete),
        origins,
    )
    check_all(data, checking)
    found_all = _sorted({*problems, *checking.problems})
    texts = {document.file: document.text for document in documents.values()}
    if any(problem.severity == "error" for problem in found_all):
        return Loaded(None, found_all, texts)
    return Loaded(build_from_document(canonical(data)), found_all, texts)


def _sorted(problems: set[Problem]) -> tuple[Problem, ...]:
    """By file and place; of several with one code at one place (of a shared default) the first."""
    kept: dict[tuple[str, int, int, str], Problem] = {}
    for problem in sorted(problems):
        kept.setdefault((problem.file, problem.line, problem.column, problem.code + problem.message), problem)
    return tuple(kept.values())


def _read_all(folder: FilePath, prefix: str) -> tuple[dict[str, Document], list[Problem]]:
    problems: list[Problem] = []
    documents: dict[str, Document] = {}
    for kind in KINDS:
        name = file_of(kind)
        shown = prefix + name
        try:
            content = (folder / name).read_bytes()
        except FileNotFoundError:
            message = "this file is missing"
            problems.append(Problem(shown, 0, 0, "error", "missing-file", message))
            continue
        except OSError as error:
            message = f"this file cannot be read: {error.strerror or error}"
            problems.append(Problem(shown, 0, 0, "error", "unreadable-file", message))
            continue
        documents[kind] = read_yaml(content, shown)
    problems.extend(_strangers(folder, prefix))
    return documents, problems


def _strangers(folder: FilePath, prefix: str) -> list[Problem]:
    """Files in rules/ that nobody reads: most often a misspelled name."""
    rules = folder / RULES_FOLDER
    known = {FilePath(file_of(kind)).name for kind in KINDS if "/" in file_of(kind)}
    try:
        names = sorted(entry.name for entry in rules.iterdir() if entry.suffix in (".yaml", ".yml"))
    except OSError:
        return []
    found = []
    for name in names:
        if name not in known:
            shown = f"{prefix}{RULES_FOLDER}/{name}"
            hint = suggest(name, known) or f"known here: {', '.join(sorted(known))}"
            found.append(Problem(shown, 0, 0, "error", "unknown-file", "nobody reads this file", hint))
    return found


class _Places:
    """Turns a path of the completed configuration into a place in a file."""

    def __init__(self, documents: Mapping[str, Document], origins: dict[Path, Path]) -> None:
        self._documents = documents
        self._origins = origins

    def locate(self, path: Path, offset: int | None, at_key: bool) -> tuple[str, int, int]:
        kind, *rest = written(path, self._origins)
        document = self._documents[str(kind)]
        inner = tuple(rest)
        while inner and inner not in document.places:
            inner, offset, at_key = inner[:-1], None, True
        place = document.places[inner]
        if offset is not None:
            value = _value(document.data, inner)
            if isinstance(value, str):
                return document.file, *place_in_text(document.text, place, value, offset)
        if at_key:
            return document.file, place.key_line, place.key_column
        return document.file, place.line, place.column


def _value(data: Any, path: Path) -> Any:
    for part in path:
        data = data[part]
    return data
