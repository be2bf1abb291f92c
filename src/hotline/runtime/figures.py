"""How many talks each agent has begun since local midnight (`talks_begun` of the dictionary), folded from the events as they come."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from hotline.core.events import Event, TalkStarted
from hotline.core.ids import AgentId
from hotline.core.metrics.query import local_midnight


class FiguresToday:
    """Counts for the local day, `offset_min` from UTC."""

    def __init__(self, offset_min: int) -> None:
        self._offset = timedelta(minutes=offset_min)
        self._day = ""
        self._talks: Counter[AgentId] = Counter()

    def midnight_before(self, at: datetime) -> datetime:
        """Return the last local midnight at or before `at`."""
        return local_midnight(at, self._offset)

    def talks_of(self, agent_id: AgentId, now: datetime) -> int:
        """Return how many talks the agent began on the day of `now`."""
        self._turn_day(now)
        return self._talks[agent_id]

    def fold(self, events: Iterable[Event]) -> None:
        """Count events in order."""
        for event in events:
            if isinstance(event, TalkStarted):
                self._turn_day(event.at)
                self._talks[event.agent_id] += 1

    def _turn_day(self, at: datetime) -> None:
        day = (at + self._offset).date().isoformat()
        if day > self._day:
            self._day = day
            self._talks.clear()
