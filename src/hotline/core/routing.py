"""Who is served next, and by whom: the line of waiting calls and the line of ready agents of each queue.

Order is strict: a call of higher priority is never served after one of lower; equal ones by how long they wait. All places are
kept sorted, so that the head, a position and a removal cost the logarithm of the line's length. Knows no clock and no switch.
"""

from bisect import bisect_left, insort
from datetime import datetime
from typing import assert_never

from hotline.core.agent import Agent, ReadyKey
from hotline.core.ids import CallId
from hotline.core.site import Membership, Queue, Strategy

WaitKey = tuple[int, datetime, int, CallId]
"""Place in a line of calls: priority (negated), waiting since, order of arrival, id."""


class QueueLine:
    """The waiting calls and ready agents of one queue, both sorted."""

    __slots__ = ("ready", "signed_in", "waiting")

    def __init__(self) -> None:
        self.waiting: list[WaitKey] = []
        self.ready: list[ReadyKey] = []
        self.signed_in = 0

    def join(self, key: WaitKey) -> None:
        """A call begins to wait."""
        insort(self.waiting, key)

    def leave(self, key: WaitKey) -> None:
        """A call no longer waits."""
        place = bisect_left(self.waiting, key)
        assert self.waiting[place] == key
        del self.waiting[place]

    def position(self, key: WaitKey) -> int:
        """Return the place of a waiting call, 1 = next, or the place it would take."""
        return bisect_left(self.waiting, key) + 1

    def add_ready(self, key: ReadyKey) -> None:
        """An agent is ready."""
        insort(self.ready, key)

    def remove_ready(self, key: ReadyKey) -> None:
        """An agent is no longer ready."""
        place = bisect_left(self.ready, key)
        assert self.ready[place] == key
        del self.ready[place]


def ready_key(queue: Queue, membership: Membership, agent: Agent) -> ReadyKey:
    """Return the agent's place in the line of this queue's strategy: the smallest is taken first."""
    assert agent.idle_since is not None
    idle_since = agent.idle_since.timestamp()
    match queue.strategy:
        case Strategy.LONGEST_IDLE:
            rank = 0
        case Strategy.FEWEST_CALLS:
            rank = agent.talks
        case Strategy.ROUND_ROBIN:
            rank = agent.turn
        case Strategy.SKILL_LEVEL:
            rank = membership.level
        case Strategy.LINEAR:
            rank = membership.order
        case _:
            assert_never(queue.strategy)
    return rank, idle_since, agent.agent_id
