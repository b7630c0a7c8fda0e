"""What the house forbids itself: hidden clocks and dice, swallowed errors, sinks, places of one machine."""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]

MAY_READ_THE_CLOCK: Final = ("engine/commands/", "engine/cli.py")
"""Where time enters the house; from there it is handed in. Nothing at all may roll unseeded dice."""

MAY_PRINT: Final = ("engine/commands/", "engine/cli.py")

CLOCKS: Final = re.compile(
    r"(datetime\.)?datetime\.(now|utcnow|today)"
    r"|(datetime\.)?date\.today"
    r"|time\.(time|monotonic|perf_counter|process_time|thread_time|clock_gettime)(_ns)?"
    r"|time\.(localtime|gmtime|ctime|strftime)"
    r"|(pandas\.)?Timestamp\.(now|utcnow|today)"
)
DICE: Final = re.compile(
    r"random\.(?!Random$)\w+|numpy\.random\.\w+|uuid\.uuid[1-8]|secrets\.\w+|os\.(urandom|getrandom)"
)
SEEDED: Final = re.compile(
    r"random\.Random|numpy\.random\.(default_rng|SeedSequence|PCG64|PCG64DXSM|Philox|SFC64)"
)
"""Fine when called with a seed; naming one without a call (as a type) does not roll it."""

WITHOUT_DICE: Final = re.compile(r"numpy\.random\.(Generator|BitGenerator)|uuid\.uuid[35]")
SINKS: Final = frozenset({"util", "utils", "helper", "helpers", "manager", "managers", "common", "misc"})

Place = tuple[int, str]


def clocks(tree: ast.AST) -> Iterator[Place]:
    yield from ((line, name) for line, name, _ in _dotted(tree) if CLOCKS.fullmatch(name))


def dice(tree: ast.AST) -> Iterator[Place]:
    for line, name, call in _dotted(tree):
        if SEEDED.fullmatch(name):
            if call is not None and not _has_seed(call):
                yield line, f"{name} without a seed"
        elif DICE.fullmatch(name) and not WITHOUT_DICE.fullmatch(name):
            yield line, name
        elif name == "hash" and call is not None:
            yield line, "hash(), which differs from process to process"


def prints(tree: ast.AST) -> Iterator[Place]:
    for line, name, _ in _dotted(tree):
        if name in {"print", "sys.stdout", "sys.stderr"}:
            yield line, name


def swallowed(tree: ast.AST) -> Iterator[Place]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            nothing = all(
                isinstance(step, ast.Pass)
                or (isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant))
                or (isinstance(step, ast.Continue) and _is_broad(node.type))
                for step in node.body
            )
            if node.type is None:
                yield node.lineno, "a bare except"
            elif nothing:
                yield node.lineno, "an except that does nothing"
    for line, name, call in _dotted(tree):
        if name in {"contextlib.suppress", "suppress"} and call and any(map(_is_broad, call.args)):
            yield line, "suppress of everything"


def globals_(tree: ast.AST) -> Iterator[Place]:
    yield from ((node.lineno, "global") for node in ast.walk(tree) if isinstance(node, ast.Global))


def _is_broad(what: ast.expr | None) -> bool:
    return what is None or (isinstance(what, ast.Name) and what.id in {"Exception", "BaseException"})


def _has_seed(call: ast.Call) -> bool:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return bool(given) and not (isinstance(given[0], ast.Constant) and given[0].value is None)


def _dotted(tree: ast.AST) -> Iterator[tuple[int, str, ast.Call | None]]:
    """Every name in use, spelled out through the imports of the file, with its call if it is called."""
    meaning: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                meaning[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            for alias in node.names:
                meaning[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    calls = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and (name := _spelled(node)):
            first, _, rest = name.partition(".")
            # A plain name that is no import (a parameter called `random`, say) is nobody's module.
            if rest and first not in meaning:
                continue
            yield node.lineno, ".".join(filter(None, (meaning.get(first, first), rest))), calls.get(id(node))


def _spelled(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr) if before := _spelled(value):
            return f"{before}.{attr}"
    return ""


Check = Callable[[ast.AST], Iterator[Place]]
CHECKS: Final[tuple[tuple[Check, tuple[str, ...]], ...]] = (
    (clocks, MAY_READ_THE_CLOCK),
    (dice, ()),
    (prints, MAY_PRINT),
    (swallowed, ()),
    (globals_, ()),
)


@pytest.mark.parametrize(("check", "allowed"), CHECKS, ids=[check.__name__ for check, _ in CHECKS])
def test_the_house_keeps_its_rules(check: Check, allowed: tuple[str, ...]) -> None:
    broken = [
        f"{name}:{line}: {what}"
        for path in sorted((ROOT / "engine").rglob("*.py"))
        if not (name := path.relative_to(ROOT).as_posix()).startswith(allowed or ("-",))
        for line, what in check(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert broken == []


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (clocks, "import datetime\nnow = datetime.datetime.now(datetime.UTC)"),
        (clocks, "from datetime import datetime as dt\nnow = dt.utcnow()"),
        (clocks, "from datetime import date\ntoday = date.today()"),
        (clocks, "import time\ndef f(clock=time.time): ..."),
        (clocks, "from time import monotonic_ns\nmonotonic_ns()"),
        (clocks, "import time as t\nt.perf_counter()"),
        (dice, "import random\nrandom.random()"),
        (dice, "from random import choice\nchoice([1])"),
        (dice, "import random\nrandom.Random()"),
        (dice, "import numpy as np\nnp.random.seed(1)"),
        (dice, "import numpy as np\nnp.random.default_rng()"),
        (dice, "from numpy.random import default_rng\ndefault_rng(None)"),
        (dice, "from numpy import random as r\nr.normal()"),
        (dice, "import uuid\nuuid.uuid4()"),
        (dice, "import os\nos.urandom(8)"),
        (dice, "import secrets\nsecrets.token_hex()"),
        (dice, "key = hash('BTC')"),
        (prints, "print('x')"),
        (prints, "import sys\nsys.stdout.write('x')"),
        (swallowed, "try: f()\nexcept: raise"),
        (swallowed, "try: f()\nexcept ValueError: pass"),
        (swallowed, "try: f()\nexcept ValueError: ..."),
        (swallowed, "for x in y:\n    try: f()\n    except Exception: continue"),
        (swallowed, "import contextlib\nwith contextlib.suppress(Exception): f()"),
        (globals_, "x = 1\ndef f():\n    global x"),
    ],
)
def test_what_breaks_a_rule_is_found(check: Check, text: str) -> None:
    assert len(list(check(ast.parse(text)))) == 1


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (clocks, "from datetime import datetime\ndatetime.fromtimestamp(0, tz)\ntime = 1\nbar.time.time"),
        (clocks, "import time\ntime.sleep(1)"),
        (dice, "import numpy as np\nnp.random.default_rng(seed)\ndef f(r: np.random.Generator): ..."),
        (dice, "import numpy as np\nnp.random.Generator(np.random.PCG64(np.random.SeedSequence([1, 2])))"),
        (dice, "import random\nrandom.Random(7)"),
        (dice, "def f(random): return random.choice([1])"),
        (dice, "import uuid\nuuid.uuid5(space, name)"),
        (prints, "console.print('x')"),
        (swallowed, "try: f()\nexcept ValueError as e: raise CashTownError(str(e)) from e"),
        (swallowed, "from contextlib import suppress\nwith suppress(FileNotFoundError): f()"),
        (swallowed, "for x in y:\n    try: f()\n    except KeyError: continue"),
    ],
)
def test_what_keeps_a_rule_is_left_alone(check: Check, text: str) -> None:
    assert list(check(ast.parse(text))) == []


def test_no_file_is_a_sink() -> None:
    sinks = [
        str(path.relative_to(ROOT))
        for folder in ("engine", "tests", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        for name in (path.stem, path.parent.name)
        if name == "base" or SINKS.intersection(name.split("_"))
    ]
    assert sinks == []


def committed() -> list[Path]:
    """The files that git keeps or is about to; all but what hides, where there is no git."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        found = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        skipped = {"data", "out", "build", "dist", "__pycache__"}
        found = [
            path
            for path in ROOT.rglob("*")
            if not any(part.startswith(".") or part in skipped for part in path.relative_to(ROOT).parts)
        ]
    return sorted(path for path in found if path.is_file())


def test_no_file_names_a_place_of_one_machine() -> None:
    """Registries and folders of whoever built this belong to their settings, never in a file kept here."""
    # Put together here, so that this file does not find itself.
    hosts = (
        "pypi" + ".org",
        "pythonhosted" + ".org",
        "registry." + "npmjs",
        "npmjs" + ".org",
        "deb.debian" + ".org",
    )
    places = (
        "file:" + "///",
        "/opt" + "/pypi",
        "/opt" + "/wheels",
        "/work" + "/",
        "/tmp" + "/dev",
        "/etc/xdg" + "/pip",
    )
    needle = re.compile("|".join(map(re.escape, hosts + places)), re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match.group()}"
        for path in committed()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if (match := needle.search(line))
    ]
    assert found == []
