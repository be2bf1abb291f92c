"""Announcements through the interface: made, refused when they make no sense, in the site's picture, in the way of a prompt's removal."""

from typing import Any

import pytest

from hotline.core.ids import HotlineId
from hotline.site_source import DatabaseSite
from tests.integration.features_admin.conftest import World

pytestmark = pytest.mark.req("TEL-4")

FLOW = {"format": 2, "start": "bye", "nodes": {"bye": {"kind": "hangup"}}}


async def hotline_of(client: Any) -> str:
    """A hotline."""
    flow = (await client.post("/flows", json={"name": "流程", "document": FLOW})).json()["id"]
    assert (await client.post(f"/flows/{flow}/publish", json={})).status_code == 200
    answer = await client.post("/hotlines", json={"number": "01084000001", "name": "号", "flow_id": flow})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def test_an_announcement_is_heard_from_its_first_moment_until_it_is_taken_back(world: World) -> None:
    manager = await world.log_in("manager")
    hotline = await hotline_of(manager)
    body: dict[str, Any] = {
        "name": "系统维护",
        "prompt": "survey_thanks",
        "hotlines": [hotline],
        "valid_from": "2026-11-20T12:00:00+08:00",
    }
    made = (await manager.post("/announcements", json=body)).json()
    assert made["state"] == "coming"
    picture, _ = await DatabaseSite(world.database).load()
    (held,) = picture.announcements
    assert not held.in_force(HotlineId(hotline), world.clock())
    world.clock.forward(hours=3)
    assert held.in_force(HotlineId(hotline), world.clock())
    (listed,) = (await manager.get("/announcements")).json()["items"]
    assert listed["state"] == "in_force"
    refused = await manager.delete("/prompts/prompt-survey_thanks")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "in_use")
    ended = await manager.patch(
        f"/announcements/{made['id']}", json={"valid_until": "2026-11-20T12:30:00+08:00"}
    )
    assert ended.json()["state"] == "over"
    assert (await manager.delete(f"/announcements/{made['id']}")).status_code == 204
    picture, _ = await DatabaseSite(world.database).load()
    assert picture.announcements == ()
    assert (await manager.delete(f"/announcements/{made['id']}")).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"prompt": "no_such_prompt"},
        {"hotlines": ["nowhere"]},
        {"hotlines": []},
        {"valid_until": "2026-11-20T11:00:00+08:00"},
        {"valid_from": "2026-11-20T11:00:00"},
        {"name": ""},
    ],
)
async def test_what_makes_no_sense_is_refused(world: World, wrong: dict[str, Any]) -> None:
    manager = await world.log_in("manager")
    body = {
        "name": "维护",
        "prompt": "survey_thanks",
        "hotlines": [await hotline_of(manager)],
        "valid_from": "2026-11-20T12:00:00+08:00",
    }
    assert (await manager.post("/announcements", json=body | wrong)).status_code == 422


async def test_an_agent_may_not_announce(world: World) -> None:
    agent = await world.log_in("agent")
    assert (await agent.post("/announcements", json={})).status_code == 403
