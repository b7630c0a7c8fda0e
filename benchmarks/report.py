"""Measured rows as a table, as text when nobody watches, and as JSON."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.measure import Row

_SCALES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def machine() -> dict[str, Any]:
    """What the figures depend on: processors and how busy they are, Python, numpy."""
    return {
        "cpus": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "processor": _processor(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "system": f"{platform.system()} {platform.machine()}",
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")


def show(rows: Sequence[Row], facts: dict[str, Any], console: Console) -> None:
    """The table: what was measured, its ratio to what, and whether the goal is reached."""
    table = Table(title="Measured side by side, medians; made data, not a market", title_justify="left")
    table.add_column("row")
    table.add_column("measured", max_width=44)
    table.add_column("value", justify="right")
    table.add_column("against", max_width=22)
    table.add_column("its value", justify="right")
    table.add_column("ratio", justify="right")
    table.add_column("goal", max_width=30)
    table.add_column("reached")
    last = ""
    for row in rows:
        if last and row.row != last:
            table.add_section()
        reached = "" if row.met is None else "[green]yes[/]" if row.met else "[red]no[/]"
        table.add_row(
            row.row if row.row != last else "",
            row.what,
            "missing" if row.missing else amount(row.value, row.unit),
            row.against,
            amount(row.against_value, row.unit),
            "" if row.ratio is None else f"{row.ratio:.3g}",
            row.goal_text,
            reached,
        )
        last = row.row
    console.print(table)
    for row in rows:
        if row.missing:
            console.print(f"missing: {row.row}, {row.against or row.what}: {row.missing}", highlight=False)
    for row in rows:
        if row.note:
            console.print(f"[dim]{row.row}, {row.what}: {row.note}[/]", highlight=False)
    words = ", ".join(f"{name} {value}" for name, value in facts.items())
    console.print(f"This machine: {words}", highlight=False)


def amount(value: float | None, unit: str) -> str:
    """A number with three digits and its unit."""
    if value is None:
        return ""
    if unit != "s":
        return f"{value:,.0f} {unit}"
    scale, name = next((pair for pair in _SCALES if value >= pair[0]), _SCALES[-1])
    return f"{value / scale:.3g} {name}"


def save(rows: Sequence[Row], facts: dict[str, Any], settings: dict[str, Any], path: Path) -> None:
    """The same as JSON, with what is derived of each row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "machine": facts,
        "settings": settings,
        "rows": [{**asdict(row), "ratio": row.ratio, "met": row.met} for row in rows],
    }
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
