"""What takes its time, with real telephones: the estimated wait once it is known, a colleague and a mailbox that never take the call."""

import asyncio

import pytest

from tests.e2e.queue_ground import Ground, busy, ground, hears_prompt
from tests.e2e.tones import hear, hum
from tests.e2e.verb_floor import floor, module_product

__all__ = ["floor", "ground", "module_product"]
pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(180)]

DUTY = "01066669999"
TALKS = 3
"""So many talks must have ended before a wait is estimated (core.estimate)."""


async def short_talk(ground: Ground, shown: str) -> None:
    """A citizen talks to agent 1001 for a moment; the agent is ready again."""
    floor = ground.floor
    await ground.calls_in(shown=shown)
    await floor.picks_up("1001")
    await floor.agents["1001"].in_state("talking")
    floor.people.pop("citizen").hang_up()
    await floor.gone("1001")
    await floor.agents["1001"].in_state("ready")


@pytest.mark.req("ACD-2")
async def test_the_estimated_wait_is_spoken_once_it_is_known(ground: Ground) -> None:
    floor = ground.floor
    await ground.queue(announce_wait=True, announce_position=False, message=None, wrap_up_s=0, survey=False)
    await ground.staff_of("realestate", a1001=1)
    await floor.staff("1001")
    for number in range(TALKS):
        await short_talk(ground, f"1380013807{number}")
    await ground.calls_in("2001", shown="13800138079")
    await floor.picks_up("1001")
    await ground.waits()  # the only agent talks
    await hears_prompt(floor.people["citizen"], "wait_under_minute")
    await hears_prompt(floor.people["citizen"], "music")


@pytest.mark.req("AGT-1")
async def test_a_colleague_who_lets_it_ring_is_forwarded(ground: Ground) -> None:
    floor = ground.floor
    await floor.staff("1001", "1002", "1003")
    await ground.forwards("1002", "no_answer", "1003")
    await floor.agents["1001"].session.post("/agents/me/calls", to="1002")
    await floor.picks_up("1001")
    unheard = await floor.agents["1002"].ringing()
    async with asyncio.timeout(60):
        await unheard.over.wait()
    await floor.picks_up("1003")
    await hear(floor.people, {"1001": "1003", "1003": "1001"})
    await floor.agents["1002"].in_state("ready", "missed")


@pytest.mark.req("TEL-6")
async def test_a_duty_phone_whose_mailbox_answers_leads_to_the_apology_in_the_end(ground: Ground) -> None:
    floor = ground.floor
    await ground.queue(no_agent_overflow=True, overflow_to="duty", overflow_number=DUTY)
    call = await ground.calls_in()
    async with asyncio.timeout(20):
        rung = await floor.outside_calls.get()
    call_id = str((await ground.in_phase("direct"))["call_id"])
    rung.answer()
    hum("outside", rung)
    async with asyncio.timeout(90):
        await rung.over.wait()
    await hears_prompt(call, "all_lines_busy")
    await floor.gone("citizen")
    story = await floor.story(call_id)
    assert story["disposition"] == "duty_abandoned"
    assert [(one["outcome"], one["why"]) for one in story["offers"]] == [("missed", "ring_time_out")]


@pytest.mark.req("ACD-2", "ACD-3")
async def test_a_citizen_who_does_not_answer_keeps_the_place_and_the_agent_is_free(ground: Ground) -> None:
    floor = ground.floor
    await ground.queue(callback_key="1", message=None, announce_position=False)
    await floor.staff("1001")
    await busy(floor.agents["1001"])
    await ground.waits(shown="13800138078")
    call = floor.people["citizen"]
    call.audio.press("1")
    await hears_prompt(call, "callback_number_before")
    call.audio.press("1")
    await floor.gone("citizen")
    await floor.agents["1001"].session.put("/agents/me/state", state="ready")
    rung = await floor.picks_up("1001")
    await floor.outside_picks_up(status=486)
    await rung.over.wait()
    await floor.agents["1001"].in_state("ready")

    kept = str((await ground.in_phase("callback"))["call_id"])
    leader = await floor.product.log_in("2001")
    await leader.post(f"/calls/{kept}/actions/release")  # nobody tries again
    story = await floor.story(kept)
    assert [(one["kind"], one["outcome"]) for one in story["offers"]] == [("callback", "answered")]
    assert (story["disposition"], story["talks"]) == ("cancelled", [])
