"""Stamp times that never go backwards and whose differences are true, whatever happens to the machine's clock.

Time is counted on the monotonic clock from the wall time found at the start, and drawn slowly towards the wall clock
afterwards. An hour's jump of the wall clock therefore never becomes an hour of somebody's talk.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

SLEW = 0.02
"""Seconds corrected for each second that passes, at most."""
TOLERANCE_S = 0.005


class SteadyClock:
    """`now()` in UTC. Two clock functions come from outside, so that tests can make them jump."""

    def __init__(
        self, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._at_s = wall()
        self._counted_at_s = monotonic()

    def now(self) -> datetime:
        """Return the present moment; never before an earlier answer."""
        counted_at_s = self._monotonic()
        passed_s = max(0.0, counted_at_s - self._counted_at_s)
        self._counted_at_s = counted_at_s
        self._at_s += passed_s
        off_s = self._wall() - self._at_s
        if abs(off_s) > TOLERANCE_S:
            limit_s = SLEW * passed_s
            self._at_s += max(-limit_s, min(limit_s, off_s))
        return datetime.fromtimestamp(self._at_s, UTC)

    def offset_s(self) -> float:
        """Return how far the wall clock is ahead (positive) or behind, in seconds."""
        self.now()
        return self._wall() - self._at_s

    def leap_to_wall(self) -> None:
        """Take the wall clock's time at once if it is ahead: for moments without running calls."""
        self._at_s += max(0.0, self.offset_s())


def seconds_until(at: datetime, now: datetime) -> float:
    """Return the seconds from `now` to `at`, 0 when it is past."""
    return max(0.0, (at - now) / timedelta(seconds=1))
