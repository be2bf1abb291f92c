"""What runs now, for screens: snapshots, and numbered changes without gaps for many readers.

A change holds the whole new view of everything that an event touched, and is made once for all readers. Readers share one bounded
history; who falls behind it begins again with a snapshot.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Protocol

from hotline.core.call import Phase
from hotline.core.events import AgentEvent, CallEvent, Event
from hotline.core.floor import Floor
from hotline.core.ids import AgentId, AuthorityId, CallId, QueueId, TrunkId
from hotline.core.switching import DeviceExpired, DeviceRegistered, EngineLost, SwitchEvent
from hotline.ports.call_control import (
    AgentView,
    CallView,
    ChangesLost,
    LiveChange,
    LiveSnapshot,
    QueueView,
    TrunkView,
)
from hotline.runtime.figures import FiguresToday
from hotline.runtime.views import agent_view, call_view, queue_view, trunk_view

HISTORY = 4_096
POSITIONS_MAX = 100
"""So many waiting calls of a queue get their new position in one change; further ones keep the old until touched."""


class _Scoped(Protocol):
    @property
    def authority_id(self) -> AuthorityId: ...


@dataclass(slots=True)
class _Touched:
    calls: set[CallId] = field(default_factory=set[CallId])
    agents: set[AgentId] = field(default_factory=set[AgentId])
    queues: set[QueueId] = field(default_factory=set[QueueId])
    trunks: set[TrunkId] = field(default_factory=set[TrunkId])


class LiveView:
    """Reads the floor; is told of events once they are safe (`saved`) and of the switch's own (`observe`)."""

    def __init__(self, floor: Floor, figures: FiguresToday, now: Callable[[], datetime]) -> None:
        self._floor = floor
        self._figures = figures
        self._now = now
        self._began = now()
        # A number that no earlier life of this process has given out: readers of those find their place lost.
        self._seq = int(self._began.timestamp() * 1000)
        self._history: deque[LiveChange] = deque(maxlen=HISTORY)
        self._news: asyncio.Future[None] | None = None
        self._bells: dict[AgentId, set[asyncio.Event]] = {}
        self._place: dict[CallId, tuple[QueueId | None, str, TrunkId | None]] = {}
        self._in_queue: Counter[tuple[QueueId | None, str]] = Counter()
        self._on_trunk: Counter[TrunkId] = Counter()
        self.engine_up = False

    # ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────

    def agent(self, agent_id: AgentId) -> AgentView | None:
        """Return the agent as it is now; None when the site has no such agent."""
        profile = self._floor.index.agents.get(agent_id)
        if profile is None:
            return None
        return agent_view(self._floor, profile, self._floor.agents.get(agent_id), self._began)

    def call(self, call_id: CallId) -> CallView | None:
        """Return the call, if it still runs or its agent is in after-call work."""
        call = self._floor.calls.get(call_id)
        return None if call is None else call_view(self._floor, call)

    def running(self) -> int:
        """Return how many calls have not ended."""
        return sum(phase != "wrap_up" for _, phase, _ in self._place.values())

    def live(self, authorities: Collection[AuthorityId] | None) -> LiveSnapshot:
        """Return everything of these authorities (None: of all)."""

        def within(view: _Scoped | None) -> bool:
            return view is not None and (authorities is None or view.authority_id in authorities)

        index = self._floor.index
        return LiveSnapshot(
            seq=self._seq,
            at=self._now(),
            engine_up=self.engine_up,
            agents=tuple(filter(within, self._agents(index.agents))),
            queues=tuple(filter(within, self._queues(index.queues))),
            calls=tuple(
                view for call_id in list(self._floor.calls) if within(view := self.call(call_id)) and view
            ),
            trunks=tuple(filter(within, self._trunks(index.trunks))),
        )

    async def changes(self, after: int) -> AsyncIterator[LiveChange]:
        """Yield every change with seq > `after`; raise `ChangesLost` where they are no longer kept."""
        while True:
            first = self._history[0].seq if self._history else self._seq + 1
            if after > self._seq or after < first - 1:
                raise ChangesLost
            for change in tuple(islice(self._history, after - first + 1, None)):
                yield change
                after = change.seq
            if after == self._seq:
                if self._news is None or self._news.done():
                    self._news = asyncio.get_running_loop().create_future()
                await asyncio.shield(self._news)

    def agent_changes(self, agent_id: AgentId) -> AsyncIterator[int]:
        """Yield the newest seq whenever this agent or their call changed; hundreds of desks sleep through the rest."""
        bell = asyncio.Event()
        self._bells.setdefault(agent_id, set()).add(bell)
        return self._rings(agent_id, bell)

    async def _rings(self, agent_id: AgentId, bell: asyncio.Event) -> AsyncIterator[int]:
        try:
            while True:
                await bell.wait()
                bell.clear()
                yield self._seq
        finally:
            bells = self._bells[agent_id]
            bells.discard(bell)
            if not bells:
                del self._bells[agent_id]

    def _ring(self, agents: Iterable[AgentView], calls: Iterable[CallView]) -> None:
        touched = {agent.agent_id for agent in agents} | {
            call.agent_id for call in calls if call.agent_id is not None
        }
        for agent_id in touched & self._bells.keys():
            for bell in self._bells[agent_id]:
                bell.set()

    # ── Being told ───────────────────────────────────────────────────────────────────────────────────────────

    def saved(self, events: Sequence[Event]) -> None:
        """Publish what these events touched."""
        self._figures.fold(events)
        touched = _Touched()
        for event in events:
            if isinstance(event, CallEvent):
                touched.calls.add(event.call_id)
            elif isinstance(event, AgentEvent):
                touched.agents.add(event.agent_id)
        self._publish(touched)

    def observe(self, event: SwitchEvent) -> None:
        """Publish what a switch event touched that no event of the journal tells."""
        match event:
            case DeviceRegistered() | DeviceExpired():
                agent_id = self._floor.index.agent_of_device.get(event.device_id)
                if agent_id is not None:
                    self._publish(_Touched(agents={agent_id}))
            case EngineLost():
                self.engine_up = False
                self._publish(_Touched(), always=True)
            case _:
                pass

    def publish_all(self) -> None:
        """Publish every view: the site's picture changed, or calls were taken over."""
        index = self._floor.index
        known = set(self._place) | set(self._floor.calls)
        self._publish(_Touched(known, set(index.agents), set(index.queues), set(index.trunks)), always=True)

    # ── Making changes ───────────────────────────────────────────────────────────────────────────────────────

    def _publish(self, touched: _Touched, *, always: bool = False) -> None:
        calls, ended = self._settle_calls(touched)
        self._spread(touched)
        queues = tuple(self._queues(touched.queues))
        calls.extend(self._shifted(touched))
        agents = tuple(self._agents(touched.agents))
        trunks = tuple(self._trunks(touched.trunks))
        if not (always or agents or queues or calls or ended or trunks):
            return
        self._seq += 1
        self._history.append(
            LiveChange(
                seq=self._seq,
                at=self._now(),
                engine_up=self.engine_up,
                agents=agents,
                queues=queues,
                calls=tuple(calls),
                ended_calls=tuple(ended),
                trunks=trunks,
            )
        )
        self._ring(agents, calls)
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    def _settle_calls(self, touched: _Touched) -> tuple[list[CallView], list[CallId]]:
        """Count where the touched calls stand now; return their views, and those that are gone."""
        views: list[CallView] = []
        ended: list[CallId] = []
        for call_id in touched.calls:
            view = self.call(call_id)
            call = self._floor.calls.get(call_id)
            before = self._place.pop(call_id, None)
            after = None
            if view is not None and call is not None:
                views.append(view)
                after = view.queue_id, view.phase, None if view.phase == "wrap_up" else call.trunk_id
                self._place[call_id] = after
            elif before is not None:
                ended.append(call_id)
            self._count(before, -1, touched)
            self._count(after, 1, touched)
        return views, ended

    def _count(
        self, place: tuple[QueueId | None, str, TrunkId | None] | None, step: int, touched: _Touched
    ) -> None:
        if place is None:
            return
        queue_id, phase, trunk_id = place
        self._in_queue[queue_id, phase] += step
        if queue_id is not None:
            touched.queues.add(queue_id)
        if trunk_id is not None:
            self._on_trunk[trunk_id] += step
            touched.trunks.add(trunk_id)

    def _spread(self, touched: _Touched) -> None:
        """An agent's change shows in every queue they serve."""
        for agent_id in touched.agents:
            if profile := self._floor.index.agents.get(agent_id):
                touched.queues.update(membership.queue_id for membership in profile.queues)

    def _shifted(self, touched: _Touched) -> Iterable[CallView]:
        """Calls that wait in a touched queue may stand at another place now."""
        for queue_id in touched.queues:
            line = self._floor.lines.get(queue_id)
            for key in line.waiting[:POSITIONS_MAX] if line else ():
                if key[-1] not in touched.calls and (view := self.call(key[-1])) is not None:
                    yield view

    def _agents(self, agent_ids: Iterable[AgentId]) -> Iterable[AgentView]:
        return (view for agent_id in agent_ids if (view := self.agent(agent_id)) is not None)

    def _queues(self, queue_ids: Iterable[QueueId]) -> Iterable[QueueView]:
        now, index = self._now(), self._floor.index
        for queue_id in queue_ids:
            if (queue := index.queues.get(queue_id)) is not None:
                talking = (Phase.TALKING, Phase.HOLDING, Phase.INTERRUPTED)
                yield queue_view(
                    self._floor,
                    queue,
                    self._figures.of(queue_id, now),
                    ringing=self._in_queue[queue_id, Phase.RINGING],
                    talking=sum(self._in_queue[queue_id, phase] for phase in talking),
                )

    def _trunks(self, trunk_ids: Iterable[TrunkId]) -> Iterable[TrunkView]:
        trunks = self._floor.index.trunks
        return (trunk_view(trunks[t], self._on_trunk[t]) for t in trunk_ids if t in trunks)
