"""What a command does not use, it does not load: `--help` and `validate` stay quick."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]

HEAVY: Final = frozenset(
    ("numpy", "talib", "sqlalchemy", "alembic", "pyarrow", "pandas", "ccxt", "jsonschema", "rich")
)
FOR_VALIDATING: Final = frozenset({"jsonschema", "rich"})


def loaded_by(code: str) -> frozenset[str]:
    """The heavy packages that a new interpreter holds after running `code`."""
    tail = "\nimport json as _j, sys as _s; _s.stdout.write('\\n' + _j.dumps(sorted(_s.modules)))"
    ended = subprocess.run(
        [sys.executable, "-c", code + tail],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return HEAVY.intersection(json.loads(ended.stdout.splitlines()[-1]))


def test_the_command_loads_nothing_heavy() -> None:
    assert loaded_by("import engine.cli") == set()


def test_validating_loads_neither_numbers_nor_ledger_nor_venue() -> None:
    code = """
import sys
from engine.cli import main
sys.argv = ["cash-town", "validate"]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""
    assert loaded_by(code) - FOR_VALIDATING == set()


def test_opening_a_ledger_of_today_loads_no_migrations(tmp_path: Path) -> None:
    code = f"""
from engine.ledger.database import open_ledger
for _ in range(2):
    open_ledger("sqlite:///{tmp_path / "ledger.db"}").dispose()
"""
    assert loaded_by(code) == {"sqlalchemy"}
