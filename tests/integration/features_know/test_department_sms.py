"""A department answers the citizen itself by SMS: the message leaves once, its report comes back onto the ticket, the outbox shows it."""

import pytest

from hotline.ports.sms import SmsState
from hotline.ports.sms_gateway import DeliveryReport
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
