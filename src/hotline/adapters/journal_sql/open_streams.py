"""Find what recovery needs: calls that have not ended, legs and recordings not closed, and each agent since the last sign-in."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Select, Table, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hotline.adapters.journal_sql.tables import call_stream

CHUNK = 400
"""Streams named in one query; both databases take thousands, but plans stay good with fewer."""

KEPT_US = 30 * 86_400 * 1_000_000
"""Places kept for calling back are looked for so much further in the past."""

LATE_US = 70 * 1_000_000
"""The legs of an ended call are gone, or given up, within this time of an application that runs."""

Stored = tuple[int, str, str]
"""Seq, kind and payload of an event."""


async def open_stream_rows(connection: AsyncConnection, table: Table, since_us: int) -> list[Stored]:
    """Return events in order for every open call begun at or after `since_us` and every agent's current sign-in.

    A call also counts as open while one of its recordings is not closed (`RecordingFinished` may follow its end), while its
    agent does after-call work on it, or when the journal ends before its last legs did.
    """
    found: dict[int, Stored] = {}
    streams = await _open_calls(connection, table, since_us)
    for stream, first in await _all(connection, _sign_ins(table, since_us)):
        rows = await _all(connection, _events(table, table.c.stream == stream, table.c.seq >= first))
        found.update((row[0], row) for row in rows)
        if (call_id := _current_call(payload for _, _, payload in reversed(rows))) is not None:
            streams.add(call_stream(call_id))
    ordered = sorted(streams)
    for start in range(0, len(ordered), CHUNK):
        chunk = ordered[start : start + CHUNK]
        rows = await _all(connection, _events(table, table.c.stream.in_(chunk)))
        found.update((row[0], row) for row in rows)
    return sorted(found.values())


async def _all(connection: AsyncConnection, query: Select[*tuple[Any, ...]]) -> Sequence[Any]:
    return [tuple(row) for row in (await connection.execute(query)).all()]


def _events(table: Table, *conditions: ColumnElement[bool]) -> Select[Any, Any, Any]:
    return select(table.c.seq, table.c.kind, table.c.payload).where(*conditions).order_by(table.c.seq)


async def _open_calls(connection: AsyncConnection, table: Table, since_us: int) -> set[str]:
    """Streams of calls begun since then that lack their end, or the end of a recording.

    Four walks along the index of kinds and times, and sets: no plan can go wrong, however young the table's statistics are.
    """

    async def streams_of(*kinds: str) -> Counter[str]:
        query = select(table.c.stream).where(table.c.kind.in_(kinds), table.c.at_us >= since_us)
        return Counter(str(row[0]) for row in await _all(connection, query))

    begun = (await streams_of("CallArrived", "CallPlaced")).keys()
    ended = (await streams_of("CallEnded")).keys()
    recordings = await streams_of("RecordingStarted")
    recordings.subtract(await streams_of("RecordingFinished"))
    unclosed = {stream for stream, count in recordings.items() if count > 0} & begun
    kept = await _kept_places(connection, table, since_us - KEPT_US)
    return (begun - ended) | unclosed | kept | await _with_legs(connection, table)


async def _with_legs(connection: AsyncConnection, table: Table) -> set[str]:
    """Streams of calls that ended in the journal's last minute and whose legs had not all ended."""
    newest = (await connection.execute(select(func.max(table.c.at_us)))).scalar() or 0
    just_ended = select(table.c.stream).where(table.c.kind == "CallEnded", table.c.at_us >= newest - LATE_US)
    streams = sorted({str(row[0]) for row in await _all(connection, just_ended)})
    legs: Counter[str] = Counter()
    for start in range(0, len(streams), CHUNK):
        query = select(table.c.stream, table.c.kind).where(
            table.c.stream.in_(streams[start : start + CHUNK]),
            table.c.kind.in_(("CallArrived", "CallPlaced", "LegStarted", "LegEnded")),
        )
        for stream, kind in await _all(connection, query):
            legs[stream] += -1 if kind == "LegEnded" else 1
    return {stream for stream, left in legs.items() if left > 0}


async def _kept_places(connection: AsyncConnection, table: Table, since_us: int) -> set[str]:
    """Places kept for calling back that have not ended: they outlast nights and holidays, which no call does."""
    query = select(table.c.stream).where(table.c.kind == "CallbackQueued", table.c.at_us >= since_us)
    kept = sorted({str(row[0]) for row in await _all(connection, query)})
    ended: set[str] = set()
    for start in range(0, len(kept), CHUNK):
        over = select(table.c.stream).where(
            table.c.stream.in_(kept[start : start + CHUNK]), table.c.kind == "CallEnded"
        )
        ended |= {str(row[0]) for row in await _all(connection, over)}
    return set(kept) - ended


def _sign_ins(table: Table, since_us: int) -> Select[Any, Any]:
    """Each agent's stream with the seq of the last sign-in; without those who signed out before `since_us`."""
    signed_in = (
        select(table.c.stream, func.max(table.c.seq).label("seq"))
        .where(table.c.kind == "AgentSignedIn")
        .group_by(table.c.stream)
        .subquery("signed_in")
    )
    signed_out_long_ago = (
        select(table.c.seq)
        .where(
            table.c.stream == signed_in.c.stream,
            table.c.seq > signed_in.c.seq,
            and_(table.c.kind == "AgentSignedOut", table.c.at_us < since_us),
        )
        .exists()
    )
    return select(signed_in.c.stream, signed_in.c.seq).where(~signed_out_long_ago)


def _current_call(newest_first: Iterable[str]) -> str | None:
    """Return the call that an agent's newest state belongs to."""
    for payload in newest_first:
        values = orjson.loads(payload)
        if values["type"] == "AgentStateChanged":
            return values.get("call_id")
    return None
