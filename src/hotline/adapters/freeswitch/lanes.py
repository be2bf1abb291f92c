"""The order of work on legs: what touches the same leg runs one after another, everything else side by side.

FreeSWITCH moves a channel in several steps and tells of each; a command that comes in the middle would be lost or undo it. So every leg
has a lane, and work waits at the head of all its lanes until the work before it is done. Knows nothing of FreeSWITCH.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

import structlog

from hotline.core.ids import LegId

log = structlog.stdlib.get_logger(__name__)

Work = Callable[[], Awaitable[None]]


@dataclass(slots=True, eq=False)
class _Ticket:
    legs: tuple[LegId, ...]
    work: Work
    name: str
    ahead: int = 0
    """In how many lanes something stands before it."""


class Lanes:
    """Queues of work, one for each leg. Work that raises is logged and over."""

    def __init__(self) -> None:
        self._lanes: dict[LegId, deque[_Ticket]] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._closed = False

    def idle(self, leg_id: LegId) -> bool:
        """Whether nothing waits or runs for a leg."""
        return leg_id not in self._lanes

    def post(self, legs: Iterable[LegId], work: Work, name: str) -> None:
        """Run work as soon as everything posted before for any of these legs is done."""
        ticket = _Ticket(tuple(dict.fromkeys(legs)), work, name)
        for leg_id in ticket.legs:
            lane = self._lanes.setdefault(leg_id, deque())
            if lane:
                ticket.ahead += 1
            lane.append(ticket)
        if ticket.ahead == 0:
            self._start(ticket)

    def _start(self, ticket: _Ticket) -> None:
        if self._closed:
            return
        task = asyncio.create_task(self._run(ticket), name=f"leg-{ticket.name}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, ticket: _Ticket) -> None:
        try:
            await ticket.work()
        except Exception:
            log.exception("leg_work_failed", work=ticket.name)
        finally:
            self._done(ticket)

    def _done(self, ticket: _Ticket) -> None:
        if self._closed:
            return
        for leg_id in ticket.legs:
            lane = self._lanes[leg_id]
            assert lane[0] is ticket, "work ended out of turn"
            lane.popleft()
            if not lane:
                del self._lanes[leg_id]
                continue
            lane[0].ahead -= 1
            if lane[0].ahead == 0:
                self._start(lane[0])

    async def close(self) -> None:
        """Drop everything that waits and end what runs."""
        self._closed = True
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        self._lanes.clear()
