"""Values of expressions in flows, whatever language they are written in: what there is, how it becomes text, and how it fails.

Documents of format 1 are written in the first language (`core.expression_v1`), later ones in CEL (`core.cel`).
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

Value = Any
"""Text, a whole number, a number, a flag, or what JSON has (a list, an object, null)."""
Variables = Mapping[str, Value]
Compiled = Callable[[Variables], Value]
"""A compiled expression. Raises `ExpressionFailed`; ends soon; touches nothing."""
Kind = Literal["text", "int", "number", "flag", "json"]
"""What a variable holds. `json` is whatever a data source answered, or what differs from place to place."""
KINDS: tuple[Kind, ...] = ("text", "int", "number", "flag", "json")
Wanted = Literal["text", "number", "flag", "any"]
"""What the place asks for where an expression stands. Text is made of anything."""

TEXT_MAX = 4_000
"""Longest text that an expression or a variable holds."""
EMPTY: dict[str, Value] = {"text": "", "int": 0, "number": 0.0, "flag": False, "json": None}
"""What a variable holds that was never set."""


class ExpressionError(ValueError):
    """The text is no expression.

    `code` is stable, `detail` says what exactly; `at` is the column (from 1, 0: nowhere) for the person who wrote it.
    """

    def __init__(self, what: str, code: str = "syntax", at: int = 0, /, **detail: str) -> None:
        super().__init__(what)
        self.what = what
        self.code = code
        self.at = at
        self.detail = detail


class ExpressionFailed(Exception):
    """The expression is well-formed, but has no value here: a field that is not there, text that is no number, …."""


class Language(Protocol):
    """A language of expressions, with the variables that one flow knows."""

    def compile(self, source: str, wanted: Wanted = "any") -> Compiled:
        """Return a function from the variables to the value. Raises `ExpressionError`."""
        ...

    def kind_of(self, source: str) -> Kind:
        """Return what the expression yields; `json` when that depends. Raises `ExpressionError`."""
        ...


def truth(value: Value) -> bool:
    """Tell what counts as true: not empty, not zero, not the word false."""
    return value not in {"", "false", "0"} if isinstance(value, str) else bool(value)


def as_text(value: Value) -> str:
    """Return the value as text: whole numbers without a point, flags as true and false, nothing as nothing."""
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case int() | float():
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False)[:TEXT_MAX]


def kind_of(value: Value) -> Kind:
    """Return what kind of value this is."""
    match value:
        case str():
            return "text"
        case bool():
            return "flag"
        case int():
            return "int"
        case float():
            return "number"
        case _:
            return "json"


def from_text(kind: str, text: str) -> Value:
    """Return the value that `as_text` made this text of, as far as can be told; the kind's empty value when it cannot."""
    try:
        match kind:
            case "int":
                return int(text)
            case "number":
                return float(text)
            case "flag":
                return text == "true"
            case "json":
                return json.loads(text) if text else None
            case _:
                return text
    except ValueError:
        return EMPTY.get(kind, "")
