"""Steps of the fold as bytes, between two processes of one installation and version: facts keep their order and share their stamps."""

from typing import Any, Final, get_args

import msgspec

from hotline.adapters.statistics_sql.folding import Step
from hotline.core.metrics import facts as f
from hotline.core.metrics.folds import Memory
from hotline.core.metrics.settling import Settled, Stamp

_KINDS: Final[tuple[type, ...]] = get_args(f.Fact)
_PLACE: Final = {kind: n for n, kind in enumerate(_KINDS)}
_FACTS: Final = [msgspec.msgpack.Decoder(list[kind]) for kind in _KINDS]


class _Frame(msgspec.Struct, array_like=True):
    """`kinds`: of each fact in order; `stamped`: the place of its stamp among `stamps`; `facts`: by kind, each in order."""

    watermark: int
    low_water: int
    read: int
    memory: Memory
    kinds: bytes
    stamped: list[int]
    stamps: list[tuple[int, str, str, str]]
    facts: list[msgspec.Raw]


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(_Frame)
_MEMORY: Final = msgspec.msgpack.Decoder(tuple[int, int, int, Memory])


def frame(step: Step) -> bytes:
    """A step as bytes."""
    kinds = bytearray()
    stamped: list[int] = []
    stamps: list[tuple[int, str, str, str]] = []
    facts: list[list[Any]] = [[] for _ in _KINDS]
    last: Stamp | None = None
    for fact, stamp in step.rows:
        place = _PLACE[type(fact)]
        kinds.append(place)
        facts[place].append(fact)
        if stamp is not last:
            stamps.append((stamp.number, stamp.called, stamp.caller, stamp.business_type))
            last = stamp
        stamped.append(len(stamps) - 1)
    return _ENCODER.encode(
        _Frame(
            step.watermark, step.low_water, step.read, step.memory, bytes(kinds), stamped, stamps,
            [msgspec.Raw(_ENCODER.encode(one)) for one in facts],
        )
    )  # fmt: skip


def unframed(content: bytes) -> Step:
    """The step again. Raises `msgspec.DecodeError` for anything else."""
    got = _DECODER.decode(content)
    stamps = [Stamp(*one) for one in got.stamps]
    following = [iter(decoder.decode(raw)).__next__ for decoder, raw in zip(_FACTS, got.facts, strict=True)]
    rows: list[Settled] = [
        (following[kind](), stamps[place]) for kind, place in zip(got.kinds, got.stamped, strict=True)
    ]
    return Step(rows, got.watermark, got.low_water, got.memory, got.read)


def standing(watermark: int, low_water: int, until: int, memory: Memory) -> bytes:
    """Where to begin, and how far to go."""
    return _ENCODER.encode((watermark, low_water, until, memory))


def stood(content: bytes) -> tuple[int, int, int, Memory]:
    """The same again: watermark, low water, until, memory."""
    return _MEMORY.decode(content)
