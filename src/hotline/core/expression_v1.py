"""The first language of conditions in flows (documents of format 1): comparisons, and/or/not, `in`, `+`, and a few functions.

    startswith(ani, "138") and len(id_number) == 18
    choice in "1 2 3" or not id_card_valid(id_number)

Text is compiled once into a closure. There are no attributes, no loops, no calls but to the functions below, so an expression
always ends and touches nothing. Variables hold text; one that was never set is empty. Text that looks like a number is one
when compared with a number. Sizes are limited, so that no flow can be made to eat memory.
"""

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any, NoReturn

from hotline.core.expression import TEXT_MAX, Compiled, ExpressionError, Kind, Value, Wanted, as_text, truth
from hotline.core.id_card import is_valid

SOURCE_MAX = 1_000
DEPTH_MAX = 30

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>"[^"\n]*"|'[^'\n]*')|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign>==|!=|<=|>=|[<>+(),]))"""
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "in"})
_WORDS = frozenset({"and", "or", "not", "in", "true", "false"})


def compile_expression(source: str) -> Compiled:
    """Return a function from the variables to the value of `source`.

    Raises:
        ExpressionError: it is not well-formed, or names an unknown function.
    """
    if len(source) > SOURCE_MAX:
        raise ExpressionError(f"longer than {SOURCE_MAX} characters")
    return _Parser(tokens(source)).whole()


class FirstLanguage:
    """The language of format 1 (`core.expression.Language`): every variable is text."""

    def compile(self, source: str, wanted: Wanted = "any") -> Compiled:
        """Return a function from the variables to the value. Raises `ExpressionError`."""
        _ = wanted  # anything stands anywhere in this language
        return compile_expression(source)

    def kind_of(self, source: str) -> Kind:
        """Return text: variables of this language hold nothing else."""
        _ = source
        return "text"


def tokens(source: str) -> list[tuple[str, str]]:
    """Return the words of an expression with their kinds: number, text, name, sign. Raises `ExpressionError`."""
    found: list[tuple[str, str]] = []
    place = 0
    end = len(source.rstrip())
    while place < end:
        match = _TOKEN.match(source, place)
        if match is None:
            raise ExpressionError(f"unexpected {source[place:].strip()[:1]!r} at {place + 1}")
        kind = match.lastgroup
        assert kind is not None
        found.append((kind, match.group(kind)))
        place = match.end()
    return found


class _Parser:
    """Recursive descent over the tokens; every method returns a closure."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0

    def whole(self) -> Compiled:
        """Parse everything or refuse."""
        result = self._either()
        if self._place < len(self._tokens):
            self._refuse()
        return result

    def _peek(self) -> str:
        return self._tokens[self._place][1] if self._place < len(self._tokens) else ""

    def _take(self, word: str) -> bool:
        if self._peek() == word and self._tokens[self._place][0] != "text":
            self._place += 1
            return True
        return False

    def _refuse(self) -> NoReturn:
        raise ExpressionError(f"unexpected {self._peek()!r}" if self._peek() else "unexpected end")

    def _either(self) -> Compiled:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise ExpressionError("too deeply nested")
        left = self._both()
        while self._take("or"):
            left = _or(left, self._both())
        self._depth -= 1
        return left

    def _both(self) -> Compiled:
        left = self._negation()
        while self._take("and"):
            left = _and(left, self._negation())
        return left

    def _negation(self) -> Compiled:
        negations = 0
        while self._take("not"):
            negations += 1
        inner = self._comparison()
        if not negations:
            return inner
        wanted = negations % 2 == 0
        return lambda variables: truth(inner(variables)) is wanted

    def _comparison(self) -> Compiled:
        left = self._sum()
        sign = self._peek()
        if sign in _COMPARISONS and self._take(sign):
            return _compared(left, sign, self._sum())
        return left

    def _sum(self) -> Compiled:
        left = self._atom()
        while self._take("+"):
            left = _added(left, self._atom())
        return left

    def _atom(self) -> Compiled:
        if self._place >= len(self._tokens):
            self._refuse()
        kind, word = self._tokens[self._place]
        if kind == "sign" and word == "(":
            self._place += 1
            inner = self._either()
            if not self._take(")"):
                self._refuse()
            return inner
        if kind == "sign" or word in _WORDS - {"true", "false"}:
            self._refuse()
        self._place += 1
        if kind == "number":
            number = float(word)
            return lambda _: number
        if kind == "text":
            text = word[1:-1]
            return lambda _: text
        if word in {"true", "false"}:
            flag = word == "true"
            return lambda _: flag
        if self._take("("):
            return self._function(word)
        return lambda variables: as_text(variables.get(word, ""))

    def _function(self, name: str) -> Compiled:
        arguments: list[Compiled] = []
        if not self._take(")"):
            arguments.append(self._either())
            while self._take(","):
                arguments.append(self._either())
            if not self._take(")"):
                self._refuse()
        return _called(name, arguments)


def _or(left: Compiled, right: Compiled) -> Compiled:
    return lambda variables: truth(left(variables)) or truth(right(variables))


def _and(left: Compiled, right: Compiled) -> Compiled:
    return lambda variables: truth(left(variables)) and truth(right(variables))


def _number(value: Value) -> float | None:
    if isinstance(value, str) and _NUMBER.fullmatch(value) is None:
        return None
    number = float(value)
    return number if isfinite(number) else None


def _added(left: Compiled, right: Compiled) -> Compiled:
    def add(variables: Mapping[str, Any]) -> Value:
        one, two = left(variables), right(variables)
        if isinstance(one, float) or isinstance(two, float):
            numbers = _number(one), _number(two)
            if numbers[0] is not None and numbers[1] is not None:
                return numbers[0] + numbers[1]
        return (as_text(one) + as_text(two))[:TEXT_MAX]

    return add


def _compared(left: Compiled, sign: str, right: Compiled) -> Compiled:
    def compare(variables: Mapping[str, Any]) -> bool:
        one, two = left(variables), right(variables)
        if sign == "in":
            return as_text(one) in as_text(two)
        if isinstance(one, str) and isinstance(two, str):
            return _ordered(sign, (one > two) - (one < two))
        numbers = _number(one), _number(two)
        if numbers[0] is None or numbers[1] is None:
            return sign == "!="  # text that is no number equals none and is neither above nor below
        return _ordered(sign, (numbers[0] > numbers[1]) - (numbers[0] < numbers[1]))

    return compare


def _ordered(sign: str, order: int) -> bool:
    match sign:
        case "==":
            return order == 0
        case "!=":
            return order != 0
        case "<":
            return order < 0
        case "<=":
            return order <= 0
        case ">":
            return order > 0
        case _:
            return order >= 0


def _called(name: str, arguments: list[Compiled]) -> Compiled:
    counts = {"len": 1, "startswith": 2, "endswith": 2, "right": 2, "id_card_valid": 1}
    if name not in counts:
        raise ExpressionError(f"unknown function {name}")
    if len(arguments) != counts[name]:
        raise ExpressionError(f"{name} takes {counts[name]} arguments")
    first = arguments[0]
    match name:
        case "len":
            return lambda variables: float(len(as_text(first(variables))))
        case "id_card_valid":
            return lambda variables: is_valid(as_text(first(variables)))
        case "startswith":
            return lambda variables: as_text(first(variables)).startswith(as_text(arguments[1](variables)))
        case "endswith":
            return lambda variables: as_text(first(variables)).endswith(as_text(arguments[1](variables)))
        case _:
            return lambda variables: _right(as_text(first(variables)), _number(arguments[1](variables)))


def _right(text: str, count: float | None) -> str:
    places = int(min(count or 0.0, float(TEXT_MAX)))
    return text[-places:] if places > 0 else ""
