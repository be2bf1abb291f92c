"""A runtime over SQLite and the fake switch, with waits for what tests look for."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from hotline.adapters.fake_switch import FakeSwitch
from hotline.adapters.journal_sql import JOURNAL, SqlJournal
from hotline.core.events import AgentState, Event
from hotline.core.ids import AgentId, LegId
from hotline.core.requests import SetState, SignIn
from hotline.platform.database import Database
from hotline.platform.ids import new_id
from hotline.ports.journal import Journal
from hotline.ports.sealing import Seals
from hotline.runtime.runtime import Runtime, RuntimeSettings
from hotline.runtime.steady_clock import SteadyClock
from tests.small_site import AGENTS, NUMBER, PHONES, FixedSite

WAIT_S = 20.0


class World:
    """One life of the application. Use `world()`; `again` is the next life over the same database and switch."""

    def __init__(
        self,
        folder: Path,
        switch: FakeSwitch | None = None,
        site: FixedSite | None = None,
        seals: Seals | None = None,
    ) -> None:
        self.folder = folder
        self.seals = seals
        self.clock = SteadyClock()
        self.switch = switch or FakeSwitch(self.clock.now)
        self.site = site or FixedSite()
        self.database = Database(f"sqlite+aiosqlite:///{folder / 'hotline.db'}")
        self.journal = SqlJournal(self.database.engine.execution_options(hotline_writes=True))

    async def start(self, journal: Journal | None = None) -> None:
        async with self.database.engine.begin() as connection:
            await connection.run_sync(JOURNAL.create, checkfirst=True)
        await self.journal.open()
        self.runtime = Runtime(
            RuntimeSettings(data=self.folder, version="1", engine="fake", recording_grace_s=0.05),
            switch=self.switch,
            journal=journal or self.journal,
            source=self.site,
            clock=self.clock,
            new_id=new_id,
            seals=self.seals,
        )
        await self.runtime.start()

    async def up(self) -> None:
        self.switch.start()
        async with asyncio.timeout(WAIT_S):
            await self.runtime.adopted()

    async def die(self) -> None:
        """End as kill -9 would, as far as one process allows: nothing is written down or given back."""
        for task in reversed(self.runtime._tasks):
            task.cancel()
        await asyncio.gather(*self.runtime._tasks, return_exceptions=True)
        await self.journal.close()
        await self.database.close()

    async def stop(self) -> None:
        await self.runtime.close()
        await self.journal.close()
        await self.database.close()

    async def sign_in(self, count: int = 1) -> list[AgentId]:
        """Sign agents in on their telephones and let them be ready."""
        for agent, phone in zip(AGENTS[:count], PHONES[:count], strict=True):
            if phone not in self.switch.phones:
                self.switch.register(phone)
            await self.until(lambda phone=phone: self.runtime.registered(phone))
            await self.runtime.request(SignIn(at=self.clock.now(), agent_id=agent, device_id=phone))
            await self.runtime.request(SetState(at=self.clock.now(), agent_id=agent, state=AgentState.READY))
        return list(AGENTS[:count])

    async def sign_in_again(self, agent: AgentId) -> None:
        """Make an agent ready who may have been signed out, or is in after-call work."""
        view = self.runtime.agent(agent)
        assert view is not None
        if view.signed_in_at is None:
            phone = PHONES[AGENTS.index(agent)]
            await self.runtime.request(SignIn(at=self.clock.now(), agent_id=agent, device_id=phone))
        await self.runtime.request(SetState(at=self.clock.now(), agent_id=agent, state=AgentState.READY))

    def state(self, agent: AgentId) -> AgentState:
        """What an agent does now."""
        view = self.runtime.agent(agent)
        assert view is not None
        return view.state

    def call_in(self) -> LegId:
        return self.switch.call_in("13800138000", NUMBER)

    async def until(self, what: Callable[[], object]) -> None:
        """Wait until something holds, looking again whenever the live view changes."""
        async with asyncio.timeout(WAIT_S):
            while not what():
                await asyncio.sleep(0.005)

    def phase(self) -> str:
        calls = self.runtime.live(None).calls
        return calls[0].phase if calls else "none"

    async def talking(self) -> None:
        """Wait until two legs are bridged at the switch: everything before is durable and told to screens then."""
        await self.until(lambda: any(leg.peer_id for leg in self.switch.legs()))
        assert self.phase() == "talking"

    async def written(self) -> list[Event]:
        return [recorded.event async for recorded in self.journal.read(limit=1_000_000)]

    async def kinds(self) -> list[str]:
        return [type(event).__name__ for event in await self.written()]

    async def __aenter__(self) -> Self:
        await self.start()
        await self.up()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


@asynccontextmanager
async def another_life(before: World, seals: Seals | None = None) -> AsyncIterator[World]:
    """The next application over the same data and the same engine, which still runs."""
    world = World(before.folder, before.switch, before.site, seals or before.seals)
    await world.start()
    await world.up()
    try:
        yield world
    finally:
        await world.stop()


async def written_in(folder: Path) -> list[Event]:
    """Read the whole journal of a world that has ended."""
    world = World(folder)
    try:
        return await world.written()
    finally:
        await world.database.close()
