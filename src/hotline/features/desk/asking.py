"""Hand requests to the running centre so that a double click is one request: who asks the same again meanwhile waits for its outcome."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from hotline.core.ids import CallId
from hotline.core.requests import AnyRequest
from hotline.ports.call_control import CallControl

_ANY_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request came to. `first` is False for a repetition that shared the outcome of the one under way."""

    call_id: CallId | None
    first: bool


@dataclass(slots=True)
class Asking:
    """Requests under way, by what they ask for."""

    _running: dict[AnyRequest, asyncio.Task[CallId | None]] = field(
        default_factory=dict[AnyRequest, "asyncio.Task[CallId | None]"]
    )

    async def ask(self, control: CallControl, request: AnyRequest) -> Asked:
        """Carry out a request, once even if it is asked twice at the same time. Raises `core.requests.Refused`."""
        key = replace(request, at=_ANY_TIME)
        running = self._running.get(key)
        first = running is None
        if running is None:
            running = asyncio.create_task(
                _carry_out(control, request),
                name=f"desk-{type(request).__name__}-{getattr(request, 'agent_id', '')}",
            )
            self._running[key] = running
            running.add_done_callback(lambda task: self._done(key, task))
        # Shielded: a browser that goes away must not take the request back from another click on it.
        return Asked(await asyncio.shield(running), first)

    def _done(self, key: AnyRequest, task: asyncio.Task[CallId | None]) -> None:
        self._running.pop(key, None)
        if not task.cancelled():
            task.exception()  # looked at even when every asker has gone


async def _carry_out(control: CallControl, request: AnyRequest) -> CallId | None:
    return await control.request(request)


asking = Asking()
