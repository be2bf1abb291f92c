"""Expressions of the first language as CEL with the same meaning.

The first language had text only, and took text for numbers when it was compared with one. Here every part is given a type, and the
conversions are written out: `len(x) > 3` becomes `size(x) > 3`, `age >= 60` becomes `number(age) >= 60.0`.
"""

import json
from typing import NamedTuple, NoReturn

from hotline.core.expression import ExpressionError, Wanted
from hotline.core.expression_v1 import tokens

_LOGIC, _COMPARISON, _SUM, _ATOM = range(4)
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "in"})
_WORDS = frozenset({"and", "or", "not", "in"})


class _Part(NamedTuple):
    """CEL text, what it yields (text, int, number or flag), and how tightly it holds together."""

    text: str
    kind: str
    binds: int = _ATOM


def to_cel(source: str, wanted: Wanted = "any") -> str:
    """Return the expression in CEL, as text or flag where that is wanted.

    Raises:
        ExpressionError: it is none of the first language.
    """
    part = _Translator(tokens(source)).whole()
    match wanted:
        case "flag":
            return _flag(part).text
        case "text":
            return _text(part).text
        case _:
            return part.text


class _Translator:
    """Recursive descent as in the first language; every method returns CEL."""

    def __init__(self, found: list[tuple[str, str]]) -> None:
        self._tokens = found
        self._place = 0

    def whole(self) -> _Part:
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

    def _either(self) -> _Part:
        parts = [self._both()]
        while self._take("or"):
            parts.append(self._both())
        return _joined(parts, " || ")

    def _both(self) -> _Part:
        parts = [self._negation()]
        while self._take("and"):
            parts.append(self._negation())
        return _joined(parts, " && ")

    def _negation(self) -> _Part:
        negations = 0
        while self._take("not"):
            negations += 1
        inner = self._comparison()
        if not negations:
            return inner
        flag = _flag(inner)
        return _Part(f"!{_tight(flag)}" if negations % 2 else flag.text, "flag")

    def _comparison(self) -> _Part:
        left = self._sum()
        sign = self._peek()
        if sign in _COMPARISONS and self._take(sign):
            return _compared(left, sign, self._sum())
        return left

    def _sum(self) -> _Part:
        left = self._atom()
        while self._take("+"):
            right = self._atom()
            if "text" in {left.kind, right.kind} and {left.kind, right.kind}.isdisjoint({"int", "number"}):
                left = _Part(f"{_tight(_text(left))} + {_tight(_text(right))}", "text", _SUM)
            else:
                left = _Part(f"{_tight(_number(left))} + {_tight(_number(right))}", "number", _SUM)
        return left

    def _atom(self) -> _Part:
        if self._place >= len(self._tokens):
            self._refuse()
        kind, word = self._tokens[self._place]
        if kind == "sign" and word == "(":
            self._place += 1
            inner = self._either()
            if not self._take(")"):
                self._refuse()
            return inner
        if kind == "sign" or word in _WORDS:
            self._refuse()
        self._place += 1
        if kind == "number":
            return _Part(word, "number" if "." in word else "int")
        if kind == "text":
            return _Part(json.dumps(word[1:-1], ensure_ascii=False), "text")
        if word in {"true", "false"}:
            return _Part(word, "flag")
        if self._take("("):
            return self._function(word)
        return _Part("string(weekday)" if word == "weekday" else word, "text")

    def _function(self, name: str) -> _Part:
        arguments: list[_Part] = []
        if not self._take(")"):
            arguments.append(self._either())
            while self._take(","):
                arguments.append(self._either())
            if not self._take(")"):
                self._refuse()
        texts = [_tight(_text(argument)) for argument in arguments]
        match name, texts:
            case "len", [one]:
                return _Part(f"size({one})", "int")
            case "id_card_valid", [one]:
                return _Part(f"id_card_valid({one})", "flag")
            case "startswith", [one, two]:
                return _Part(f"{one}.startsWith({two})", "flag")
            case "endswith", [one, two]:
                return _Part(f"{one}.endsWith({two})", "flag")
            case "right", [one, _] if arguments[1].kind == "int":
                return _Part(f"right({one}, {arguments[1].text})", "text")
            case "right", [one, two]:
                return _Part(f"right({one}, int({two}))", "text")
            case _:
                raise ExpressionError(f"unknown function {name}")


def _joined(parts: list[_Part], sign: str) -> _Part:
    if len(parts) == 1:
        return parts[0]
    flags = [_flag(part) for part in parts]
    texts = [f"({one.text})" if one.binds == _LOGIC else one.text for one in flags]
    return _Part(sign.join(texts), "flag", _LOGIC)


def _tight(part: _Part) -> str:
    return part.text if part.binds == _ATOM else f"({part.text})"


def _flag(part: _Part) -> _Part:
    match part.kind:
        case "flag":
            return part
        case "text":
            return _Part(f'!({part.text} in ["", "false", "0"])', "flag")
        case _:
            return _Part(f"{_tight(part)} != {'0' if part.kind == 'int' else '0.0'}", "flag", _COMPARISON)


def _text(part: _Part) -> _Part:
    return part if part.kind == "text" else _Part(f"string({part.text})", "text")


def _number(part: _Part) -> _Part:
    match part.kind:
        case "number":
            return part
        case "int":
            return _Part(f"{part.text}.0" if part.text.isdigit() else f"double({part.text})", "number")
        case "flag":
            return _Part(f"({part.text} ? 1.0 : 0.0)", "number")
        case _:
            return _Part(f"number({part.text})", "number")


def _compared(left: _Part, sign: str, right: _Part) -> _Part:
    if sign == "in":
        return _Part(f"{_tight(_text(right))}.contains({_text(left).text})", "flag")
    if left.kind == right.kind and left.kind in {"text", "int", "number"}:
        pair = left, right
    else:
        pair = _number(left), _number(right)
    return _Part(f"{_tight(pair[0])} {sign} {_tight(pair[1])}", "flag", _COMPARISON)
