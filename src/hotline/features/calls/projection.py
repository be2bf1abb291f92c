"""Keep the call list in step with the journal, inside the transaction that appends (`ports.journal.Projection`).

A transaction holds the events of many calls: what they add and change is collected first and written with one statement a table for
new rows and one a call for changes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from hotline.core import events as e
from hotline.core.metrics.folds import milliseconds
from hotline.features.calls.models import CallQueue, CallRecord, CallTalk, MissedOffer, Recording
from hotline.ports.journal import Recorded

_CALL: Any = CallRecord.__table__
_QUEUE: Any = CallQueue.__table__
_TALK: Any = CallTalk.__table__
_MISSED: Any = MissedOffer.__table__
_RECORDING: Any = Recording.__table__

Rows = list[dict[str, Any]]
Changes = dict[str, dict[str, Any]]


class CallListProjection:
    """Folds call events into the list's tables. Keeps nothing between transactions, so a restart changes nothing."""

    def apply(self, connection: Connection, recorded: Sequence[Recorded]) -> None:
        """Fold these events in."""
        batch = _Batch(connection)
        for one in recorded:
            handler = _HANDLERS.get(type(one.event))
            if handler is not None:
                handler(batch, one.event)
        batch.write()


@dataclass(slots=True)
class _Batch:
    """What one transaction adds and changes."""

    db: Connection
    calls: Rows = field(default_factory=Rows)
    queues: Rows = field(default_factory=Rows)
    talks: Rows = field(default_factory=Rows)
    missed: Rows = field(default_factory=Rows)
    recordings: Rows = field(default_factory=Rows)
    of_calls: Changes = field(default_factory=Changes)
    of_talks: Changes = field(default_factory=Changes)
    of_recordings: Changes = field(default_factory=Changes)
    talked_ms: dict[str, int] = field(default_factory=dict[str, int])

    def change(self, call_id: str, **values: Any) -> None:
        """Set columns of a call."""
        self.of_calls.setdefault(call_id, {}).update(values)

    def start_of(self, rows: Rows, table: Any, key: str, row_id: str, column: str) -> datetime | None:
        """When a visit or talk began: in this very transaction, or before it."""
        for row in rows:
            if row[key] == row_id:
                return row[column]
        return self.db.scalar(select(table.c[column]).where(table.c[key] == row_id))

    def write(self) -> None:
        """Write everything: new rows before what changes them."""
        for table, rows in (
            (_CALL, self.calls),
            (_QUEUE, self.queues),
            (_TALK, self.talks),
            (_MISSED, self.missed),
            (_RECORDING, self.recordings),
        ):
            if rows:
                self.db.execute(insert(table), rows)
        for call_id, ms in self.talked_ms.items():
            self.change(call_id, talk_ms=_CALL.c.talk_ms + ms)
        for table, key, changes in (
            (_CALL, _CALL.c.id, self.of_calls),
            (_TALK, _TALK.c.talk_id, self.of_talks),
            (_RECORDING, _RECORDING.c.id, self.of_recordings),
        ):
            for row_id, values in changes.items():
                self.db.execute(update(table).where(key == row_id).values(values))


def _arrived(batch: _Batch, event: e.CallArrived) -> None:
    _begin(batch, event, e.Direction.INBOUND, ani=event.ani, dnis=event.dnis, web=event.web)


def _placed(batch: _Batch, event: e.CallPlaced) -> None:
    _begin(batch, event, event.direction, ani=event.shown_number, dnis=event.to, web=False)


def _place_kept(batch: _Batch, event: e.CallbackQueued) -> None:
    _begin(batch, event, e.Direction.OUTBOUND, ani=event.shown_number, dnis=event.number, web=False)


def _begin(
    batch: _Batch,
    event: e.CallArrived | e.CallPlaced | e.CallbackQueued,
    direction: e.Direction,
    *,
    ani: str,
    dnis: str,
    web: bool,
) -> None:
    batch.calls.append(
        {
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
    )


def _answered(batch: _Batch, event: e.CallAnswered) -> None:
    batch.change(event.call_id, answered_at=event.at)


def _queued(batch: _Batch, event: e.QueueEntered) -> None:
    batch.queues.append(
        {
            "visit_id": event.visit_id,
            "authority_id": event.authority_id,
            "call_id": event.call_id,
            "queue_id": event.queue_id,
            "entered_at": event.at,
        }
    )


def _left(batch: _Batch, event: e.QueueLeft) -> None:
    entered = batch.start_of(batch.queues, _QUEUE, "visit_id", event.visit_id, "entered_at")
    if entered is not None:
        batch.change(event.call_id, wait_ms=milliseconds(entered, event.at))


def _offer_ended(batch: _Batch, event: e.OfferEnded) -> None:
    if event.outcome is not e.OfferOutcome.MISSED or event.agent_id is None:
        return
    batch.missed.append(
        {
            "offer_id": event.offer_id,
            "authority_id": event.authority_id,
            "call_id": event.call_id,
            "agent_id": event.agent_id,
            "at": event.at,
        }
    )


def _talk_started(batch: _Batch, event: e.TalkStarted) -> None:
    batch.talks.append(
        {
            "talk_id": event.talk_id,
            "authority_id": event.authority_id,
            "call_id": event.call_id,
            "agent_id": event.agent_id,
            "direction": event.direction.value,
            "started_at": event.at,
        }
    )


def _talk_ended(batch: _Batch, event: e.TalkEnded) -> None:
    started = batch.start_of(batch.talks, _TALK, "talk_id", event.talk_id, "started_at")
    if started is None:
        return
    batch.of_talks[event.talk_id] = {"ended_at": event.at}
    ms = milliseconds(started, event.at)
    batch.talked_ms[event.call_id] = batch.talked_ms.get(event.call_id, 0) + ms


def _recording_started(batch: _Batch, event: e.RecordingStarted) -> None:
    batch.recordings.append(
        {
            "id": event.recording_id,
            "authority_id": event.authority_id,
            "call_id": event.call_id,
            "kind": event.kind,
            "path": event.path,
            "started_at": event.at,
            "error": "",
        }
    )


def _recording_finished(batch: _Batch, event: e.RecordingFinished) -> None:
    batch.of_recordings[event.recording_id] = {
        "finished_at": event.at,
        "path": event.path,
        "size_bytes": event.size_bytes,
        "duration_ms": event.duration_ms,
        "sha256": event.sha256,
        "error": event.error,
    }
    if event.duration_ms > 0:
        batch.change(event.call_id, has_recording=True)


def _rated(batch: _Batch, event: e.SurveyAnswered) -> None:
    if event.question == 1:
        batch.change(event.call_id, survey_grade=event.grade, survey_label=event.label[:64])


def _ended(batch: _Batch, event: e.CallEnded) -> None:
    batch.change(event.call_id, ended_at=event.at, disposition=event.disposition.value)


_HANDLERS: dict[type, Callable[[_Batch, Any], None]] = {
    e.CallArrived: _arrived,
    e.CallPlaced: _placed,
    e.CallbackQueued: _place_kept,
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
