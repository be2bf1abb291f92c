"""The order of waiting calls as the specification has it (ACD-1), worked out anew from the site and the events."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from hotline.core import events as e
from hotline.core.ids import AgentId, QueueId
from hotline.core.site import Site

MARGIN_S = 0.001
"""Timers that are due this very moment may have fired or not."""


@dataclass(frozen=True)
class Place:
    """A stay in a line."""

    queue_id: QueueId
    priority: int
    entered_at: datetime
    since: datetime
    kept: bool = False
    """The citizen is called back."""
    not_before: datetime | None = None


class Order:
    """The lines of all queues: who waits, and whether an offer passes somebody over."""

    def __init__(self, site: Site) -> None:
        self.waiting: dict[QueueId, dict[str, Place]] = defaultdict(dict)
        self.queues = {q.id: q for q in site.queues}
        self.level_of = {a.id: {m.queue_id: m.level for m in a.queues} for a in site.agents}
        self.levels = {
            q.id: max((m.level for a in site.agents for m in a.queues if m.queue_id == q.id), default=1)
            for q in site.queues
        }

    def wait(self, call_id: str, place: Place) -> None:
        """The call waits to be offered."""
        self.waiting[place.queue_id][call_id] = place

    def leave(self, call_id: str, place: Place) -> None:
        """The call waits no more, if it did."""
        self.waiting[place.queue_id].pop(call_id, None)

    def offered(self, event: e.OfferMade, mine: Place) -> None:
        """Nobody whom this agent could serve is passed over for a lower priority or a later arrival."""
        assert self.waiting[mine.queue_id].pop(event.call_id) == mine
        assert event.agent_id is not None
        if event.kind is e.OfferKind.PICK_UP:  # a colleague may choose
            return
        assert self._may_take(event.agent_id, mine, event.at, MARGIN_S), "the agent's level is not asked yet"
        ours = self._effective(mine, event.at)
        for queue_id in self.level_of[event.agent_id]:
            for other in self.waiting[queue_id].values():
                if self._surely(event.agent_id, other, event.at):
                    theirs = self._effective(other, event.at)
                    in_time = abs(ours - theirs) < 1e-6 and mine.since <= other.since
                    assert ours > theirs + 1e-6 or in_time, "a call is served before one that comes first"

    def _effective(self, place: Place, at: datetime) -> float:
        minutes = (at - place.since).total_seconds() / 60.0
        return place.priority + self.queues[place.queue_id].priority_per_minute * minutes

    def _surely(self, agent_id: AgentId, place: Place, at: datetime) -> bool:
        """Whether this agent could have been offered that call, beyond doubt about who is waited for and timers due now."""
        waited_s = (at - place.entered_at).total_seconds()
        if place.not_before is not None and at <= place.not_before:
            return False
        preferred = not place.kept and waited_s <= self.queues[place.queue_id].last_agent_wait_s
        return not preferred and self._may_take(agent_id, place, at, -MARGIN_S)

    def _may_take(self, agent_id: AgentId, place: Place, at: datetime, margin_s: float) -> bool:
        queue, level = self.queues[place.queue_id], self.level_of[agent_id][place.queue_id]
        waited_s = (at - place.entered_at).total_seconds()
        if queue.widen_after_s <= 0 or waited_s <= queue.last_agent_wait_s:
            return True
        reach = 1 + int((waited_s + margin_s) / queue.widen_after_s)
        return level <= reach or reach >= self.levels[place.queue_id]
