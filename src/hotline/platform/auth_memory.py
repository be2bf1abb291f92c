"""What log-in keeps in memory, bounded: failures by name or address, and sessions that were found open a moment ago."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hotline.platform.actor import Actor
from hotline.platform.errors import DatabaseUnavailable

REMEMBERED_MAX: Final = 10_000
"""Entries of a kind; the oldest is forgotten first."""


@dataclass(slots=True)
class Failures:
    """Failed attempts of an unknown name, or of an address."""

    count: int
    since: datetime
    locked_until: datetime | None = None


class Remembered:
    """A bounded memory of failures by name or address."""

    def __init__(self) -> None:
        self._of: OrderedDict[str, Failures] = OrderedDict()

    def get(self, key: str) -> Failures | None:
        """What is known of a name or address."""
        return self._of.get(key)

    def add(self, key: str, now: datetime, window: timedelta) -> Failures:
        """Count a failure; one longer ago than `window` counts no more."""
        found = self._of.pop(key, None)
        if found is None or now - found.since > window:
            found = Failures(0, now)
        found.count += 1
        self._of[key] = found
        while len(self._of) > REMEMBERED_MAX:
            self._of.popitem(last=False)
        return found

    def forget(self, key: str) -> None:
        """Count from nought again."""
        self._of.pop(key, None)


class KnownSessions:
    """Whose a token is, for the time that the database is away."""

    def __init__(self) -> None:
        self._of: OrderedDict[str, tuple[Actor, datetime]] = OrderedDict()

    def note(self, key: str, actor: Actor, until: datetime) -> None:
        """This session was found open; believe it until then."""
        self._of[key] = actor, until
        self._of.move_to_end(key)
        while len(self._of) > REMEMBERED_MAX:
            self._of.popitem(last=False)

    def recall(self, key: str, now: datetime) -> Actor:
        """Return whose it was. Raises `DatabaseUnavailable` when we cannot say."""
        known = self._of.get(key)
        if known is None or known[1] <= now:
            raise DatabaseUnavailable
        return known[0]

    def forget(self, key: str) -> None:
        """This session is over."""
        self._of.pop(key, None)

    def forget_person(self, user_id: str) -> None:
        """Sessions of this person have ended."""
        for key in [key for key, (actor, _) in self._of.items() if actor.user_id == user_id]:
            del self._of[key]
