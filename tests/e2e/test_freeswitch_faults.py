"""What happens with FreeSWITCH as the engine when the application, a node or the line between them fails while people talk."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import SipPhone
from tests.e2e.freeswitch_product import FreeSwitchSite, freeswitch_site
from tests.e2e.people import DeskAgent
from tests.e2e.product import Product, eventually
from tests.e2e.test_faults import (
    HOTLINE,
    agent,
    citizen,
    connected,
    ended_call,
    heard_and_recorded_without_the_application,
    spoken,
    test_callers_in_the_menu_and_in_the_queue_stay_when_the_application_is_killed,
)
from tests.peers.freeswitch import needs_freeswitch

__all__ = [
    "agent",
    "citizen",
    "test_callers_in_the_menu_and_in_the_queue_stay_when_the_application_is_killed",
]
pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(300), needs_freeswitch]

CUT_S = max(8.0, float(os.environ.get("HOTLINE_TEST_AWAY_S", "0")))
"""How long the line is silent; 30 s is what must be survived."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FreeSwitchSite]:
    """A site for all tests that leave its node alive."""
    async with freeswitch_site(tmp_path_factory.mktemp("freeswitch")) as site:
        yield site


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def module_product(shared: FreeSwitchSite) -> Product:
    """The demo site with FreeSWITCH, for the tests taken over from the embedded engine."""
    return shared.product


@pytest.mark.req("OPS-2", "TEL-8")
async def test_a_talk_is_heard_and_recorded_while_the_application_is_dead(
    shared: FreeSwitchSite, site: Product, citizen: SipPhone, agent: DeskAgent
) -> None:
    call, rung = await connected(citizen, agent)
    (node,) = shared.nodes

    async def recorded() -> bool:
        for line in (await node.api("show channels")).splitlines():
            leg = line.partition(",")[0]
            if leg.count("-") == 4 and "record" in await node.api(f"uuid_buglist {leg}"):
                return True
        return False

    # What it has not been told yet it cannot do without us.
    await eventually(recorded, "FreeSWITCH to record")
    await heard_and_recorded_without_the_application(site, agent, call, rung)


@pytest.mark.req("OPS-2")
@pytest.mark.parametrize("order", [signal.SIGHUP, signal.SIGTERM])
async def test_an_orderly_restart_of_the_application_leaves_every_call_alone(
    site: Product, citizen: SipPhone, agent: DeskAgent, order: signal.Signals
) -> None:
    call, rung = await connected(citizen, agent)
    assert site.process is not None
    site.process.send_signal(order)
    await asyncio.to_thread(site.process.wait, 30)
    await spoken(call, rung, "citizen_02")
    await site.start()
    await agent.in_state("talking")
    await spoken(rung, call, "agent_02")
    rung.hang_up()
    await agent.in_state("after_call")
    call.hang_up()
    detail = await ended_call(site)
    assert detail["disposition"] == "agent_answered"
    assert len(detail["talks"]) == 1


@pytest.mark.req("TEL-2", "OPS-2")
async def test_calls_that_no_application_attends_to_are_refused_and_attended_ones_never(
    tmp_path: Path,
) -> None:
    async with AsyncExitStack() as stack:
        limit = {"HOTLINE_FS_UNATTENDED_S": "4"}
        site = (await stack.enter_async_context(freeswitch_site(tmp_path, node_settings=limit))).product
        phone = SipPhone(site.sip)
        stack.push_async_callback(phone.close)
        attended = phone.call(HOTLINE, shown="13800138000")
        async with asyncio.timeout(20):
            await attended.answered.wait()
        site.kill()
        unattended = phone.call(HOTLINE, shown="13900139000")
        async with asyncio.timeout(20):
            await unattended.over.wait()  # later than the limit counted from the first call
        assert unattended.status == 503
        assert attended.is_up and not attended.over.is_set()
        await site.start()
        again = phone.call(HOTLINE, shown="13900139000")
        async with asyncio.timeout(20):
            await again.answered.wait()
        assert again.is_up
        attended.hang_up()
        again.hang_up()


class TwoNodes:
    """A site of two nodes with an agent's telephone at each."""

    def __init__(self, site: FreeSwitchSite, agents: list[DeskAgent], citizens: list[SipPhone]) -> None:
        self.site = site
        self.agents = agents
        self.citizens = citizens

    async def talk(self, at: int) -> tuple[Conversation, Conversation, DeskAgent]:
        """A citizen calls in at a node; whichever agent is called answers."""
        call = self.citizens[at].call(HOTLINE, shown=f"1380013800{at}")
        async with asyncio.timeout(20):
            await call.answered.wait()
        call.audio.press("1")
        waits = {
            asyncio.create_task(one.ringing(), name=f"ringing-{n}"): one for n, one in enumerate(self.agents)
        }
        done, others = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for other in others:
            other.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        (ringing,) = done
        rung = ringing.result()
        rung.answer()
        await waits[ringing].in_state("talking")
        return call, rung, waits[ringing]


@pytest_asyncio.fixture
async def two_nodes(tmp_path: Path) -> AsyncIterator[TwoNodes]:
    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(freeswitch_site(tmp_path, nodes=2))
        agents: list[DeskAgent] = []
        citizens: list[SipPhone] = []
        for number, node in enumerate(site.nodes):
            person = await DeskAgent.sign_in(site.product, f"100{number + 1}", at=node.agents)
            stack.push_async_callback(person.close)
            agents.append(person)
            phone = SipPhone(node.trunks)
            stack.push_async_callback(phone.close)
            citizens.append(phone)
        yield TwoNodes(site, agents, citizens)


@pytest.mark.req("TEL-2", "OPS-2")
async def test_a_node_that_dies_takes_only_its_own_calls_with_it(two_nodes: TwoNodes) -> None:
    product = two_nodes.site.product
    lost, dead, idle_soon = await two_nodes.talk(at=0)
    call, rung, busy = await two_nodes.talk(at=1)
    two_nodes.site.nodes[0].kill()
    await spoken(call, rung, "citizen_02")
    await spoken(rung, call, "agent_02")
    leader = await product.log_in("2001")

    async def counted_as_lost() -> bool:
        items = (await leader.get("/calls"))["items"]
        return sorted(str(item["disposition"]) for item in items if item["ended_at"]) == ["system_lost"]

    await eventually(counted_as_lost, "the dead node's call closed", 30)
    assert (await product.healthy()) is not None, "one node is enough to be well"
    rung.hang_up()
    await busy.in_state("after_call")
    call.hang_up()
    detail = await ended_call(product)
    assert detail["disposition"] == "agent_answered"
    await busy.session.post("/agents/me/wrap-up/finish")
    await idle_soon.in_state("after_call", "ready", "busy")
    again, rung_again, person = await two_nodes.talk(at=1)
    assert person is two_nodes.agents[1], "only the living node's telephone can be called"
    await spoken(again, rung_again, "citizen_03")
    for one in (again, rung_again, lost, dead):
        one.hang_up()
    await person.in_state("after_call")
    await person.session.post("/agents/me/wrap-up/finish")
    await two_nodes.site.nodes[0].start()
    await eventually(lambda: _nodes_are(product, "running", "running"), "the node to be back", 30)
    anew, rung_anew, person = await two_nodes.talk(at=0)
    assert person is two_nodes.agents[1], "its telephone is called from the other node"
    await spoken(anew, rung_anew, "citizen_03")
    await spoken(rung_anew, anew, "agent_03")
    anew.hang_up()
    rung_anew.hang_up()


@pytest.mark.req("TEL-2", "OPS-2")
async def test_a_cut_line_to_the_node_ends_no_call_and_what_happened_meanwhile_is_put_right(
    tmp_path: Path,
) -> None:
    await line_cut(tmp_path, CUT_S)


async def line_cut(folder: Path, cut_s: float) -> None:
    """Two talks and a cut: one goes on, one ends meanwhile, a third caller arrives meanwhile."""
    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(freeswitch_site(folder, cuttable=True))
        (line,) = site.lines
        product = site.product
        staff = [await DeskAgent.sign_in(product, number) for number in ("1001", "1002")]
        citizens = [SipPhone(product.sip) for _ in range(3)]
        for one in (*staff, *citizens):
            stack.push_async_callback(one.close)
        both = TwoNodes(site, staff, citizens)
        staying, stays_with, person = await both.talk(at=0)
        leaving, left, other = await both.talk(at=1)
        line.cut()
        await eventually(lambda: _engine_is(product, up=False), "the cut to be noticed", 20)
        leaving.hang_up()
        left.hang_up()
        arriving = citizens[2].call(HOTLINE, shown="13900139002")
        await spoken(staying, stays_with, "citizen_02")
        await spoken(stays_with, staying, "agent_02")
        await asyncio.sleep(cut_s)  # the length of the cut is what is tested
        line.mend()
        await eventually(lambda: _engine_is(product, up=True), "the line to be back", 20)
        async with asyncio.timeout(20):
            await arriving.answered.wait()
        await other.in_state("after_call", "ready")
        await person.in_state("talking")
        await spoken(stays_with, staying, "agent_03")
        stays_with.hang_up()
        await person.in_state("after_call")
        staying.hang_up()
        arriving.hang_up()
        leader = await product.log_in("2001")

        async def all_told() -> bool:
            items = (await leader.get("/calls"))["items"]
            told = sorted(str(item["disposition"]) for item in items if item["ended_at"])
            return told == ["agent_answered", "agent_answered", "ivr_hangup"]

        await eventually(all_told, "each call told exactly once, with its own end", 40)


async def _engine_is(product: Product, *, up: bool) -> bool:
    return (await _health(product))["engine"]["up"] is up


async def _nodes_are(product: Product, *states: str) -> bool:
    worker = (await _health(product))["worker"]
    return tuple(state for name, state in worker.items() if name != "statistics") == states


async def _health(product: Product) -> Any:
    async with httpx.AsyncClient() as http:
        return (await http.get(f"{product.base}/api/v1/health")).json()
