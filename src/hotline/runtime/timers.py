"""Keep the core's timers: one heap and one wake-up call of the event loop, however many timers run.

A timer is due by the centre's clock, never early by it: the core takes an early one for a stale one. The event loop, which rounds to
milliseconds and runs at its own pace, only wakes us to look. A timer that was replaced or cancelled never fires.
"""

import asyncio
import heapq
from collections.abc import Callable
from datetime import datetime

from hotline.core.ids import TimerId
from hotline.core.timers import CancelTimer, SetTimer
from hotline.runtime.steady_clock import seconds_until

LEAST_S = 0.001
"""The loop's own grain: waiting for less would only keep it busy."""
COMPACT_ABOVE = 1_024
"""So many dead entries are tolerated in the heap before it is built anew."""


class Timers:
    """`wake` is called (on the loop) when at least one timer is due; `due` then hands them out."""

    def __init__(self, now: Callable[[], datetime], wake: Callable[[], None]) -> None:
        self._now = now
        self._wake = wake
        self._heap: list[tuple[datetime, int, TimerId]] = []
        self._armed: dict[TimerId, int] = {}
        self._count = 0
        self._call: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._armed)

    def apply(self, command: SetTimer | CancelTimer) -> None:
        """Set or cancel a timer."""
        match command:
            case SetTimer(timer_id, at):
                self._count += 1
                self._armed[timer_id] = self._count
                heapq.heappush(self._heap, (at, self._count, timer_id))
                if self._heap[0][1] == self._count:
                    self._sleep()
            case CancelTimer(timer_id):
                self._armed.pop(timer_id, None)
        if len(self._heap) > COMPACT_ABOVE + 2 * len(self._armed):
            self._heap = [entry for entry in self._heap if self._armed.get(entry[2]) == entry[1]]
            heapq.heapify(self._heap)

    def due(self) -> list[TimerId]:
        """Take out every timer whose time has come, in order of time."""
        now = self._now()
        found: list[TimerId] = []
        while self._heap and self._heap[0][0] <= now:
            _, count, timer_id = heapq.heappop(self._heap)
            if self._armed.get(timer_id) == count:
                del self._armed[timer_id]
                found.append(timer_id)
        self._sleep()
        return found

    def close(self) -> None:
        """Forget every timer."""
        self._heap.clear()
        self._armed.clear()
        self._sleep()

    def _sleep(self) -> None:
        if self._call is not None:
            self._call.cancel()
            self._call = None
        while self._heap and self._armed.get(self._heap[0][2]) != self._heap[0][1]:
            heapq.heappop(self._heap)
        if self._heap:
            left_s = seconds_until(self._heap[0][0], self._now())
            self._call = asyncio.get_running_loop().call_later(max(LEAST_S, left_s), self._wake)
