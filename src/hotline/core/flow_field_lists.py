"""Fields of flow nodes that hold several things: keys of a menu, cases, parts of a sentence, assignments, headers, results of a query."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, cast

from hotline.core.expression import KINDS, Compiled, ExpressionError, Kind, Language, as_text
from hotline.core.flow_fields import (
    LIST_MAX,
    TEXT_MAX,
    TITLE_MAX,
    ExpressionField,
    Field,
    Named,
    Path,
    Reading,
    Schema,
    Words,
    choices,
    nothing,
)
from hotline.core.ids import NodeId, PromptKey

KEYS = "0123456789*#"
SPOKEN = ("prompt", "digits", "number", "phone", "id_number", "date", "time", "amount")
"""What a part of a sentence may be; all but `prompt` are values and how to say them."""
_KIND_WORDS: tuple[tuple[str, Words], ...] = (
    ("text", Words("文字", "Text")),
    ("int", Words("整数", "Whole number")),
    ("number", Words("小数", "Number")),
    ("flag", Words("是或否", "Yes or no")),
    ("json", Words("整份数据", "Data as it is")),
)
_EXIT: Schema = {"type": "string", "x-widget": "exit"}
_EXPRESSION: Schema = {"type": ["string", "number"], "maxLength": 1_000, "x-widget": "expression"}


class Choice(NamedTuple):
    """What a key of a menu means."""

    label: str
    next: NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a spoken sentence: a prompt, or a value and how to say it."""

    kind: str
    prompt: PromptKey | None = None
    value: Compiled | None = None


class Result(NamedTuple):
    """A variable that takes something of an answer."""

    variable: str
    value: Compiled
    kind: Kind
    secret: bool


def members(raw: Any, reading: Reading, where: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the objects in a list or an object, each with its place."""
    pairs: list[tuple[str, Any]] = []
    if isinstance(raw, dict):
        pairs = [(str(key), one) for key, one in cast("dict[Any, Any]", raw).items()]
    elif isinstance(raw, list):
        pairs = [(str(place), one) for place, one in enumerate(cast("list[Any]", raw))]
    else:
        reading.refuse("not_a_list", where)
    if len(pairs) > LIST_MAX:
        reading.refuse("too_many", where, most=str(LIST_MAX))
    good: list[tuple[str, dict[str, Any]]] = []
    for place, one in pairs[:LIST_MAX]:
        if isinstance(one, dict):
            good.append((place, cast("dict[str, Any]", one)))
        else:
            reading.refuse("not_an_object", f"{where}.{place}")
    return good


def _exit(one: dict[str, Any], reading: Reading, where: str) -> NodeId:
    target = one.get("next")
    if not isinstance(target, str) or not target:
        reading.refuse("no_exit", f"{where}.next", title="下一步")
        return NodeId("")
    return NodeId(target)


def _text(one: dict[str, Any], name: str, reading: Reading, where: str, most: int = TITLE_MAX) -> str:
    value = one.get(name, "")
    if not isinstance(value, str):
        reading.refuse("not_text", f"{where}.{name}")
        return ""
    if len(value) > most:
        reading.refuse("too_long", f"{where}.{name}", most=str(most))
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoicesField(Field):
    """The keys of a menu."""

    widget: ClassVar[str] = "choices"

    def shape(self) -> Schema:
        choice = {
            "type": "object",
            "properties": {
                "label": {"type": "string", "maxLength": TITLE_MAX, "title": "含义"},
                "next": _EXIT,
            },
            "required": ["next"],
        }
        return {"type": "object", "propertyNames": {"enum": list(KEYS)}, "additionalProperties": choice}

    def read(self, raw: Any, reading: Reading, where: str) -> dict[str, Choice]:
        found: dict[str, Choice] = {}
        for key, one in members(raw, reading, where):
            place = f"{where}.{key}"
            if key not in KEYS or not key:
                reading.refuse("no_such_key", place, key=key)
            found[key] = Choice(_text(one, "label", reading, place), _exit(one, reading, place))
        if not found and isinstance(raw, dict):
            reading.refuse("no_choices", where)
        return found

    def exits(self, value: dict[str, Choice], where: str) -> Iterator[tuple[Path, NodeId]]:
        return (((where, key, "next"), choice.next) for key, choice in value.items() if choice.next)

    def exit_paths(self, where: str) -> Iterator[tuple[Path, Words]]:
        yield (where, "*", "next"), self.title


@dataclass(frozen=True, slots=True, kw_only=True)
class CasesField(Field):
    """Conditions in their order, each with where it leads."""

    widget: ClassVar[str] = "cases"

    def shape(self) -> Schema:
        case = {
            "type": "object",
            "properties": {
                "when": _EXPRESSION | {"x-type": "flag", "title": "条件"},
                "label": {"type": "string", "maxLength": TITLE_MAX, "title": "说明"},
                "next": _EXIT,
            },
            "required": ["when", "next"],
        }
        return {"type": "array", "items": case, "maxItems": LIST_MAX}

    def read(self, raw: Any, reading: Reading, where: str) -> tuple[tuple[Compiled, NodeId], ...]:
        when = ExpressionField(title=self.title, wanted="flag")
        cases: list[tuple[Compiled, NodeId]] = []
        for place, one in members(raw, reading, where):
            here = f"{where}.{place}"
            compiled = when.read(one.get("when"), reading, f"{here}.when")
            cases.append((compiled or nothing, _exit(one, reading, here)))
        return tuple(cases)

    def exits(self, value: Any, where: str) -> Iterator[tuple[Path, NodeId]]:
        return (((where, str(place), "next"), to) for place, (_, to) in enumerate(value) if to)

    def exit_paths(self, where: str) -> Iterator[tuple[Path, Words]]:
        yield (where, "*", "next"), self.title


@dataclass(frozen=True, slots=True, kw_only=True)
class PiecesField(Field):
    """A sentence of prompts and values."""

    widget: ClassVar[str] = "pieces"

    def shape(self) -> Schema:
        properties = dict.fromkeys(SPOKEN[1:], _EXPRESSION) | {
            "prompt": {"type": "string", "x-widget": "prompt"}
        }
        piece = {"type": "object", "properties": properties, "minProperties": 1, "maxProperties": 1}
        return {"type": "array", "items": piece, "maxItems": LIST_MAX}

    def read(self, raw: Any, reading: Reading, where: str) -> tuple[Piece, ...]:
        return tuple(
            self._piece(one, reading, f"{where}.{place}") for place, one in members(raw, reading, where)
        )

    def _piece(self, one: dict[str, Any], reading: Reading, where: str) -> Piece:
        kind = next((kind for kind in SPOKEN if one.get(kind) not in {None, ""}), None)
        if kind is None:
            reading.refuse("no_piece", where)
            return Piece(kind="prompt")
        if kind == "prompt":
            return Piece(kind=kind, prompt=PromptKey(_text(one, kind, reading, where)))
        value = ExpressionField(title=self.title).read(one[kind], reading, f"{where}.{kind}")
        return Piece(kind=kind, value=value)

    def names(self, value: tuple[Piece, ...], where: str) -> Iterator[Named]:
        return (
            Named("prompt", piece.prompt, f"{where}.{place}.prompt")
            for place, piece in enumerate(value)
            if piece.prompt
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentsField(Field):
    """Variables and the expressions that give them their values, in the order written."""

    widget: ClassVar[str] = "assignments"

    def shape(self) -> Schema:
        return {"type": "object", "additionalProperties": _EXPRESSION, "minProperties": 1}

    def read(self, raw: Any, reading: Reading, where: str) -> tuple[tuple[str, Compiled], ...]:
        if not isinstance(raw, dict) or not raw:
            reading.refuse("no_assignments", where)
            return ()
        one = ExpressionField(title=self.title)
        pairs = cast("dict[Any, Any]", raw).items()
        return tuple(
            (str(name), one.read(source, reading, f"{where}.{name}") or nothing) for name, source in pairs
        )

    def assigns(self, raw: Any, language: Language) -> Iterator[tuple[str, Kind]]:
        if not isinstance(raw, dict):
            return
        for name, source in cast("dict[Any, Any]", raw).items():
            try:
                yield str(name), language.kind_of(str(source))
            except ExpressionError:
                yield str(name), "json"


_PART = re.compile(r"\$\{((?:[^{}\"']|\"[^\"\n]*\"|'[^'\n]*')*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateField(Field):
    """Text with values in it: `/cards/${id_number}`. `escape` is what is done to each value."""

    most: int = TEXT_MAX
    widget: ClassVar[str] = "template"

    def shape(self) -> Schema:
        return {"type": "string", "maxLength": self.most}

    def read(self, raw: Any, reading: Reading, where: str) -> "Template":
        if not isinstance(raw, str):
            reading.refuse("not_text", where)
            return Template(())
        if len(raw) > self.most:
            reading.refuse("too_long", where, most=str(self.most))
            return Template(())
        parts: list[str | Compiled] = []
        end = 0
        for match in _PART.finditer(raw):
            parts += [raw[end : match.start()], reading.expression(match.group(1), where, "text")]
            end = match.end()
        return Template((*parts, raw[end:]))


class Template(NamedTuple):
    """Text and expressions in turn."""

    parts: tuple["str | Compiled", ...]

    def filled(self, variables: dict[str, Any]) -> tuple[tuple[str, bool], ...]:
        """Return the text in pieces; with each, whether it is a value. Raises `ExpressionFailed`."""
        return tuple(
            (part, False) if isinstance(part, str) else (as_text(part(variables)), True)
            for part in self.parts
            if part != ""
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsField(Field):
    """What variables take of an answer: expressions over `answer` and the variables."""

    widget: ClassVar[str] = "results"

    def shape(self) -> Schema:
        result = {
            "type": "object",
            "properties": {
                "variable": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 32,
                    "x-widget": "variable",
                    "title": "变量",
                },
                "from": _EXPRESSION | {"title": "取自", "description": "答复写作 answer，例如 answer.status"},
                "type": {
                    "type": "string",
                    "enum": list(KINDS),
                    "default": "text",
                    "title": "类型",
                    "x-choices": choices(_KIND_WORDS),
                },
                "secret": {"type": "boolean", "default": False, "title": "保密"},
            },
            "required": ["variable", "from"],
        }
        return {"type": "array", "items": result, "maxItems": 32}

    def read(self, raw: Any, reading: Reading, where: str) -> tuple[Result, ...]:
        found: list[Result] = []
        for place, one in members(raw, reading, where):
            here = f"{where}.{place}"
            name = _text(one, "variable", reading, here, 32)
            if not name:
                reading.refuse("no_variable", f"{here}.variable")
            value = ExpressionField(title=self.title).read(one.get("from"), reading, f"{here}.from")
            kind = _kind(one)
            if one.get("type", "text") != kind:
                reading.refuse("not_a_choice", f"{here}.type", choices="、".join(KINDS))
            found.append(Result(name, value or nothing, kind, bool(one.get("secret", False))))
        return tuple(found)

    def assigns(self, raw: Any, language: Language) -> Iterator[tuple[str, Kind]]:
        _ = language
        for one in cast("list[Any]", raw) if isinstance(raw, list) else []:
            if isinstance(one, dict):
                written = cast("dict[str, Any]", one)
                yield str(written.get("variable", "")), _kind(written)


def _kind(one: dict[str, Any]) -> Kind:
    kind = one.get("type", "text")
    return kind if kind in KINDS else "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class PairsField(Field):
    """Names with text in which values may stand: headers of a request, fields of a form."""

    widget: ClassVar[str] = "headers"

    def shape(self) -> Schema:
        pair = {
            "type": "object",
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": TITLE_MAX, "title": "名称"},
                "value": {"type": "string", "maxLength": TEXT_MAX, "x-widget": "template", "title": "内容"},
            },
            "required": ["name", "value"],
        }
        return {"type": "array", "items": pair, "maxItems": 32}

    def read(self, raw: Any, reading: Reading, where: str) -> tuple[tuple[str, Template], ...]:
        template = TemplateField(title=self.title)
        found: list[tuple[str, Template]] = []
        for place, one in members(raw, reading, where):
            here = f"{where}.{place}"
            name = _text(one, "name", reading, here)
            if not name or not name.isascii() or any(sign in name for sign in "\r\n: "):
                reading.refuse("bad_name", f"{here}.name", name=name)
            found.append((name, template.read(one.get("value", ""), reading, f"{here}.value")))
        return tuple(found)
