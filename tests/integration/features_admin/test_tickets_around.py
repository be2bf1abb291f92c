"""Around tickets: deadlines that follow the calendar, warnings, web hooks, search and filters, files, print, saved filters, hostile text."""

import hashlib
import hmac
import io
import json
from datetime import datetime

import openpyxl
import pytest
from dirty_equals import IsPartialDict

from hotline.core.site import Site
from hotline.features.tickets import first_page_repository
from hotline.features.tickets.following import TicketFollower
from tests.integration.features_admin.conftest import World
from tests.integration.features_admin.fake_control import ROOT
from tests.integration.features_admin.ticket_desk import PHONE, at, office_hours, ticket_desk

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> {{7*7}} ${jndi:x} =cmd|'/c calc'!A1 \u202e"


@pytest.mark.req("TKT-3")
async def test_deadlines_follow_the_working_time_and_a_calendar_changed_later(world: World) -> None:
    desk = await ticket_desk(world)
    agent = await world.log_in("agent")
    world.clock.now = at("20 11:50")
    ticket = await desk.make(agent, "urgent")
    assert datetime.fromisoformat(ticket["due_at"]) == at("20 13:50"), "over the lunch break"
    world.clock.now = at("20 17:20")
    late = await desk.make(agent, "urgent")
    assert datetime.fromisoformat(late["due_at"]) == at("23 09:20"), "over the weekend"
    desk.control.site_now = Site(authority_id=ROOT, hours=(office_hours("2026-11-23"),))
    await desk.follower.calendar_changed()
    await desk.follower.work_off()
    seen = (await agent.get(f"/tickets/{late['id']}")).json()
    assert datetime.fromisoformat(seen["due_at"]) == at("24 09:20"), "the Monday became a holiday"


@pytest.mark.req("TKT-3")
async def test_a_deadline_that_a_changed_calendar_puts_into_the_past_is_told(world: World) -> None:
    desk = await ticket_desk(world)
    agent = await world.log_in("agent")
    desk.control.site_now = Site(authority_id=ROOT, hours=(office_hours("2026-11-23"),))
    world.clock.now = at("20 17:20")
    late, amber = (
        await desk.make(agent, "urgent"),
        await desk.make(agent, "complaint", values={"kind": "态度"}),
    )
    assert datetime.fromisoformat(late["due_at"]) == at("24 09:20")
    world.clock.now = at("23 16:20")
    await desk.follower.work_off()
    agent = await world.log_in("agent")
    assert (await agent.get("/ticket-notices")).json()["items"] == []
    desk.control.site_now = Site(
        authority_id=ROOT, hours=(office_hours(),)
    )  # the Monday is no holiday after all
    await desk.follower.calendar_changed()
    for _ in range(2):
        await desk.follower.work_off()
        told = (await agent.get("/ticket-notices")).json()["items"]
        assert {(one["kind"], one["ticket_id"]) for one in told} == {
            ("overdue", late["id"]),
            ("amber", amber["id"]),
        }
        assert len(told) == 2, "once"
    world.clock.now = at("24 09:30")
    agent = await world.log_in("agent")
    await desk.follower.work_off()
    told = (await agent.get("/ticket-notices")).json()["items"]
    assert [one["kind"] for one in told if one["ticket_id"] == amber["id"]] == ["overdue", "amber"]


@pytest.mark.req("TKT-3")
async def test_amber_then_red_are_told_once_each_and_listed_the_most_urgent_first(world: World) -> None:
    desk = await ticket_desk(world)
    agent, leader = await world.log_in("agent"), await world.log_in("leader")
    second, first = (
        await desk.make(agent),
        await desk.make(agent, "urgent"),
    )  # due in 24 h and in 30 min of work
    for minutes, kinds in ((20, []), (5, ["amber"]), (10, ["overdue", "amber"]), (60, ["overdue", "amber"])):
        world.clock.forward(minutes=minutes)
        await desk.follower.work_off()
        told = (await leader.get("/ticket-notices")).json()["items"]
        assert [one["kind"] for one in told] == kinds
    red = (await agent.get("/tickets", params={"light": "red"})).json()["items"]
    assert [one["id"] for one in red] == [first["id"]]
    boxes = (await agent.get("/ticket-boxes")).json()
    assert boxes == IsPartialDict({"red": 1, "open": 2, "mine": 2, "amber": 0})
    await desk.step(agent, first["id"], "answer", text="已处理")
    assert (await agent.get(f"/tickets/{first['id']}")).json()["in_time"] is False
    assert (await agent.post("/ticket-notices/read")).status_code == 204
    assert (await agent.get("/ticket-notices")).json()["unread"] == 0
    assert (await leader.get("/ticket-notices")).json()["unread"] == 2
    assert second["light"] == "green"


@pytest.mark.req("TKT-3", "ADM-5")
async def test_a_web_hook_is_signed_and_repeated_until_taken(world: World) -> None:
    desk = await ticket_desk(world)
    manager, agent = await world.log_in("manager"), await world.log_in("agent")
    wanted = {
        "name": "督查平台",
        "kind": "webhook",
        "to": "https://example.org/hook",
        "events": ["dispatched"],
    }
    made = (await manager.post("/ticket-channels", json=wanted)).json()
    got: list[tuple[bytes, dict[str, str]]] = []
    answers = [503, 200]

    async def post(address: str, body: bytes, headers: dict[str, str]) -> int:
        assert address == wanted["to"]
        got.append((body, headers))
        return answers.pop(0)

    follower = TicketFollower(world.platform, post)
    await desk.make(agent, department_id="a", customer_name="张三")
    await follower.work_off()
    await follower.work_off()
    assert len(got) == 1, "not again at once"
    (listed,) = (await manager.get("/ticket-channels")).json()["items"]
    assert (listed["waiting"], listed["problem"], listed["secret"]) == (1, "对方回应 503", "")
    world.clock.forward(minutes=1)
    await follower.work_off()
    world.clock.forward(minutes=10)
    await follower.work_off()
    assert len(got) == 2
    body, headers = got[1]
    signature = hmac.new(made["secret"].encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Hotline-Signature"] == f"sha256={signature}"
    assert json.loads(body) == IsPartialDict({"event": "ticket.dispatched", "state_name": "待签收"})
    assert PHONE not in body.decode()
    assert "张三" not in body.decode()


@pytest.mark.req("TKT-1", "TKT-2")
@pytest.mark.parametrize(
    "to", ["http://127.0.0.1:9/", "http://169.254.169.254/latest", "http://[::1]:9/", "http://0.0.0.0/"]
)
async def test_a_web_hook_into_this_machine_or_its_cloud_is_not_called(world: World, to: str) -> None:
    desk = await ticket_desk(world)
    manager, agent = await world.log_in("manager"), await world.log_in("agent")
    wanted = {"name": "内部", "kind": "webhook", "to": to, "events": ["dispatched"]}
    assert (await manager.post("/ticket-channels", json=wanted)).status_code == 201
    await desk.make(agent, department_id="a")
    await desk.follower.work_off()
    (listed,) = (await manager.get("/ticket-channels")).json()["items"]
    assert listed["problem"] == "不允许的地址（本机或云平台内部地址）"


async def test_tickets_are_found_by_words_filters_and_saved_filters(world: World) -> None:
    desk = await ticket_desk(world)
    agent, other = await world.log_in("agent"), await world.log_in("agent-a")
    card = await desk.make(agent, title="社保卡丢失补办", content="在地铁站丢失，编号 AB12345")
    house = await desk.make(agent, "urgent", title="房产证加名", contact="", urgency="urgent")
    for words, found in {
        "社保": [card], "保卡": [card], "社保 地铁": [card], "丢": [card], "ab123": [card], "卡社": [], "房产证": [house],
        house["number"]: [house], "'\"*()": [house, card], "社保 房产": [],
    }.items():  # fmt: skip
        items = (await agent.get("/tickets", params={"words": words})).json()["items"]
        assert [one["id"] for one in items] == [one["id"] for one in found], words
    for query, found in (
        ({"number": PHONE}, card), ({"urgency": "urgent"}, house), ({"category": "help"}, house), ({"type_id": desk.types["consult"]}, card)
    ):  # fmt: skip
        page = (await agent.get("/tickets", params=query)).json()
        assert ([one["id"] for one in page["items"]], page["total"]) == ([found["id"]], 1), query
    first = (await agent.get("/tickets", params={"limit": 1})).json()
    rest = (await agent.get("/tickets", params={"limit": 1, "cursor": first["next_cursor"]})).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == [house["id"], card["id"]]
    days = {"from": "2026-11-20T00:00:00+08:00", "to": "2026-11-21T00:00:00+08:00", "limit": 1}
    first = (await agent.get("/tickets", params=days | {"state": ["open"]})).json()
    rest = (await agent.get("/tickets", params=days | {"cursor": first["next_cursor"]})).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == [house["id"], card["id"]]
    assert (first["total"], rest["next_cursor"]) == (2, None)
    assert (await agent.get("/tickets", params=days | {"from": "2026-11-20T23:00:00+08:00"})).json()[
        "items"
    ] == []
    assert (await other.get("/tickets")).json()["items"] == []


async def test_frequent_words_with_another_filter_are_not_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_page_repository, "COUNT_MOST", 2)
    desk = await ticket_desk(world)
    agent = await world.log_in("agent")
    for title in ("社保卡丢失", "社保卡换领", "社保卡激活"):
        await desk.make(agent, title=title)
    for query, total in (
        ({"words": "社保卡"}, -1), ({"words": "社保卡", "state": "open"}, None), ({"words": "换领", "state": "open"}, 1),
        ({"words": "社保卡", "state": "open", "limit": 50}, 3), ({"words": "。", "state": "open"}, -1), ({"words": "社保卡 激活", "state": "closed"}, 0),
    ):  # fmt: skip
        page = (await agent.get("/tickets", params={"limit": 1} | query)).json()
        assert page["total"] == total, query


@pytest.mark.req("TKT-1", "TKT-2")
async def test_a_caller_whose_number_is_withheld_has_a_ticket_and_no_message(world: World) -> None:
    desk = await ticket_desk(world)
    agent = await world.log_in("agent")
    first, second = await desk.make(agent, contact=""), await desk.make(agent, contact="")
    pop = (await agent.get("/screen-pop", params={"number": ""})).json()
    assert pop == IsPartialDict(number="", customer=None, others=[], contacts=[]), (
        "others without a number are not the same person"
    )
    worded = await agent.get("/screen-pop", params={"number": "anonymous"})
    assert worded.status_code == 422, "a word of the network is nobody's number"
    for path, body in (
        ("/sms/messages", {"to": "anonymous", "text": "您好", "request_id": "to-nobody"}),
        ("/tickets", {"type_id": desk.types["consult"], "title": "x", "contact": "anonymous"}),
        ("/customers", {"name": "x", "numbers": [{"number": "anonymous"}]}),
    ):
        assert (await agent.post(path, json=body)).status_code in {409, 422}, path
    whole = (await agent.get(f"/tickets/{first['id']}")).json()
    assert whole == IsPartialDict(contact="", customer_id=None, sms_allowed=False)
    steps = f"/tickets/{first['id']}/steps"
    refused = await agent.post(steps, json={"action": "answer", "text": "已办好", "sms": True})
    assert refused.json()["error"]["message"] == "不能用短信答复：工单没有市民的联系电话"
    answered = await agent.post(steps, json={"action": "answer", "text": "已当面告知", "close": True})
    assert answered.json()["state"] == "closed"
    assert second["state"] == "open"
    view = {"name": "我的紧急", "query": {"urgency": "urgent", "owner_id": "me"}, "shared": True}
    saved = (await agent.post("/ticket-views", json=view)).json()
    leader = await world.log_in("leader")
    assert (await leader.get("/ticket-views")).json()["items"] == [saved | {"mine": False}]
    assert (await leader.delete(f"/ticket-views/{saved['id']}")).status_code == 404
    assert (await agent.delete(f"/ticket-views/{saved['id']}")).status_code == 204


@pytest.mark.req("TKT-1")
async def test_files_are_kept_with_their_hash_and_what_runs_is_refused(world: World) -> None:
    desk = await ticket_desk(world)
    agent, leader, officer = [await world.log_in(name) for name in ("agent", "leader", "officer-a")]
    ticket = (await desk.make(agent, department_id="a"))["id"]
    path = f"/tickets/{ticket}/attachments"
    content = b"\x89PNG\r\n\x1a\n picture"
    seen = (await officer.post(path, files={"file": ("照片.png", content)})).json()
    (kept,) = seen["attachments"]
    assert kept == IsPartialDict(
        {"name": "照片.png", "sha256": hashlib.sha256(content).hexdigest(), "by_name": "officer-a"}
    )
    for name, bad in (("a.exe", b"MZ"), ("图.svg", b"<svg onload=x>"), ("page.png", b"<!DOCTYPE html>")):
        answer = await agent.post(path, files={"file": (name, bad)})
        assert answer.json()["error"]["code"] == "upload_refused", name
    whole = b"\x89PNG\r\n\x1a\n" + bytes(20 * 1024 * 1024 - 8)
    assert (await agent.post(path, files={"file": ("20MB.png", whole)})).status_code == 201
    assert (await agent.post(path, files={"file": ("more.png", whole + b"0")})).status_code in {413, 422}
    got = await agent.get(f"{path}/{kept['id']}")
    assert got.content == content
    assert got.headers["content-disposition"].startswith("attachment;")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert (await (await world.log_in("officer-b")).get(f"{path}/{kept['id']}")).status_code == 404
    assert (await agent.delete(f"{path}/{kept['id']}")).status_code == 403, "not the agent's own file"
    left = (await leader.delete(f"{path}/{kept['id']}")).json()["attachments"]
    assert [one["name"] for one in left] == ["20MB.png"]


@pytest.mark.req("TKT-1", "TKT-2", "ADM-3")
async def test_a_ticket_that_is_done_keeps_its_files(world: World) -> None:
    desk = await ticket_desk(world)
    agent, leader, officer = [await world.log_in(name) for name in ("agent", "leader", "officer-a")]
    file = {"file": ("照片.png", b"\x89PNG\r\n\x1a\n picture")}

    async def with_files(**fields: str) -> tuple[str, list[str]]:
        ticket = (await desk.make(agent, **fields))["id"]
        for one in (officer if fields else agent, agent):
            assert (await one.post(f"/tickets/{ticket}/attachments", files=file)).status_code == 201
        seen = (await agent.get(f"/tickets/{ticket}")).json()
        return ticket, [one["id"] for one in seen["attachments"]]

    kept = await desk.make(agent)
    for state, way in {
        "closed": (officer, "reply"),
        "merged": (agent, "merge"),
        "cancelled": (leader, "cancel"),
    }.items():
        ticket, (first, second) = await with_files(**({} if state == "cancelled" else {"department_id": "a"}))
        await desk.step(way[0], ticket, way[1], text="原因", into=kept["number"])
        if state == "closed":
            await desk.step(agent, ticket, "answer", text="已办好", close=True)
        for client, one in (
            (officer if state != "cancelled" else agent, first),
            (agent, second),
            (leader, first),
        ):
            refused = await client.delete(f"/tickets/{ticket}/attachments/{one}")
            assert (refused.status_code, refused.json()["error"]["code"]) == (409, "ticket_files_kept"), state
        assert "附件须留存" in refused.json()["error"]["message"]
        assert len((await agent.get(f"/tickets/{ticket}")).json()["attachments"]) == 2
    ticket, (first, _) = await with_files()
    assert (await agent.delete(f"/tickets/{ticket}/attachments/{first}")).status_code == 200
    audited = (await (await world.log_in("admin")).get("/audit", params={"action": "tickets.detach"})).json()
    assert [(one["target_id"], one["after"]["name"]) for one in audited["items"]] == [(ticket, "照片.png")]


@pytest.mark.req("TKT-1", "ADM-4")
async def test_hostile_text_comes_back_as_text_everywhere(world: World) -> None:
    desk = await ticket_desk(world)
    agent, leader = await world.log_in("agent"), await world.log_in("leader")
    ticket = await desk.make(
        agent, "complaint", title=HOSTILE[:100], content=HOSTILE, customer_name=HOSTILE[:90], concerned="=1+1",
        values={"kind": "态度", "wish": HOSTILE},
    )  # fmt: skip
    await desk.step(agent, ticket["id"], "note", text=HOSTILE)
    seen = (await agent.get(f"/tickets/{ticket['id']}")).json()
    assert (seen["content"], seen["values"]["wish"], seen["steps"][-1]["text"]) == (HOSTILE.strip(),) * 3
    pdf = await agent.get(f"/tickets/{ticket['id']}/pdf")
    assert (pdf.status_code, pdf.content[:5]) == (200, b"%PDF-")
    assert (await agent.get("/ticket-export", params={"reason": "核对"})).status_code == 403
    assert (await leader.get("/ticket-export")).status_code == 422
    sheet = openpyxl.load_workbook(
        io.BytesIO((await leader.get("/ticket-export", params={"reason": "核对"})).content)
    ).active
    assert sheet is not None
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


@pytest.mark.req("TKT-1")
async def test_types_are_designed_checked_and_their_numbers_summed(world: World) -> None:
    desk = await ticket_desk(world)
    agent, manager = await world.log_in("agent"), await world.log_in("manager")
    twice = {"name": "x", "fields": [{"key": "a", "label": "甲"}, {"key": "a", "label": "乙"}]}
    assert (await manager.post("/ticket-types", json=twice)).status_code == 422
    assert (await agent.post("/ticket-types", json={"name": "x"})).status_code == 403
    missing = await agent.post("/tickets", json={"type_id": desk.types["complaint"], "title": "x"})
    assert missing.json()["error"]["details"]["fields"] == [{"field": "values.kind", "message": "必填"}]
    for fee in (10.10, 20.20):
        await desk.make(agent, "complaint", values={"kind": "时限", "fee": fee})
    period = {"from": "2026-11-01T00:00:00", "to": "2026-12-01T00:00:00"}
    sums = (await manager.get(f"/ticket-reports/fields/{desk.types['complaint']}", params=period)).json()
    assert sums["items"] == [{"key": "fee", "label": "涉及金额", "money": True, "filled": 2, "total": 30.3}]
    days = (await manager.get("/ticket-reports/tickets", params=period)).json()
    assert [(row["id"], row["values"]["made"]) for row in days["rows"]] == [("2026-11-20", 2)]
    examples = (await manager.get("/ticket-type-examples")).json()["items"]
    for example in examples:
        answer = await manager.post("/ticket-types", json=example["type"])
        assert answer.status_code == 201, answer.text
