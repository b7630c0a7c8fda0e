"""`cash-town validate`: every problem of every file of a configuration, with its place."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Literal, TextIO

import click

from engine.config.kinds import KINDS, file_of
from engine.config.load import Loaded, find_config, folder_of, load, shown_folder
from engine.config.report import report_json, report_text
from engine.model.problem import CashTownError, Problem

Format = Literal["text", "json"]

CLEAN: Final = 0
PROBLEMS: Final = 1


def validate(
    paths: Sequence[Path],
    config: Path | None,
    environ: Mapping[str, str],
    out: TextIO,
    format: Format = "text",
    strict: bool = False,
) -> int:
    """Prints all problems; 0 if there are none, 1 if there are (warnings count with `strict`).

    A folder is a configuration; a file is judged within its folder, and only its own problems are
    printed; without paths the configuration in use. Raises CashTownError for a path that is missing
    or belongs to no configuration.
    """
    results = [_of_path(path) for path in paths] or [_of_config(config, environ)]
    problems = sorted({problem for result in results for problem in result.problems})
    texts = {name: text for result in results for name, text in result.texts.items()}
    first = results[0].config if len(results) == 1 else None
    config_hash = first.hash if first is not None else None
    if format == "json":
        out.write(report_json(problems, config_hash))
    else:
        out.write(report_text(problems, texts))
        out.write(_summary(problems, texts, config_hash))
    is_bad = bool(problems) if strict else any(problem.severity == "error" for problem in problems)
    return PROBLEMS if is_bad else CLEAN


def _of_config(config: Path | None, environ: Mapping[str, str]) -> Loaded:
    if config is not None and config.is_file():
        return _of_path(config)
    folder = find_config(config, environ, Path.cwd()).folder
    return load(folder, shown_folder(folder))


def _of_path(path: Path) -> Loaded:
    if path.is_dir():
        return load(path, shown_folder(path))
    if not path.is_file():
        raise CashTownError(f"there is no file or folder {path}")
    folder = folder_of(path)
    name = path.resolve().relative_to(folder.resolve()).as_posix()
    prefix = shown_folder(folder)
    loaded = load(folder, prefix)
    shown = prefix + name
    if name not in map(file_of, KINDS) and not any(problem.file == shown for problem in loaded.problems):
        raise CashTownError(f"{path} is no file of a configuration: {', '.join(map(file_of, KINDS))}")
    own = tuple(problem for problem in loaded.problems if problem.file == shown)
    texts = {file: text for file, text in loaded.texts.items() if file == shown}
    return Loaded(loaded.config, own, texts)


def _summary(problems: Sequence[Problem], texts: Mapping[str, str], config_hash: str | None) -> str:
    files = _count(len(texts), "file")
    if not problems:
        known = f", config {config_hash}" if config_hash else ""
        return f"{files}: no problems{known}\n"
    errors = sum(problem.severity == "error" for problem in problems)
    counts = [_count(errors, "error")] if errors else []
    if len(problems) > errors:
        counts.append(_count(len(problems) - errors, "warning"))
    return f"{files}: {', '.join(counts)}\n"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


@click.command("validate")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--config", type=click.Path(path_type=Path), help="The configuration, if no PATH is given.")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--strict", is_flag=True, help="Warnings count as problems.")
@click.pass_context
def validate_command(
    context: click.Context, paths: tuple[Path, ...], config: Path | None, format: Format, strict: bool
) -> None:
    """Check the configuration: every problem of every file, with its place.

    PATH is a configuration folder or one of its files; without it the configuration in use is
    checked. Exit code 0: clean, 1: problems, 2: could not run.
    """
    context.exit(validate(paths, config, os.environ, sys.stdout, format, strict))
