"""Ways out of a queue with real telephones: a message by key, the next queue, voicemail, no room; each counted with its cause."""

import asyncio
from typing import Any

import pytest

from tests.e2e.product import Session, eventually
from tests.e2e.queue_ground import REALESTATE, SOCIAL, Ground, busy, ground, hears_prompt
from tests.e2e.tones import hear
from tests.e2e.verb_floor import floor, module_product

__all__ = ["floor", "ground", "module_product"]
pytestmark = [pytest.mark.e2e]

STRANGER = "13800138045"
MESSAGE_S = 3.0
"""Longer than the shortest message that counts as one."""


async def speaks_after_the_beep(ground: Ground, call_id: str) -> None:
    """The citizen hears the instruction, skips to the beep, and hums a message."""
    call = ground.floor.people["citizen"]
    await hears_prompt(call, "voicemail_instruction")
    call.audio.press("0")  # straight to the beep
    await ground.in_phase("voicemail", call_id)
    await asyncio.sleep(MESSAGE_S)  # a message takes its time


def visits_of(story: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    """Which queues were waited in, how each wait ended, and why it overflowed."""
    return [(one["queue_id"], one["outcome"], one["cause"]) for one in story["visits"]]


async def waiting_figures(manager: Session) -> dict[str, int]:
    """Today's waits of all queues, entered and overflowed, once the earlier tests' calls are counted too."""

    async def all_counted() -> dict[str, Any] | None:
        report = await manager.get("/reports/waiting")
        return report if report["behind"] == 0 else None

    values = (await eventually(all_counted, "nothing left to count"))["totals"]["values"]
    return {name: int(values[name] or 0) for name in ("queue_entered", "overflow")}


@pytest.mark.req("ACD-2", "TEL-7")
async def test_a_waiting_caller_leaves_a_message_by_key(ground: Ground) -> None:
    floor = ground.floor
    await ground.queue(voicemail_key="2", message=None, announce_position=False)
    await floor.staff("1001")
    await busy(floor.agents["1001"])
    call_id = await ground.waits()
    await hears_prompt(floor.people["citizen"], "queue_voicemail_offer")
    call = floor.people["citizen"]
    call.audio.press("2")
    await speaks_after_the_beep(ground, call_id)
    call.audio.press("#")
    await hears_prompt(call, "voicemail_thanks")
    await floor.gone("citizen")
    story = await floor.story(call_id)
    assert story["disposition"] == "voicemail"
    assert visits_of(story) == [(REALESTATE, "voicemail", None)]
    (message,) = story["recordings"]
    assert message["kind"] == "voicemail"


@pytest.mark.req("ACD-2", "TEL-7", "STA-1")
async def test_a_chain_of_overflows_ends_in_voicemail_and_every_cause_is_counted(ground: Ground) -> None:
    floor = ground.floor
    manager = await floor.product.log_in("4001")
    before = await waiting_figures(manager)
    await ground.queue(REALESTATE, max_wait_s=1, overflow_to="queue", overflow_queue_id=SOCIAL)
    await ground.queue(SOCIAL, no_agent_overflow=True, overflow_to="voicemail")
    await ground.staff_of(SOCIAL, a1009=1)
    await floor.staff("1001")
    await busy(floor.agents["1001"])
    call_id = await ground.waits()
    await speaks_after_the_beep(ground, call_id)
    floor.people.pop("citizen").hang_up()
    story = await floor.story(call_id)
    assert story["disposition"] == "voicemail"
    assert visits_of(story) == [
        (REALESTATE, "overflowed", "time_out"),
        (SOCIAL, "overflowed", "no_agent"),
    ]

    async def counted() -> bool:
        now = await waiting_figures(manager)
        return (now["queue_entered"], now["overflow"]) == (
            before["queue_entered"] + 2,
            before["overflow"] + 2,
        )

    await eventually(counted, "two waits, both overflowed")


@pytest.mark.req("ACD-2")
async def test_a_full_queue_sends_the_next_caller_on(ground: Ground) -> None:
    floor = ground.floor
    await ground.queue(REALESTATE, max_length=1, overflow_to="queue", overflow_queue_id=SOCIAL)
    await ground.queue(SOCIAL)
    await ground.staff_of(REALESTATE, a1001=1)
    await ground.staff_of(SOCIAL, a1002=1)
    await floor.staff("1001")
    await busy(floor.agents["1001"])
    first = await ground.waits("1003", shown=STRANGER)
    await floor.staff("1002")
    await ground.calls_in()
    await floor.picks_up("1002")
    second = await floor.call_id("1002")
    await hear(floor.people, {"citizen": "1002", "1002": "citizen"})
    assert (await ground.in_phase("waiting", first))["queue_id"] == REALESTATE
    floor.people["citizen"].hang_up()
    assert visits_of(await floor.story(second)) == [
        (REALESTATE, "overflowed", "full"),
        (SOCIAL, "answered", None),
    ]


@pytest.mark.req("ACD-2")
async def test_where_nobody_is_left_and_no_rule_speaks_the_caller_hears_an_apology(ground: Ground) -> None:
    floor = ground.floor
    await ground.queue(no_agent_overflow=True)
    await floor.staff("1001")
    await busy(floor.agents["1001"])
    call_id = await ground.waits()
    await floor.agents["1001"].session.post("/agents/me/sign-out")  # the last one leaves
    await hears_prompt(floor.people["citizen"], "all_lines_busy")
    await floor.gone("citizen")
    story = await floor.story(call_id)
    assert story["disposition"] == "overflow_lost"
    assert visits_of(story) == [(REALESTATE, "overflowed", "no_agent")]


@pytest.mark.req("ACD-2")
async def test_the_place_is_announced_and_improves(ground: Ground) -> None:
    floor = ground.floor
    await ground.queue(message=None, message_every_s=5)
    await floor.staff("1001")
    await busy(floor.agents["1001"])
    first = await ground.waits("1003", shown=STRANGER)
    second = await ground.waits()
    call = floor.people["citizen"]
    await hears_prompt(call, "position_after")
    assert (await ground.in_phase("waiting", second))["position"] == 2
    floor.people.pop("1003").hang_up()
    await floor.story(first)
    await hears_prompt(call, "position_next")
    assert (await ground.in_phase("waiting", second))["position"] == 1
