"""The fields of flow nodes: their names, their forms (JSON Schema 2020-12 with `x-` hints), how they are read, what they name.

A node is a dataclass whose fields carry these; everything else about its writing follows from them.

Reading never stops at the first mistake: it notes the problem and goes on with a value that lets the rest be read.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, NamedTuple

from hotline.core.expression import Compiled, ExpressionError, Kind, Language, Wanted
from hotline.core.ids import NodeId, PromptKey
from hotline.core.numbers import dialled

Prompts = tuple[PromptKey, ...]
Path = tuple[str, ...]
Schema = dict[str, Any]

TITLE_MAX = 64
TEXT_MAX = 2_000
LIST_MAX = 100


class Words(NamedTuple):
    """A name or an explanation in both languages."""

    zh: str
    en: str


NO_WORDS = Words("", "")


class Problem(NamedTuple):
    """Something that is wrong with a document. `code` is stable; the words for people are made elsewhere."""

    code: str
    node_id: str = ""
    field: str = ""
    detail: dict[str, str] = {}  # noqa: RUF012 - a NamedTuple's default; nobody writes into it


class Named(NamedTuple):
    """Something outside the document that a field names."""

    kind: str
    thing: str
    field: str


def choices(named: tuple[tuple[str, Words], ...]) -> list[Schema]:
    """Return what the designer shows for the values that may be chosen."""
    return [{"value": value, "title": words.zh, "title_en": words.en} for value, words in named]


def nothing(_: Any) -> Any:
    """Stand in for an expression that could not be compiled."""
    return ""


@dataclass(slots=True)
class Reading:
    """One node while it is read: where problems go, and the language its expressions are written in."""

    node_id: str
    language: Language
    problems: list[Problem] = field(default_factory=list[Problem])

    def refuse(self, code: str, where: str, **detail: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(code, self.node_id, where, detail))

    def expression(self, source: str, where: str, wanted: Wanted) -> Compiled:
        """Compile an expression."""
        try:
            return self.language.compile(source, wanted)
        except ExpressionError as error:
            detail = {**error.detail, "at": str(error.at)}
            detail.setdefault("what", error.what)
            self.refuse(f"expression_{error.code}", where, **detail)
            return nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a node. A field of the dataclass without default is one that must be written."""

    title: Words
    about: Words = NO_WORDS
    advanced: bool = False
    widget: ClassVar[str] = "text"

    def schema(self) -> Schema:
        """Return the JSON Schema of the field with the hints for its form."""
        made: Schema = {"title": self.title.zh, "x-title-en": self.title.en}
        if self.about.zh:
            made |= {"description": self.about.zh, "x-description-en": self.about.en}
        if self.advanced:
            made["x-advanced"] = True
        return made | {"x-widget": self.widget} | self.shape()

    def shape(self) -> Schema:
        """Return what the value looks like."""
        return {"type": "string"}

    def read(self, raw: Any, reading: Reading, where: str) -> Any:
        """Return the value of what is written; problems are noted."""
        _ = reading, where
        return raw

    def exits(self, value: Any, where: str) -> Iterator[tuple[Path, NodeId]]:
        """Yield the ways out that this field holds, each with its place."""
        _ = value, where
        return iter(())

    def exit_paths(self, where: str) -> Iterator[tuple[Path, Words]]:
        """Yield where ways out may stand; `*` for any member."""
        _ = where
        return iter(())

    def names(self, value: Any, where: str) -> Iterator[Named]:
        """Yield what the field names outside the document."""
        _ = value, where
        return iter(())

    def assigns(self, raw: Any, language: Language) -> Iterator[tuple[str, Kind]]:
        """Yield the variables that the node gives a value through this field, and what they hold then."""
        _ = raw, language
        return iter(())


@dataclass(frozen=True, slots=True, kw_only=True)
class TextField(Field):
    """Plain text."""

    most: int = 200
    one_of: tuple[tuple[str, Words], ...] = ()

    def shape(self) -> Schema:
        made: Schema = {"type": "string", "maxLength": self.most}
        if self.one_of:
            made |= {"enum": [value for value, _ in self.one_of], "x-widget": "choice"}
            made["x-choices"] = choices(self.one_of)
        return made

    def read(self, raw: Any, reading: Reading, where: str) -> str:
        if not isinstance(raw, str):
            reading.refuse("not_text", where)
            return ""
        if len(raw) > self.most:
            reading.refuse("too_long", where, most=str(self.most))
        if self.one_of and raw not in {value for value, _ in self.one_of}:
            reading.refuse("not_a_choice", where, choices="、".join(value for value, _ in self.one_of))
        return raw


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagField(Field):
    """Yes or no."""

    widget: ClassVar[str] = "flag"

    def shape(self) -> Schema:
        return {"type": "boolean"}

    def read(self, raw: Any, reading: Reading, where: str) -> bool:
        if not isinstance(raw, bool):
            reading.refuse("not_a_flag", where)
            return False
        return raw


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberField(Field):
    """A number within bounds."""

    low: float
    high: float
    whole: bool = False
    unit: str = ""
    widget: ClassVar[str] = "number"

    def shape(self) -> Schema:
        made: Schema = {
            "type": "integer" if self.whole else "number",
            "minimum": self.low,
            "maximum": self.high,
        }
        return made | ({"x-unit": self.unit} if self.unit else {})

    def read(self, raw: Any, reading: Reading, where: str) -> float:
        good = isinstance(raw, int | float) and not isinstance(raw, bool) and self.low <= raw <= self.high
        if not good or (self.whole and raw != int(raw)):
            reading.refuse("not_in_range", where, low=f"{self.low:g}", high=f"{self.high:g}")
            return self.low
        return int(raw) if self.whole else float(raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitField(Field):
    """A way out: the node that comes next."""

    widget: ClassVar[str] = "exit"

    def read(self, raw: Any, reading: Reading, where: str) -> NodeId:
        if not isinstance(raw, str) or not raw:
            reading.refuse("no_exit", where, title=self.title.zh)
            return NodeId("")
        return NodeId(raw)

    def exits(self, value: Any, where: str) -> Iterator[tuple[Path, NodeId]]:
        if value:
            yield (where,), value

    def exit_paths(self, where: str) -> Iterator[tuple[Path, Words]]:
        yield (where,), self.title


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptsField(Field):
    """Prompts that are played one after another."""

    widget: ClassVar[str] = "prompts"

    def shape(self) -> Schema:
        return {"type": "array", "items": {"type": "string"}, "maxItems": LIST_MAX}

    def read(self, raw: Any, reading: Reading, where: str) -> Prompts:
        if not isinstance(raw, list) or not all(isinstance(key, str) for key in raw) or len(raw) > LIST_MAX:
            reading.refuse("not_prompts", where)
            return ()
        return tuple(PromptKey(key) for key in raw)

    def names(self, value: Prompts, where: str) -> Iterator[Named]:
        return (Named("prompt", key, f"{where}.{place}") for place, key in enumerate(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class NameField(Field):
    """The id or key of something outside the document. `made` gives the value its type."""

    kind: str
    made: Callable[[str], Any] = str

    def schema(self) -> Schema:
        return Field.schema(self) | {"x-widget": self.kind}

    def read(self, raw: Any, reading: Reading, where: str) -> Any:
        if raw is None:  # none chosen; only where the field may be left out
            return self.made("")
        if not isinstance(raw, str):
            reading.refuse("not_text", where)
            return self.made("")
        return self.made(raw)

    def names(self, value: Any, where: str) -> Iterator[Named]:
        if value:
            yield Named(self.kind, value, where)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionField(Field):
    """An expression; a number written as such counts as one."""

    wanted: Wanted = "any"
    optional: bool = False
    widget: ClassVar[str] = "expression"

    def shape(self) -> Schema:
        return {"type": ["string", "number"], "maxLength": 1_000, "x-type": self.wanted}

    def read(self, raw: Any, reading: Reading, where: str) -> Compiled | None:
        if isinstance(raw, int | float) and not isinstance(raw, bool):
            raw = str(raw)
        if self.optional and raw in {"", None}:
            return None
        if not isinstance(raw, str):
            reading.refuse("not_an_expression", where)
            return nothing
        return reading.expression(raw, where, self.wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberTextField(Field):
    """A telephone number."""

    widget: ClassVar[str] = "number_text"

    def shape(self) -> Schema:
        return {"type": "string", "maxLength": 32}

    def read(self, raw: Any, reading: Reading, where: str) -> str:
        if not isinstance(raw, str) or (raw and not dialled(raw)):
            reading.refuse("not_a_number", where)
            return ""
        return dialled(raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableField(Field):
    """The name of the variable that the node fills."""

    holds: Kind = "text"
    optional: bool = False
    widget: ClassVar[str] = "variable"

    def shape(self) -> Schema:
        return {"type": "string", "minLength": 0 if self.optional else 1, "maxLength": 32}

    def read(self, raw: Any, reading: Reading, where: str) -> str:
        if self.optional and raw == "":
            return ""
        if not isinstance(raw, str) or not raw:
            reading.refuse("no_variable", where)
            return ""
        return raw

    def assigns(self, raw: Any, language: Language) -> Iterator[tuple[str, Kind]]:
        _ = language
        if isinstance(raw, str) and raw:
            yield raw, self.holds


Voice = Annotated[
    str,
    TextField(
        title=Words("音色", "Voice"),
        about=Words("留空用默认音色", "Empty: the site's voice"),
        most=64,
        advanced=True,
    ),
]
"""Which voice of the synthesiser speaks."""
