"""The registry of node kinds: what the designer offers, how a node of each kind is read, and where it leads.

A kind is a frozen dataclass whose annotated fields (`core.flow_fields`) say everything about its writing, with a name, and steps
(`core.ivr_steps`) that say what happens when a call stands at it. Built-in kinds and those that a site adds (entry points
`hotline.flow_nodes`, loaded by `platform.plug_ins`) are registered alike.
"""

import dataclasses
import typing
from collections.abc import Iterator
from dataclasses import MISSING, dataclass
from functools import cache
from typing import Any, cast

from hotline.core.expression import Kind, Language
from hotline.core.flow_fields import Field, Named, Path, Problem, Reading, Schema, Words
from hotline.core.ids import NodeId

GROUPS: tuple[tuple[str, Words], ...] = (
    ("speak", Words("播音", "Speak")),
    ("ask", Words("按键与输入", "Ask")),
    ("decide", Words("判断", "Decide")),
    ("data", Words("数据", "Data")),
    ("route", Words("转接", "Route")),
    ("end", Words("结束", "End")),
)
COMMON = frozenset({"kind", "title", "note"})
"""What any node may carry beside its fields."""
TITLE_MAX, NOTE_MAX = 64, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeKind:
    """One kind of node.

    `asks`: it waits for the caller or for others, so that a circle through it does not run away.
    """

    kind: str
    node: type[Any]
    group: str
    name: Words
    about: Words
    asks: bool = False
    plug_in: bool = False

    def fields(self) -> dict[str, Field]:
        """Return the fields in the order of the form."""
        return _fields_of(self.node)

    def required(self) -> list[str]:
        """Return the fields that must be written."""
        return _required(self.node)

    def schema(self) -> Schema:
        """Return the JSON Schema (2020-12) of a node of this kind."""
        properties: Schema = {
            "kind": {"const": self.kind},
            "title": {"type": "string", "maxLength": TITLE_MAX, "title": "名称", "x-title-en": "Name"},
            "note": {
                "type": "string",
                "maxLength": NOTE_MAX,
                "title": "备注",
                "x-title-en": "Note",
                "x-advanced": True,
            },
        }
        for name, one in self.fields().items():
            properties[name] = one.schema() | _default_of(self.node, name)
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": properties,
            "required": ["kind", *self.required()],
            "additionalProperties": False,
        }

    def exit_paths(self) -> Iterator[tuple[Path, Words]]:
        """Yield where ways out may stand."""
        for name, one in self.fields().items():
            yield from one.exit_paths(name)


KINDS: dict[str, NodeKind] = {}
_OF_CLASS: dict[type[Any], NodeKind] = {}


def register(kind: NodeKind) -> None:
    """Make a kind known. Raises `ValueError` when another has its name, or its fields are not annotated."""
    if kind.kind in KINDS and KINDS[kind.kind].node is not kind.node:
        raise ValueError(f"there is a node kind {kind.kind} already")
    if kind.group not in {key for key, _ in GROUPS}:
        raise ValueError(f"{kind.group} is no group of node kinds")
    kind.fields()
    KINDS[kind.kind] = kind
    _OF_CLASS[kind.node] = kind


def kind_of(node: object) -> NodeKind:
    """Return the kind of a node."""
    return _OF_CLASS[type(node)]


def exits(node: object) -> Iterator[tuple[Path, NodeId]]:
    """Yield the ways out of a node within its flow, in the order of the form, each with its place."""
    for name, one in kind_of(node).fields().items():
        yield from one.exits(getattr(node, name), name)


def successors(node: object) -> tuple[NodeId, ...]:
    """Return the nodes that may come next within the flow, in the order of the form."""
    return tuple(target for _, target in exits(node))


def named_by(node: object) -> Iterator[Named]:
    """Yield everything outside that a node names."""
    for name, one in kind_of(node).fields().items():
        yield from one.names(getattr(node, name), name)


def read_node(written: Any, reading: Reading) -> object | None:
    """Return the node that is written, or None when not even its kind is known; problems are noted."""
    if not isinstance(written, dict):
        reading.refuse("not_an_object", "")
        return None
    fields = cast("dict[str, Any]", written)
    kind = KINDS.get(str(fields.get("kind", "")))
    if kind is None:
        reading.refuse("unknown_kind", "kind", kind=str(fields.get("kind", "")))
        return None
    values: dict[str, Any] = {}
    missing = set(kind.required())
    for name, one in kind.fields().items():
        if name in missing or fields.get(name) is not None:
            values[name] = one.read(fields.get(name), reading, name)
    for name, most in (("title", TITLE_MAX), ("note", NOTE_MAX)):
        if not isinstance(fields.get(name, ""), str) or len(fields.get(name, "")) > most:
            reading.refuse("too_long", name, most=str(most))
    for name in fields.keys() - kind.fields().keys() - COMMON:
        reading.problems.append(Problem("unknown_field", reading.node_id, name, {"name": name}))
    return kind.node(**values)


def assigned_by(written: Any, language: Language) -> Iterator[tuple[str, Kind]]:
    """Yield the variables that a node as written gives a value, and what they hold then."""
    if not isinstance(written, dict):
        return
    fields = cast("dict[str, Any]", written)
    kind = KINDS.get(str(fields.get("kind", "")))
    if kind is not None:
        for name, one in kind.fields().items():
            yield from one.assigns(fields.get(name), language)


@cache
def _fields_of(node: type[Any]) -> dict[str, Field]:
    hints = typing.get_type_hints(node, include_extras=True)
    found: dict[str, Field] = {}
    for one in dataclasses.fields(node):
        marks = [mark for mark in getattr(hints[one.name], "__metadata__", ()) if isinstance(mark, Field)]
        if len(marks) != 1:
            raise ValueError(f"{node.__name__}.{one.name} says not what field of the form it is")
        found[one.name] = marks[0]
    return found


@cache
def _required(node: type[Any]) -> list[str]:
    return [
        one.name
        for one in dataclasses.fields(node)
        if one.default is MISSING and one.default_factory is MISSING
    ]


def _default_of(node: type[Any], name: str) -> Schema:
    default = next(one.default for one in dataclasses.fields(node) if one.name == name)
    if default is MISSING or default is None or callable(default):
        return {}
    return {"default": list(cast("tuple[Any, ...]", default)) if isinstance(default, tuple) else default}
