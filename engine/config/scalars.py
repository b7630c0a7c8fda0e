"""What a plain YAML scalar means: YAML 1.2 core, and a problem for each form that readers disagree on."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

Scalar = str | int | float | bool | None

_NULL: Final = frozenset(("", "~", "null", "Null", "NULL"))
_TRUE: Final = frozenset(("true", "True", "TRUE"))
_FALSE: Final = frozenset(("false", "False", "FALSE"))
_OLD_TRUE: Final = frozenset(("yes", "on", "y"))
_OLD_FALSE: Final = frozenset(("no", "off", "n"))

_INT: Final = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)")
_OCTAL: Final = re.compile(r"[-+]?(0[0-9_]+|0o[0-7_]+)")
_OTHER_BASE: Final = re.compile(r"[-+]?0[xXbB][0-9a-fA-F_]+")
_UNDERSCORE: Final = re.compile(r"[-+]?[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?")
_SEXAGESIMAL: Final = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?")
_EXPONENT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)[eE][-+]?[0-9]+")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?")
_NOT_FINITE: Final = re.compile(r"[-+]?\.?(nan|inf|infinity)", re.IGNORECASE)
MAX_DIGITS: Final = 40


@dataclass(frozen=True, slots=True)
class Surprise:
    """A plain scalar that means something else to another YAML reader."""

    code: str
    message: str
    hint: str


def resolve(text: str) -> Scalar | Surprise:
    """The value of a plain (unquoted) scalar: null, bool, int, float or text, or a Surprise."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    first = text[0]
    if first in "+-.0123456789" or first in "nNiI":
        number = _number(text)
        if number is not None:
            return number
    lower = text.lower()
    if lower in _OLD_TRUE or lower in _OLD_FALSE:
        meaning = "true" if lower in _OLD_TRUE else "false"
        message = f"{text} is {meaning} to some YAML readers and text to others"
        return Surprise("yaml-1.1-boolean", message, f'write {meaning}, or "{text}" for the text')
    return text


def _number(text: str) -> int | float | Surprise | None:
    if len(text) > MAX_DIGITS and (_INT.fullmatch(text) or _FLOAT.fullmatch(text)):
        return Surprise("number-form", f"a number of {len(text)} digits", f"at most {MAX_DIGITS} are read")
    if _INT.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text):
        decimal = text.lstrip("+-").lstrip("0o").replace("_", "") or "0"
        message = f"{text} is octal to some YAML readers and decimal to others"
        return Surprise("octal", message, f'write {decimal}, or "{text}" for the text')
    if _FLOAT.fullmatch(text):
        return float(text)
    if _OTHER_BASE.fullmatch(text) or _UNDERSCORE.fullmatch(text):
        return Surprise("number-form", f"{text} is not a decimal number", "write plain decimal digits")
    if _SEXAGESIMAL.fullmatch(text):
        message = f"{text} is a number to base 60 to some YAML readers"
        return Surprise("sexagesimal", message, f'write "{text}" for a time')
    if _EXPONENT.fullmatch(text):
        return Surprise("exponent", f"{text} is text to some YAML readers", f"write {_plain(text)}")
    if _DATE.fullmatch(text):
        return Surprise("date", f"{text} is a date to some YAML readers", f'write "{text}"')
    if _NOT_FINITE.fullmatch(text):
        return Surprise("not-finite", f"{text} is not a finite number", "write a number")
    return None


def _plain(text: str) -> str:
    """An exponent form written out, as long as a person would."""
    exponent = re.split("[eE]", text)[1]
    if len(exponent) > 3 or len(text) > MAX_DIGITS or abs(int(exponent)) > 20:
        return "it without an exponent"
    return format(Decimal(text), "f")
