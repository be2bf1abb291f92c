"""Verbs that change a talk without handing it on, and the ways out that lead to no queue, with real telephones: hold, mute, keys, a paused recording, calls between colleagues and outside, transfer to flow and leader, states by force."""

import asyncio

import numpy as np
import pytest

from hotline.adapters.sip_caller.conversation import Conversation
from hotline.wire import g711, wav
from tests.e2e.product import Refusal, eventually
from tests.e2e.tones import WINDOW_S, hear, hum, tones_in
from tests.e2e.verb_floor import OUTSIDE, Floor, floor, module_product, talks_of

__all__ = ["floor", "module_product"]
pytestmark = [pytest.mark.e2e]
PAUSE_S = 2.0
SPEAKS = 20.0**2
"""Energy per sample of a recorded hum at least; silence has next to none."""


async def dialled(floor: Floor, who: str, to: str) -> str:
    """This agent dials; the own telephone rings first and is picked up. Returns the call's id."""
    placed = await floor.agents[who].session.post("/agents/me/calls", to=to)
    await floor.picks_up(who)
    return str(placed["call_id"])


@pytest.mark.req("AGT-1")
async def test_on_hold_the_citizen_hears_neither_agent_nor_silence_and_a_mute_is_one_way(
    floor: Floor,
) -> None:
    await floor.staff("1001")
    call_id = await floor.talk()
    await floor.act("1001", call_id, "hold")
    await floor.agents["1001"].in_state("holding")
    await hear(floor.people, {"citizen": "", "1001": ""})
    await eventually(lambda: _has_sound(floor.people["citizen"]), "music for the citizen")
    await floor.act("1001", call_id, "retrieve")
    await hear(floor.people, {"citizen": "1001", "1001": "citizen"})
    await floor.act("1001", call_id, "mute")
    await hear(floor.people, {"citizen": "", "1001": "citizen"})
    await floor.act("1001", call_id, "unmute")
    await hear(floor.people, {"citizen": "1001", "1001": "citizen"})


async def _has_sound(call: Conversation) -> bool:
    newest = np.frombuffer(call.audio.recording()[-16_000:], dtype="<i2").astype(np.float64)
    return float(newest @ newest) > SPEAKS * len(newest)


@pytest.mark.req("AGT-1", "TEL-8")
async def test_while_the_recording_is_paused_neither_side_is_on_it(floor: Floor) -> None:
    await floor.staff("1001")
    call_id = await floor.talk()
    await floor.act("1001", call_id, "record-pause")
    await asyncio.sleep(PAUSE_S)  # the pause is what is looked for
    await floor.act("1001", call_id, "record-resume")
    await asyncio.sleep(1.0)
    floor.people["citizen"].hang_up()
    await floor.story(call_id)
    inspector = await floor.product.log_in("3001")

    async def written() -> bytes | None:
        try:
            answer = await inspector.raw(f"/calls/{call_id}/recording")
        except Refusal:
            return None
        return answer.content if answer.status_code == 200 else None

    audio = wav.parse(await eventually(written, "the recording"))
    tenth = audio.rate // 10
    for side, who in ((0, "citizen"), (1, "1001")):
        linear = g711.decode(g711.Law.ALAW, audio.data[side :: audio.channels])
        samples = np.frombuffer(linear, dtype="<i2").astype(np.float64)
        tenths = samples[: len(samples) // tenth * tenth].reshape(-1, tenth)
        silent = (tenths**2).mean(axis=1) < SPEAKS
        heard = np.flatnonzero(~silent)
        within = silent[heard[0] : heard[-1]]
        assert within.sum() >= 0.8 * PAUSE_S * 10, f"{who}: {within.sum()} silent tenths in the middle"
        assert tones_in(linear[2 * tenth * (heard[0] + 1) :][: int(2 * WINDOW_S * audio.rate)]) == {who}


@pytest.mark.req("AGT-1")
async def test_colleagues_call_each_other(floor: Floor) -> None:
    await floor.staff("1001", "1002")
    call_id = await dialled(floor, "1001", "1002")
    await floor.picks_up("1002")
    await hear(floor.people, {"1001": "1002", "1002": "1001"})
    floor.people["1002"].hang_up()
    await floor.gone("1001")
    await floor.agents["1001"].in_state("ready", "after_call")
    assert (await floor.story(call_id))["direction"] == "internal"


@pytest.mark.req("AGT-1", "TEL-1")
async def test_keys_of_the_desk_reach_a_number_outside(floor: Floor) -> None:
    await floor.staff("1001")
    call_id = await dialled(floor, "1001", OUTSIDE)
    outside = await floor.outside_picks_up()
    await hear(floor.people, {"1001": "outside", "outside": "1001"})
    await floor.act("1001", call_id, "dtmf", digits="42#")

    async def pressed() -> bool:
        return outside.audio.heard.digits == "42#"

    await eventually(pressed, "the keys")
    await hear(floor.people, {"1001": "outside", "outside": "1001"})
    outside.hang_up()
    await floor.gone("1001")


@pytest.mark.req("AGT-1", "IVR-1")
async def test_a_transfer_to_the_flow_leads_back_to_the_menu_and_on_to_another_agent(floor: Floor) -> None:
    await floor.staff("1001", "1009")
    call_id = await floor.talk()
    await floor.act("1001", call_id, "transfer", to={"kind": "flow", "value": ""})
    await floor.gone("1001")
    leader = await floor.product.log_in("2001")

    async def with_the_machine() -> bool:
        calls = (await leader.get("/live"))["calls"]
        return [one["phase"] for one in calls if one["call_id"] == call_id] == ["ivr"]

    await eventually(with_the_machine, "the menu")
    floor.people["citizen"].audio.press("2")
    rung = await floor.agents["1009"].ringing()
    rung.answer()
    hum("1003", rung)  # any free voice
    floor.people["1003"] = rung
    await hear(floor.people, {"citizen": "1003", "1003": "citizen"})
    floor.people["citizen"].hang_up()
    talks = talks_of(await floor.story(call_id))
    assert talks == [("1001", "transferred_flow"), ("1009", "caller_hung_up")]


@pytest.mark.req("AGT-1")
async def test_a_transfer_to_the_leader(floor: Floor) -> None:
    await floor.staff("1001", "2001")
    call_id = await floor.talk()
    await floor.act("1001", call_id, "transfer", to={"kind": "leader", "value": ""})
    await floor.gone("1001")
    await floor.picks_up("2001")
    await hear(floor.people, {"citizen": "2001", "2001": "citizen"})
    floor.people["citizen"].hang_up()
    talks = talks_of(await floor.story(call_id))
    assert talks == [("1001", "transferred_blind"), ("2001", "caller_hung_up")]


@pytest.mark.req("SUP-2")
async def test_a_leader_forces_states_and_a_talk_is_not_cut_by_it(floor: Floor) -> None:
    await floor.staff("1001")
    leader = await floor.product.log_in("2001")
    agent_id = (await floor.agents["1001"].session.get("/agents/me"))["agent"]["agent_id"]
    await leader.put(f"/agents/{agent_id}/state", state="busy", reason="会议")
    await floor.agents["1001"].in_state("busy")
    await leader.put(f"/agents/{agent_id}/state", state="ready")
    await floor.agents["1001"].in_state("ready")
    call_id = await floor.talk()
    with pytest.raises(Refusal, match="wrong_state"):
        await leader.put(f"/agents/{agent_id}/state", state="offline")
    await leader.put(f"/agents/{agent_id}/state", state="busy", reason="会议")
    await hear(floor.people, {"citizen": "1001", "1001": "citizen"})
    floor.people["citizen"].hang_up()
    await floor.agents["1001"].in_state("after_call")
    await floor.agents["1001"].session.post("/agents/me/wrap-up/finish")
    await floor.agents["1001"].in_state("busy")
    await leader.put(f"/agents/{agent_id}/state", state="offline")
    await floor.agents["1001"].in_state("offline")
    assert talks_of(await floor.story(call_id)) == [("1001", "caller_hung_up")]
    entries = (await (await floor.product.log_in("4001")).get("/audit", action="agents.force_state"))["items"]
    assert len(entries) >= 4
