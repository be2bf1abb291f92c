"""The people of the tests of verbs: a citizen, agents, leaders and a number outside, who all hum; and what they do."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio

from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import SipPhone
from tests.e2e.people import DeskAgent
from tests.e2e.product import Product, Refusal, eventually
from tests.e2e.tones import hear, hum
from tests.ports import free_port

HOTLINE = "01084000000"
CALLER = "13800138000"
OUTSIDE = "01066660000"
OUTSIDE_PORT = free_port()


@dataclass(slots=True)
class Floor:
    """One citizen, some agents and leaders, a number outside; all hum once they are connected."""

    product: Product
    outside_phone: SipPhone
    agents: dict[str, DeskAgent] = field(default_factory=dict[str, DeskAgent])
    people: dict[str, Conversation] = field(default_factory=dict[str, Conversation])
    outside_calls: asyncio.Queue[Conversation] = field(default_factory=asyncio.Queue[Conversation])
    phones: list[SipPhone] = field(default_factory=list[SipPhone])

    async def staff(self, *numbers: str) -> None:
        """Sign these people in, in this order; the first is idle longest."""
        for number in numbers:
            self.agents[number] = await DeskAgent.sign_in(self.product, number)

    async def talk(self, number: str = "1001") -> str:
        """A citizen calls and talks to this agent; returns the call's id."""
        citizen = SipPhone(self.product.sip)
        self.phones.append(citizen)
        call = self.people["citizen"] = citizen.call(HOTLINE, shown=CALLER)
        await call.answered.wait()
        hum("citizen", call)
        call.audio.press("1")
        await self.picks_up(number)
        await self.agents[number].in_state("talking")
        await hear(self.people, {"citizen": number, number: "citizen"})
        return await self.call_id(number)

    async def picks_up(self, number: str) -> Conversation:
        """The telephone rings and is answered; its owner hums."""
        rung = await self.agents[number].ringing()
        rung.answer()
        hum(number, rung)
        self.people[number] = rung
        return rung

    async def outside_picks_up(self, *, status: int = 200) -> Conversation:
        """The number outside rings and is answered, or refuses with another status."""
        async with asyncio.timeout(20):
            rung = await self.outside_calls.get()
        if status == 200:
            rung.answer()
            hum("outside", rung)
            self.people["outside"] = rung
        else:
            rung.reject(status)
        return rung

    async def call_id(self, number: str) -> str:
        """The call on this agent's desk."""
        return str((await self.agents[number].session.get("/agents/me"))["call"]["call_id"])

    async def act(self, who: str, call_id: str, action: str, **body: Any) -> None:
        """A verb from this person's desk."""
        await self.agents[who].session.post(f"/calls/{call_id}/actions/{action}", **body)

    async def gone(self, who: str) -> None:
        """Wait until this person's telephone is hung up."""
        async with asyncio.timeout(20):
            await self.people.pop(who).over.wait()

    async def story(self, call_id: str) -> dict[str, Any]:
        """The call's record, once it has ended and every talk is closed."""
        leader = await self.product.log_in("4001")

        async def ended() -> dict[str, Any] | None:
            try:
                detail: dict[str, Any] = await leader.get(f"/calls/{call_id}")
            except Refusal:
                return None
            return detail if detail["ended_at"] else None

        return await eventually(ended, "the call's end", 30)

    async def end(self) -> None:
        """Everybody hangs up and puts the telephone away."""
        for call in self.people.values():
            call.hang_up()
        for agent in self.agents.values():
            await agent.close()
        for phone in self.phones:
            await phone.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def module_product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """A demo site whose trunk leads to a telephone outside."""
    running = Product(tmp_path_factory.mktemp("site") / "data")
    running.settings["HOTLINE_OUTBOUND_GATEWAY"] = f"127.0.0.1:{OUTSIDE_PORT}"
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def floor(site: Product) -> AsyncIterator[Floor]:
    """The floor of the module's site."""
    outside = SipPhone(site.sip, username="outside", port=OUTSIDE_PORT)
    there = Floor(site, outside)

    def rings(call: Conversation) -> None:
        call.ring()
        there.outside_calls.put_nowait(call)

    outside.on_call = rings
    yield there
    await there.end()
    await outside.close()


def agent(number: str) -> dict[str, str]:
    """An agent as a target."""
    return {"kind": "agent", "value": number}


NUMBER = {"kind": "number", "value": OUTSIDE}


def talks_of(story: dict[str, Any]) -> list[tuple[str, str]]:
    """Who talked, and how each talk ended."""
    return [(talk["agent_id"].removeprefix("user-"), talk["how"]) for talk in story["talks"]]
