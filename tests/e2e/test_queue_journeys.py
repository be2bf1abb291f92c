"""Waiting in a queue with real telephones: what is heard, who is served next, what a ring in vain does, and being called back in one's place."""

import pytest

from tests.e2e.people import DeskAgent
from tests.e2e.product import Session, eventually
from tests.e2e.queue_ground import Ground, busy, ground, hears_prompt
from tests.e2e.tones import hear, hum
from tests.e2e.verb_floor import CALLER, HOTLINE, floor, module_product, talks_of

__all__ = ["floor", "ground", "module_product"]
pytestmark = [pytest.mark.e2e]

VIP, STRANGER = "13900002222", "13800138044"


@pytest.mark.req("ACD-2")
async def test_a_waiting_caller_hears_the_message_the_place_and_music(ground: Ground) -> None:
    await ground.queue()
    await ground.floor.staff("1001")
    await busy(ground.floor.agents["1001"])
    await ground.waits()
    for key in ("queue_waiting", "position_next", "music"):
        await hears_prompt(ground.floor.people["citizen"], key)


# ── Being called back ────────────────────────────────────────────────────────────────────────────────────────


async def keeps_the_place(ground: Ground) -> str:
    """The citizen waits, hears the place and the offer, keeps the place with key 1 and is thanked; returns the call's id."""
    call_id = await ground.waits()
    call = ground.floor.people["citizen"]
    await hears_prompt(call, "position_next")
    await hears_prompt(call, "queue_callback_offer")
    call.audio.press("1")
    await hears_prompt(call, "callback_number_before")
    call.audio.press("1")
    await hears_prompt(call, "callback_thanks")
    await ground.floor.gone("citizen")
    return call_id


async def inbound(manager: Session) -> dict[str, int]:
    """Today's calls of citizens, and how they ended, as far as any did."""
    values = (await manager.get("/reports/inbound_tracking"))["totals"]["values"]
    return {key: value for key, value in values.items() if value and key.startswith(("trunk_in", "ended_"))}


@pytest.mark.slow
@pytest.mark.req("ACD-2", "TEL-1", "TEL-8", "IVR-5", "STA-1")
async def test_a_caller_keeps_the_place_and_is_called_back_and_recorded(ground: Ground) -> None:
    floor = ground.floor
    await ground.queue(callback_key="1", message=None)
    await floor.staff("1001")
    await busy(floor.agents["1001"])
    manager = await floor.product.log_in("4001")
    before = await inbound(manager)
    first = await keeps_the_place(ground)
    await floor.agents["1001"].session.put("/agents/me/state", state="ready")
    rung = await floor.agents["1001"].ringing()
    kept = await ground.in_phase("callback")
    assert (kept["offer_kind"], kept["dnis"]) == ("callback", CALLER)
    second = str(kept["call_id"])
    rung.answer()
    called = await floor.outside_picks_up()
    assert called.invite is not None
    assert HOTLINE in (called.invite.get("from") or ""), "the citizen is shown the service number"
    assert CALLER in called.invite.uri
    floor.people["1001"] = rung
    hum("1001", rung)
    await hear(floor.people, {"1001": "outside", "outside": "1001"})
    rung.hang_up()
    await ground.in_phase("survey", second)
    await hears_prompt(called, "survey_ask")
    called.audio.press("2")
    await floor.gone("outside")
    stories = [await floor.story(call_id) for call_id in (first, second)]
    assert [(one["direction"], one["disposition"]) for one in stories] == [
        ("inbound", "callback_requested"),
        ("outbound", "connected"),
    ]
    assert [visit["outcome"] for visit in stories[0]["visits"]] == ["callback"]
    assert [offer["kind"] for offer in stories[1]["offers"]] == ["callback"]
    assert (stories[1]["visits"], stories[1]["survey_grade"]) == ([], 2)
    assert stories[1]["has_recording"]
    wanted = {
        **before,
        "trunk_in": before.get("trunk_in", 0) + 1,
        "ended_callback_requested": before.get("ended_callback_requested", 0) + 1,
    }

    async def counted() -> bool:
        return await inbound(manager) == wanted

    await eventually(counted, f"one call in, counted once: {wanted}")


# ── Who is served next ───────────────────────────────────────────────────────────────────────────────────────


async def on_the_phone(ground: Ground, agent: DeskAgent) -> str:
    """Whose call rings at this agent: the caller's number."""
    await agent.ringing()
    return str((await agent.session.get("/agents/me"))["call"]["ani"])


@pytest.mark.req("ACD-1")
async def test_a_vip_overtakes_who_waits_longer(ground: Ground) -> None:
    await ground.queue()
    await ground.replace("/known-callers", items=[{"number": VIP, "kind": "vip", "priority": 20}])
    await ground.floor.staff("1001")
    agent = ground.floor.agents["1001"]
    await busy(agent)
    first = await ground.waits()
    second = await ground.waits("1003", shown=VIP)
    positions = {one["call_id"]: one["position"] for one in await ground.calls()}
    assert (positions[first], positions[second]) == (2, 1)
    await agent.session.put("/agents/me/state", state="ready")
    assert await on_the_phone(ground, agent) == VIP


@pytest.mark.req("ACD-1")
async def test_the_agent_of_the_last_talk_is_asked_first(ground: Ground) -> None:
    floor = ground.floor
    await ground.queue(last_agent_wait_s=30, wrap_up_s=0)
    await floor.staff("1002")
    call_id = await floor.talk("1002")
    floor.people.pop("citizen").hang_up()
    await floor.story(call_id)
    await floor.agents["1002"].in_state("ready")
    await floor.staff("1001")
    await busy(floor.agents["1002"])
    await floor.agents["1002"].session.put("/agents/me/state", state="ready")  # 1001 is idle longer now
    await ground.calls_in()
    assert await on_the_phone(ground, floor.agents["1002"]) == CALLER
    assert floor.agents["1001"].calls.empty()


@pytest.mark.req("ACD-1")
async def test_agents_of_a_lower_level_are_asked_only_after_a_while(ground: Ground) -> None:
    floor = ground.floor
    await ground.queue(widen_after_s=3)
    await ground.staff_of("realestate", a1001=1, a1002=2)
    await floor.staff("1001", "1002")
    await busy(floor.agents["1001"])
    call_id = await ground.waits()  # though 1002 is ready
    await floor.picks_up("1002")
    await hear(floor.people, {"citizen": "1002", "1002": "citizen"})
    floor.people["citizen"].hang_up()
    (visit,) = (await floor.story(call_id))["visits"]
    assert visit["wait_ms"] >= 3_000


# ── A ring in vain ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("ACD-3")
async def test_a_ring_in_vain_returns_the_caller_to_the_head_and_signs_the_agent_out(ground: Ground) -> None:
    floor = ground.floor
    await ground.queue(ring_timeout_s=5, missed_limit=2, missed_pause_s=1)
    await floor.staff("1001")
    await ground.calls_in()
    await floor.agents["1001"].ringing()
    first = await floor.call_id("1001")
    second = await ground.waits("1003", shown=STRANGER)
    await floor.agents["1001"].in_state("missed")
    positions = {one["call_id"]: one["position"] for one in await ground.calls()}
    assert (positions[first], positions[second]) == (1, 2)
    again = await floor.agents["1001"].ringing()
    again.reject(486)
    await floor.agents["1001"].in_state("offline")
    await floor.staff("1002")
    await floor.picks_up("1002")
    await hear(floor.people, {"citizen": "1002", "1002": "citizen"})
    floor.people["citizen"].hang_up()
    story = await floor.story(first)
    assert [(one["agent_id"], one["outcome"], one["why"]) for one in story["offers"]] == [
        ("user-1001", "missed", "ring_time_out"),
        ("user-1001", "missed", "agent_rejected"),
        ("user-1002", "answered", "answered"),
    ]
    assert talks_of(story) == [("1002", "caller_hung_up")]
