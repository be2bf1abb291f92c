"""Expressions of flows in CEL, the Common Expression Language (https://cel.dev; ADR 10).

The only module of the core that knows a library: Google's own CEL runtime, which parses, checks types and computes, without
clock, chance, files or network. CEL has no assignment and no open loop. What bounds it: sources of 1,000 characters and 32 levels,
at most one walk through a list (`all`, `exists`, `filter`, `map`) in an expression, the library's budget of 10,000 steps, and values
kept small by `core.expression_values`. Here its errors become ours.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from cel_expr_python import cel

from hotline.core import cel_functions
from hotline.core.expression import (
    EMPTY,
    Compiled,
    ExpressionError,
    ExpressionFailed,
    Kind,
    Variables,
    Wanted,
)

SOURCE_MAX = 1_000
WALKS_MAX = 1
PARAMETER = "param."
"""Global parameters are called `param.<key>`."""
RESERVED = frozenset(
    "true false null in as break const continue else for function if import let loop package namespace return var void while"
    " param answer int uint double bool string bytes list map type timestamp duration dyn size has".split()
)
"""What no variable may be called: words of CEL, of its types, and ours."""

_WALKS = frozenset({"all", "exists", "exists_one", "filter", "map"})
_TOKEN = re.compile(
    r"""r?"(?:[^"\\\n]|\\.)*"|r?'(?:[^'\\\n]|\\.)*'|(?P<name>(?<![\w.])[A-Za-z_]\w*)|(?P<select>\.\s*[A-Za-z_]\w*)|//[^\n]*"""
)
_TYPES: dict[Kind, cel.Type] = {
    "text": cel.Type.STRING,
    "int": cel.Type.INT,
    "number": cel.Type.DOUBLE,
    "flag": cel.Type.BOOL,
    "json": cel.Type.DYN,
}
_KINDS: dict[str, Kind] = {"STRING": "text", "INT": "int", "DOUBLE": "number", "BOOL": "flag"}
_NUMBERS = frozenset({"INT", "UINT", "DOUBLE", "DYN"})
_FLAGS = frozenset({"BOOL", "DYN"})


class Cel:
    """The language with the variables of one flow (`core.expression.Language`).

    With `lenient` a name that nobody declared is no error but holds whatever it is given, else nothing: a published flow still runs
    when a global parameter has gone.
    """

    def __init__(self, variables: Mapping[str, Kind], *, lenient: bool = False) -> None:
        """`variables` are all names that may be used, with what they hold; parameters with `param.` before."""
        self._kinds = dict(variables)
        self._lenient = lenient
        self._env = _environment(self._kinds)

    def compile(self, source: str, wanted: Wanted = "any") -> Compiled:
        """Return a function from the variables to the value. Raises `ExpressionError`."""
        expression = self._checked(source)
        _demand(expression.return_type().name(), wanted)
        names = {name: EMPTY[self._kinds[name]] for name in names_in(source) if name in self._kinds}

        def compute(variables: Variables) -> Any:
            data = {name: variables.get(name, empty) for name, empty in names.items()}
            try:
                value = expression.eval(data=data)
            except (RuntimeError, ValueError, TypeError, OverflowError) as error:
                raise ExpressionFailed(_first_line(error)) from error
            if value.type() == cel.Type.ERROR:
                raise ExpressionFailed(str(value.value()))
            return value.plain_value()

        return compute

    def kind_of(self, source: str) -> Kind:
        """Return what the expression yields; `json` when that depends. Raises `ExpressionError`."""
        return _KINDS.get(self._checked(source).return_type().name(), "json")

    def _checked(self, source: str) -> cel.Expression:
        _bounded(source)
        if self._lenient:
            self._admit(source)
        try:
            return self._env.compile(source)
        except RuntimeError as error:
            raise translated(str(error)) from error

    def _admit(self, source: str) -> None:
        unknown: dict[str, Kind] = {
            name: "json" for name in names_in(source) if name not in self._kinds and name not in RESERVED
        }
        if unknown:
            self._kinds |= unknown
            self._env = _environment(self._kinds)


def names_in(source: str) -> set[str]:
    """Return the names of variables and parameters that an expression may mean (functions and bound names among them)."""
    names: set[str] = set()
    for match in _TOKEN.finditer(source):
        name = match.group("name")
        if name == "param":
            key = re.match(r"\s*\.\s*([A-Za-z_]\w*)", source[match.end() :])
            if key is not None:
                names.add(PARAMETER + key.group(1))
        elif name is not None and not source[match.end() :].lstrip().startswith("("):
            names.add(name)
    return names


def _environment(kinds: Mapping[str, Kind]) -> cel.Env:
    return cel.NewEnv(variables={name: _TYPES[kind] for name, kind in kinds.items()}, functions=_functions())


@cache
def _functions() -> list[cel.FunctionDecl]:
    return [
        cel.FunctionDecl(
            one.name,
            [
                cel.Overload(
                    f"hotline_{one.name}",
                    return_type=_TYPES[one.yields],
                    parameters=[_TYPES[kind] for kind in one.takes],
                    impl=one.compute,
                )
            ],
        )
        for one in cel_functions.FUNCTIONS
    ]


def _bounded(source: str) -> None:
    if not source.strip():
        raise ExpressionError("empty", "empty")
    if len(source) > SOURCE_MAX:
        raise ExpressionError(f"longer than {SOURCE_MAX} characters", "too_long", most=str(SOURCE_MAX))
    selects = [match.group("select") for match in _TOKEN.finditer(source) if match.group("select")]
    if sum(one.lstrip(". ") in _WALKS for one in selects) > WALKS_MAX:
        raise ExpressionError("walks through lists more than once", "too_many_walks")


def _demand(name: str, wanted: Wanted) -> None:
    fits = {"flag": name in _FLAGS, "number": name in _NUMBERS}.get(wanted, True)
    if not fits:
        raise ExpressionError(f"yields {name}, not {wanted}", "wrong_type", found=name, wanted=wanted)


def _first_line(error: Exception) -> str:
    return str(error).split("\n", maxsplit=1)[0][:200]


_AT = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): ([^\n]*)")
_SAYINGS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("unknown_name", re.compile(r"undeclared reference to '(?P<name>[^']*)'")),
    ("no_overload", re.compile(r"no matching overload for '(?P<name>[^']*)' applied to '(?P<types>[^']*)'")),
    ("no_field", re.compile(r"expression of type '(?P<types>[^']*)' cannot be the operand of a select")),
    ("undefined_field", re.compile(r"undefined field '(?P<name>[^']*)'")),
    ("too_deep", re.compile(r"recursion")),
)


def translated(message: str) -> ExpressionError:
    """Return the library's complaint as ours."""
    where = _AT.search(message)
    what = where.group(3) if where is not None else message.split("\n", maxsplit=1)[0]
    at = max(0, int(where.group(2))) if where is not None else 0
    for code, pattern in _SAYINGS:
        found = pattern.search(message if code == "too_deep" else what)
        if found is not None:
            return ExpressionError(what, code, at, **found.groupdict())
    return ExpressionError(what, "syntax", at, what=what)
