"""Two people at one draft: nobody writes over what the other has done, and the trail names what each changed."""

from typing import Any

import pytest

from tests.integration.features_admin.conftest import World
from tests.integration.features_admin.test_administration import created

DRAFT: dict[str, Any] = {
    "format": 1,
    "start": "hello",
    "nodes": {
        "hello": {"kind": "play", "prompts": ["welcome"], "next": "end"},
        "end": {"kind": "hangup", "prompts": []},
    },
}


def with_node(node_id: str, **fields: Any) -> dict[str, Any]:
    """The draft with one node changed."""
    return DRAFT | {"nodes": DRAFT["nodes"] | {node_id: DRAFT["nodes"][node_id] | fields}}


@pytest.mark.req("IVR-1")
async def test_who_saves_second_is_told_who_was_first(world: World) -> None:
    manager, admin = await world.log_in("manager"), await world.log_in("admin")
    flow = await created(manager, "/flows", name="同改", document=DRAFT)
    mine = {"document": with_node("hello", title="甲"), "revision": flow["revision"]}
    saved = (await manager.put(f"/flows/{flow['id']}/draft", json=mine)).json()
    assert saved["revision"] == flow["revision"] + 1
    theirs = {"document": with_node("hello", title="乙"), "revision": flow["revision"]}
    refused = await admin.put(f"/flows/{flow['id']}/draft", json=theirs)
    problem = refused.json()["error"]
    assert (refused.status_code, problem["code"]) == (409, "flow_changed_meanwhile")
    assert problem["details"]["edited_by"] == saved["edited_by"]
    assert problem["details"]["revision"] == saved["revision"]
    stored = (await admin.get(f"/flows/{flow['id']}")).json()
    assert stored["draft"]["nodes"]["hello"]["title"] == "甲"


@pytest.mark.req("IVR-1")
async def test_only_the_draft_that_was_looked_at_is_published(world: World) -> None:
    manager = await world.log_in("manager")
    flow = await created(manager, "/flows", name="先看后发", document=DRAFT)
    await manager.put(f"/flows/{flow['id']}/draft", json={"document": with_node("end", title="再见")})
    late = await manager.post(f"/flows/{flow['id']}/publish", json={"revision": flow["revision"]})
    assert (late.status_code, late.json()["error"]["code"]) == (409, "flow_changed_meanwhile")
    now = (await manager.get(f"/flows/{flow['id']}")).json()
    assert now["published_version"] == 0
    good = await manager.post(f"/flows/{flow['id']}/publish", json={"revision": now["revision"]})
    assert good.json()["published_version"] == 1


@pytest.mark.req("ADM-3")
async def test_the_trail_names_the_nodes_that_were_changed_and_no_others(world: World) -> None:
    manager, admin = await world.log_in("manager"), await world.log_in("admin")
    flow = await created(manager, "/flows", name="留痕", document=DRAFT)
    await manager.put(f"/flows/{flow['id']}/draft", json={"document": with_node("end", title="再见")})
    moved = with_node("end", title="再见") | {"layout": {"hello": [0, 0], "end": [0, 120]}}
    await manager.put(f"/flows/{flow['id']}/draft", json={"document": moved})
    entries = (await admin.get("/audit", params={"target": flow["id"]})).json()["items"]
    drafts = [entry for entry in entries if entry["action"] == "flows.draft"]
    assert [sorted(entry["after"]) for entry in drafts] == [["nodes.end"]]


@pytest.mark.req("IVR-1")
async def test_a_draft_that_was_changed_back_is_no_change_in_whatever_order_it_is_written(
    world: World,
) -> None:
    manager = await world.log_in("manager")
    flow = await created(manager, "/flows", name="改回去", document=DRAFT)
    url = f"/flows/{flow['id']}"
    assert (await manager.post(f"{url}/publish", json={})).json()["changed"] is False
    changed = await manager.put(f"{url}/draft", json={"document": with_node("end", title="再见")})
    assert changed.json()["changed"] is True
    nodes = dict(reversed(DRAFT["nodes"].items()))
    back = await manager.put(f"{url}/draft", json={"document": DRAFT | {"nodes": nodes}})
    assert back.json()["changed"] is False
