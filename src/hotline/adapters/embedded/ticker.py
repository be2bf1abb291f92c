"""One 20 ms beat for all audio of the process, on absolute deadlines so that it never drifts."""

import asyncio
import time
from collections.abc import Callable

PERIOD_S = 0.02
MAX_CATCH_UP = 10
"""After a stall, at most this many beats (200 ms) are made up for; more are left out."""


def samples() -> int:
    """The local clock in samples (8 kHz), from one origin for the whole process. Fine-grained: uvloop's own clock counts whole milliseconds."""
    return time.monotonic_ns() // 125_000


class Ticker:
    """Calls `beat` with the time in samples at which it was due."""

    def __init__(self, beat: Callable[[int], None]) -> None:
        self._beat = beat
        self._loop = asyncio.get_running_loop()
        self._due = time.monotonic()
        self._handle: asyncio.TimerHandle | None = None
        self.late = 0
        """Beats that came more than half a period late."""
        self.skipped = 0
        """Beats left out."""

    def start(self) -> None:
        """Begin one period from now."""
        self._due = time.monotonic() + PERIOD_S
        self._handle = self._loop.call_later(PERIOD_S, self._fire)

    def stop(self) -> None:
        """End. May be called twice."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _fire(self) -> None:
        behind = time.monotonic() - self._due
        if behind > PERIOD_S / 2:
            self.late += 1
        if behind > MAX_CATCH_UP * PERIOD_S:
            missed = int(behind / PERIOD_S)
            self.skipped += missed
            self._due += missed * PERIOD_S
        # The next beat is set first: a fault in this one must not end all audio.
        due = self._due
        self._due += PERIOD_S
        self._handle = self._loop.call_later(max(0.0, self._due - time.monotonic()), self._fire)
        self._beat(int(due * 8000))
