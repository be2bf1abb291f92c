"""An answer by SMS whose outcome nobody knows, over SMPP and CMPP: who is told, what they can do, and that nothing leaves twice."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from dirty_equals import IsPartialDict

from hotline.features.sms.models import SmsGatewayRow
from hotline.features.sms.news import NewsDesk
from hotline.features.sms.worker import OutboxWorker
from hotline.platform.people import ROOT_AUTHORITY
from hotline.ports.sms_gateway import SmsGatewayMaker
from tests.contract.test_sms_gateway import NUMBER, CmppPeer, SmppPeer, made_line
from tests.integration.features_admin.conftest import World
from tests.integration.features_admin.ticket_desk import TicketDesk, ticket_desk


@dataclass
class Post:
    """Tickets, the outbox, and a carrier at the other end of a real line."""

    desk: TicketDesk
    kind: str
    peer: Any
    worker: OutboxWorker
    running: asyncio.Task[None]

    @property
    def handed_over(self) -> int:
        """How often the carrier was given anything, answered or not."""
        if self.kind == "cmpp":
            return len(self.peer.gateway.submitted)
        return len(self.peer.taken) + len(self.peer.unanswered)

    async def restart(self) -> None:
        """The process dies and another one begins."""
        platform = self.desk.world.platform
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        self.worker = OutboxWorker(platform, self.worker._sealer, platform.services[NewsDesk])
        self.running = asyncio.create_task(self.worker.run(), name="outbox")

    async def report(self) -> None:
        """The carrier says that the newest message has arrived."""
        if self.kind == "cmpp":
            self.peer.gateway.report(self.peer.gateway.last_id, "DELIVRD", NUMBER)
            return
        receipt = f"id:m{len(self.peer.taken)} sub:001 dlvrd:001 stat:DELIVRD err:000 text:".encode()
        await self.peer.esme.deliver_sm("10658", receipt, source_addr=NUMBER, esm_class=4)

    async def until(self, client: httpx.AsyncClient, state: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait until so many messages are in a state; the clock moves, so that whatever were to be repeated would be."""
        async with asyncio.timeout(60):
            while True:
                found = (await client.get("/sms/messages", params={"state": state})).json()["items"]
                if len(found) == count:
                    return found
                self.desk.world.clock.forward(seconds=1)
                self.worker.wake()
                await asyncio.sleep(0.02)


@pytest.fixture(params=["smpp", "cmpp"])
async def post(request: pytest.FixtureRequest, world: World) -> AsyncIterator[Post]:
    peer: Any = {"smpp": SmppPeer, "cmpp": CmppPeer}[request.param]()
    await peer.start()
    world.platform.services[SmsGatewayMaker] = lambda _line: made_line(request.param, peer)
    async with world.database.writing() as work:
        work.session.add(
            SmsGatewayRow(
                id="gate", authority_id=ROOT_AUTHORITY, name="网关", kind="recording", settings={"kind": "recording"},
                secret="", notify_token="", per_second=500, position=1, active=True,
            )
        )  # fmt: skip
    worker = world.platform.services[OutboxWorker]
    running = asyncio.create_task(worker.run(), name="outbox")
    made = Post(await ticket_desk(world), request.param, peer, worker, running)
    yield made
    made.running.cancel()
    await asyncio.gather(made.running, return_exceptions=True)
    await peer.stop()


@pytest.mark.req("CHN-2", "TKT-4")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_who_answered_is_told_and_a_leader_decides_and_nothing_leaves_twice(post: Post) -> None:
    world, desk = post.desk.world, post.desk
    agent, officer, leader = [await world.log_in(name) for name in ("agent", "officer-a", "leader")]
    ticket = await desk.make(agent, department_id="a")
    path = f"/tickets/{ticket['id']}"
    post.peer.stay_silent()
    await desk.step(officer, ticket["id"], "reply_citizen", text="已制卡，可到窗口领取", close=True)
    (lost,) = await post.until(leader, "uncertain")
    assert (lost["text"], lost["attempts"]) == ("已制卡，可到窗口领取", 1)
    for client in (agent, officer, leader):
        told = [
            one
            for one in (await client.get("/ticket-notices")).json()["items"]
            if one["kind"] == "sms_failed"
        ]
        assert len(told) == 1
        assert "是否发出不明" in told[0]["text"]
        assert "班长" in told[0]["text"], (
            "who can do something about it is named: an officer has no list of messages"
        )
    (step,) = [one for one in (await officer.get(path)).json()["steps"] if one["sms"]]
    assert step == IsPartialDict(action="reply_citizen", sms="uncertain")
    assert "请核实后决定是否重发" in step["sms_problem"]

    for n in (
        1,
        2,
    ):  # nothing is repeated, however often the application begins anew and however long it runs
        await post.restart()
        world.clock.forward(hours=5)
        await leader.post("/sms/messages", json={"to": NUMBER, "text": "别的", "request_id": f"another-{n}"})
        await post.until(leader, "sent", n)
    assert post.handed_over == 3
    assert len(await post.until(leader, "uncertain")) == 1

    again = f"/sms/messages/{lost['id']}/resend"
    assert (await officer.post(again)).status_code == 403
    resent = (await leader.post(again)).json()
    assert (await leader.post(again)).json()["error"]["code"] == "sms_state", "once"
    await post.until(leader, "sent", 3)
    await post.report()
    (arrived,) = await post.until(leader, "delivered")
    assert (arrived["id"], arrived["text"], post.handed_over) == (resent["id"], lost["text"], 4)
    (step,) = [one for one in (await officer.get(path)).json()["steps"] if one["sms"]]
    assert (step["sms"], step["sms_problem"]) == ("delivered", ""), (
        "the step shows what became of it in the end"
    )


@pytest.mark.req("CHN-2", "TKT-4")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_was_sent_again_in_vain_is_told_as_well(post: Post) -> None:
    world, desk = post.desk.world, post.desk
    agent, leader = await world.log_in("agent"), await world.log_in("leader")
    ticket = await desk.make(agent)
    post.peer.stay_silent()
    await desk.step(agent, ticket["id"], "answer", text="已办好", sms=True)
    (lost,) = await post.until(leader, "uncertain")
    post.peer.refuse_next(throttled=False)
    await leader.post(f"/sms/messages/{lost['id']}/resend")
    await post.until(leader, "failed")
    told = [one["text"] for one in (await agent.get("/ticket-notices")).json()["items"]]
    assert "短信答复没有送到市民" in told[0]
    (step,) = [one for one in (await agent.get(f"/tickets/{ticket['id']}")).json()["steps"] if one["sms"]]
    assert step["sms"] == "failed"
