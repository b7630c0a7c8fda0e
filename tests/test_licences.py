"""Every package that Cash Town runs on may be used by a proprietary program, and THIRD_PARTY.md says so."""

import re
from importlib.metadata import metadata
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]

PERMISSIVE: Final = frozenset(
    {
        "MIT",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "Apache-2.0",
        "ISC",
        "0BSD",
        "Zlib",
        "CC0-1.0",
        "PSF-2.0",
        "Unlicense",
    }
)
WEAK_COPYLEFT: Final = {"certifi": "MPL-2.0", "psycopg": "LGPL-3.0-only", "psycopg-binary": "LGPL-3.0-only"}
"""Used unmodified, each by name."""

READ_BY_HAND: Final = {"ta-lib": "BSD-2-Clause"}
"""Packages whose metadata name no licence; their licence text was read."""

FROM_CLASSIFIER: Final = {
    "MIT License": "MIT",
    "BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "Python Software Foundation License": "PSF-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}


def locked(name: str) -> list[str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.findall(r"^([a-z0-9._-]+)==", text, re.MULTILINE)


def licence(package: str) -> str:
    """The licence of an installed package as an SPDX expression, or what else its metadata say."""
    said = metadata(package)
    if expression := said.get("License-Expression"):
        return expression
    for classifier in said.get_all("Classifier") or []:
        kind, _, name = classifier.rpartition(" :: ")
        if kind.startswith("License") and name in FROM_CLASSIFIER:
            return FROM_CLASSIFIER[name]
    return READ_BY_HAND.get(package) or said.get("License") or "unknown"


def is_permissive(expression: str) -> bool:
    """AND asks for all, OR for one; parentheses do not occur around OR so far, so they are refused."""
    return any(
        all(term.strip() in PERMISSIVE for term in choice.split(" AND "))
        for choice in expression.split(" OR ")
    )


@pytest.mark.parametrize("package", locked("requirements.lock"))
def test_a_runtime_dependency_may_be_used(package: str) -> None:
    found = licence(package)
    assert is_permissive(found) or WEAK_COPYLEFT.get(package) == found, f"{package}: {found}"


@pytest.mark.parametrize("package", locked("requirements.lock"))
def test_third_party_names_it_with_its_licence(package: str) -> None:
    rows = (ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8").splitlines()
    said = [row for row in rows if row.lower().startswith(f"| {package} |")]
    assert len(said) == 1, f"THIRD_PARTY.md: {len(said)} rows for {package}"
    assert f"| {licence(package)} |" in said[0]


def test_third_party_names_nothing_else() -> None:
    rows = re.findall(
        r"^\| ([\w.-]+) \|", (ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert {row.lower() for row in rows} - {"package", "---"} == set(locked("requirements.lock"))


@pytest.mark.parametrize(
    ("expression", "fine"),
    [
        ("MIT", True),
        ("BSD-3-Clause AND 0BSD", True),
        ("GPL-3.0-only OR MIT", True),
        ("MIT AND GPL-3.0-only", False),
        ("GPL-3.0-only", False),
        ("(MIT OR GPL-3.0-only) AND GPL-3.0-only", False),
        ("unknown", False),
    ],
)
def test_what_counts_as_permissive(expression: str, fine: bool) -> None:
    assert is_permissive(expression) is fine
