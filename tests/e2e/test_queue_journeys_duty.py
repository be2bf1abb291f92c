"""The duty phone and the mobile seat with real telephones: who rings, key 1, who hears whom, what is recorded and counted."""

import asyncio
from typing import Any

import pytest

from hotline.adapters.sip_caller.conversation import Conversation
from hotline.wire import g711, wav
from tests.e2e.product import Session, eventually
from tests.e2e.queue_ground import REALESTATE, Ground, ground, hears_prompt, signed_in_mobile
from tests.e2e.tones import hear, hum, tones_in
from tests.e2e.verb_floor import HOTLINE, Floor, floor, module_product, talks_of

__all__ = ["floor", "ground", "module_product"]
pytestmark = [pytest.mark.e2e]

DUTY, MOBILE = "01066669999", "13900001003"


async def rings_outside(floor: Floor) -> Conversation:
    """The number outside rings; it is shown the service number."""
    async with asyncio.timeout(20):
        rung = await floor.outside_calls.get()
    assert rung.invite is not None
    assert HOTLINE in (rung.invite.get("from") or ""), "outside the service number is shown"
    return rung


async def confirms(floor: Floor, rung: Conversation) -> None:
    """Whoever answered hears that key 1 takes the call, presses it, and hums."""
    rung.answer()
    await hears_prompt(rung, "press_one")
    hum("outside", rung)
    floor.people["outside"] = rung
    rung.audio.press("1")


# ── Duty phone ───────────────────────────────────────────────────────────────────────────────────────────────


async def nobody_there(ground: Ground) -> None:
    """Nobody is signed in; the queue overflows to the duty phone."""
    await ground.queue(no_agent_overflow=True, overflow_to="duty")
    await ground.change("/hotlines/demo", duty_number=DUTY)


async def overflowed(ground: Ground, call_id: str, disposition: str) -> dict[str, Any]:
    """The story of a call that overflowed to the duty phone because nobody was there."""
    story = await ground.floor.story(call_id)
    assert [(one["outcome"], one["cause"]) for one in story["visits"]] == [("overflowed", "no_agent")]
    assert [(one["kind"], one["duty"]) for one in story["offers"]] == [("duty", True)]
    assert (story["disposition"], story["talks"]) == (disposition, [])
    return story


@pytest.mark.req("TEL-6", "ACD-2", "TEL-1")
async def test_nobody_signed_in_leads_to_the_duty_phone_which_presses_one(ground: Ground) -> None:
    floor = ground.floor
    await nobody_there(ground)
    await ground.calls_in()
    rung = await rings_outside(floor)
    assert rung.invite is not None
    assert DUTY in rung.invite.uri
    call_id = str((await ground.in_phase("direct"))["call_id"])
    await hears_prompt(floor.people["citizen"], "ringback")
    await confirms(floor, rung)
    await hear(floor.people, {"citizen": "outside", "outside": "citizen"})
    rung.hang_up()
    await floor.gone("citizen")
    story = await overflowed(ground, call_id, "duty_answered")
    assert story["has_recording"]


@pytest.mark.req("TEL-6")
async def test_a_mailbox_at_the_duty_phone_takes_nobody_and_who_gives_up_is_counted(ground: Ground) -> None:
    floor = ground.floor
    await nobody_there(ground)
    await ground.calls_in()
    rung = await rings_outside(floor)
    call_id = str((await ground.in_phase("direct"))["call_id"])
    rung.answer()
    hum("outside", rung)
    await hears_prompt(rung, "press_one")
    floor.people["outside"] = rung
    await hear({"citizen": floor.people["citizen"]}, {"citizen": ""})
    floor.people["citizen"].hang_up()
    del floor.people["citizen"]
    await floor.gone("outside")
    await overflowed(ground, call_id, "duty_abandoned")


@pytest.mark.req("TEL-6")
async def test_a_duty_phone_that_rejects_leaves_an_apology(ground: Ground) -> None:
    floor = ground.floor
    await nobody_there(ground)
    call = await ground.calls_in()
    rung = await rings_outside(floor)
    call_id = str((await ground.in_phase("direct"))["call_id"])
    rung.reject(486)
    await hears_prompt(call, "all_lines_busy")
    await floor.gone("citizen")
    await overflowed(ground, call_id, "duty_abandoned")


@pytest.mark.req("TEL-6", "TEL-7")
async def test_outside_the_hours_the_duty_phone_rings_and_a_message_is_left_when_it_refuses(
    ground: Ground,
) -> None:
    floor = ground.floor
    await ground.change("/hotlines/demo", duty_number=DUTY)
    await ground.replace("/hours/demo/override", override="closed")
    call = await ground.calls_in(key="#")
    rung = await rings_outside(floor)
    call_id = str((await ground.in_phase("direct"))["call_id"])
    rung.reject(603)
    await hears_prompt(call, "voicemail_instruction")
    call.audio.press("1")  # straight to the beep
    await ground.in_phase("voicemail", call_id)
    await asyncio.sleep(3)  # a message takes its time
    call.audio.press("#")
    await floor.gone("citizen")
    story = await floor.story(call_id)
    assert (story["disposition"], [one["kind"] for one in story["recordings"]]) == (
        "voicemail",
        ["voicemail"],
    )
    assert [one["outcome"] for one in story["offers"]] == ["missed"]


# ── Mobile seat ──────────────────────────────────────────────────────────────────────────────────────────────


async def recorded(session: Session, floor: Floor, call_id: str) -> tuple[frozenset[str], frozenset[str]]:
    """Whose tones are on the left and on the right of the recording."""

    async def ready() -> dict[str, Any] | None:
        detail: dict[str, Any] = await session.get(f"/calls/{call_id}")
        return detail if detail["recordings"] and all(one["ready"] for one in detail["recordings"]) else None

    await eventually(ready, "the recording")
    audio = wav.parse((await session.raw(f"/calls/{call_id}/recording")).content)
    assert (audio.tag, audio.channels) == (wav.A_LAW, 2)
    sides = [g711.decode(g711.Law.ALAW, audio.data[side::2]) for side in (0, 1)]
    heard: list[frozenset[str]] = []
    for side in sides:
        pieces = [side[at : at + 8000] for at in range(0, len(side) - 8000, 8000)]
        heard.append(frozenset[str]().union(*(tones_in(piece) for piece in pieces)))
    return heard[0], heard[1]


@pytest.mark.req("TEL-3", "TEL-1", "TEL-8", "ACD-4", "AGT-1")
async def test_a_call_reaches_the_mobile_seat_and_is_held_and_hung_up_from_the_desk(ground: Ground) -> None:
    floor = ground.floor
    await ground.agent_fields("1003", mobile=MOBILE)
    await ground.queue(REALESTATE)
    desk = await signed_in_mobile(floor, "1003")
    await ground.calls_in()
    rung = await rings_outside(floor)
    assert rung.invite is not None
    assert MOBILE in rung.invite.uri
    call_id = str((await ground.in_phase("ringing"))["call_id"])
    await confirms(floor, rung)
    await hear(floor.people, {"citizen": "outside", "outside": "citizen"})
    await desk.post(f"/calls/{call_id}/actions/hold")
    await hear({"outside": rung}, {"outside": ""})
    await hears_prompt(floor.people["citizen"], "music")
    await desk.post(f"/calls/{call_id}/actions/retrieve")
    await hear(floor.people, {"citizen": "outside", "outside": "citizen"})
    await desk.post(f"/calls/{call_id}/actions/hangup")
    await floor.gone("outside")
    await ground.in_phase("survey", call_id)
    floor.people.pop("citizen").hang_up()
    await ground.agent_state("1003", "after_call")
    story = await floor.story(call_id)
    assert story["disposition"] == "agent_answered"
    assert [who for who, _ in talks_of(story)] == ["1003"]
    left, right = await recorded(await floor.product.log_in("3001"), floor, call_id)
    assert (left, right) == ({"citizen"}, {"outside"})


@pytest.mark.req("TEL-3", "ACD-3")
async def test_a_mobile_that_refuses_gives_the_caller_to_the_next_agent(ground: Ground) -> None:
    floor = ground.floor
    await ground.agent_fields("1003", mobile=MOBILE)
    await ground.queue(REALESTATE, missed_pause_s=60)
    await signed_in_mobile(floor, "1003")
    await ground.calls_in()
    rung = await rings_outside(floor)
    rung.reject(486)
    await ground.agent_state("1003", "missed")
    await floor.staff("1001")
    await floor.picks_up("1001")
    await hear(floor.people, {"citizen": "1001", "1001": "citizen"})
