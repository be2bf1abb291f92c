"""The journal's one table. Times are microseconds since the epoch (UTC), the same number on every database."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import msgspec
import orjson
from sqlalchemy import BigInteger, Column, Index, String, Table, Text

from hotline.core import codec
from hotline.core.events import AgentEvent, CallEvent, Event
from hotline.platform.database import metadata
from hotline.ports.journal import Recorded

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SYSTEM_STREAM = "system"


JOURNAL = Table(
    "journal",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at_us", BigInteger, nullable=False),
    Column("authority_id", String(64), nullable=False),
    Column("stream", String(96), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("payload", Text, nullable=False),
    Index("ix_journal_stream_seq", "stream", "seq"),
    Index("ix_journal_kind_at_us", "kind", "at_us"),
    Index("ix_journal_at_us", "at_us"),
)
"""`stream` is `call:<id>`, `agent:<id>` or `system`; the indexes serve one call's events, the streams that are still open,
and the place of a moment in the order."""


def to_us(at: datetime) -> int:
    """Return `at` as microseconds since the epoch."""
    return (at - EPOCH) // timedelta(microseconds=1)


def stream_of(event: Event) -> str:
    """Return the stream an event belongs to."""
    if isinstance(event, CallEvent):
        return call_stream(event.call_id)
    if isinstance(event, AgentEvent):
        return f"agent:{event.agent_id}"
    return SYSTEM_STREAM


def call_stream(call_id: str) -> str:
    """Return the stream of a call."""
    return f"call:{call_id}"


def to_row(seq: int, event: Event) -> dict[str, object]:
    """Return the table row of an event."""
    values = codec.encode(event)
    return {
        "seq": seq,
        "at_us": to_us(event.at),
        "authority_id": event.authority_id,
        "stream": stream_of(event),
        "kind": values["type"],
        "payload": orjson.dumps(values).decode(),
    }


def to_recorded(seq: int, kind: str, payload: str) -> Recorded:
    """Return the event that `to_row` wrote.

    Raises:
        UnknownKind: a newer version wrote it.
    """
    quick = DECODERS.get(kind)
    if quick is not None:
        try:
            return Recorded(seq, quick.decode(payload))
        except msgspec.ValidationError:
            pass  # what does not fit exactly is the codec's to judge
    return Recorded(seq, codec.decode(orjson.loads(payload)))


DECODERS: dict[str, msgspec.json.Decoder[Event]] = {
    cls.__name__: msgspec.json.Decoder(cls) for cls in get_args(Event)
}
"""The codec's work in compiled code (a sixth of the time): fields without a value take their default, unknown ones are ignored."""
