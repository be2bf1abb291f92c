"""A department answers the citizen itself by SMS: the message leaves once, its report comes back onto the ticket, the outbox shows it."""

import asyncio

import httpx
import pytest

from hotline.ports.sms import SmsState
from hotline.ports.sms_gateway import DeliveryReport, Incoming
from tests.integration.features_admin.ticket_desk import PHONE, ticket_desk
from tests.integration.features_know.test_sms_outbox import Post, post

__all__ = ["post"]
ANSWER = "备案已通过，可直接刷卡结算"


@pytest.mark.req("TKT-4", "CHN-2")
async def test_a_departments_answer_reaches_the_citizen_and_its_report_the_ticket(post: Post) -> None:
    world = post.world
    desk = await ticket_desk(world)
    agent, officer = await world.log_in("agent"), await world.log_in("officer-a")
    ticket = (await desk.make(agent, department_id="a"))["id"]
    done = await desk.step(officer, ticket, "reply_citizen", text=ANSWER, close=True)
    (step,) = [one for one in done["steps"] if one["action"] == "reply_citizen"]
    assert (done["state"], step["sms"]) == ("closed", "queued")
    key = step["data"]["sms_key"]
    await post.start()
    await post.until(key, SmsState.SENT)
    assert len(post.gateway.left) == 1
    assert ANSWER in post.gateway.left[0][0]
    status = await post.sender.status(key)
    assert status is not None
    report = DeliveryReport(
        gateway_id=f"{status.id}/1", reference=status.id, delivered=True, final=True, code="DELIVRD", at=world.clock.now
    )  # fmt: skip
    post.gateway.queue.put_nowait([report])
    await post.until(key, SmsState.DELIVERED)
    seen = (await officer.get(f"/tickets/{ticket}")).json()
    assert [one["sms"] for one in seen["steps"] if one["action"] == "reply_citizen"] == ["delivered"]
    (shown,) = (await (await world.log_in("manager")).get("/sms/messages", params={"number": PHONE})).json()[
        "items"
    ]
    assert (shown["state"], shown["text"]) == ("delivered", post.gateway.left[0][0])


@pytest.mark.req("TKT-4", "CHN-2")
async def test_an_answer_that_did_not_arrive_is_told_once_to_whoever_has_the_ticket(post: Post) -> None:
    world = post.world
    desk = await ticket_desk(world)
    agent, officer = await world.log_in("agent"), await world.log_in("officer-a")
    ticket = (await desk.make(agent, department_id="a"))["id"]
    done = await desk.step(officer, ticket, "reply_citizen", text=ANSWER * 8, close=True)
    (step,) = [one for one in done["steps"] if one["action"] == "reply_citizen"]
    key = step["data"]["sms_key"]
    await post.start()
    await post.until(key, SmsState.SENT)
    status = await post.sender.status(key)
    assert status is not None
    assert status.parts > 1
    reports = [
        DeliveryReport(gateway_id=f"{status.id}/{part}", reference=status.id, delivered=False, final=True, code="UNDELIV", at=world.clock.now)
        for part in range(1, status.parts + 1)
    ]  # fmt: skip
    post.gateway.queue.put_nowait(reports)
    await post.until(key, SmsState.FAILED)
    seen = (await officer.get(f"/tickets/{ticket}")).json()["steps"]
    (failed,) = [one for one in seen if one["action"] == "reply_citizen"]
    assert (failed["sms"], failed["sms_problem"]) == ("failed", "运营商回执：未送达（UNDELIV）")
    for person in (agent, officer, await world.log_in("leader")):
        told = [one["text"] for one in (await person.get("/ticket-notices")).json()["items"] if one["kind"] == "sms_failed"]  # fmt: skip
        assert len(told) == 1, person
        assert "短信答复没有送到市民" in told[0]
        assert PHONE not in told[0]


@pytest.mark.req("CRM-1", "TKT-4")
async def test_a_customers_timeline_tells_the_ticket_the_answer_and_what_the_citizen_wrote(
    post: Post,
) -> None:
    world = post.world
    desk = await ticket_desk(world)
    agent, officer = await world.log_in("agent"), await world.log_in("officer-a")
    wanted = {"name": "王芳", "numbers": [{"number": PHONE, "label": "手机"}]}
    customer = (await agent.post("/customers", json=wanted)).json()["id"]
    ticket = await desk.make(agent, department_id="a")
    assert ticket["customer_id"] == customer, "known by the number"
    world.clock.forward(minutes=1)
    done = await desk.step(officer, ticket["id"], "reply_citizen", text=ANSWER, close=True)
    (step,) = [one for one in done["steps"] if one["action"] == "reply_citizen"]
    await post.start()
    await post.until(step["data"]["sms_key"], SmsState.SENT)
    world.clock.forward(minutes=1)
    post.gateway.queue.put_nowait(
        [Incoming(sender=PHONE, service_number="10690000", text="收到", at=world.clock.now, unique="1")]
    )

    async def timeline(client: httpx.AsyncClient) -> list[tuple[str, str]]:
        answer = await client.get(f"/customers/{customer}/timeline")
        return [(one["kind"], one["text"]) for one in answer.json().get("items", [])]

    async with asyncio.timeout(30):
        while len(found := await timeline(agent)) < 3:
            await asyncio.sleep(0.05)
    assert found == [("message", "收到"), ("message", ANSWER), ("ticket", ANSWER)]
    assert await timeline(await world.log_in("agent-a")) == [], "another organisation knows nothing of it"
