"""Customers: files, classes that routing follows, masking, timeline, merging, two editors, own fields, contract side."""

from typing import Any

import httpx
import pytest
from dirty_equals import IsPartialDict

from hotline.core.events import Disposition
from hotline.core.id_card import check_character
from hotline.core.site import CallerKind, KnownCaller
from hotline.features.calls.models import CallRecord
from hotline.features.customers.models import Customer
from hotline.site_source import DatabaseSite
from tests.integration.features_admin.conftest import START, World

PHONE = "13800138000"
ID_CARD = "11010119900307003"
ID_CARD += check_character(ID_CARD)


async def made(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    body = {"name": "张三", "numbers": [{"number": PHONE}]} | fields
    answer = await client.post("/customers", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.mark.req("CRM-1", "AGT-2")
async def test_a_new_customer_pops_up_with_the_next_call(world: World) -> None:
    agent = await world.log_in("agent")
    nobody = (await agent.get("/screen-pop", params={"number": PHONE})).json()
    assert (nobody["customer"], nobody["others"]) == (None, [])
    customer = await made(agent, tags=["老客户"], id_number=ID_CARD, address="东城区某街 1 号")
    pop = (await agent.get("/screen-pop", params={"number": PHONE})).json()
    assert pop["customer"] == IsPartialDict(
        {"id": customer["id"], "name": "张三", "tags": ["老客户"], "id_number": ID_CARD}
    )
    withheld = (await agent.get("/screen-pop")).json()
    assert (withheld["customer"], withheld["contacts"]) == (None, [])


@pytest.mark.req("CRM-1", "ACD-1")
async def test_priority_and_blacklist_follow_the_class_of_a_customer(world: World) -> None:
    agent = await world.log_in("agent")
    customer = await made(agent, customer_class="vip", numbers=[{"number": PHONE}, {"number": "01066001234"}])
    rude = await made(agent, name="李四", customer_class="blacklist", numbers=[{"number": "13900000000"}])
    assert world.reconfigured == 2
    site, _ = await DatabaseSite(world.database, world.clock).load()
    assert KnownCaller(number=PHONE, kind=CallerKind.VIP, priority=20, name="张三") in site.known_callers
    assert {one.number for one in site.known_callers} == {PHONE, "01066001234"}
    assert site.blacklist == {"13900000000"}
    await agent.patch(f"/customers/{customer['id']}", json={"customer_class": "ordinary"})
    await agent.patch(f"/customers/{rude['id']}", json={"customer_class": "care", "priority": 3})
    site, _ = await DatabaseSite(world.database, world.clock).load()
    assert [(one.kind, one.priority) for one in site.known_callers] == [(CallerKind.CARE, 3)]
    assert not site.blacklist


@pytest.mark.req("ADM-4")
async def test_personal_data_lies_sealed_and_is_masked_for_those_without_the_right(world: World) -> None:
    agent, inspector = await world.log_in("agent"), await world.log_in("inspector")
    customer = await made(agent, id_number=ID_CARD, address="东城区某街 1 号", email="z@example.com")
    async with world.database.reading() as session:
        row = await session.get_one(Customer, customer["id"])
    assert ID_CARD not in row.id_number
    assert "某街" not in row.address
    seen = (await inspector.get(f"/customers/{customer['id']}")).json()
    assert seen["masked"]
    assert seen["numbers"] == [{"number": "138****8000", "label": ""}]
    assert ID_CARD not in str(seen)
    assert "某街" not in str(seen)
    found = (await agent.get("/customers", params={"search": ID_CARD.lower()})).json()["items"]
    assert [one["id"] for one in found] == [customer["id"]]
    audited = (await (await world.log_in("admin")).get("/audit", params={"limit": 100})).text
    assert PHONE not in audited
    assert ID_CARD not in audited


@pytest.mark.req("CRM-1")
async def test_what_makes_no_sense_is_refused_by_field(world: World) -> None:
    agent = await world.log_in("agent")
    for wrong in (
        {"name": ""}, {"id_number": "110101199003070039"}, {"numbers": [{"number": "abc"}]}, {"email": "x"},
        {"numbers": [{"number": PHONE}, {"number": PHONE}]}, {"customer_class": "king"}, {"organisation_id": "nobody"},
        {"assistant_id": "nobody"}, {"values": {"nowhere": "x"}},
    ):  # fmt: skip
        answer = await agent.post("/customers", json={"name": "张三", "numbers": []} | wrong)
        assert answer.status_code == 422, answer.text
        assert answer.json()["error"]["details"]["fields"]


@pytest.mark.req("CRM-1")
async def test_two_editors_do_not_overwrite_each_other(world: World) -> None:
    agent, leader = await world.log_in("agent"), await world.log_in("leader")
    customer = await made(agent)
    path = f"/customers/{customer['id']}"
    await leader.patch(path, json={"note": "班长写的", "base_version": customer["version"]})
    late = await agent.patch(path, json={"note": "座席写的", "base_version": customer["version"]})
    assert (late.status_code, late.json()["error"]["code"]) == (409, "customer_changed")
    assert (await agent.get(path)).json()["note"] == "班长写的"


@pytest.mark.req("CRM-1")
async def test_merging_adds_up_and_is_undone_whole(world: World) -> None:
    agent, leader = await world.log_in("agent"), await world.log_in("leader")
    kept = await made(agent, tags=["甲"], note="一", position="科员")
    gone = await made(
        agent, name="张 三", numbers=[{"number": PHONE}, {"number": "13911112222"}], tags=["乙"], note="二", id_number=ID_CARD,
        email="z@example.com", address="一号院", position="科长",
    )  # fmt: skip
    await agent.post(f"/customers/{gone['id']}/notes", json={"kind": "visit", "text": "上门走访"})
    groups = (await leader.get("/customer-duplicates")).json()["items"]
    assert [{one["id"] for one in group["customers"]} for group in groups] == [{kept["id"], gone["id"]}]
    merged = (
        await leader.post(f"/customers/{kept['id']}/merge", json={"gone_id": gone["id"], "take": ["name"]})
    ).json()
    assert merged == IsPartialDict(
        {"name": "张 三", "note": "一\n二", "id_number": ID_CARD, "tags": ["乙", "甲"]}
    )
    assert merged == IsPartialDict({"email": "z@example.com", "address": "一号院", "position": "科员"})
    assert {one["number"] for one in merged["numbers"]} == {PHONE, "13911112222"}
    assert (await agent.get(f"/customers/{gone['id']}")).json()["id"] == kept["id"]
    story = (await agent.get(f"/customers/{kept['id']}/timeline")).json()["items"]
    assert [one["text"] for one in story] == ["上门走访"]
    (merge,) = (await leader.get(f"/customers/{kept['id']}/merges")).json()["items"]
    await leader.post(f"/customer-merges/{merge['id']}/undo")
    assert (await leader.post(f"/customer-merges/{merge['id']}/undo")).status_code == 409
    for before in (kept, gone):
        after = (await agent.get(f"/customers/{before['id']}")).json()
        assert {k: after[k] for k in before if k not in {"version", "updated_at"}} == {
            k: before[k] for k in before if k not in {"version", "updated_at"}
        }
    assert (await agent.get(f"/customers/{kept['id']}/timeline")).json()["items"] == []
    admin = await world.log_in("admin")
    trail = [
        (await admin.get("/audit", params={"action": f"customers.{action}"})).json()["items"][0][
            "target_name"
        ]
        for action in ("merge", "unmerge")
    ]
    assert trail == ["张**", "张*"], "whom it was about, without saying it all"


@pytest.mark.req("CRM-1")
async def test_a_family_that_shares_its_telephone_is_no_duplicate(world: World) -> None:
    agent, leader = await world.log_in("agent"), await world.log_in("leader")
    await made(agent)
    await made(agent, name="李四", customer_class="vip")
    await made(agent, name="王五")
    assert (await leader.get("/customer-duplicates")).json()["items"] == []
    pop = (await agent.get("/screen-pop", params={"number": PHONE})).json()
    assert pop["customer"]["name"] == "李四", "the one by whom the call is served first"
    assert {one["name"] for one in pop["others"]} == {"张三", "王五"}


@pytest.mark.req("CRM-1")
async def test_the_timeline_tells_calls_and_notes(world: World) -> None:
    agent = await world.log_in("agent")
    customer = await made(agent)
    async with world.database.writing() as work:
        work.session.add(
            CallRecord(
                id="call-1",
                authority_id="root",
                direction="inbound",
                ani=PHONE,
                dnis="12345",
                started_at=START,
                disposition=str(Disposition.AGENT_ANSWERED),
                survey_label="满意",
            )
        )
    world.clock.forward(minutes=5)
    note = {"kind": "feedback", "text": "<script>alert(1)</script>"}
    assert (await agent.post(f"/customers/{customer['id']}/notes", json=note)).status_code == 204
    page = (await agent.get(f"/customers/{customer['id']}/timeline")).json()
    assert [(one["kind"], one["text"]) for one in page["items"]] == [
        ("feedback", note["text"]),
        ("call", "评价：满意"),
    ]
    first = (await agent.get(f"/customers/{customer['id']}/timeline", params={"limit": 1})).json()
    rest = await agent.get(
        f"/customers/{customer['id']}/timeline", params={"limit": 1, "before": first["next_cursor"]}
    )
    assert rest.json()["items"][0]["id"] == "call-1"


@pytest.mark.req("CRM-1", "ADM-1")
async def test_organisations_are_kept_apart(world: World) -> None:
    one, other = await world.log_in("agent-a"), await world.log_in("agent-b")
    customer = await made(one)
    path = f"/customers/{customer['id']}"
    for answer in (await other.get(path), await other.patch(path, json={"note": "x"})):
        assert answer.status_code == 404
    assert (await other.get("/screen-pop", params={"number": PHONE})).json()["customer"] is None
    assert (await other.get("/customers")).json()["items"] == []
    assert (await (await world.log_in("agent")).get(path)).status_code == 404
    assert (await (await world.log_in("manager")).get(path)).status_code == 200


@pytest.mark.req("CRM-1")
async def test_own_fields_are_designed_and_kept_to(world: World) -> None:
    manager, agent = await world.log_in("manager"), await world.log_in("agent")
    fields = [
        {"key": "grade", "label": "客户等级", "kind": "choice", "options": ["甲", "乙"], "required": True},
        {"key": "licence", "label": "执照号", "kind": "text", "personal": True},
    ]
    assert (await agent.put("/customer-fields", json={"fields": fields})).status_code == 403
    assert (await manager.put("/customer-fields", json={"fields": fields})).status_code == 200
    answer = await agent.post("/customers", json={"name": "张三", "values": {"grade": "丙"}})
    assert answer.json()["error"]["code"] == "form_incomplete"
    customer = await made(agent, values={"grade": "甲", "licence": "9111"})
    assert customer["values"] == {"grade": "甲", "licence": "9111"}
    seen = (await (await world.log_in("inspector")).get(f"/customers/{customer['id']}")).json()
    assert seen["values"]["licence"] == "9**1"


@pytest.mark.req("CRM-1", "ADM-4")
async def test_hostile_text_in_every_field_comes_back_as_text(world: World) -> None:
    agent = await world.log_in("agent")
    hostile = "<img src=x onerror=alert(1)>{{7*7}}' OR 1=1 --"
    fields = dict.fromkeys(("name", "address", "position", "note"), hostile)
    customer = await made(
        agent, tags=[hostile[:20]], numbers=[{"number": PHONE, "label": "<b>家</b>"}], **fields
    )
    seen = (await agent.get(f"/customers/{customer['id']}")).json()
    assert {key: seen[key] for key in fields} == fields
    assert (seen["tags"], seen["numbers"][0]["label"]) == ([hostile[:20]], "<b>家</b>")
    found = (await agent.get("/customers", params={"search": "' OR 1=1 --"})).json()["items"]
    assert [one["id"] for one in found] in ([], [customer["id"]]), "words, not conditions"
    for bad in ("<script>", "1' OR '1"):
        answer = await agent.post("/customers", json={"name": "x", "numbers": [{"number": bad}]})
        assert answer.status_code == 422, bad
