"""The figures of each queue and agent since local midnight, folded from the journal's events as they come."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from hotline.core.events import Event, QueueEntered, QueueLeft, TalkStarted, VisitOutcome
from hotline.core.ids import AgentId, QueueId, VisitId
from hotline.core.metrics.query import local_midnight

VISITS_MAX = 20_000


@dataclass(slots=True)
class QueueToday:
    """Counts of visits by how they ended; a visit belongs to the day it began (metrics.md, counting rule 2)."""

    entered: int = 0
    answered: int = 0
    answered_in_target: int = 0
    abandoned: int = 0
    overflowed: int = 0


class FiguresToday:
    """`target_s` gives a queue's service level target in seconds."""

    def __init__(self, target_s: Callable[[QueueId], int], offset_min: int) -> None:
        self._target_s = target_s
        self._offset = timedelta(minutes=offset_min)
        self._day = ""
        self._queues: dict[QueueId, QueueToday] = {}
        self._entered: dict[VisitId, datetime] = {}
        self._talks: Counter[AgentId] = Counter()

    def midnight_before(self, at: datetime) -> datetime:
        """Return the last local midnight at or before `at`."""
        return local_midnight(at, self._offset)

    def of(self, queue_id: QueueId, now: datetime) -> QueueToday:
        """Return the queue's figures for the day of `now`."""
        self._turn_day(now)
        return self._queues.get(queue_id) or QueueToday()

    def talks_of(self, agent_id: AgentId, now: datetime) -> int:
        """Return how many talks the agent began on the day of `now`."""
        self._turn_day(now)
        return self._talks[agent_id]

    def fold(self, events: Iterable[Event]) -> None:
        """Count events in order."""
        for event in events:
            match event:
                case QueueEntered():
                    self._turn_day(event.at)
                    self._entered[event.visit_id] = event.at
                    self._today(event.queue_id).entered += 1
                case QueueLeft():
                    self._left(event)
                case TalkStarted():
                    self._turn_day(event.at)
                    self._talks[event.agent_id] += 1
                case _:
                    pass

    def _left(self, event: QueueLeft) -> None:
        entered_at = self._entered.pop(event.visit_id, None)
        if entered_at is None:  # entered before midnight, or before what was read
            return
        today = self._today(event.queue_id)
        match event.outcome:
            case VisitOutcome.ANSWERED:
                today.answered += 1
                target = timedelta(seconds=self._target_s(event.queue_id))
                today.answered_in_target += event.at - entered_at <= target
            case VisitOutcome.ABANDONED_WAITING | VisitOutcome.ABANDONED_RINGING:
                today.abandoned += 1
            case VisitOutcome.OVERFLOWED:
                today.overflowed += 1
            case _:
                pass

    def _today(self, queue_id: QueueId) -> QueueToday:
        return self._queues.setdefault(queue_id, QueueToday())

    def _turn_day(self, at: datetime) -> None:
        day = (at + self._offset).date().isoformat()
        if day > self._day:
            self._day = day
            self._queues.clear()
            self._entered.clear()
            self._talks.clear()
