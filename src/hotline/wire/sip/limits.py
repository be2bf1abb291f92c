"""Defences that count: requests by source, wrong passwords by source and user. Pure; memory is bounded."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

SOURCES_MAX = 4_096
SCANNERS = (
    "friendly-scanner",
    "sipvicious",
    "sipcli",
    "sundayddr",
    "pplsip",
    "vaxsip",
    "sip-scan",
    "iwar",
    "sipsak",
    "smap",
)
"""What well-known scanners call themselves; they get no answer at all."""


def is_scanner(user_agent: str | None) -> bool:
    """Whether a User-Agent is that of a known scanner."""
    name = (user_agent or "").lower()
    return any(word in name for word in SCANNERS)


class TokenBuckets:
    """A token bucket for each source: `rate` a second on the long run, `burst` at once."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._levels: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, source: Hashable, now: float) -> bool:
        """Take one token; False when the source has none left."""
        level, since = self._levels.pop(source, (self._burst, now))
        level = min(self._burst, level + (now - since) * self._rate)
        allowed = level >= 1
        self._levels[source] = (level - 1 if allowed else level, now)
        if len(self._levels) > SOURCES_MAX:
            self._levels.popitem(last=False)
        return allowed


class LockOut:
    """Locks a source and user out after `limit` wrong passwords within `window_s`, for `lock_s`."""

    def __init__(self, limit: int = 8, window_s: float = 300.0, lock_s: float = 300.0) -> None:
        self._limit = limit
        self._window_s = window_s
        self._lock_s = lock_s
        self._wrong: OrderedDict[Hashable, tuple[int, float]] = OrderedDict()

    def locked(self, who: Hashable, now: float) -> bool:
        """Whether even the right password is refused now."""
        count, since = self._wrong.get(who, (0, now))
        return count >= self._limit and now - since < self._lock_s

    def wrong(self, who: Hashable, now: float) -> bool:
        """Count a wrong password; True when it is the one that locks."""
        count, since = self._wrong.pop(who, (0, now))
        if now - since >= self._window_s:
            count = 0
        count += 1
        self._wrong[who] = (count, now)
        if len(self._wrong) > SOURCES_MAX:
            self._wrong.popitem(last=False)
        return count == self._limit

    def right(self, who: Hashable) -> None:
        """Forget the wrong ones: somebody knew the password."""
        self._wrong.pop(who, None)
