"""Text to syntax tree: an allow-list and hard limits, checked before anything is evaluated.

The tree of Python's own parser in eval mode is taken, and every node that is not on the list is
a fault with its offset. Nothing is executed here or later: rules become numpy steps (program.py).
"""

import ast
import warnings
from dataclasses import dataclass
from typing import Final

from engine.model.problem import Severity

MAX_CHARACTERS: Final = 1_000
MAX_NODES: Final = 200
MAX_DEPTH: Final = 24
MAX_NUMBER: Final = 1e15

BINARY: Final[dict[type[ast.operator], str]] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
UNARY: Final[dict[type[ast.unaryop], str]] = {ast.Not: "not", ast.USub: "-", ast.UAdd: "+"}
COMPARISON: Final[dict[type[ast.cmpop], str]] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}

_NAMED: Final[dict[type[ast.AST], str]] = {
    ast.Attribute: "attribute access with a dot",
    ast.Subscript: "square brackets",
    ast.Lambda: "lambda",
    ast.NamedExpr: "assignment with :=",
    ast.ListComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.List: "a list",
    ast.Tuple: "a tuple (commas belong inside a call)",
    ast.Dict: "a mapping",
    ast.Set: "a set",
    ast.JoinedStr: "a formatted string",
    ast.Starred: "*arguments",
    ast.Await: "await",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
    ast.Slice: "a slice",
}


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """Something wrong at a character offset of an expression's text."""

    offset: int
    code: str
    message: str
    hint: str = ""
    severity: Severity = "error"


def parse(text: str) -> ast.expr | list[Fault]:
    """The checked tree of an expression, or all faults found in its text.

    Line breaks count as spaces, so that folded and literal YAML scalars may be used.
    """
    faults = _check_text(text)
    if faults:
        return faults
    flat = text.replace("\r", " ").replace("\n", " ")
    lead = len(flat) - len(flat.lstrip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            tree = ast.parse(flat.strip(), mode="eval").body
    except SyntaxError as error:
        offset = (error.offset - 1 if error.offset else len(flat.strip())) + lead
        return [Fault(max(0, min(offset, len(text) - 1)), "syntax", _syntax_message(error, flat))]
    except (RecursionError, MemoryError, ValueError):
        return [Fault(0, "too-deep", f"nested deeper than {MAX_DEPTH} levels")]
    faults = _check_tree(tree, lead)
    if faults:
        return sorted(faults)
    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            node.col_offset += lead
    return tree


def _syntax_message(error: SyntaxError, flat: str) -> str:
    if ";" in flat:
        return "';' is not allowed: one expression only"
    if "=" in flat.replace("==", "").replace("<=", "").replace(">=", "").replace("!=", ""):
        return "not an expression; to compare write =="
    return f"not an expression: {error.msg}"


def _check_text(text: str) -> list[Fault]:
    if not text.strip():
        return [Fault(0, "empty", "the expression is empty")]
    if len(text) > MAX_CHARACTERS:
        return [Fault(MAX_CHARACTERS, "too-long", f"longer than {MAX_CHARACTERS} characters ({len(text)})")]
    depth = 0
    for offset, character in enumerate(text):
        if not character.isascii():
            return [Fault(offset, "character", f"character {character!r} is not allowed: names are ASCII")]
        if not character.isprintable() and character not in "\r\n":
            return [Fault(offset, "character", f"control character {character!r} is not allowed")]
        if character in "#\\`$@?!%&|^~{}[]'\"" and text[offset : offset + 2] != "!=":
            return [Fault(offset, "character", f"character {character!r} is not part of the language")]
        depth += (character == "(") - (character == ")")
        if depth > MAX_DEPTH:
            return [Fault(offset, "too-deep", f"parentheses nested deeper than {MAX_DEPTH} levels")]
    return []


def _check_tree(tree: ast.expr, lead: int) -> list[Fault]:
    faults: list[Fault] = []
    count = 0
    pending: list[tuple[ast.expr, int]] = [(tree, 1)]
    while pending:
        node, depth = pending.pop()
        count += 1
        offset = node.col_offset + lead
        if depth > MAX_DEPTH:
            return [Fault(offset, "too-deep", f"nested deeper than {MAX_DEPTH} levels")]
        if count > MAX_NODES:
            return [Fault(offset, "too-many-nodes", f"more than {MAX_NODES} operands and operators")]
        fault = _check_node(node, offset)
        if fault is not None:
            faults.append(fault)
            continue
        pending.extend((child, depth + 1) for child in _children(node))
    return faults


def _children(node: ast.expr) -> list[ast.expr]:
    match node:
        case ast.Call():
            return list(node.args)
        case ast.Compare():
            return [node.left, *node.comparators]
        case _:
            return [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]


def _check_node(node: ast.expr, offset: int) -> Fault | None:
    match node:
        case ast.Constant(value=bool()):
            return Fault(offset, "constant", "True and False are not part of the language")
        case ast.Constant(value=int() | float() as value):
            if not -MAX_NUMBER <= value <= MAX_NUMBER:
                return Fault(offset, "number", f"a number must be finite and at most {MAX_NUMBER:g}")
        case ast.Constant():
            return Fault(offset, "constant", "only plain numbers are allowed as constants")
        case ast.Name():
            if node.id.startswith("_"):
                return Fault(offset, "name", f"name {node.id!r} must not begin with an underscore")
        case ast.BinOp():
            if type(node.op) not in BINARY:
                return Fault(offset, "operator", f"operator {_operator(node.op)} is not allowed; use + - * /")
        case ast.UnaryOp():
            if type(node.op) not in UNARY:
                return Fault(offset, "operator", f"operator {_operator(node.op)} is not allowed")
        case ast.Compare():
            bad = [op for op in node.ops if type(op) not in COMPARISON]
            if bad:
                return Fault(offset, "operator", f"comparison {_operator(bad[0])} is not allowed")
        case ast.Call():
            if not isinstance(node.func, ast.Name):
                return Fault(offset, "call", "only functions of the table can be called, by plain name")
            if node.keywords:
                return Fault(offset, "call", "arguments are given by position, without name=")
            if any(isinstance(argument, ast.Starred) for argument in node.args):
                return Fault(offset, "call", "*arguments are not allowed")
        case ast.BoolOp() | ast.IfExp():
            pass
        case _:
            what = _NAMED.get(type(node), type(node).__name__)
            return Fault(offset, "not-allowed", f"{what} is not part of the language")
    return None


def _operator(op: ast.AST) -> str:
    return {"Pow": "**", "Mod": "%", "FloorDiv": "//", "MatMult": "@", "In": "in", "NotIn": "not in"}.get(
        type(op).__name__, type(op).__name__
    )
