"""Events and switch messages as plain JSON values and back, driven by their own type annotations.

One codec for the journal and for the line between application and voice process. Unknown kinds and fields of a newer
version are refused or ignored as stated at `decode`; times are ISO 8601 in UTC with microseconds.
"""

import types
import typing
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Union, get_args, get_origin

from hotline.core import events, switching

_Convert = Callable[[Any], Any]


class UnknownKind(ValueError):
    """The text names a kind this version does not know."""


def encode(message: object) -> dict[str, Any]:
    """Return `message` (any event, switch event or command) as JSON values; its class name stands under `type`."""
    return _encoder(type(message))(message)


def decode(values: dict[str, Any]) -> Any:
    """Return the message that `encode` made `values` of.

    Fields that the class does not have are ignored (a newer version wrote them); missing ones take their default.

    Raises:
        UnknownKind: no such message.
        ValueError: a field without default is missing or does not fit.
    """
    kind = values.get("type")
    cls = KINDS.get(kind) if isinstance(kind, str) else None
    if cls is None:
        raise UnknownKind(str(kind))
    return _decode_as(cls, values)


def _members(union: object) -> tuple[type, ...]:
    return typing.cast("tuple[type, ...]", get_args(union))


KINDS: dict[str, type] = {
    cls.__name__: cls
    for cls in (
        *_members(events.Event),
        *_members(switching.SwitchEvent),
        *_members(switching.SwitchCommand),
        switching.SwitchSnapshot,
    )
}

_encoders: dict[type, Callable[[Any], dict[str, Any]]] = {}
_decoders: dict[type, list[tuple[str, _Convert | None, Any]]] = {}


def _encoder(cls: type) -> Callable[[Any], dict[str, Any]]:
    found = _encoders.get(cls)
    if found is None:
        names = [f.name for f in _fields(cls)]
        assert "type" not in names, "`type` is the codec's own field"
        kind = cls.__name__

        def encode_one(message: Any) -> dict[str, Any]:
            values: dict[str, Any] = {"type": kind}
            for name in names:
                values[name] = _plain(getattr(message, name))
            return values

        found = _encoders[cls] = encode_one
    return found


def _plain(value: Any) -> Any:
    if value is None or value.__class__ in {str, int, float, bool}:
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(item) for item in typing.cast("tuple[Any, ...]", value)]
    if is_dataclass(value):
        return _encoder(type(value))(value)
    return value


def _fields(cls: type) -> tuple[Field[Any], ...]:
    return fields(cls)


def _decode_as(cls: type, values: dict[str, Any]) -> Any:
    plan = _decoders.get(cls)
    if plan is None:
        hints = typing.get_type_hints(cls)
        plan = [(f.name, _converter(hints[f.name]), f.default) for f in _fields(cls)]
        _decoders[cls] = plan
    arguments: dict[str, Any] = {}
    for name, convert, default in plan:
        if name in values:
            value = values[name]
            arguments[name] = value if convert is None or value is None else convert(value)
        elif default is MISSING:
            raise ValueError(f"{cls.__name__}.{name} is missing")
    return cls(**arguments)


def _converter(hint: Any) -> _Convert | None:
    """Return how to make a value of type `hint` from JSON; None where JSON's own value is already right."""
    hint = getattr(hint, "__supertype__", hint)
    origin = get_origin(hint)
    if origin in {Union, types.UnionType}:
        return _union_converter([h for h in get_args(hint) if h is not type(None)])
    if origin is tuple:
        return _tuple_converter(get_args(hint))
    if hint is datetime:
        return datetime.fromisoformat
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    if isinstance(hint, type) and is_dataclass(hint):
        return lambda values, cls=hint: _decode_as(cls, values)
    return None


def _union_converter(hints: list[Any]) -> _Convert | None:
    if len(hints) == 1:
        return _converter(hints[0])
    by_kind: dict[str, type] = {h.__name__: h for h in hints if isinstance(h, type) and is_dataclass(h)}

    def convert(values: dict[str, Any]) -> Any:
        cls = by_kind.get(values["type"])
        if cls is None:
            raise UnknownKind(str(values["type"]))
        return _decode_as(cls, values)

    return convert if by_kind else None


def _tuple_converter(arguments: tuple[Any, ...]) -> _Convert:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        item = _converter(arguments[0])
        return tuple if item is None else lambda values: tuple(item(value) for value in values)
    items = [_converter(argument) for argument in arguments]
    return lambda values: tuple(
        value if item is None else item(value) for item, value in zip(items, values, strict=True)
    )
