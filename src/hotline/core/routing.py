"""Who is served next, and by whom: the line of waiting calls and the line of ready agents of each queue.

Order is strict: of the calls that an agent may take, one of higher effective priority is never served after one of lower; equal ones
by how long they wait. Whom a call may be offered to is its *reach*: agents up to that skill level. It grows by timers while the call
waits (`Queue.widen_after_s`); a call that waits for one agent (`Queue.last_agent_wait_s`) has reach `NOBODY` for all others.

All places are kept sorted, so that the head, a position and a removal cost the logarithm of the line's length (and of the number of
skill levels in use, which is small). Knows no clock and no switch.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from datetime import datetime
from typing import TypeVar, assert_never

from hotline.core.agent import Agent, ReadyKey
from hotline.core.ids import AgentId, CallId
from hotline.core.site import Membership, Queue, Strategy

WaitKey = tuple[float, datetime, int, CallId]
"""Place in a line of calls: rank (see `rank_of`), waiting since, order of arrival, id."""

Key = TypeVar("Key", WaitKey, ReadyKey)

NOBODY, EVERYBODY = 0, 1_000
"""Reach of a call that only its last agent may take, and of one that any agent of the queue may."""


class QueueLine:
    """The waiting calls and ready agents of one queue, sorted; as a whole, and by reach and skill level."""

    __slots__ = (
        "_levels",
        "_reach",
        "_tiers",
        "at_work",
        "handled",
        "kept",
        "ready",
        "signed_in",
        "waiting",
        "wrapped",
    )

    def __init__(self) -> None:
        self.waiting: list[WaitKey] = []
        self.ready: list[ReadyKey] = []
        self.signed_in = 0
        self.at_work = 0
        """Signed-in agents who serve callers: ready, in a call or in after-call work; not resting or busy otherwise."""
        self.kept = 0
        """Waiting calls that are kept places: their citizens are called back."""
        self.handled = Rolling()
        """Talks of this queue."""
        self.wrapped = Rolling()
        """After-call work on them."""
        self._tiers: dict[int, list[WaitKey]] = {}
        self._levels: dict[int, list[ReadyKey]] = {}
        self._reach: dict[CallId, int] = {}

    # ── calls ──

    def join(self, key: WaitKey, reach: int = EVERYBODY, *, kept: bool = False) -> None:
        """A call begins to wait."""
        insort(self.waiting, key)
        insort(self._tiers.setdefault(reach, []), key)
        self._reach[key[3]] = reach
        self.kept += kept

    def leave(self, key: WaitKey, *, kept: bool = False) -> None:
        """A call no longer waits."""
        _remove(self.waiting, key)
        _remove(self._tiers[self._reach.pop(key[3])], key)
        self.kept -= kept

    def forget(self, call_id: CallId) -> None:
        """Take out a call of which nothing else is known to be right."""
        self.waiting = [key for key in self.waiting if key[3] != call_id]
        for reach, keys in self._tiers.items():
            self._tiers[reach] = [key for key in keys if key[3] != call_id]
        self._reach.pop(call_id, None)

    def widen(self, key: WaitKey, reach: int) -> None:
        """Let the call be offered to agents of higher levels too."""
        _remove(self._tiers[self._reach[key[3]]], key)
        insort(self._tiers.setdefault(reach, []), key)
        self._reach[key[3]] = reach

    def reach_of(self, call_id: CallId) -> int:
        """Return up to which skill level the call may be offered."""
        return self._reach[call_id]

    def position(self, key: WaitKey) -> int:
        """Return the place of a waiting call, 1 = next, or the place it would take."""
        return bisect_left(self.waiting, key) + 1

    def head_for(self, level: int) -> WaitKey | None:
        """Return the first call that an agent of this level may take."""
        heads = [keys[0] for reach, keys in self._tiers.items() if keys and reach >= level]
        return min(heads) if heads else None

    def heads(self) -> Iterator[tuple[WaitKey, int]]:
        """Yield the first call of each reach, with it: what could be served now if there were agents."""
        for reach, keys in self._tiers.items():
            if keys and reach != NOBODY:
                yield keys[0], reach

    # ── agents ──

    def add_ready(self, key: ReadyKey, level: int = 1) -> None:
        """An agent is ready."""
        insort(self.ready, key)
        insort(self._levels.setdefault(level, []), key)

    def remove_ready(self, key: ReadyKey, level: int = 1) -> None:
        """An agent is no longer ready."""
        _remove(self.ready, key)
        _remove(self._levels[level], key)

    def best(self, reach: int = EVERYBODY) -> AgentId | None:
        """Return the ready agent whom the strategy takes, of those up to this level."""
        if reach == EVERYBODY:
            return self.ready[0][2] if self.ready else None
        firsts = [keys[0] for level, keys in self._levels.items() if keys and level <= reach]
        return min(firsts)[2] if firsts else None

    def serving(self) -> AgentId | None:
        """Return a ready agent for whom a call waits here, or None when nobody can be brought together."""
        if not self.ready:
            return None
        for _, reach in sorted(self.heads()):
            agent_id = self.best(reach)
            if agent_id is not None:
                return agent_id
        return None


def _remove(keys: list[Key], key: Key) -> None:
    place = bisect_left(keys, key)
    assert keys[place] == key
    del keys[place]


class Rolling:
    """The recent mean of a length in seconds: each new one counts for a twentieth, the first ones equally."""

    __slots__ = ("count", "mean_s")
    WEIGHT = 20

    def __init__(self) -> None:
        self.count = 0
        self.mean_s = 0.0

    def add(self, seconds: float) -> None:
        """Take one more length into the mean."""
        self.count = min(self.count + 1, self.WEIGHT)
        self.mean_s += (seconds - self.mean_s) / self.count


def rank_of(queue: Queue, priority: int, waiting_since: datetime) -> float:
    """Return what places a call before others of its line, the smaller the earlier.

    Where waiting raises the priority, all effective priorities of a line grow equally fast, so their order never changes: it is
    that of the moments at which each would have begun to wait with priority 0.
    """
    if queue.priority_per_minute <= 0:
        return -priority
    return waiting_since.timestamp() - priority * 60.0 / queue.priority_per_minute


def effective_priority(queue: Queue, priority: int, waiting_since: datetime, at: datetime) -> float:
    """Return the priority at this moment, by which calls of different queues are compared."""
    return priority + queue.priority_per_minute * max(0.0, (at - waiting_since).total_seconds()) / 60.0


def reach_after(queue: Queue, waited_s: float, levels: int) -> tuple[int, float | None]:
    """Return up to which level a call that waited so long may be offered, and after how many seconds of waiting that changes."""
    if queue.widen_after_s <= 0:
        return EVERYBODY, None
    reach = 1 + int(max(0.0, waited_s) / queue.widen_after_s + 1e-9)
    return (EVERYBODY, None) if reach >= levels else (reach, reach * queue.widen_after_s)


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
