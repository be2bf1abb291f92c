"""The application is killed in the middle of a consultation, a conference, a monitored call, a call transferred outside: all go on."""

import pytest

from tests.e2e.test_verbs import NUMBER, Floor, agent, floor, module_product, talks_of
from tests.e2e.tones import hear

__all__ = ["floor", "module_product"]  # fixtures

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(300)]


async def killed_and_back(floor: Floor) -> None:
    """The application is killed and started again."""
    floor.product.kill()
    await floor.product.start()


@pytest.mark.req("OPS-2", "AGT-1")
async def test_a_consultation_outlives_the_application(floor: Floor) -> None:
    await floor.staff("1001", "1002")
    call_id = await floor.talk()
    await floor.act("1001", call_id, "consult", to=agent("1002"))
    await floor.picks_up("1002")
    consulting = {"citizen": "", "1001": "1002", "1002": "1001"}
    await hear(floor.people, consulting)
    await killed_and_back(floor)
    await hear(floor.people, consulting)
    await floor.act("1001", call_id, "complete")
    await floor.gone("1001")
    await hear(floor.people, {"citizen": "1002", "1002": "citizen"})
    floor.people["citizen"].hang_up()
    assert talks_of(await floor.story(call_id)) == [
        ("1001", "transferred_consulted"),
        ("1002", "caller_hung_up"),
    ]


@pytest.mark.req("OPS-2", "AGT-1")
async def test_a_conference_outlives_the_application(floor: Floor) -> None:
    await floor.staff("1001", "1002")
    call_id = await floor.talk()
    await floor.act("1001", call_id, "consult", to=agent("1002"))
    await floor.picks_up("1002")
    await hear(floor.people, {"citizen": "", "1001": "1002", "1002": "1001"})
    await floor.act("1001", call_id, "conference")
    everybody = {"citizen": "1001 1002", "1001": "citizen 1002", "1002": "citizen 1001"}
    await hear(floor.people, everybody)
    await killed_and_back(floor)
    await hear(floor.people, everybody)
    await floor.act("1001", call_id, "hangup")
    await floor.gone("1001")
    await hear(floor.people, {"citizen": "1002", "1002": "citizen"})
    floor.people["citizen"].hang_up()
    await floor.story(call_id)


@pytest.mark.req("OPS-2", "SUP-2")
async def test_a_leader_who_listens_still_does_and_is_heard_by_nobody(floor: Floor) -> None:
    await floor.staff("1001", "2001")
    call_id = await floor.talk()
    await floor.act("2001", call_id, "monitor")
    await floor.picks_up("2001")
    listening = {"citizen": "1001", "1001": "citizen", "2001": "citizen 1001"}
    await hear(floor.people, listening)
    await killed_and_back(floor)
    await hear(floor.people, listening)
    await floor.act("2001", call_id, "leave")
    await floor.gone("2001")
    await hear(floor.people, {"citizen": "1001", "1001": "citizen"})
    floor.people["citizen"].hang_up()
    await floor.story(call_id)


@pytest.mark.req("OPS-2", "TEL-1")
async def test_a_call_transferred_outside_outlives_the_application(floor: Floor) -> None:
    await floor.staff("1001")
    call_id = await floor.talk()
    await floor.act("1001", call_id, "consult", to=NUMBER)
    outside = await floor.outside_picks_up()
    await hear(floor.people, {"citizen": "", "1001": "outside", "outside": "1001"})
    await floor.act("1001", call_id, "complete")
    await floor.gone("1001")
    together = {"citizen": "outside", "outside": "citizen"}
    await hear(floor.people, together)
    await killed_and_back(floor)
    await hear(floor.people, together)
    outside.hang_up()
    await floor.gone("citizen")
    assert talks_of(await floor.story(call_id)) == [("1001", "transferred_consulted")]
