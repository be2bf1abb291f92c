"""What an agent may call for: their own hotline and queues, nobody else's."""

from dataclasses import replace

import pytest

from hotline.core.ids import AuthorityId, FlowId, HotlineId
from hotline.core.site import Hotline
from tests.integration.features_admin.conftest import World
from tests.integration.features_admin.fake_control import FakeControl
from tests.integration.features_admin.test_desk_verbs import code, floor

__all__ = ["floor"]


@pytest.mark.req("ADM-1", "TEL-1")
async def test_nobody_calls_for_another_organisations_hotline_or_queue(
    world: World, floor: FakeControl
) -> None:
    other = Hotline(
        id=HotlineId("ha"), authority_id=AuthorityId("a"), number="12346", name="甲", flow_id=FlowId("f1")
    )
    floor.site_now = replace(floor.site_now, hotlines=(other,))
    agent = await world.log_in("agent")
    for wish in ({"hotline_id": "ha"}, {"queue_id": "qa"}, {"hotline_id": "none"}, {"queue_id": "none"}):
        assert code(await agent.post("/agents/me/calls", json={"to": "13900139000"} | wish)) == (
            409,
            "not_allowed",
        )
    assert floor.requests == []
    usual = replace(floor.site_now.agents[0], default_hotline_id=other.id)
    floor.site_now = replace(floor.site_now, agents=(usual, *floor.site_now.agents[1:]))
    floor.refuse = "line_full"
    own = {"to": "13900139000", "hotline_id": "ha", "queue_id": "q1"}
    assert code(await agent.post("/agents/me/calls", json=own)) == (409, "line_full")
    assert len(floor.requests) == 1
