"""What the verbs need to be set up: queues, duty phones, trunks, known callers, rules for calls out, agents' telephones."""

import io
from dataclasses import replace
from typing import Any

import httpx
import openpyxl
import pytest
from dirty_equals import IsPartialDict

from hotline.core import site
from hotline.core.ids import AgentId, HotlineId, TrunkId
from hotline.ports.call_control import CallControl
from hotline.site_source import DatabaseSite
from tests.integration.features_admin.conftest import World
from tests.integration.features_admin.fake_control import ROOT, FakeControl
from tests.integration.features_admin.test_administration import created, published_flow

TRUNK = {"name": "电信", "peers": ["192.0.2.10"], "gateway": "192.0.2.10:5060"}


async def picture(world: World) -> site.Site:
    return (await DatabaseSite(world.database, world.clock).load())[0]


def fields_of(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [problem["field"] for problem in answer.json()["error"]["details"]["fields"]]


@pytest.mark.req("ACD-1", "ACD-2", "TEL-8")
async def test_every_field_of_a_queue_reaches_the_centre(world: World) -> None:
    manager = await world.log_in("manager")
    wanted = {
        "announce_wait": True, "announce_agent": True, "callback_key": "1", "voicemail_key": "*",
        "callback_prompt": "welcome", "last_agent_wait_s": 15.0, "widen_after_s": 20.0, "priority_per_minute": 2,
        "overflow_to": "duty", "overflow_number": "01066660000", "max_wait_s": 60.0,
    }  # fmt: skip
    queue = await created(manager, "/queues", name="组", number="8100", **wanted)
    assert queue == IsPartialDict(wanted)
    (held,) = (await picture(world)).queues
    assert held == replace(
        held, announce_wait=True, announce_agent=True, callback_key="1", voicemail_key="*", callback_prompt="welcome",
        last_agent_wait_s=15.0, widen_after_s=20.0, priority_per_minute=2, max_wait_s=60.0,
        overflow=site.Overflow(to=site.OverflowTo.DUTY, number="01066660000"),
    )  # fmt: skip


@pytest.mark.req("ACD-2")
@pytest.mark.parametrize(
    "change",
    [
        {"callback_key": "1", "voicemail_key": "1"}, {"callback_key": "12"}, {"callback_key": "x"},
        {"overflow_number": "01066660000"}, {"overflow_to": "duty", "overflow_number": "phone"},
        {"priority_per_minute": -1}, {"last_agent_wait_s": 6000}, {"callback_key": "1", "callback_prompt": "no_such"},
    ],
)  # fmt: skip
async def test_a_queue_whose_new_fields_make_no_sense_is_refused(
    world: World, change: dict[str, Any]
) -> None:
    manager = await world.log_in("manager")
    queue = await created(manager, "/queues", name="组", number="8100")
    answer = await manager.patch(f"/queues/{queue['id']}", json=change)
    assert fields_of(answer), answer.text


@pytest.mark.req("TEL-1", "TEL-6")
async def test_a_hotline_has_a_duty_phone_and_trunks_in_order(world: World) -> None:
    admin = await world.log_in("admin")
    one, two = [await created(admin, "/trunks", **TRUNK, max_calls=30, max_outbound=n) for n in (0, 10)]
    flow = await published_flow(admin)
    body = {
        "number": "01084000001", "name": "号", "flow_id": flow, "duty_number": "13800138000",
        "outbound_trunk_id": one["id"], "further_trunk_ids": [two["id"]],
    }  # fmt: skip
    hotline = await created(admin, "/hotlines", **body)
    assert hotline == IsPartialDict(body)
    (held,) = (await picture(world)).hotlines
    assert (held.duty_number, held.further_trunk_ids) == ("13800138000", (two["id"],))
    refused = await admin.delete(f"/trunks/{two['id']}")
    assert refused.json()["error"]["code"] == "in_use"
    path = f"/hotlines/{hotline['id']}"
    for wrong in (
        {"further_trunk_ids": [one["id"]]}, {"further_trunk_ids": ["none"]}, {"outbound_trunk_id": None},
        {"duty_number": "call me"},
    ):  # fmt: skip
        assert (await admin.patch(path, json=wrong)).status_code == 422, wrong
    cleared = {"outbound_trunk_id": None, "further_trunk_ids": []}
    assert (await admin.patch(path, json=cleared)).status_code == 200


@pytest.mark.req("TEL-1")
async def test_a_trunk_has_number_rules_and_a_limit_for_calls_out(world: World) -> None:
    admin = await world.log_in("admin")
    rules = {
        "inbound_rules": [{"prefix": "+86", "strip": 3, "prepend": "0"}],
        "outbound_rules": [{"prefix": "0", "strip": 1, "prepend": "9"}, {"prefix": "", "strip": 0, "prepend": "9010"}],
        "max_outbound": 10,
    }  # fmt: skip
    trunk = await created(admin, "/trunks", **TRUNK, max_calls=30, **rules)
    assert trunk == IsPartialDict(rules)
    (held,) = (await picture(world)).trunks
    assert held.inbound_rules == (site.NumberRule(prefix="+86", strip=3, prepend="0"),)
    assert (len(held.outbound_rules), held.max_outbound) == (2, 10)
    path = f"/trunks/{trunk['id']}"
    assert (await admin.patch(path, json={"max_outbound": 31})).status_code == 422
    assert (await admin.patch(path, json={"inbound_rules": rules["inbound_rules"] * 2})).status_code == 422


# ── Known callers ────────────────────────────────────────────────────────────────────────────────────────────

VIP = {"number": "13800138000", "kind": "vip", "priority": 20, "name": "某公司", "note": ""}


@pytest.mark.req("ACD-1", "ADM-3")
async def test_known_callers_are_replaced_as_a_whole_and_reach_the_centre(world: World) -> None:
    manager = await world.log_in("manager")
    answer = await manager.put("/known-callers", json={"items": [VIP]})
    assert answer.json()["items"] == [IsPartialDict(VIP)]
    world.clock.forward(hours=1)
    since = answer.json()["items"][0]["since"]
    kept = await manager.put("/known-callers", json={"items": [VIP | {"priority": 5}]})
    assert kept.json()["items"][0]["since"] == since
    assert (await manager.put("/known-callers", json={"items": [VIP, VIP]})).status_code == 422
    abroad = await world.log_in("manager-a")
    await abroad.put("/known-callers", json={"items": [VIP | {"priority": 9, "kind": "care"}]})
    assert len((await abroad.get("/known-callers")).json()["items"]) == 1
    held = (await picture(world)).known_callers
    assert held[-1] == site.KnownCaller(
        number="13800138000", kind=site.CallerKind.CARE, priority=9, name="某公司"
    )
    assert world.reconfigured >= 3
    entries = (await manager.get("/audit", params={"action": "known_callers.update"})).json()["items"]
    assert len(entries) == 3


def workbook(*rows: tuple[Any, ...]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


HEADER = ("号码", "类别", "优先级", "名称")
GOOD = (
    HEADER,
    (13800138000, "VIP", 20, "某公司"),
    ("010-8400 0000", "合同客户", None, None),
    (None, None, None, None),
)


def csv_of(rows: tuple[tuple[Any, ...], ...], encoding: str) -> bytes:
    return "\r\n".join(",".join("" if c is None else str(c) for c in row) for row in rows).encode(encoding)


@pytest.mark.req("ACD-1", "CRM-1")
@pytest.mark.parametrize("content", [workbook(*GOOD), csv_of(GOOD, "utf-8-sig"), csv_of(GOOD, "gb18030")])
async def test_known_callers_come_from_a_spreadsheet_looked_at_first(world: World, content: bytes) -> None:
    manager = await world.log_in("manager")
    await manager.put("/known-callers", json={"items": [VIP | {"number": "999999"}]})
    looked = (await manager.post("/known-callers/import", files={"file": content})).json()
    assert looked == IsPartialDict(applied=False, added=2, changed=0, removed=0, problems=[])
    assert [(i["number"], i["kind"], i["priority"]) for i in looked["items"]] == [
        ("13800138000", "vip", 20), ("01084000000", "contract", 10),
    ]  # fmt: skip
    assert len((await manager.get("/known-callers")).json()["items"]) == 1
    params = {"apply": "true", "mode": "replace"}
    done = (await manager.post("/known-callers/import", files={"file": content}, params=params)).json()
    assert done == IsPartialDict(applied=True, removed=1)
    listed = (await manager.get("/known-callers")).json()["items"]
    assert [item["number"] for item in listed] == ["01084000000", "13800138000"]
    again = (await manager.get("/known-callers/export")).content
    unchanged = (await manager.post("/known-callers/import", files={"file": again})).json()
    assert unchanged == IsPartialDict(added=0, changed=0, problems=[])


@pytest.mark.req("ACD-1", "CRM-1")
async def test_an_import_names_the_lines_that_are_wrong_and_changes_nothing(world: World) -> None:
    rows = (HEADER, ("abc", "VIP", 1, ""), ("111111", "大客户", 1, ""), ("222222", "VIP", "many", ""),
            ("333333", "VIP", 1, ""), ("333333", "VIP", 1, ""), (None, "VIP", 1, ""))  # fmt: skip
    manager = await world.log_in("manager")
    params = {"apply": "true"}
    answer = await manager.post("/known-callers/import", files={"file": workbook(*rows)}, params=params)
    found = answer.json()
    assert found["applied"] is False
    assert [(p["line"], p["column"]) for p in found["problems"]] == [
        (2, "号码"), (3, "类别"), (4, "优先级"), (6, "号码"), (7, "号码"),
    ]  # fmt: skip
    assert all(any("\u4e00" <= c <= "\u9fff" for c in p["message"]) for p in found["problems"])
    assert (await manager.get("/known-callers")).json()["items"] == []


@pytest.mark.req("ADM-5")
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", b"\xff\xfe\xff", b"a,b\n1,2", b'"open'])
async def test_a_file_that_is_none_is_refused(world: World, content: bytes) -> None:
    manager = await world.log_in("manager")
    answer = await manager.post("/known-callers/import", files={"file": ("list.csv", content)})
    assert fields_of(answer) == ["file"]


# ── Rules for calls out ──────────────────────────────────────────────────────────────────────────────────────

RULE = {
    "prefix": "0", "allowed": True, "min_class": 2, "from_min": 480, "until_min": 1080, "daily_limit": 50, "note": "",
}  # fmt: skip


@pytest.mark.req("ADM-6")
async def test_rules_for_calls_out_are_one_list_of_the_installation(world: World) -> None:
    admin, manager = await world.log_in("admin"), await world.log_in("manager")
    answer = await admin.put("/outbound-rules", json={"items": [RULE, RULE | {"prefix": ""}]})
    assert [rule["prefix"] for rule in answer.json()["items"]] == ["", "0"]
    held = (await picture(world)).outbound_rules
    assert {rule.prefix: rule.daily_limit for rule in held} == {"": 50, "0": 50}
    assert (await manager.put("/outbound-rules", json={"items": []})).status_code == 403
    for wrong in (
        [RULE, RULE],
        [RULE | {"from_min": 1080}],
        [RULE | {"prefix": "a"}],
        [RULE | {"min_class": 4}],
    ):
        assert (await admin.put("/outbound-rules", json={"items": wrong})).status_code == 422, wrong
    (entry,) = (await admin.get("/audit", params={"action": "outbound_rules"})).json()["items"]
    assert set(entry["after"]) == {"0", "*"}


@pytest.mark.req("ADM-6", "TEL-1")
@pytest.mark.parametrize(
    "number,call_class,rules,allowed,code,sent",
    [
        ("010 6666-0000", 2, None, True, "", "901066660000"),
        ("+86 138 0013 8000", 2, None, True, "", "913800138000"),
        ("00441234567", 3, None, False, "number_barred", "900441234567"),
        ("01066660000", 1, [RULE], False, "number_barred", "901066660000"),
        ("01066660000", 2, [RULE], True, "", "901066660000"),
        ("01066660000", 2, [RULE | {"from_min": 0, "until_min": 60}], False, "closed_hours", "901066660000"),
    ],
)  # fmt: skip
async def test_a_number_is_tried_without_being_dialled(
    world: World, number: str, call_class: int, rules: Any, allowed: bool, code: str, sent: str
) -> None:
    floor = FakeControl()
    trunk = site.Trunk(
        id=TrunkId("t"), authority_id=ROOT, name="电信", max_calls=9, outbound_rules=(site.NumberRule(prefix="", prepend="9"),)
    )  # fmt: skip
    line = site.Hotline(
        id=HotlineId("h"), authority_id=ROOT, number="1", name="", flow_id="f", outbound_trunk_id=trunk.id  # pyright: ignore[reportArgumentType]
    )  # fmt: skip
    agent = site.AgentProfile(
        id=AgentId("a"), authority_id=ROOT, number="1001", name="", call_class=call_class
    )
    floor.site_now = site.Site(authority_id=ROOT, hotlines=(line,), trunks=(trunk,), agents=(agent,))
    world.platform.services[CallControl] = floor
    admin = await world.log_in("admin")
    body = {"number": number, "agent": "1001"} | ({"rules": rules} if rules else {})
    found = (await admin.post("/outbound-rules/try", json=body)).json()
    assert (found["allowed"], found["code"], found["sent_number"]) == (allowed, code, sent)
    assert found["message"] and floor.requests == []
    assert fields_of(await admin.post("/outbound-rules/try", json=body | {"agent": "9"})) == ["agent"]


# ── Agents ───────────────────────────────────────────────────────────────────────────────────────────────────


async def an_agent(world: World, **fields: Any) -> tuple[httpx.AsyncClient, str]:
    manager = await world.log_in("manager")
    made = await created(
        manager, "/users", username="8001", name="人", role="agent", agent={"number": "8001", **fields}
    )
    return manager, made["user"]["id"]


@pytest.mark.req("TEL-3", "ADM-4")
async def test_a_mobile_number_is_whole_for_managers_and_masked_for_leaders(world: World) -> None:
    manager, user_id = await an_agent(world, mobile="13900139000", leader=True, call_class=3)
    assert (await manager.get(f"/users/{user_id}")).json()["agent"]["mobile"] == "13900139000"
    leader = await world.log_in("leader")
    assert (await leader.get(f"/users/{user_id}")).json()["agent"]["mobile"] == "139****9000"
    (held,) = [a for a in (await picture(world)).agents if a.id == user_id]
    assert (held.mobile, held.leader, held.call_class) == ("13900139000", True, 3)
    renamed = await manager.patch(f"/users/{user_id}", json={"name": "新名"})
    assert renamed.json()["agent"]["mobile"] == "13900139000"
    agent = {"number": "8001", "mobile": "not a number"}
    assert (await manager.patch(f"/users/{user_id}", json={"agent": agent})).status_code == 422


@pytest.mark.req("AGT-1")
async def test_who_is_a_leader_follows_the_role_unless_set(world: World) -> None:
    manager, user_id = await an_agent(world)
    for role, leader, expected in (("agent", None, False), ("leader", None, True), ("leader", False, False)):
        body = {"role": role, "agent": {"number": "8001", "leader": leader}}
        assert (await manager.patch(f"/users/{user_id}", json=body)).status_code == 200
        (held,) = [a for a in (await picture(world)).agents if a.id == user_id]
        assert held.leader is expected


@pytest.fixture
async def self_service(world: World) -> tuple[httpx.AsyncClient, str]:
    """An agent with a session, and a centre that knows them and a colleague."""
    manager, user_id = await an_agent(world, mobile="13900139000", call_class=1)
    reset = (await manager.post(f"/users/{user_id}/password")).json()["temporary_password"]
    client = await world.log_in("8001", reset)
    await client.put("/session/password", json={"old": reset, "new": "another-Horse-8"})
    floor = FakeControl()
    floor.site_now = replace(
        floor.site_now,
        agents=(
            site.AgentProfile(id=AgentId(user_id), authority_id=ROOT, number="8001", name="人", call_class=1),
            site.AgentProfile(id=AgentId("mate"), authority_id=ROOT, number="8002", name="同事"),
        ),
        queues=(site.Queue(id="q", authority_id=ROOT, name="组", number="8100"),),  # pyright: ignore[reportArgumentType]
        outbound_rules=(site.OutboundRule(prefix="0", min_class=2),),
    )
    world.platform.services[CallControl] = floor
    return client, user_id


@pytest.mark.req("AGT-1")
@pytest.mark.parametrize("to", ["8002", "66660000"])
async def test_agents_forward_their_own_calls(
    world: World, self_service: tuple[httpx.AsyncClient, str], to: str
) -> None:
    client, user_id = self_service
    assert (await client.get("/agents/me/phone-settings")).json() == {
        "mobile": "13900139000", "forwarding": None,
    }  # fmt: skip
    body = {"forwarding": {"when": "busy", "to": to}}
    answer = await client.put("/agents/me/phone-settings", json=body)
    assert (answer.status_code, answer.json()["forwarding"]) == (200, body["forwarding"])
    (held,) = [a for a in (await picture(world)).agents if a.id == user_id]
    assert held.forwarding == site.CallForwarding(when=site.ForwardWhen.BUSY, to=to)
    await client.put("/agents/me/phone-settings", json={"forwarding": None})
    (held,) = [a for a in (await picture(world)).agents if a.id == user_id]
    assert held.forwarding is None


@pytest.mark.req("AGT-1", "ADM-6")
@pytest.mark.parametrize(
    "to,status,code",
    [
        ("8001", 422, "invalid_request"), ("13900139000", 422, "invalid_request"), ("8100", 422, "invalid_request"),
        ("01066660000", 409, "number_barred"), ("00441234567", 409, "number_barred"), ("", 422, "invalid_request"),
    ],
)  # fmt: skip
async def test_calls_are_not_forwarded_where_they_must_not_go(
    self_service: tuple[httpx.AsyncClient, str], to: str, status: int, code: str
) -> None:
    client, _ = self_service
    answer = await client.put("/agents/me/phone-settings", json={"forwarding": {"when": "always", "to": to}})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
