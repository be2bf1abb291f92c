"""Changing the site through the interface: queues, hotlines, hours, flows, and what each change leaves behind."""

from typing import Any

import httpx
import pytest
from dirty_equals import IsPartialDict

from hotline.platform import audit
from tests.integration.features_admin.conftest import MINIMAL_FLOW, ROLES, World

DAY = [{"start_min": 540, "end_min": 1050}]
HOURS = {"name": "工作日", "week": [DAY] * 5 + [[], []]}


async def created(client: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def published_flow(client: httpx.AsyncClient) -> str:
    flow = await created(client, "/flows", name="流程", document=MINIMAL_FLOW)
    answer = await client.post(f"/flows/{flow['id']}/publish", json={})
    assert answer.status_code == 200, answer.text
    return flow["id"]


@pytest.mark.req("TEL-5", "ACD-1")
async def test_a_changed_queue_is_audited_and_reaches_the_running_centre(world: World) -> None:
    manager = await world.log_in("manager")
    queue = await created(manager, "/queues", name="组", number="8100", strategy="linear")
    before = world.reconfigured
    answer = await manager.patch(f"/queues/{queue['id']}", json={"wrap_up_s": 12, "name": "新组"})
    assert answer.json() == queue | {"wrap_up_s": 12.0, "name": "新组"}
    assert world.reconfigured == before + 1
    (entry,) = (await manager.get("/audit", params={"action": "queues.update"})).json()["items"]
    assert entry == IsPartialDict(
        user_name="manager", address="192.0.2.7", target_id=queue["id"],
        before={"wrap_up_s": 30.0, "name": "组"}, after={"wrap_up_s": 12.0, "name": "新组"},
    )  # fmt: skip


@pytest.mark.req("ADM-3")
async def test_a_refused_change_leaves_nothing_behind(world: World) -> None:
    manager = await world.log_in("manager")
    await created(manager, "/queues", name="组", number="8100")
    entries, reconfigured = len((await manager.get("/audit")).json()["items"]), world.reconfigured
    answer = await manager.post("/queues", json={"name": "组", "number": "8100"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "taken")
    assert len((await manager.get("/audit")).json()["items"]) == entries
    assert world.reconfigured == reconfigured


@pytest.mark.req("ACD-2")
@pytest.mark.parametrize(
    "change",
    [
        {"overflow_to": "queue"}, {"overflow_queue_id": "x"}, {"music": "no_such_prompt"}, {"ring_timeout_s": 1},
        {"strategy": "magic"}, {"name": ""}, {"unknown": 1},
    ],
)  # fmt: skip
async def test_a_queue_that_makes_no_sense_is_refused(world: World, change: dict[str, Any]) -> None:
    manager = await world.log_in("manager")
    queue = await created(manager, "/queues", name="组", number="8100")
    answer = await manager.patch(f"/queues/{queue['id']}", json=change)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_request"), answer.text


@pytest.mark.req("ACD-1", "ACD-4")
async def test_membership_is_the_same_seen_from_the_queue_and_from_the_agent(world: World) -> None:
    manager = await world.log_in("manager")
    queue = await created(manager, "/queues", name="组", number="8100")
    agent = (
        await created(manager, "/users", username="8001", name="人", role="agent", agent={"number": "8001"})
    )["user"]
    members = [{"agent_id": agent["id"], "level": 2, "order": 5}]
    answer = await manager.put(f"/queues/{queue['id']}/members", json={"members": members})
    assert answer.json()["members"] == members
    seen = (await manager.get(f"/users/{agent['id']}")).json()["agent"]["queues"]
    assert seen == [{"queue_id": queue["id"], "level": 2, "order": 5}]
    await manager.patch(f"/users/{agent['id']}", json={"role": "officer"})
    assert (await manager.get(f"/queues/{queue['id']}")).json()["members"] == []


@pytest.mark.req("ADM-1")
async def test_a_role_at_the_desk_needs_a_work_number_that_nobody_has(world: World) -> None:
    manager = await world.log_in("manager")
    none = await manager.post("/users", json={"username": "x1", "name": "人", "role": "agent"})
    assert none.json()["error"]["details"]["fields"][0]["field"] == "agent"
    body = {"username": "x1", "name": "人", "role": "agent", "agent": {"number": "8001"}}
    assert (await manager.post("/users", json=body)).status_code == 201
    again = await manager.post("/users", json=body | {"username": "x2"})
    assert again.json()["error"]["code"] == "taken"


@pytest.mark.req("TEL-3")
async def test_a_desk_phone_password_is_shown_once_and_kept_as_digest(world: World) -> None:
    manager = await world.log_in("manager")
    made = await created(
        manager, "/users", username="8001", name="人", role="agent", agent={"number": "8001"}
    )
    shown = (await manager.post(f"/users/{made['user']['id']}/phone")).json()
    assert (shown["user"], shown["realm"]) == ("8001", "hotline")
    async with world.database.engine.connect() as connection:
        (row,) = await connection.exec_driver_sql("SELECT id, ha1_md5, ha1_sha256 FROM device")
    assert shown["password"] not in row
    assert (await manager.post("/users/id-officer/phone")).json()["error"]["code"] == "not_an_agent"


@pytest.mark.req("ADM-1")
async def test_the_list_of_users_is_searched_and_paged(world: World) -> None:
    manager = await world.log_in("manager")
    names: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": 4} | ({"cursor": cursor} if cursor else {})
        page = (await manager.get("/users", params=params)).json()
        names += [user["username"] for user in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert names == sorted(names) and len(names) == len(set(names)) == 3 * len(ROLES)
    found = (await manager.get("/users", params={"q": "leader", "authority_id": "a"})).json()["items"]
    assert [user["username"] for user in found] == ["leader-a"]


@pytest.mark.req("TEL-1", "TEL-5")
async def test_a_trunk_gives_its_password_to_nobody(world: World) -> None:
    admin = await world.log_in("admin")
    body = {
        "name": "电信",
        "peers": ["192.0.2.10"],
        "gateway": "192.0.2.10:5060",
        "username": "u",
        "password": "s3cret",
    }
    trunk = await created(admin, "/trunks", **body)
    assert (trunk["peers"], trunk["has_password"]) == (["192.0.2.10/32"], True)
    await admin.patch(f"/trunks/{trunk['id']}", json={"password": "other-s3cret", "max_calls": 8})
    everything = (await admin.get("/trunks")).text + (await admin.get("/audit")).text
    assert "s3cret" not in everything
    assert (await admin.patch(f"/trunks/{trunk['id']}", json={"peers": ["nonsense"]})).status_code == 422
    for unsayable in ({"password": "a:b"}, {"username": "a:b"}, {"password": "a\nb"}):
        answer = await admin.patch(f"/trunks/{trunk['id']}", json=unsayable)
        assert answer.status_code == 422 and "冒号" in answer.text


@pytest.mark.req("TEL-1", "IVR-5")
async def test_a_hotline_refers_to_things_that_are_there_and_keeps_them_in_use(world: World) -> None:
    manager = await world.log_in("manager")
    flow, hours = await published_flow(manager), await created(manager, "/hours", **HOURS)
    survey = {
        "ask": "survey_ask", "thanks": "survey_thanks",
        "grades": [
            {"key": "1", "grade": 1, "label": "满意", "satisfied": True},
            {"key": "2", "grade": 2, "label": "不满意", "satisfied": False},
        ],
    }  # fmt: skip
    hotline = await created(
        manager,
        "/hotlines",
        number="01084000001",
        name="号",
        flow_id=flow,
        hours_id=hours["id"],
        survey=survey,
    )
    for path in (f"/flows/{flow}", f"/hours/{hours['id']}", "/prompts/prompt-survey_ask"):
        answer = await manager.delete(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "in_use"), path
    used = (await manager.get("/prompts/prompt-survey_ask")).json()["where_used"]
    assert [(use["kind"], use["id"]) for use in used] == [("hotline", hotline["id"])]
    assert (await manager.delete(f"/hotlines/{hotline['id']}")).status_code == 204
    assert (await manager.delete(f"/hours/{hours['id']}")).status_code == 204
    twice = survey | {"grades": [survey["grades"][0]] * 2}
    body = {"number": "01084000002", "name": "号", "flow_id": flow, "survey": twice}
    assert (await manager.post("/hotlines", json=body)).status_code == 422


@pytest.mark.req("TEL-1")
async def test_the_blacklist_is_replaced_as_a_whole(world: World) -> None:
    manager = await world.log_in("manager")
    await manager.put("/blacklist", json={"items": [{"number": "13800138000", "note": "骚扰"}]})
    world.clock.forward(hours=1)
    await manager.put("/blacklist", json={"items": [{"number": "13800138000"}, {"number": "13900139000"}]})
    items = (await manager.get("/blacklist")).json()["items"]
    assert [item["number"] for item in items] == ["13800138000", "13900139000"]
    assert items[0]["since"] < items[1]["since"]


@pytest.mark.req("IVR-4")
@pytest.mark.parametrize(
    "at,open_,why",
    [
        ("2026-11-20T17:29:00+08:00", True, "week"), ("2026-11-20T17:30:00+08:00", False, "week"),
        ("2026-11-21T10:00:00+08:00", False, "week"),
        ("2026-10-01T10:00:00+08:00", False, "holiday"),  # National Day, a Thursday
        ("2026-02-14T10:00:00+08:00", True, "make_up_workday"),  # a Saturday worked before the Spring Festival
        ("2026-11-23T10:00:00+08:00", False, "special_day"), ("2026-11-23T13:30:00+08:00", True, "special_day"),
    ],
)  # fmt: skip
async def test_hours_follow_week_national_calendar_and_own_days(
    world: World, at: str, open_: bool, why: str
) -> None:
    manager = await world.log_in("manager")
    special = [{"day": "2026-11-23", "periods": [{"start_min": 780, "end_min": 900}], "note": "停电"}]
    hours = await created(manager, "/hours", **HOURS, special=special)
    found = (await manager.get(f"/hours/{hours['id']}/preview", params={"at": at})).json()
    assert (found["open"], found["why"]) == (open_, why)


@pytest.mark.req("IVR-4")
async def test_hours_are_overridden_by_hand_and_given_back(world: World) -> None:
    manager = await world.log_in("manager")
    hours = await created(manager, "/hours", **HOURS)
    path = f"/hours/{hours['id']}/override"
    assert (await manager.put(path, json={"override": "closed"})).json()["open_now"] is False
    assert (await manager.put(path, json={"override": ""})).json()["open_now"] is True
    assert (await manager.put(path, json={"override": "maybe"})).status_code == 422
    overlapping = {
        "week": [[{"start_min": 0, "end_min": 600}, {"start_min": 599, "end_min": 700}]] + [[]] * 6
    }
    assert (await manager.patch(f"/hours/{hours['id']}", json=overlapping)).status_code == 422


@pytest.mark.req("IVR-1")
async def test_a_flow_is_drafted_checked_published_and_taken_back(world: World) -> None:
    manager = await world.log_in("manager")
    flow = await published_flow(manager)
    other = MINIMAL_FLOW | {"start": "end"}
    drafted = (await manager.put(f"/flows/{flow}/draft", json={"document": other})).json()
    assert (drafted["published_version"], drafted["changed"], drafted["published"]) == (1, True, MINIMAL_FLOW)
    assert (await manager.post(f"/flows/{flow}/publish", json={"note": "二"})).json()["published"] == other
    back = (await manager.post(f"/flows/{flow}/publish", json={"version": 1})).json()
    assert (back["published_version"], back["published"], back["changed"]) == (3, MINIMAL_FLOW, False)
    assert [version["version"] for version in back["versions"]] == [3, 2, 1]
    assert (await manager.get(f"/flows/{flow}/versions/2")).json()["document"] == other


@pytest.mark.req("IVR-7")
@pytest.mark.parametrize(
    "nodes,code",
    [
        ({"a": {"kind": "play", "prompts": ["no_such_prompt"], "next": "e"}, "e": {"kind": "hangup"}}, "unknown_prompt"),
        ({"a": {"kind": "queue", "queue": "no_such_queue"}}, "unknown_queue"),
        ({"a": {"kind": "hours", "hours": "no_such", "open": "e", "closed": "e"}, "e": {"kind": "hangup"}}, "unknown_hours"),
        ({"a": {"kind": "subflow", "flow": "no_such", "next": "e"}, "e": {"kind": "hangup"}}, "unknown_flow"),
        ({"a": {"kind": "play", "prompts": ["welcome"], "next": "b"}, "b": {"kind": "play", "prompts": [], "next": "a"}}, "endless"),
        ({"a": {"kind": "play", "prompts": [], "next": "gone"}}, "dangling_exit"),
    ],
)  # fmt: skip
async def test_a_flow_with_errors_is_not_published(world: World, nodes: dict[str, Any], code: str) -> None:
    manager = await world.log_in("manager")
    document = {"format": 1, "start": "a", "nodes": nodes}
    flow = await created(manager, "/flows", name="坏", document=document)
    checked = (await manager.post(f"/flows/{flow['id']}/check")).json()
    assert (checked["publishable"], code in {problem["code"] for problem in checked["problems"]}) == (
        False,
        True,
    )
    answer = await manager.post(f"/flows/{flow['id']}/publish", json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "flow_has_errors")


@pytest.mark.req("IVR-7")
async def test_a_node_that_nothing_reaches_is_a_warning_only(world: World) -> None:
    manager = await world.log_in("manager")
    document = MINIMAL_FLOW | {"nodes": MINIMAL_FLOW["nodes"] | {"lonely": {"kind": "hangup"}}}
    flow = await created(manager, "/flows", name="孤", document=document)
    (problem,) = (await manager.post(f"/flows/{flow['id']}/check")).json()["problems"]
    assert (problem["severity"], problem["code"], problem["node_id"]) == ("warning", "unreachable", "lonely")


@pytest.mark.req("ADM-3")
@pytest.mark.parametrize(
    "crime",
    [
        "UPDATE audit_entry SET user_name = 'x' WHERE seq = 2",
        "DELETE FROM audit_entry WHERE seq = 2",
        "DELETE FROM audit_entry WHERE seq >= 3",
    ],
)
async def test_nobody_alters_the_trail_unnoticed(world: World, crime: str) -> None:
    admin = await world.log_in("admin")
    for number in ("8100", "8101", "8102"):
        await created(admin, "/queues", name="组", number=number)
    assert (await admin.get("/audit/integrity")).json() == {"intact": True, "entries": 4, "broken_at": None}
    async with world.database.engine.begin() as connection:
        await connection.exec_driver_sql(crime)
    async with world.database.reading() as session:
        assert (await audit.verify(session)).broken_at in {2, 3}


@pytest.mark.req("ADM-3")
async def test_the_trail_is_filtered_and_paged_newest_first(world: World) -> None:
    admin = await world.log_in("admin")
    for number in ("8100", "8101", "8102"):
        await created(admin, "/queues", name="组", number=number)
    first = (await admin.get("/audit", params={"action": "queues", "limit": 2})).json()
    rest = (
        await admin.get("/audit", params={"action": "queues", "limit": 2, "cursor": first["next_cursor"]})
    ).json()
    assert [entry["seq"] for entry in [*first["items"], *rest["items"]]] == [4, 3, 2]
    assert rest["next_cursor"] is None
    assert (await admin.get("/audit", params={"user": "id-manager"})).json()["items"] == []
    assert (await admin.get("/audit", params={"cursor": "%%%"})).status_code == 422
