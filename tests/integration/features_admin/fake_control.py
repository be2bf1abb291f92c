"""A running centre made of views that a test sets: it remembers what it was asked, and refuses what the test wants refused."""

import asyncio
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from hotline.core.events import AgentState, Direction
from hotline.core.ids import AgentId, AuthorityId, CallId, DeviceId, QueueId, TalkId
from hotline.core.requests import AnyRequest, Refused
from hotline.core.site import Site
from hotline.platform.people import ROOT_AUTHORITY
from hotline.ports.call_control import (
    AgentView,
    CallView,
    ChangesLost,
    EngineHealth,
    LiveChange,
    LiveSnapshot,
    QueueView,
    TrunkView,
)
from hotline.ports.call_history import AgentToday, EarlierCall

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
ROOT = AuthorityId(ROOT_AUTHORITY)


def agent_view(name: str, number: str, **more: Any) -> AgentView:
    """An agent who is ready, unless told otherwise. Ids are those of the test world's people."""
    made = AgentView(
        agent_id=AgentId(f"id-{name}"), authority_id=ROOT, number=number, name=name, state=AgentState.READY, reason="",
        since=AT, until=None, next_state=None, device_id=DeviceId(number), device_registered=True, call_id=None,
        queue_id=None, queues=(QueueId("q1"),), signed_in_at=AT,
    )  # fmt: skip
    return replace(made, **more)


def call_view(call_id: str, **more: Any) -> CallView:
    """A call that talks, unless told otherwise."""
    made = CallView(
        call_id=CallId(call_id), authority_id=ROOT, direction=Direction.INBOUND, phase="talking", since=AT, started_at=AT,
        ani="13800138000", dnis="01084000000", hotline_id=None, queue_id=QueueId("q1"), agent_id=None,
        talk_id=TalkId("talk"),
    )  # fmt: skip
    return replace(made, **more)


def queue_view(queue_id: str, **more: Any) -> QueueView:
    """A queue in which nothing happens, unless told otherwise."""
    made = QueueView(
        queue_id=QueueId(queue_id), authority_id=ROOT, name=queue_id, waiting=0, longest_wait_since=None, ringing=0,
        talking=0, ready=0, signed_in=0,
    )  # fmt: skip
    return replace(made, **more)


@dataclass(slots=True)
class FakeControl:
    """Implements `CallControl` over what the test puts in; `publish` tells readers of it."""

    site_now: Site = field(default_factory=lambda: Site(authority_id=ROOT))
    agents: dict[str, AgentView] = field(default_factory=dict[str, AgentView])
    calls: dict[str, CallView] = field(default_factory=dict[str, CallView])
    queues: dict[str, QueueView] = field(default_factory=dict[str, QueueView])
    trunks: dict[str, TrunkView] = field(default_factory=dict[str, TrunkView])
    requests: list[AnyRequest] = field(default_factory=list[AnyRequest])
    refuse: str = ""
    gate: asyncio.Event | None = None
    """Requests wait for it, so that two can be under way at once."""
    up: bool = True
    history: list[LiveChange] = field(default_factory=list[LiveChange])
    lost: bool = False
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    bells: dict[str, list[asyncio.Event]] = field(default_factory=dict[str, list[asyncio.Event]])

    def put(self, *views: AgentView | CallView | QueueView | TrunkView) -> None:
        """Let these be so."""
        for view in views:
            match view:
                case AgentView():
                    self.agents[view.agent_id] = view
                case CallView():
                    self.calls[view.call_id] = view
                case QueueView():
                    self.queues[view.queue_id] = view
                case TrunkView():
                    self.trunks[view.trunk_id] = view

    async def publish(self, *views: AgentView | CallView | QueueView | TrunkView, ended: str = "") -> None:
        """Let these be so, and tell every reader."""
        self.put(*views)
        self.calls.pop(ended, None)
        self.history.append(
            LiveChange(
                seq=len(self.history) + 1,
                at=AT,
                engine_up=self.up,
                agents=tuple(v for v in views if isinstance(v, AgentView)),
                queues=tuple(v for v in views if isinstance(v, QueueView)),
                calls=tuple(v for v in views if isinstance(v, CallView)),
                trunks=tuple(v for v in views if isinstance(v, TrunkView)),
                ended_calls=(CallId(ended),) if ended else (),
            )
        )
        for view in views:
            if isinstance(view, AgentView):
                for bell in self.bells.get(view.agent_id, ()):
                    bell.set()
        async with self.news:
            self.news.notify_all()

    async def request(self, request: AnyRequest) -> CallId | None:
        self.requests.append(request)
        if self.gate is not None:
            await self.gate.wait()
        if self.refuse:
            raise Refused(self.refuse)
        return None

    def agent(self, agent_id: AgentId) -> AgentView | None:
        return self.agents.get(agent_id)

    def call(self, call_id: CallId) -> CallView | None:
        return self.calls.get(call_id)

    def live(self, authorities: Collection[AuthorityId] | None) -> LiveSnapshot:
        def within(view: Any) -> bool:
            return authorities is None or view.authority_id in authorities

        return LiveSnapshot(
            seq=len(self.history), at=AT, engine_up=self.up,
            agents=tuple(filter(within, self.agents.values())), queues=tuple(filter(within, self.queues.values())),
            calls=tuple(filter(within, self.calls.values())), trunks=tuple(filter(within, self.trunks.values())),
        )  # fmt: skip

    async def changes(self, after: int) -> AsyncIterator[LiveChange]:
        while True:
            if self.lost:
                self.lost = False
                raise ChangesLost
            for change in self.history[after:]:
                yield change
                after = change.seq
            async with self.news:
                await self.news.wait_for(lambda: len(self.history) > after or self.lost)  # noqa: B023 - read now

    async def bursts(self, after: int) -> AsyncIterator[tuple[LiveChange, ...]]:
        async for change in self.changes(after):
            yield (change,)

    def newest(self) -> int:
        return len(self.history)

    def agent_changes(self, agent_id: AgentId) -> AsyncIterator[int]:
        bell = asyncio.Event()
        self.bells.setdefault(agent_id, []).append(bell)
        return self._rings(bell)

    async def _rings(self, bell: asyncio.Event) -> AsyncIterator[int]:
        while True:
            await bell.wait()
            bell.clear()
            yield len(self.history)

    async def reconfigure(self) -> None:
        """Nothing to load."""

    def engine(self) -> EngineHealth:
        return EngineHealth(kind="fake", up=self.up, calls=len(self.calls))

    def registered(self, device_id: DeviceId) -> bool:
        return any(agent.device_id == device_id for agent in self.agents.values())

    def site(self) -> Site:
        return self.site_now


class NoHistory:
    """A centre without a past."""

    async def earlier(
        self, number: str, *, authorities: Collection[AuthorityId] | None, but: CallId, limit: int = 10
    ) -> list[EarlierCall]:
        return []

    async def today_of(self, agent_id: AgentId, since: datetime) -> AgentToday:
        return AgentToday(answered=0, missed=0, outbound=0, talk_s=0)
