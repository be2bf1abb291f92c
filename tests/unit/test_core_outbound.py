"""Calls that agents place: outside through the hotline's trunk, to colleagues, and dialled on the telephone itself."""

from dataclasses import replace

import pytest

from hotline.core import events as e
from hotline.core import requests
from hotline.core import switching as s
from hotline.core.call import Phase
from hotline.core.events import AgentState, Direction, Disposition
from hotline.core.ids import AuthorityId, CallId, LegId
from hotline.core.switching import HangUpCause, LegKind
from tests.unit.core_bench import NUMBER, Bench, site
from tests.unit.test_core_talking import refused


def dial(bench: Bench, to: str = "13911112222") -> CallId:
    """Agent 1001 dials and their own telephone picks up."""
    outcome = bench.ask(requests.PlaceCall, "1001", to=to)
    assert outcome.call_id is not None
    bench.up(bench.sent(s.Originate)[0].leg_id)
    return outcome.call_id


def other_leg(bench: Bench, call: CallId) -> LegId:
    leg = bench.call(call).outside_leg
    assert leg is not None
    return leg


@pytest.mark.req("AGT-1", "TEL-1")
def test_the_agents_telephone_comes_first_and_the_hotlines_number_is_shown() -> None:
    bench = Bench()
    bench.sign_in("1001")
    outcome = bench.ask(requests.PlaceCall, "1001", to="139 1111-2222")
    assert bench.sent(s.Originate)[0].auto_answer
    assert bench.state("1001") is AgentState.DIALLING
    bench.up(bench.sent(s.Originate)[0].leg_id)
    far = bench.sent(s.Originate)[0]
    assert far.to == s.ToTrunk(trunk_id="trunk", number="13911112222")  # pyright: ignore[reportArgumentType]
    assert far.shown_number == NUMBER
    assert outcome.call_id in bench.centre.calls


def test_the_called_party_answers_and_they_talk() -> None:
    bench = Bench()
    bench.sign_in("1001")
    call = dial(bench)
    bench.up(other_leg(bench, call))
    assert isinstance(bench.commands[0], s.Bridge)
    talk = bench.last(e.TalkStarted)
    assert (talk.direction, talk.agent_id) == (Direction.OUTBOUND, "1001")
    assert bench.sent(s.StartRecording)[0].leg_id == other_leg(bench, call)
    bench.down(other_leg(bench, call))
    assert bench.disposition() is Disposition.CONNECTED


def test_ring_back_is_ours_unless_the_network_sends_its_own() -> None:
    bench = Bench()
    bench.sign_in("1001")
    call = dial(bench)
    bench.tell(s.LegRinging, leg_id=other_leg(bench, call), early_media=False)
    assert bench.playing() == ("ringback",)
    bench.tell(s.LegRinging, leg_id=other_leg(bench, call), early_media=True)
    assert bench.sent(s.Bridge)


@pytest.mark.parametrize(
    "cause,disposition",
    [
        (HangUpCause.BUSY, Disposition.BUSY),
        (HangUpCause.NO_ANSWER, Disposition.NO_ANSWER),
        (HangUpCause.CONGESTION, Disposition.FAILED),
    ],
)
def test_a_called_party_that_does_not_answer(cause: HangUpCause, disposition: Disposition) -> None:
    bench = Bench()
    bench.sign_in("1001")
    call = dial(bench)
    bench.down(other_leg(bench, call), cause)
    assert bench.disposition() is disposition
    assert bench.state("1001") is AgentState.READY


def test_the_agent_gives_up_dialling() -> None:
    bench = Bench()
    bench.sign_in("1001")
    call = dial(bench)
    bench.ask(requests.HangUpCall, "1001", call_id=call)
    assert bench.disposition() is Disposition.CANCELLED
    assert len(bench.sent(s.HangUp)) == 2


def test_a_dialling_call_never_hangs() -> None:
    bench = Bench()
    bench.sign_in("1001")
    bench.ask(requests.PlaceCall, "1001", to="13911112222")
    bench.fire("step")
    assert bench.disposition() is Disposition.NO_ANSWER


def test_who_was_resting_rests_again_after_the_call() -> None:
    bench = Bench()
    bench.sign_in("1001")
    bench.ask(requests.SetState, "1001", state=AgentState.BUSY, reason="paper")
    call = dial(bench)
    bench.down(other_leg(bench, call), HangUpCause.BUSY)
    agent = bench.centre.agents["1001"]  # pyright: ignore[reportArgumentType]
    assert (agent.state, agent.reason) == (AgentState.BUSY, "paper")


def test_dialling_ends_after_call_work() -> None:
    bench = Bench()
    bench.down(bench.citizen(bench.talk()))
    bench.ask(requests.PlaceCall, "1001", to="13911112222")
    assert bench.last(e.WrapUpEnded).seconds == 1
    assert bench.state("1001") is AgentState.DIALLING


def test_what_cannot_be_dialled_is_refused() -> None:
    bench = Bench()
    bench.sign_in("1001", "1002")
    assert refused(bench, requests.PlaceCall, "1001", to="abc") == "no_such_number"
    assert refused(bench, requests.PlaceCall, "1001", to="1001") == "not_allowed"
    dial(bench)
    assert refused(bench, requests.PlaceCall, "1001", to="139") == "you_are_busy"
    bench.tell(s.DeviceExpired, device_id="1002-web", reason="x")
    assert refused(bench, requests.PlaceCall, "1002", to="139") == "no_device"


@pytest.mark.req("TEL-1")
def test_a_full_trunk_refuses() -> None:
    bench = Bench()
    bench.sign_in("1001", "1002")
    dial(bench)
    bench.ask(requests.PlaceCall, "1002", to="13922222222")
    bench.down(bench.sent(s.Originate)[0].leg_id, HangUpCause.REJECTED)
    dialled = len(bench.of(e.CallPlaced))
    assert dialled == 2


@pytest.mark.req("AGT-1")
def test_colleagues_talk() -> None:
    bench = Bench()
    bench.sign_in("1001", "1002")
    call = dial(bench, "1002")
    assert bench.state("1002") is AgentState.RINGING
    bench.up(bench.offered_leg(call))
    assert (bench.state("1001"), bench.state("1002")) == (AgentState.INTERNAL, AgentState.INTERNAL)
    bench.ask(requests.HangUpCall, "1002", call_id=call)
    assert bench.disposition() is Disposition.CONNECTED
    assert (bench.state("1001"), bench.state("1002")) == (AgentState.READY, AgentState.READY)


def test_a_colleague_who_does_not_answer_is_free_again() -> None:
    bench = Bench()
    bench.sign_in("1001", "1002")
    call = dial(bench, "1002")
    bench.fire("step")
    assert bench.disposition() is Disposition.NO_ANSWER
    assert bench.last(e.OfferEnded).outcome is e.OfferOutcome.MISSED
    assert bench.state("1002") is AgentState.READY
    assert call not in bench.centre.calls or bench.call(call).phase is Phase.ENDED


def test_a_colleague_in_a_call_is_busy() -> None:
    bench = Bench()
    bench.talk("1002")
    bench.sign_in("1001")
    assert refused(bench, requests.PlaceCall, "1001", to="1002") == "agent_busy"


@pytest.mark.req("TEL-3")
def test_a_number_dialled_on_the_desk_phone_becomes_the_same_call() -> None:
    bench = Bench()
    bench.sign_in("1001", device="")
    bench.tell(
        s.LegIncoming, leg_id="d1", kind=LegKind.DEVICE, ani="1001", dnis="13911112222", device_id="1001"
    )
    assert bench.sent(s.Answer)[0].leg_id == "d1"
    bench.up(LegId("d1"))
    assert isinstance(bench.sent(s.Originate)[0].to, s.ToTrunk)


def test_a_telephone_of_nobody_may_not_dial() -> None:
    bench = Bench()
    bench.tell(
        s.LegIncoming, leg_id="d1", kind=LegKind.DEVICE, ani="1001", dnis="13911112222", device_id="1001"
    )
    assert bench.sent(s.Reject)[0].sip_status == 403


@pytest.mark.req("ADM-1", "TEL-1")
def test_no_call_goes_out_over_another_organisations_hotline() -> None:
    plain = site()
    others = replace(plain.hotlines[0], authority_id=AuthorityId("elsewhere"))
    bench = Bench(replace(plain, hotlines=(others,)))
    bench.sign_in("1001")
    assert refused(bench, requests.PlaceCall, "1001", to="13911112222") == "no_hotline"
    assert not bench.of(e.CallPlaced)


@pytest.mark.req("ADM-1", "TEL-1")
def test_a_hotline_without_a_trunk_calls_nobody() -> None:
    plain = site()
    bench = Bench(replace(plain, hotlines=(replace(plain.hotlines[0], outbound_trunk_id=None),)))
    bench.sign_in("1001")
    assert refused(bench, requests.PlaceCall, "1001", to="13911112222") == "no_hotline"
