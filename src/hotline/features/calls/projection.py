"""Keep the call list in step with the journal, inside the transaction that appends (`ports.journal.Projection`)."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hotline.core import events as e
from hotline.core.metrics.folds import milliseconds
from hotline.features.calls.models import CallQueue, CallRecord, CallTalk, MissedOffer, Recording
from hotline.ports.journal import Recorded

_CALL: Any = CallRecord.__table__
_QUEUE: Any = CallQueue.__table__
_TALK: Any = CallTalk.__table__
_MISSED: Any = MissedOffer.__table__
_RECORDING: Any = Recording.__table__


class CallListProjection:
    """Folds call events into the list's tables. Keeps nothing in memory, so a restart changes nothing."""

    async def apply(self, connection: AsyncConnection, recorded: Sequence[Recorded]) -> None:
        """Fold these events in."""
        for one in recorded:
            handler = _HANDLERS.get(type(one.event))
            if handler is not None:
                await handler(connection, one.event)

    async def clear(self, connection: AsyncConnection) -> None:
        """Empty the tables, before they are made again from the journal."""
        for table in (_CALL, _QUEUE, _TALK, _MISSED, _RECORDING):
            await connection.execute(table.delete())


async def _arrived(db: AsyncConnection, event: e.CallArrived) -> None:
    await _begin(db, event, e.Direction.INBOUND, ani=event.ani, dnis=event.dnis, web=event.web)


async def _placed(db: AsyncConnection, event: e.CallPlaced) -> None:
    await _begin(db, event, event.direction, ani=event.shown_number, dnis=event.to, web=False)


async def _begin(
    db: AsyncConnection,
    event: e.CallArrived | e.CallPlaced,
    direction: e.Direction,
    *,
    ani: str,
    dnis: str,
    web: bool,
) -> None:
    row = {
        "id": event.call_id,
        "authority_id": event.authority_id,
        "direction": direction.value,
        "hotline_id": event.hotline_id,
        "ani": ani[:64],
        "dnis": dnis[:64],
        "web": web,
        "test": event.test,
        "started_at": event.at,
        "talk_ms": 0,
        "has_recording": False,
    }
    await db.execute(insert(_CALL).values(row))


async def _set(db: AsyncConnection, call_id: str, **values: Any) -> None:
    await db.execute(update(_CALL).where(_CALL.c.id == call_id).values(values))


async def _answered(db: AsyncConnection, event: e.CallAnswered) -> None:
    await _set(db, event.call_id, answered_at=event.at)


async def _queued(db: AsyncConnection, event: e.QueueEntered) -> None:
    row = {
        "visit_id": event.visit_id,
        "authority_id": event.authority_id,
        "call_id": event.call_id,
        "queue_id": event.queue_id,
        "entered_at": event.at,
    }
    await db.execute(insert(_QUEUE).values(row))


async def _left(db: AsyncConnection, event: e.QueueLeft) -> None:
    entered = await db.scalar(select(_QUEUE.c.entered_at).where(_QUEUE.c.visit_id == event.visit_id))
    if entered is not None:
        await _set(db, event.call_id, wait_ms=milliseconds(entered, event.at))


async def _offer_ended(db: AsyncConnection, event: e.OfferEnded) -> None:
    if event.outcome is not e.OfferOutcome.MISSED or event.agent_id is None:
        return
    row = {
        "offer_id": event.offer_id,
        "authority_id": event.authority_id,
        "call_id": event.call_id,
        "agent_id": event.agent_id,
        "at": event.at,
    }
    await db.execute(insert(_MISSED).values(row))


async def _talk_started(db: AsyncConnection, event: e.TalkStarted) -> None:
    row = {
        "talk_id": event.talk_id,
        "authority_id": event.authority_id,
        "call_id": event.call_id,
        "agent_id": event.agent_id,
        "direction": event.direction.value,
        "started_at": event.at,
    }
    await db.execute(insert(_TALK).values(row))


async def _talk_ended(db: AsyncConnection, event: e.TalkEnded) -> None:
    started = await db.scalar(select(_TALK.c.started_at).where(_TALK.c.talk_id == event.talk_id))
    if started is None:
        return
    await db.execute(update(_TALK).where(_TALK.c.talk_id == event.talk_id).values(ended_at=event.at))
    await _set(db, event.call_id, talk_ms=_CALL.c.talk_ms + milliseconds(started, event.at))


async def _recording_started(db: AsyncConnection, event: e.RecordingStarted) -> None:
    row = {
        "id": event.recording_id,
        "authority_id": event.authority_id,
        "call_id": event.call_id,
        "kind": event.kind,
        "path": event.path,
        "started_at": event.at,
        "error": "",
    }
    await db.execute(insert(_RECORDING).values(row))


async def _recording_finished(db: AsyncConnection, event: e.RecordingFinished) -> None:
    values = {
        "finished_at": event.at,
        "path": event.path,
        "size_bytes": event.size_bytes,
        "duration_ms": event.duration_ms,
        "sha256": event.sha256,
        "error": event.error,
    }
    await db.execute(update(_RECORDING).where(_RECORDING.c.id == event.recording_id).values(values))
    if event.duration_ms > 0:
        await _set(db, event.call_id, has_recording=True)


async def _rated(db: AsyncConnection, event: e.SurveyAnswered) -> None:
    if event.question == 1:
        await _set(db, event.call_id, survey_grade=event.grade, survey_label=event.label[:64])


async def _ended(db: AsyncConnection, event: e.CallEnded) -> None:
    await _set(db, event.call_id, ended_at=event.at, disposition=event.disposition.value)


_HANDLERS: dict[type, Callable[[AsyncConnection, Any], Awaitable[None]]] = {
    e.CallArrived: _arrived,
    e.CallPlaced: _placed,
    e.CallAnswered: _answered,
    e.QueueEntered: _queued,
    e.QueueLeft: _left,
    e.OfferEnded: _offer_ended,
    e.TalkStarted: _talk_started,
    e.TalkEnded: _talk_ended,
    e.RecordingStarted: _recording_started,
    e.RecordingFinished: _recording_finished,
    e.SurveyAnswered: _rated,
    e.CallEnded: _ended,
}
