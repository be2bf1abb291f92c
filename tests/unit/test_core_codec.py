"""Every message of the journal and of the engine line survives the way to JSON and back, whatever its field names."""

import dataclasses
import types
import typing
from datetime import UTC, datetime
from enum import Enum
from typing import Any, get_args, get_origin

import orjson
import pytest

from hotline.core import codec

AT = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)


def sample(hint: Any) -> Any:
    """Return a value of a field's type, as full as possible."""
    hint = getattr(hint, "__supertype__", hint)
    origin = get_origin(hint)
    if origin in {typing.Union, types.UnionType}:
        return sample(next(h for h in get_args(hint) if h is not type(None)))
    if origin is tuple:
        first, *rest = get_args(hint)
        return (sample(first),) if rest == [Ellipsis] else tuple(sample(h) for h in get_args(hint))
    if hint is datetime:
        return AT
    if isinstance(hint, type) and issubclass(hint, Enum):
        return list(hint)[-1]
    if dataclasses.is_dataclass(hint):
        return full(typing.cast("type", hint))
    return {str: "字", int: 7, float: 0.5, bool: True}[hint]


def full(cls: type) -> Any:
    hints = typing.get_type_hints(cls)
    return cls(**{field.name: sample(hints[field.name]) for field in dataclasses.fields(cls)})


@pytest.mark.parametrize("kind", sorted(codec.KINDS))
def test_every_message_comes_back_equal(kind: str) -> None:
    message = full(codec.KINDS[kind])
    assert codec.decode(orjson.loads(orjson.dumps(codec.encode(message)))) == message


def test_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(codec.UnknownKind, match="MoonRose"):
        codec.decode({"type": "MoonRose"})


def test_fields_of_a_newer_version_are_ignored_and_missing_ones_take_their_default() -> None:
    values = codec.encode(full(codec.KINDS["StopPlay"])) | {"volume": 3}
    assert codec.decode(values) == full(codec.KINDS["StopPlay"])
    arrived = codec.encode(full(codec.KINDS["CallArrived"]))
    del arrived["web"]
    assert codec.decode(arrived).web is False
