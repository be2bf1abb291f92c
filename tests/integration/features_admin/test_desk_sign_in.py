"""Signing in, with which telephone, and how a leader names whom."""

import pytest

from hotline.core import requests as r
from hotline.core.events import AgentState
from tests.integration.features_admin.conftest import World
from tests.integration.features_admin.fake_control import FakeControl, agent_view
from tests.integration.features_admin.test_desk_verbs import floor

__all__ = ["floor"]


@pytest.mark.req("TEL-3")
async def test_an_agent_signs_in_with_the_mobile_seat(world: World, floor: FakeControl) -> None:
    floor.put(agent_view("agent", "1001", mobile="13900139000"))
    client = await world.log_in("agent")
    assert (await client.post("/agents/me/sign-in", json={"device": "mobile"})).status_code == 204
    (request,) = floor.requests
    assert isinstance(request, r.SignIn) and request.device_id == "1001-mobile"
    assert (await client.get("/agents/me")).json()["device"]["mobile"] == {
        "id": "1001-mobile",
        "registered": True,
    }


@pytest.mark.req("AGT-1")
@pytest.mark.parametrize(
    "registered,device",
    [({"1001"}, "1001"), ({"1001-web"}, "1001-web"), ({"1001", "1001-web"}, "1001"), (set[str](), "1001")],
)
async def test_who_goes_ready_without_having_signed_in_signs_in_with_the_telephone_that_is_there(
    world: World, floor: FakeControl, monkeypatch: pytest.MonkeyPatch, registered: set[str], device: str
) -> None:
    monkeypatch.setattr(FakeControl, "registered", lambda _, device_id: device_id in registered)
    floor.put(agent_view("agent", "1001", state=AgentState.OFFLINE))
    client = await world.log_in("agent")
    assert (await client.put("/agents/me/state", json={"state": "offline"})).status_code == 204
    assert floor.requests == []
    assert (await client.put("/agents/me/state", json={"state": "ready"})).status_code == 204
    sign_in, ready = floor.requests
    assert isinstance(sign_in, r.SignIn) and sign_in.device_id == device
    assert isinstance(ready, r.SetState) and ready.state is AgentState.READY


@pytest.mark.req("SUP-2")
async def test_a_leader_names_an_agent_by_work_number(world: World, floor: FakeControl) -> None:
    leader = await world.log_in("leader")
    assert (await leader.put("/agents/1002/state", json={"state": "ready"})).status_code == 204
    (request,) = floor.requests
    assert isinstance(request, r.SetState) and request.agent_id == "id-mate"
    assert (await leader.put("/agents/7777/state", json={"state": "ready"})).status_code == 404
