"""Tickets from the citizen's question to the count in the report, over every turn they can take, with the SMS and the two editors."""

import asyncio
from datetime import timedelta

import pytest
from dirty_equals import IsPartialDict

from hotline.features.sms.models import SmsMessage
from hotline.platform.ids import new_id
from hotline.platform.people import Agent
from hotline.ports.sms import SmsListener, SmsReceived, SmsSender
from tests.integration.features_admin.conftest import World
from tests.integration.features_admin.ticket_desk import PHONE, ticket_desk


def agent_of(user_id: str, number: str) -> Agent:
    """The agent's side of a person of the root."""
    return Agent(
        id=user_id, authority_id="root", number=number, may_call_out=True, mobile="", call_class=2, forwarding_when="",
        forwarding_to="", active=True,
    )  # fmt: skip


PERIOD = {"from": "2026-11-01T00:00:00+08:00", "to": "2026-12-01T00:00:00+08:00"}


@pytest.mark.req("TKT-2", "TKT-4")
async def test_from_the_question_over_the_department_to_the_citizen_and_the_report(world: World) -> None:
    desk = await ticket_desk(world)
    agent, officer, leader = [await world.log_in(name) for name in ("agent", "officer-a", "leader")]
    ticket = await desk.make(agent)
    assert ticket == IsPartialDict({"state": "open", "light": "green", "number": "202611200001"})
    await desk.step(agent, ticket["id"], "dispatch", department_id="a", text="请核实制卡进度")
    mine = (await officer.get("/tickets")).json()["items"]
    assert [one["id"] for one in mine] == [ticket["id"]]
    assert mine[0]["contact"] == "138****8000"
    assert (await officer.post(f"/tickets/{ticket['id']}/contact")).json() == {"contact": PHONE}
    await desk.step(officer, ticket["id"], "accept")
    world.clock.forward(minutes=40)
    replied = await desk.step(officer, ticket["id"], "reply", text="已制卡，可到窗口领取")
    assert replied["state"] == "replied"
    news = (await agent.get("/ticket-notices")).json()
    assert (news["unread"], news["items"][0]["kind"]) == (1, "replied")
    done = await desk.step(
        agent, ticket["id"], "answer", text="您的社保卡已制好，可到窗口领取。", sms=True, close=True
    )
    assert done == IsPartialDict(
        {"state": "closed", "in_time": True, "consulted": True, "actions": ["reopen", "note"]}
    )
    (sent,) = await world.platform.services[SmsSender].about("ticket", ticket["id"])
    assert sent.to == PHONE
    assert [(one["action"], one["user_name"], one["sms"]) for one in done["steps"]] == [
        ("create", "agent", ""), ("dispatch", "agent", ""), ("accept", "officer-a", ""), ("reply", "officer-a", ""),
        ("answer", "agent", "queued"), ("close", "agent", ""),
    ]  # fmt: skip
    report = (await leader.get("/ticket-reports/tickets", params=PERIOD | {"group_by": "department"})).json()
    assert report["totals"] == IsPartialDict(
        {"made": 1, "finished": 1, "consulted": 1, "in_time_rate": 1.0, "average_time": 2400.0}
    )
    assert {row["id"] for row in report["rows"]} == {"a"}
    assert (await officer.get(f"/tickets/{ticket['id']}")).status_code == 200, (
        "what was with a department stays in its sight"
    )


@pytest.mark.req("TKT-4")
async def test_only_query_types_are_answered_by_sms_and_a_refusal_changes_nothing(world: World) -> None:
    desk = await ticket_desk(world)
    agent, officer = await world.log_in("agent"), await world.log_in("officer-a")
    ticket = await desk.make(agent, department_id="a")
    urgent = await desk.make(agent, "urgent", department_id="a")
    answer = await officer.post(
        f"/tickets/{urgent['id']}/steps", json={"action": "reply_citizen", "text": "好"}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "sms_not_possible")
    assert (await agent.get(f"/tickets/{urgent['id']}")).json() == IsPartialDict(
        {"state": "assigned", "answer": ""}
    )
    done = await desk.step(officer, ticket["id"], "reply_citizen", text="已办好，请领取", close=True)
    assert (done["state"], done["answer"]) == ("closed", "已办好，请领取")
    async with world.database.reading() as session:
        (message,) = await world.platform.services[SmsSender].about("ticket", ticket["id"])
        assert (await session.get_one(SmsMessage, message.id)).text == "已办好，请领取"


@pytest.mark.req("TKT-2", "TKT-6")
async def test_every_turn_a_complaint_can_take_is_in_its_history(world: World) -> None:
    desk = await ticket_desk(world)
    agent, leader = await world.log_in("agent"), await world.log_in("leader")
    first, second = await world.log_in("officer-a"), await world.log_in("officer-b")
    ticket = (
        await desk.make(agent, "complaint", values={"kind": "态度"}, grade="minor", concerned="一号窗口")
    )["id"]
    await desk.step(agent, ticket, "dispatch", department_id="a")
    await desk.step(first, ticket, "return", text="不属本部门")
    assert (await first.get(f"/tickets/{ticket}")).status_code == 200
    await desk.step(agent, ticket, "dispatch", department_id="a")
    await desk.step(leader, ticket, "reassign", department_id="b", text="由二部承办")
    for officer, here in ((first, 0), (second, 1)):
        assert (await officer.get("/ticket-boxes")).json()["department"] == here, (
            "what went on is no work of theirs"
        )
        assert (await officer.get("/tickets", params={"department_id": "ours"})).json()["total"] == here
    await desk.step(agent, ticket, "urge", text="市民来电催问")
    await desk.step(agent, ticket, "escalate", text="涉及多人")
    await desk.step(leader, ticket, "supervise", text="本周内办结")
    assert {one["kind"] for one in (await second.get("/ticket-notices")).json()["items"]} == {
        "dispatched",
        "urged",
        "supervised",
    }
    await desk.step(second, ticket, "reply", text="已教育当事人")
    unfilled = await agent.post(f"/tickets/{ticket}/steps", json={"action": "answer", "text": "已处理"})
    assert unfilled.json()["error"]["code"] == "form_incomplete", "what is required to close is asked for"
    await agent.patch(f"/tickets/{ticket}", json={"values": {"wish": "道歉"}})
    await desk.step(agent, ticket, "answer", text="已处理并致歉")
    await desk.step(leader, ticket, "verify", verdict="valid", grade="serious", measures="窗口培训")
    await desk.step(agent, ticket, "reopen", text="市民不满意")
    seen = (await agent.get(f"/tickets/{ticket}")).json()
    assert seen == IsPartialDict(
        {"round": 2, "returned": 1, "reassigned": 1, "urged": 1, "level": 1, "supervised": True, "verdict": "valid",
         "measures": "窗口培训", "grade": "serious", "state": "open", "in_time": None}
    )  # fmt: skip
    assert [stay["outcome"] for stay in seen["stays"]] == ["return", "reassign", "reply"]
    report = (
        await leader.get("/ticket-reports/complaints", params=PERIOD | {"group_by": "concerned"})
    ).json()
    assert report["rows"][0] == IsPartialDict({"label": "一号窗口"})
    assert report["totals"] == IsPartialDict({"made": 1, "valid": 1, "second_round": 1, "valid_rate": 1.0})


@pytest.mark.req("TKT-2")
async def test_repeats_are_merged_and_say_into_what(world: World) -> None:
    desk = await ticket_desk(world)
    agent = await world.log_in("agent")
    kept, twice = await desk.make(agent), await desk.make(agent)
    wrong = await agent.post(
        f"/tickets/{twice['id']}/steps", json={"action": "merge", "into": twice["number"]}
    )
    assert wrong.status_code == 422
    gone = await desk.step(agent, twice["id"], "merge", into=kept["number"])
    assert (gone["state"], gone["merged_into"]["number"], gone["actions"]) == (
        "merged",
        kept["number"],
        ["note"],
    )
    assert [one["number"] for one in (await agent.get(f"/tickets/{kept['id']}")).json()["merged"]] == [
        twice["number"]
    ]


@pytest.mark.req("TKT-2", "ADM-1")
async def test_it_is_handed_over_to_a_colleague_who_may_work_on_it_and_to_nobody_else(world: World) -> None:
    desk = await ticket_desk(world)
    names = ("agent", "leader", "officer-a", "agent-a", "wall")
    agent, leader, officer, stranger, wall = [await world.log_in(name) for name in names]
    ticket = (await desk.make(agent, department_id="a"))["id"]
    path = f"/tickets/{ticket}/colleagues"
    found = (await agent.get(path)).json()["items"]
    assert [one["name"] for one in found] == ["admin", "leader", "manager"], "not who has it already"
    async with world.database.writing() as work:
        work.session.add(agent_of("id-leader", "1007"))
    found = (await agent.get(path)).json()["items"]
    assert [one["name"] for one in found] == ["leader", "admin", "manager"], "by work number"
    for words in ("lead", "100"):
        (only,) = (await agent.get(path, params={"words": words})).json()["items"]
        assert only == {"id": "id-leader", "name": "leader", "number": "1007"}
    assert (await agent.get(path, params={"words": "%"})).json()["items"] == []
    assert (await officer.get(path)).json()["items"] == [], "it is not theirs to hand over"
    assert [(await one.get(path)).status_code for one in (stranger, wall)] == [404, 403]
    step = {"action": "transfer", "text": "家事，请接手"}
    for wrong in ("id-officer", "id-wall", "id-agent-b", "nobody", None):
        refused = await agent.post(f"/tickets/{ticket}/steps", json=step | {"owner_id": wrong})
        assert refused.status_code == 422, wrong
    unsaid = {"action": "transfer", "owner_id": "id-leader"}
    assert (await agent.post(f"/tickets/{ticket}/steps", json=unsaid)).status_code == 422
    taken = await desk.step(agent, ticket, "transfer", owner_id="id-leader", text="请接手")
    assert (taken["owner_name"], taken["state"]) == ("leader", "assigned")
    assert [one["kind"] for one in (await leader.get("/ticket-notices")).json()["items"]] == ["transferred"]
    await desk.step(officer, ticket, "reply", text="已核实")
    await desk.step(leader, ticket, "answer", text="已答复")
    assert (await agent.get(path)).json()["items"] == [], "it is done"


@pytest.mark.req("TKT-2")
async def test_of_two_who_step_at_once_one_is_told(world: World) -> None:
    desk = await ticket_desk(world)
    ticket = await desk.make(await world.log_in("agent"))
    people = [await world.log_in(name) for name in ("agent", "leader", "manager")]
    step = {"action": "dispatch", "department_id": "a", "text": "请核实"}
    answers = await asyncio.gather(*(one.post(f"/tickets/{ticket['id']}/steps", json=step) for one in people))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    seen = (await people[0].get(f"/tickets/{ticket['id']}")).json()
    assert [one["action"] for one in seen["steps"]].count("dispatch") == 1


@pytest.mark.req("TKT-2")
async def test_of_two_editors_neither_loses_text(world: World) -> None:
    desk = await ticket_desk(world)
    agent, leader = await world.log_in("agent"), await world.log_in("leader")
    ticket = await desk.make(agent, "complaint", values={"kind": "态度"})
    path = f"/tickets/{ticket['id']}"
    base = {"content": ticket["content"], "title": ticket["title"], "values": ticket["values"]}
    await leader.patch(path, json={"content": "班长补充", "values": {"wish": "道歉"}, "base": base})
    other = await agent.patch(path, json={"title": "新标题", "values": {"fee": 12.5}, "base": base})
    assert other.status_code == 200, "another field: both are kept"
    late = await agent.patch(path, json={"content": "座席补充", "values": {"wish": "退费"}, "base": base})
    error = late.json()["error"]
    assert (late.status_code, error["code"], error["details"]["by"]) == (409, "ticket_changed", "agent")
    assert error["details"]["conflicts"] == {
        "content": {"base": "上月申请", "theirs": "班长补充", "mine": "座席补充"},
        "values.wish": {"base": None, "theirs": "道歉", "mine": "退费"},
    }
    blind = await agent.patch(path, json={"content": "座席补充", "values": {"wish": "退费"}})
    assert blind.json()["error"]["details"]["conflicts"] == {
        "content": {"base": "", "theirs": "班长补充", "mine": "座席补充"},
        "values.wish": {"base": None, "theirs": "道歉", "mine": "退费"},
    }, "who does not say what they saw writes over nothing"
    odd = await agent.patch(path, json={"values": {"wish": "退费"}, "base": {"values": "道歉"}})
    assert odd.status_code == 409
    assert (await agent.patch(path, json={"concerned": "一号窗口"})).status_code == 200, "nothing stood there"
    seen = (await agent.get(path)).json()
    assert (seen["title"], seen["content"]) == ("新标题", "班长补充")
    assert seen["values"] == {"kind": "态度", "wish": "道歉", "fee": 12.5}


@pytest.mark.req("TKT-2", "ADM-4")
async def test_the_history_tells_a_department_what_was_corrected_and_nothing_personal(world: World) -> None:
    desk = await ticket_desk(world)
    agent, manager, officer = [await world.log_in(name) for name in ("agent", "manager", "officer-a")]
    field = {"key": "card", "label": "证件", "kind": "text", "personal": True}
    kind = (await manager.post("/ticket-types", json={"name": "核验", "fields": [field]})).json()
    desk.types["checked"] = kind["id"]
    ticket = await desk.make(agent, "checked", department_id="a", confidential=True, customer_name="李晓明")
    changes = {"customer_name": "李小明", "values": {"card": "A1234567"}, "base": {"customer_name": "李晓明"}}
    edited = await agent.patch(f"/tickets/{ticket['id']}", json=changes)
    assert edited.json()["steps"][-1]["data"]["fields"]["customer_name"] == ["李晓明", "李小明"]
    for one in (officer, await world.log_in("manager-a")):
        seen = await one.get(f"/tickets/{ticket['id']}")
        assert list(seen.json()["steps"][-1]["data"]["fields"]) == ["customer_name", "values"]
        assert not [secret for secret in ("李小明", "李晓明", "A1234567", PHONE) if secret in seen.text]
        refused = await one.patch(
            f"/tickets/{ticket['id']}", json={"contact": "13900000000", "base": {"contact": ""}}
        )
        assert (refused.status_code, PHONE in refused.text) == (403, False)


@pytest.mark.req("TKT-2", "TKT-3", "CHN-2")
async def test_a_citizens_sms_goes_onto_the_ticket_and_ends_the_waiting(world: World) -> None:
    desk = await ticket_desk(world)
    agent = await world.log_in("agent")
    ticket = await desk.make(agent)
    waiting = await desk.step(agent, ticket["id"], "wait", text="请补充身份证号")
    assert (waiting["light"], waiting["due_at"]) == ("waiting", None)
    world.clock.forward(minutes=60)
    message = SmsReceived(
        id=new_id(), sender=PHONE, service_number="12345", text="<b>号码是…</b>", at=world.clock(), authority_id="root",
        reference_kind="ticket", reference_id=ticket["id"],
    )  # fmt: skip
    async with world.database.writing() as work:
        for listener in world.platform.listeners[SmsListener]:
            await listener.sms_received(work.session, message)
    seen = (await agent.get(f"/tickets/{ticket['id']}")).json()
    assert seen["state"] == "open"
    assert [(one["action"], one["text"]) for one in seen["steps"][-2:]] == [
        ("citizen", "<b>号码是…</b>"),
        ("resume", ""),
    ]
    before, after = ticket["due_at"], seen["due_at"]
    assert after > before


@pytest.mark.req("TKT-2")
async def test_a_department_with_open_tickets_cannot_be_taken_out_of_use(world: World) -> None:
    desk = await ticket_desk(world)
    agent, admin = await world.log_in("agent"), await world.log_in("admin")
    ticket = await desk.make(agent, department_id="a")
    refused = await admin.patch("/organisations/a", json={"active": False})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "in_use")
    assert "1 张未办结的工单" in refused.json()["error"]["message"]
    body = {"ids": [ticket["id"]], "step": {"action": "reassign", "department_id": "b", "text": "部门撤销"}}
    assert (await admin.post("/ticket-batch", json=body)).json() == {"done": 1, "problems": []}
    assert (await admin.patch("/organisations/a", json={"active": False})).status_code == 200
    again = await agent.post(
        f"/tickets/{ticket['id']}/steps", json={"action": "reassign", "department_id": "a", "text": "x"}
    )
    assert again.status_code == 422


@pytest.mark.req("TKT-2")
async def test_a_batch_names_those_it_does_not_fit(world: World) -> None:
    desk = await ticket_desk(world)
    agent = await world.log_in("agent")
    open_one = await desk.make(agent)
    sent = await desk.make(agent, department_id="a")
    body = {"ids": [open_one["id"], sent["id"]], "step": {"action": "dispatch", "department_id": "b"}}
    done = (await agent.post("/ticket-batch", json=body)).json()
    assert done["done"] == 1
    assert done["problems"] == [
        IsPartialDict({"number": sent["number"], "message": "工单现在是“待签收”，不能派单"})
    ]
    world.clock.now += timedelta(days=1)
    tomorrow = await desk.make(await world.log_in("agent"))
    assert tomorrow["number"] == "202611210001"
