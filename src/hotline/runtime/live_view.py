"""What runs now, for screens: snapshots, and numbered changes without gaps for many readers.

A change holds the whole new view of everything that an event touched, and is made once for all readers.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple, Protocol

from hotline.core.call import Phase
from hotline.core.events import AgentEvent, CallEvent, Direction, Event
from hotline.core.floor import Floor
from hotline.core.ids import AgentId, AuthorityId, CallId, QueueId, TrunkId
from hotline.core.switching import DeviceExpired, DeviceRegistered, EngineLost, EngineUnreachable, SwitchEvent
from hotline.ports.call_control import (
    AgentView,
    CallView,
    LiveChange,
    LiveSnapshot,
    QueueView,
    TrunkView,
)
from hotline.runtime.figures import FiguresToday
from hotline.runtime.live_history import LiveHistory
from hotline.runtime.views import agent_view, call_view, queue_view, trunk_view

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


class _Place(NamedTuple):
    """Where a call is counted."""

    queue_id: QueueId | None
    phase: str
    trunk_id: TrunkId | None
    direction: Direction


class LiveView:
    """Reads the floor; is told of events once they are safe (`saved`) and of the switch's own (`observe`)."""

    def __init__(self, floor: Floor, figures: FiguresToday, now: Callable[[], datetime]) -> None:
        self._floor = floor
        self._figures = figures
        self._now = now
        self._began = now()
        # A number that no earlier life of this process has given out: readers of those find their place lost.
        self._history = LiveHistory(int(self._began.timestamp() * 1000))
        self._bells: dict[AgentId, set[asyncio.Event]] = {}
        self._place: dict[CallId, _Place] = {}
        self._parties: dict[CallId, set[AgentId]] = {}
        self._in_queue: Counter[tuple[QueueId | None, str]] = Counter()
        self._on_trunk: Counter[tuple[TrunkId, Direction]] = Counter()
        self.engine_up = False

    # ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────

    def agent(self, agent_id: AgentId) -> AgentView | None:
        """Return the agent as it is now; None when the site has no such agent."""
        profile = self._floor.index.agents.get(agent_id)
        if profile is None:
            return None
        view = agent_view(self._floor, profile, self._floor.agents.get(agent_id), self._began)
        return replace(view, talks_today=self._figures.talks_of(agent_id, self._now()))

    def call(self, call_id: CallId) -> CallView | None:
        """Return the call, if it still runs or its agent is in after-call work."""
        call = self._floor.calls.get(call_id)
        return None if call is None else call_view(self._floor, call)

    def running(self) -> int:
        """Return how many calls have not ended."""
        return sum(place.phase != "wrap_up" for place in self._place.values())

    def live(self, authorities: Collection[AuthorityId] | None) -> LiveSnapshot:
        """Return everything of these authorities (None: of all)."""

        def within(view: _Scoped | None) -> bool:
            return view is not None and (authorities is None or view.authority_id in authorities)

        index = self._floor.index
        return LiveSnapshot(
            seq=self._history.seq,
            at=self._now(),
            engine_up=self.engine_up,
            agents=tuple(filter(within, self._agents(index.agents))),
            queues=tuple(filter(within, self._queues(index.queues))),
            calls=tuple(
                view for call_id in list(self._floor.calls) if within(view := self.call(call_id)) and view
            ),
            trunks=tuple(filter(within, self._trunks(index.trunks))),
        )

    def changes(self, after: int) -> AsyncIterator[LiveChange]:
        """Yield every change with seq > `after`; raise `ChangesLost` where they are no longer kept."""
        return self._history.changes(after)

    def bursts(self, after: int) -> AsyncIterator[tuple[LiveChange, ...]]:
        """Yield the same changes, those of a burst together."""
        return self._history.bursts(after)

    def newest(self) -> int:
        """Return the seq of the last change."""
        return self._history.seq

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
                yield self._history.seq
        finally:
            bells = self._bells[agent_id]
            bells.discard(bell)
            if not bells:
                del self._bells[agent_id]

    def _ring(self, agents: Iterable[AgentView], calls: Iterable[CallView]) -> None:
        touched: set[AgentId | None] = {agent.agent_id for agent in agents}
        for call in calls:
            touched.add(call.agent_id)
            touched.update(party.agent_id for party in call.participants)
        for agent_id in self._bells.keys() & touched:
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
            case EngineLost() | EngineUnreachable():
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
        self._history.add(
            LiveChange(
                seq=self._history.seq + 1,
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

    def _settle_calls(self, touched: _Touched) -> tuple[list[CallView], list[CallId]]:
        """Count where the touched calls stand now; return their views, and those that are gone."""
        views: list[CallView] = []
        ended: list[CallId] = []
        for call_id in touched.calls:
            view = self.call(call_id)
            call = self._floor.calls.get(call_id)
            before = self._place.pop(call_id, None)
            self._take_part(call_id, view, touched)
            after = None
            if view is not None and call is not None:
                views.append(view)
                trunk_id = None if view.phase == "wrap_up" else call.trunk_id
                after = _Place(view.queue_id, view.phase, trunk_id, view.direction)
                self._place[call_id] = after
            elif before is not None:
                ended.append(call_id)
            self._count(before, -1, touched)
            self._count(after, 1, touched)
        return views, ended

    def _take_part(self, call_id: CallId, view: CallView | None, touched: _Touched) -> None:
        """Who begins or ceases to take part in a call beside its lead agent is shown with that call, or no longer."""
        now = {p.agent_id for p in view.participants if p.agent_id is not None} if view is not None else set()
        touched.agents.update(now ^ self._parties.pop(call_id, set()))
        if now:
            self._parties[call_id] = now

    def _count(self, place: _Place | None, step: int, touched: _Touched) -> None:
        if place is None:
            return
        self._in_queue[place.queue_id, place.phase] += step
        if place.queue_id is not None:
            touched.queues.add(place.queue_id)
        if place.trunk_id is not None:
            self._on_trunk[place.trunk_id, place.direction] += step
            touched.trunks.add(place.trunk_id)

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
        index = self._floor.index
        for queue_id in queue_ids:
            if (queue := index.queues.get(queue_id)) is not None:
                talking = (Phase.TALKING, Phase.HOLDING, Phase.INTERRUPTED)
                yield queue_view(
                    self._floor,
                    queue,
                    ringing=self._in_queue[queue_id, Phase.RINGING],
                    talking=sum(self._in_queue[queue_id, phase] for phase in talking),
                )

    def _trunks(self, trunk_ids: Iterable[TrunkId]) -> Iterable[TrunkView]:
        trunks = self._floor.index.trunks
        for trunk_id in trunk_ids:
            if trunk_id in trunks:
                used_in = self._on_trunk[trunk_id, Direction.INBOUND]
                used_out = self._on_trunk[trunk_id, Direction.OUTBOUND]
                view = trunk_view(trunks[trunk_id], used_in + used_out)
                yield replace(view, used_in=used_in, used_out=used_out)
