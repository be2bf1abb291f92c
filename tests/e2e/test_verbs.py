"""Every verb of the desk and of the leader with real telephones: what it does, and who hears whom, as a matrix."""

import asyncio

import pytest

from hotline.adapters.sip_caller.phone import SipPhone
from tests.e2e.product import Product, Refusal, Session, eventually
from tests.e2e.tones import hear, hum
from tests.e2e.verb_floor import (
    CALLER,
    HOTLINE,
    NUMBER,
    OUTSIDE,
    OUTSIDE_PORT,
    Floor,
    agent,
    floor,
    module_product,
    talks_of,
)

__all__ = ["NUMBER", "OUTSIDE_PORT", "Floor", "agent", "floor", "module_product", "talks_of"]
pytestmark = [pytest.mark.e2e]


# ── Consult and attended transfer ────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("AGT-1", "TEL-8", "ACD-4")
async def test_consult_then_transfer_gives_the_citizen_and_the_credit_to_the_second_agent(
    floor: Floor,
) -> None:
    await floor.staff("1001", "1002")
    call_id = await floor.talk()
    await floor.act("1001", call_id, "consult", to=agent("1002"))
    await floor.picks_up("1002")
    await hear(floor.people, {"citizen": "", "1001": "1002", "1002": "1001"})
    await floor.act("1001", call_id, "complete")
    await floor.gone("1001")
    await hear(floor.people, {"citizen": "1002", "1002": "citizen"})
    await floor.agents["1001"].in_state("after_call")
    await floor.agents["1002"].in_state("talking")
    floor.people["citizen"].hang_up()
    story = await floor.story(call_id)
    assert talks_of(story) == [("1001", "transferred_consulted"), ("1002", "caller_hung_up")]
    assert story["disposition"] == "agent_answered"


@pytest.mark.req("AGT-1")
async def test_a_cancelled_consultation_takes_the_citizen_back(floor: Floor) -> None:
    await floor.staff("1001", "1002")
    call_id = await floor.talk()
    await floor.act("1001", call_id, "consult", to=agent("1002"))
    await floor.picks_up("1002")
    await hear(floor.people, {"citizen": "", "1001": "1002", "1002": "1001"})
    await floor.act("1001", call_id, "cancel-consult")
    await floor.gone("1002")
    await hear(floor.people, {"citizen": "1001", "1001": "citizen"})
    await floor.agents["1002"].in_state("ready")


@pytest.mark.req("AGT-1")
async def test_a_consulted_agent_who_hangs_up_leaves_agent_and_citizen_together(floor: Floor) -> None:
    await floor.staff("1001", "1002")
    call_id = await floor.talk()
    await floor.act("1001", call_id, "consult", to=agent("1002"))
    rung = await floor.picks_up("1002")
    await hear(floor.people, {"1001": "1002", "1002": "1001"})
    rung.hang_up()
    del floor.people["1002"]
    await hear(floor.people, {"citizen": "1001", "1001": "citizen"})


@pytest.mark.req("AGT-1", "TEL-1")
async def test_consulting_a_number_outside_and_transferring_to_it(floor: Floor) -> None:
    await floor.staff("1001")
    call_id = await floor.talk()
    await floor.act("1001", call_id, "consult", to=NUMBER)
    rung = await floor.outside_picks_up()
    assert rung.invite is not None
    assert HOTLINE in (rung.invite.get("from") or ""), "calls out show the service number"
    await hear(floor.people, {"citizen": "", "1001": "outside", "outside": "1001"})
    await floor.act("1001", call_id, "complete")
    await floor.gone("1001")
    await hear(floor.people, {"citizen": "outside", "outside": "citizen"})
    rung.hang_up()
    await floor.gone("citizen")
    assert talks_of(await floor.story(call_id)) == [("1001", "transferred_consulted")]


@pytest.mark.req("AGT-1")
@pytest.mark.parametrize("status", [486, 603, 404])
async def test_consulting_a_number_that_is_busy_or_refuses_takes_the_citizen_back(
    floor: Floor, status: int
) -> None:
    await floor.staff("1001")
    call_id = await floor.talk()
    await floor.act("1001", call_id, "consult", to=NUMBER)
    await floor.outside_picks_up(status=status)
    await hear(floor.people, {"citizen": "1001", "1001": "citizen"})


# ── Conference ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("AGT-1", "TEL-8")
async def test_a_conference_of_four_loses_its_members_one_by_one(floor: Floor) -> None:
    await floor.staff("1001", "1002")
    call_id = await floor.talk()
    await floor.act("1001", call_id, "consult", to=agent("1002"))
    await floor.picks_up("1002")
    await hear(floor.people, {"citizen": "", "1001": "1002", "1002": "1001"})
    await floor.act("1001", call_id, "conference")
    await hear(floor.people, {"citizen": "1001 1002", "1001": "citizen 1002", "1002": "citizen 1001"})
    await floor.act("1001", call_id, "conference", to=NUMBER)
    outside = await floor.outside_picks_up()
    await hear(
        floor.people,
        {
            "citizen": "1001 1002 outside",
            "1001": "citizen 1002 outside",
            "1002": "citizen 1001 outside",
            "outside": "citizen 1001 1002",
        },
    )
    shown = (await floor.agents["1001"].session.get("/agents/me"))["call"]["participants"]
    leg_id = next(one["leg_id"] for one in shown if one["number"] == OUTSIDE)
    await floor.act("1001", call_id, "drop", leg_id=leg_id)
    await outside.over.wait()
    del floor.people["outside"]
    await hear(floor.people, {"citizen": "1001 1002", "1001": "citizen 1002", "1002": "citizen 1001"})
    await floor.act("1001", call_id, "hangup")
    await floor.gone("1001")
    await hear(floor.people, {"citizen": "1002", "1002": "citizen"})
    floor.people["citizen"].hang_up()
    story = await floor.story(call_id)
    assert sorted(talks_of(story)) == [("1001", "left_conference"), ("1002", "caller_hung_up")]


# ── Blind transfer ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("AGT-1")
async def test_a_blind_transfer_to_an_agent(floor: Floor) -> None:
    await floor.staff("1001", "1002")
    call_id = await floor.talk()
    await floor.act("1001", call_id, "transfer", to=agent("1002"))
    await floor.gone("1001")
    await floor.picks_up("1002")
    await hear(floor.people, {"citizen": "1002", "1002": "citizen"})
    floor.people["citizen"].hang_up()
    assert talks_of(await floor.story(call_id)) == [("1001", "transferred_blind"), ("1002", "caller_hung_up")]


@pytest.mark.req("AGT-1")
async def test_a_transfer_that_is_refused_comes_back_to_the_agent(floor: Floor) -> None:
    await floor.staff("1001", "1002")
    call_id = await floor.talk()
    await floor.act("1001", call_id, "transfer", to=agent("1002"))
    await floor.gone("1001")
    (await floor.agents["1002"].ringing()).reject(486)
    await floor.picks_up("1001")
    await hear(floor.people, {"citizen": "1001", "1001": "citizen"})


@pytest.mark.req("AGT-1", "ACD-4")
async def test_a_transfer_to_a_queue(floor: Floor) -> None:
    await floor.staff("1001", "1009")
    call_id = await floor.talk()
    targets = await floor.agents["1001"].session.get("/agents/me/targets", q="")
    queue = next(one for one in targets["queues"] if one["id"] == "social")
    await floor.act("1001", call_id, "transfer", to={"kind": "queue", "value": queue["id"]})
    await floor.gone("1001")
    rung = await floor.agents["1009"].ringing()
    rung.answer()
    hum("1003", rung)  # any free voice
    floor.people["1003"] = rung
    await hear(floor.people, {"citizen": "1003", "1003": "citizen"})
    floor.people["citizen"].hang_up()
    story = await floor.story(call_id)
    assert talks_of(story) == [("1001", "transferred_queue"), ("1009", "caller_hung_up")]
    assert [visit["outcome"] for visit in story["visits"]] == ["answered", "answered"]


@pytest.mark.req("AGT-1", "TEL-1")
async def test_a_transfer_to_a_number_outside_that_is_busy_or_never_answers_comes_back(floor: Floor) -> None:
    await floor.staff("1001")
    call_id = await floor.talk()
    await floor.act("1001", call_id, "transfer", to=NUMBER)
    await floor.gone("1001")
    await floor.outside_picks_up(status=486)
    await floor.picks_up("1001")
    await hear(floor.people, {"citizen": "1001", "1001": "citizen"})
    await floor.act("1001", call_id, "transfer", to=NUMBER)
    await floor.gone("1001")
    async with asyncio.timeout(20):
        rung = await floor.outside_calls.get()
    await rung.over.wait()  # our own time-out takes it back
    await floor.picks_up("1001")
    await hear(floor.people, {"citizen": "1001", "1001": "citizen"})


@pytest.mark.req("AGT-1", "IVR-5")
async def test_a_transfer_to_the_survey(floor: Floor) -> None:
    await floor.staff("1001")
    call_id = await floor.talk()
    await floor.act("1001", call_id, "survey")
    await floor.gone("1001")
    leader = await floor.product.log_in("2001")

    async def asked() -> bool:
        return [
            call["phase"] for call in (await leader.get("/live"))["calls"] if call["phase"] != "wrap_up"
        ] == ["survey"]

    await eventually(asked, "the survey")
    floor.people["citizen"].audio.press("1")
    await floor.gone("citizen")
    story = await floor.story(call_id)
    assert (story["survey_grade"], talks_of(story)) == (1, [("1001", "to_survey")])


# ── Pick-up, DTMF, announcement ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("AGT-1", "ACD-3")
async def test_a_colleague_picks_up_what_rings_and_only_one_of_two_gets_it(floor: Floor) -> None:
    await floor.staff("1001", "1002", "1003")
    citizen = SipPhone(floor.product.sip)
    floor.phones.append(citizen)
    call = floor.people["citizen"] = citizen.call(HOTLINE, shown=CALLER)
    await call.answered.wait()
    hum("citizen", call)
    call.audio.press("1")
    first = await floor.agents["1001"].ringing()
    call_id = await floor.call_id("1001")
    results = await asyncio.gather(
        floor.act("1002", call_id, "pickup"), floor.act("1003", call_id, "pickup"), return_exceptions=True
    )
    refused = [one for one in results if isinstance(one, Refusal)]
    assert [one.status for one in refused] == [409], results
    await first.over.wait()
    winner = "1002" if results[0] is None else "1003"
    await floor.picks_up(winner)
    await hear(floor.people, {"citizen": winner, winner: "citizen"})
    assert await floor.agents["1001"].state() == "ready"
    floor.people["citizen"].hang_up()
    assert talks_of(await floor.story(call_id)) == [(winner, "caller_hung_up")]


@pytest.mark.req("AGT-1", "TEL-8")
async def test_announcing_the_work_number_reaches_both_and_the_talk_goes_on(floor: Floor) -> None:
    await floor.staff("1001")
    call_id = await floor.talk()
    await floor.act("1001", call_id, "announce")
    await hear(floor.people, {"citizen": "", "1001": ""})
    await hear(floor.people, {"citizen": "1001", "1001": "citizen"}, 20)


# ── The leader ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("SUP-2")
async def test_a_leader_listens_whispers_barges_in_and_leaves(floor: Floor) -> None:
    await floor.staff("1001", "2001")
    await floor.agents["2001"].session.put("/agents/me/state", state="busy", reason="会议")
    call_id = await floor.talk()
    await floor.act("2001", call_id, "monitor")
    await floor.picks_up("2001")
    await hear(floor.people, {"citizen": "1001", "1001": "citizen", "2001": "citizen 1001"})
    await floor.act("2001", call_id, "whisper")
    await hear(floor.people, {"citizen": "1001", "1001": "citizen 2001", "2001": "citizen 1001"})
    await floor.act("2001", call_id, "barge")
    await hear(floor.people, {"citizen": "1001 2001", "1001": "citizen 2001", "2001": "citizen 1001"})
    await floor.act("2001", call_id, "monitor")
    await hear(floor.people, {"citizen": "1001", "1001": "citizen", "2001": "citizen 1001"})
    await floor.act("2001", call_id, "leave")
    await floor.gone("2001")
    await hear(floor.people, {"citizen": "1001", "1001": "citizen"})
    await floor.agents["2001"].in_state("busy")
    floor.people["citizen"].hang_up()
    assert talks_of(await floor.story(call_id)) == [("1001", "caller_hung_up")]
    await _audited(floor.product, call_id, {"calls.monitor", "calls.whisper", "calls.barge"})


@pytest.mark.req("SUP-2")
async def test_a_leader_whose_telephone_dies_while_listening_disturbs_nobody(floor: Floor) -> None:
    await floor.staff("1001", "2001")
    await floor.agents["2001"].session.put("/agents/me/state", state="busy", reason="会议")
    call_id = await floor.talk()
    await floor.act("2001", call_id, "monitor")
    heard = await floor.picks_up("2001")
    await hear(floor.people, {"2001": "citizen 1001"})
    heard.hang_up()
    del floor.people["2001"]
    await hear(floor.people, {"citizen": "1001", "1001": "citizen"})


@pytest.mark.req("SUP-2")
async def test_a_leader_takes_a_talk_over(floor: Floor) -> None:
    await floor.staff("1001", "2001")
    await floor.agents["2001"].session.put("/agents/me/state", state="busy", reason="会议")
    call_id = await floor.talk()
    await floor.act("2001", call_id, "intercept")
    await floor.picks_up("2001")
    await floor.gone("1001")
    await hear(floor.people, {"citizen": "2001", "2001": "citizen"})
    floor.people["citizen"].hang_up()
    assert talks_of(await floor.story(call_id)) == [("1001", "intercepted"), ("2001", "caller_hung_up")]
    await _audited(floor.product, call_id, {"calls.intercept"})


@pytest.mark.req("SUP-2")
async def test_a_leader_releases_a_call(floor: Floor) -> None:
    await floor.staff("1001", "2001")
    await floor.agents["2001"].session.put("/agents/me/state", state="busy", reason="会议")
    call_id = await floor.talk()
    await floor.act("2001", call_id, "release")
    await floor.gone("citizen")
    await floor.gone("1001")
    assert talks_of(await floor.story(call_id)) == [("1001", "released")]
    await _audited(floor.product, call_id, {"calls.release"})


@pytest.mark.req("SUP-2", "ADM-1")
async def test_an_agent_may_not_listen_to_a_colleague(floor: Floor) -> None:
    await floor.staff("1001", "1002")
    call_id = await floor.talk()
    for verb in ("monitor", "whisper", "barge", "intercept", "release"):
        with pytest.raises(Refusal) as refused:
            await floor.act("1002", call_id, verb)
        assert refused.value.status == 403, verb


async def _audited(product: Product, call_id: str, actions: set[str]) -> None:
    admin: Session = await product.log_in("admin")
    entries = (await admin.get("/audit", limit=50))["items"]
    assert actions <= {entry["action"] for entry in entries if entry["target_id"] == call_id}
