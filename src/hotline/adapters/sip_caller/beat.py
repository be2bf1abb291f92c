"""One 20 ms beat for all telephones of a process, on absolute deadlines so that it does not drift."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

INTERVAL_S = 0.02
SAMPLES_A_SECOND = 8_000


class Beaten(Protocol):
    """Something that has a packet to send every 20 ms."""

    def beat(self, now: int) -> None:
        """`now` is the clock in samples of 8 kHz."""
        ...


class Beat:
    """Calls its members every 20 ms while it has any."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._members: set[Beaten] = set()
        self._handle: asyncio.TimerHandle | None = None
        self._due = 0.0

    def join(self, member: Beaten) -> None:
        """Begin to call a member."""
        self._members.add(member)
        if self._handle is None:
            self._due = self._loop.time()
            self._handle = self._loop.call_at(self._due, self._run)

    def leave(self, member: Beaten) -> None:
        """Stop calling a member; unknown ones are no matter."""
        self._members.discard(member)

    def _run(self) -> None:
        now = int(time.monotonic() * SAMPLES_A_SECOND)
        for member in tuple(self._members):
            member.beat(now)
        if not self._members:
            self._handle = None
            return
        self._due = max(self._due + INTERVAL_S, self._loop.time() - 10 * INTERVAL_S)
        self._handle = self._loop.call_at(self._due, self._run)
