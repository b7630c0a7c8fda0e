"""Turns a gathered run into the page: one HTML text that needs nothing from anywhere else."""

import base64
import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from engine.research import figures
from engine.research.exact import money
from engine.research.listing import utc
from engine.research.metrics import finite
from engine.research.report.months import heat
from engine.research.sentence import figures as digits

HERE: Final = Path(__file__).parent / "template"
LIBRARY: Final = Path(__file__).parents[1] / "static" / "lightweight-charts.standalone.production.js"
ATTRIBUTION: Final = "https://www.tradingview.com/"
"""The link that the charts' licence asks for: the only one, and nothing is loaded from it."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The scripts and the style that are put into the page, and the policy that allows just these."""

    css: str
    library: str
    script: str

    @property
    def policy(self) -> str:
        """Nothing from a network, no script and no style but the three in the page (CSP level 2)."""
        scripts = " ".join(_hash(each) for each in (self.library, self.script))
        return (
            f"default-src 'none'; script-src {scripts}; style-src {_hash(self.css)}; img-src data:; "
            "base-uri 'none'; form-action 'none'"
        )


def render(context: dict[str, Any], data: dict[str, Any]) -> str:
    """The page. `context` is what the template shows, always escaped; `data` is for the charts."""
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters.update(_FILTERS)
    parts = _parts()
    return environment.get_template("report.html.j2").render(
        **context,
        css=Markup(parts.css),
        library=Markup(parts.library),
        script=Markup(parts.script),
        policy=parts.policy,
        data=Markup(script_json(data)),
        attribution=ATTRIBUTION,
    )


def script_json(data: dict[str, Any]) -> str:
    """JSON that is inert inside a script element: nothing in it can end the element or open a comment."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _parts() -> Parts:
    return Parts(
        *(path.read_text(encoding="utf-8") for path in (HERE / "report.css", LIBRARY, HERE / "report.js"))
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _tone(value: str | float | None) -> str:
    """The class of an amount's colour; its sign says the same."""
    if value is None or not float(value):
        return ""
    return "gain" if float(value) > 0 else "loss"


def _plain(value: float | str | None, signed: bool = False) -> str:
    if value is None or isinstance(value, str):
        return value or "-"
    (text,) = digits([math.nan if value is None else value])
    return f"+{text}" if signed and value >= 0 else text


def _share(part: Decimal, whole: Decimal) -> str:
    return f"{float(100 * part / whole):.3g} %" if whole else figures.NONE


_FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "amount": figures.amount,
    "count": figures.count,
    "figure": figures.figure,
    "rate": figures.rate,
    "price": figures.price,
    "money": money,
    "finite": finite,
    "heat": heat,
    "tone": _tone,
    "plain": _plain,
    "minute": lambda at: utc(at)[:16].replace("T", " "),
    "words": lambda name: name.replace("_", " "),
}
SHARE: Final = _share
