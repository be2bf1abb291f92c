"""The newest changes of the live view, in order and without gaps, for many readers. Knows nothing of what changed.

Readers share one bounded history; who falls behind it begins again with a snapshot.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from itertools import islice

from hotline.ports.call_control import ChangesLost, LiveChange

HISTORY = 4_096
BURST_S = 0.05
"""After a change the next ones of so long reach the readers of bursts together: hundreds of screens wake 20 times a second at most."""


class LiveHistory:
    """`seq` is the number of the newest change; the first one added must follow the number given here."""

    def __init__(self, seq: int) -> None:
        self.seq = seq
        self._changes: deque[LiveChange] = deque(maxlen=HISTORY)
        self._news: asyncio.Future[None] | None = None
        self._bell = asyncio.Event()
        self._rung_for = seq
        self._bell_due: asyncio.TimerHandle | None = None

    def add(self, change: LiveChange) -> None:
        """Publish the next change."""
        assert change.seq == self.seq + 1, "changes have no gaps"
        self.seq = change.seq
        self._changes.append(change)
        if self._news is not None and not self._news.done():
            self._news.set_result(None)
        if self._bell_due is None:
            self._ring()

    def _ring(self) -> None:
        """Tell the readers of bursts at once, and then not again for a moment."""
        self._rung_for = self.seq
        self._bell.set()
        self._bell.clear()
        self._bell_due = asyncio.get_running_loop().call_later(BURST_S, self._pause_over)

    def _pause_over(self) -> None:
        self._bell_due = None
        if self._rung_for < self.seq:
            self._ring()

    async def changes(self, after: int) -> AsyncIterator[LiveChange]:
        """Yield every change with seq > `after`; raise `ChangesLost` where they are no longer kept."""
        while True:
            for change in self._between(after, self.seq):
                yield change
                after = change.seq
            if after == self.seq:
                if self._news is None or self._news.done():
                    self._news = asyncio.get_running_loop().create_future()
                await asyncio.shield(self._news)

    async def bursts(self, after: int) -> AsyncIterator[tuple[LiveChange, ...]]:
        """Yield the same changes, those of a burst together.

        All readers who keep up get the same pieces, so that each is written out once for all of them.
        """
        while True:
            changes = self._between(after, self._rung_for)
            if changes:
                after = changes[-1].seq
                yield changes
            else:
                await self._bell.wait()

    def _between(self, after: int, until: int) -> tuple[LiveChange, ...]:
        first = self._changes[0].seq if self._changes else self.seq + 1
        if after > self.seq or after < first - 1:
            raise ChangesLost
        return tuple(islice(self._changes, after - first + 1, max(0, until - first + 1)))
