"""Which calls could be picked up (代答) in each queue: kept for all desks together by one task that follows the live changes."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import structlog

from hotline.core.events import OfferKind
from hotline.core.ids import AgentId, CallId, QueueId
from hotline.ports.call_control import CallControl, CallView, ChangesLost, LiveChange

log = structlog.stdlib.get_logger(__name__)

_RINGS: Final = frozenset({"ringing", "direct"})
_KINDS: Final = frozenset({None, OfferKind.QUEUE, OfferKind.DIRECT})
"""What may be picked up while it rings: neither a pick-up itself, nor what rings outside the house."""


def is_pickable(call: CallView) -> bool:
    """Whether a colleague of the queue may take this call over now (as `core.pick_up` sees it, which has the last word)."""
    if call.queue_id is None or call.phase == "waiting":
        return call.queue_id is not None
    return call.phase in _RINGS and call.agent_id is not None and call.offer_kind in _KINDS


@dataclass(slots=True, eq=False)
class PickableBoard:
    """Counts of calls that ring or wait, for desks that are open. Runs only while a desk follows it."""

    control: Callable[[], CallControl]
    _in_queue: dict[QueueId, dict[CallId, AgentId | None]] = field(
        default_factory=lambda: defaultdict[QueueId, dict[CallId, AgentId | None]](dict)
    )
    _place: dict[CallId, QueueId] = field(default_factory=dict[CallId, QueueId])
    _bells: dict[QueueId, set[asyncio.Event]] = field(
        default_factory=lambda: defaultdict[QueueId, set[asyncio.Event]](set)
    )
    _desks: int = 0
    _task: asyncio.Task[None] | None = None

    def count(self, queues: Collection[QueueId], but: AgentId) -> int:
        """How many calls of these queues somebody other than `but` is rung for, or nobody yet."""
        if self._task is None:
            return sum(call.queue_id in queues and call.agent_id != but for call in self._now())
        return sum(agent_id != but for queue_id in queues for agent_id in self._calls_of(queue_id))

    @asynccontextmanager
    async def following(self, queues: Collection[QueueId]) -> AsyncIterator[asyncio.Event]:
        """Yield an event that is set whenever the calls of these queues changed; the reader clears it."""
        bell = asyncio.Event()
        self._begin()
        for queue_id in queues:
            self._bells[queue_id].add(bell)
        try:
            yield bell
        finally:
            for queue_id in queues:
                self._bells[queue_id].discard(bell)
            await self._end()

    def _calls_of(self, queue_id: QueueId) -> Collection[AgentId | None]:
        found = self._in_queue.get(queue_id)
        return found.values() if found else ()

    def _now(self) -> Iterator[CallView]:
        return (call for call in self.control().live(None).calls if is_pickable(call))

    def _begin(self) -> None:
        self._desks += 1
        if self._task is None:
            seq = self._read_anew()
            self._task = asyncio.create_task(self._follow(seq), name="desk-pickable")
            self._task.add_done_callback(self._on_done)

    async def _end(self) -> None:
        self._desks -= 1
        if self._desks == 0 and self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _on_done(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or (error := task.exception()) is None:
            return
        log.error("desk_pickable_failed", exc_info=error)
        if self._task is task:
            self._task = None  # counted from snapshots until the next desk opens

    def _read_anew(self) -> int:
        snapshot = self.control().live(None)
        self._place.clear()
        self._in_queue.clear()
        for call in snapshot.calls:
            self._put(call)
        return snapshot.seq

    async def _follow(self, seq: int) -> None:
        while True:
            try:
                async for change in self.control().changes(seq):
                    seq = change.seq
                    self._take(change)
            except ChangesLost:
                seq = self._read_anew()
                self._ring(set(self._bells))

    def _take(self, change: LiveChange) -> None:
        touched: set[QueueId] = set()
        for call_id in change.ended_calls:
            self._drop(call_id, touched)
        for call in change.calls:
            self._drop(call.call_id, touched)
            if self._put(call) and call.queue_id is not None:
                touched.add(call.queue_id)
        self._ring(touched)

    def _drop(self, call_id: CallId, touched: set[QueueId]) -> None:
        queue_id = self._place.pop(call_id, None)
        if queue_id is not None:
            self._in_queue[queue_id].pop(call_id, None)
            touched.add(queue_id)

    def _put(self, call: CallView) -> bool:
        if call.queue_id is None or not is_pickable(call):
            return False
        self._place[call.call_id] = call.queue_id
        self._in_queue[call.queue_id][call.call_id] = call.agent_id
        return True

    def _ring(self, queues: Collection[QueueId]) -> None:
        for queue_id in queues:
            for bell in self._bells.get(queue_id, ()):
                bell.set()
