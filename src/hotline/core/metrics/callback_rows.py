"""Wishes to be called back (回拨): a row when one is made, the same row again when the citizen was reached.

Reached means: an outbound call to the number they left was answered, the kept place's own call or any other.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from hotline.core import events as e
from hotline.core.ids import CallId
from hotline.core.metrics.facts import CallbackFact, Fact
from hotline.core.metrics.open_call import OpenCall, milliseconds

OPEN_MOST = 100_000
"""Wishes kept in memory; the oldest beyond them stay undone."""


class Callbacks:
    """Wishes not fulfilled yet, by the call in which they were made."""

    def __init__(self, known: Iterable[CallbackFact] = ()) -> None:
        self._open: dict[CallId, CallbackFact] = {row.call_id: row for row in known}

    def see(self, event: e.CallEvent, call: OpenCall) -> list[Fact]:
        """Return the rows this event begins or completes."""
        if isinstance(event, e.CallbackRequested):
            return self._wish(event, call)
        if isinstance(event, e.CallAnswered) and call.direction is e.Direction.OUTBOUND and self._open:
            return self._reached(event, call)
        return []

    def open(self) -> tuple[CallbackFact, ...]:
        """Wishes not fulfilled."""
        return tuple(self._open.values())

    def _wish(self, event: e.CallbackRequested, call: OpenCall) -> list[Fact]:
        row = CallbackFact(
            call_id=event.call_id,
            authority_id=event.authority_id,
            hotline_id=call.hotline_id,
            queue_id=event.queue_id,
            number=event.number,
            test=call.start.test,
            requested_at=event.at,
            done_at=None,
            done_in_ms=-1,
            agent_id=None,
        )
        self._open[event.call_id] = row
        if len(self._open) > OPEN_MOST:
            del self._open[next(iter(self._open))]
        return [row]

    def _reached(self, event: e.CallAnswered, call: OpenCall) -> list[Fact]:
        rows: list[Fact] = []
        for row in [row for row in self._open.values() if row.number == call.dnis]:
            if row.authority_id != event.authority_id:
                continue
            del self._open[row.call_id]
            rows.append(
                replace(
                    row,
                    done_at=max(row.requested_at, event.at),
                    done_in_ms=milliseconds(row.requested_at, event.at),
                    agent_id=call.placed_by,
                )
            )
        return rows
