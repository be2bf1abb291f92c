"""Confidential variables lie sealed in journal and spool: sealed before an event is written, opened where calls are restored.

Lists, reports, statistics and their rebuilding read the sealed event and never need the value. Where the key is not the one it was
sealed with, the variable is empty from then on and the log says so; the call goes on as its flow provides for nothing keyed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import structlog

from hotline.core.events import Event, VariableSet
from hotline.ports.sealing import SealBroken, Seals

log = structlog.stdlib.get_logger(__name__)


class Confidential:
    """Seals and opens the events of a journal. Without `seals` (a simulation) nothing changes."""

    def __init__(self, seals: Seals | None = None) -> None:
        self._seals = seals

    def sealed(self, events: Sequence[Event]) -> list[Event]:
        """Return the events as they are written down."""
        return [self._seal(event) for event in events]

    def opened(self, events: Iterable[Event]) -> Iterator[Event]:
        """Yield the events as they were decided."""
        return (self._open(event) for event in events)

    def _seal(self, event: Event) -> Event:
        if self._seals is None or not isinstance(event, VariableSet) or not event.secret:
            return event
        return replace(event, value=self._seals.seal(event.value, _place(event)))

    def _open(self, event: Event) -> Event:
        if self._seals is None or not isinstance(event, VariableSet) or not event.secret:
            return event
        try:
            return replace(event, value=self._seals.open(event.value, _place(event)))
        except SealBroken:
            log.error(  # noqa: TRY400 - the exception tells nothing more
                "confidential_variable_unreadable",
                call_id=event.call_id,
                variable=event.name,
                key="keys/personal.key",
            )
            return replace(event, value="")


def _place(event: VariableSet) -> str:
    return f"variable:{event.call_id}:{event.name}"
