"""A virtual clock: what is due next happens next, and no time passes in between."""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Deed = Callable[[], None]


class VirtualClock:
    """Deeds in order of their time; those of one time in the order they were planned."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)) -> None:
        """Begin at `start` (UTC)."""
        self.start = start
        self.now_s = 0.0
        self._heap: list[tuple[float, int, Deed]] = []
        self._planned = 0

    @property
    def at(self) -> datetime:
        """The moment that it is now."""
        return self.start + timedelta(seconds=self.now_s)

    def seconds(self, at: datetime) -> float:
        """Return a moment as seconds since the start."""
        return (at - self.start).total_seconds()

    def after(self, delay_s: float, deed: Deed) -> None:
        """Plan a deed."""
        self.on(self.now_s + delay_s, deed)

    def on(self, time_s: float, deed: Deed) -> None:
        """Plan a deed for a time; one in the past is due at once."""
        self._planned += 1
        heapq.heappush(self._heap, (max(time_s, self.now_s), self._planned, deed))

    def run(self, until_s: float) -> None:
        """Let everything happen that is due by `until_s`."""
        heap = self._heap
        while heap and heap[0][0] <= until_s:
            self.now_s, _, deed = heapq.heappop(heap)
            deed()
        self.now_s = max(self.now_s, until_s)
