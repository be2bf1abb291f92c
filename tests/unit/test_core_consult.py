"""Ask somebody while the citizen hears music, put them through, or take the citizen back."""

from dataclasses import replace

import pytest

from hotline.core import events as e
from hotline.core import requests as r
from hotline.core import switching as s
from hotline.core.call import Phase
from hotline.core.events import AgentState, Disposition, Role, TargetKind
from hotline.core.ids import TimerId, TrunkId
from hotline.core.requests import Target
from hotline.core.switching import HangUpBy, HangUpCause
from tests.unit.core_bench import Bench
from tests.unit.parties_bench import SITE, Parties, to_agent, to_number
from tests.unit.test_core_talking import refused


@pytest.mark.req("AGT-1")
def test_the_colleague_rings_while_the_citizen_hears_music_and_the_agent_the_ring_back() -> None:
    bench = Parties()
    leg = bench.consult(up=False)
    assert bench.call(bench.id).phase is Phase.HOLDING
    assert (bench.state("1001"), bench.state("1002")) == (AgentState.HOLDING, AgentState.RINGING)
    assert bench.ears.playing == {bench.c: ("music",), bench.lead: ("ringback",)}
    originate = bench.sent(s.Originate)[0]
    assert (originate.leg_id, originate.near) == (leg, bench.c)
    assert not bench.of(e.OfferMade)[1:]


@pytest.mark.req("AGT-1")
def test_the_two_talk_aside() -> None:
    bench = Parties()
    k = bench.consult()
    assert bench.matrix(c=bench.c, l=bench.lead, k=k) == {"c": "", "l": "k", "k": "l"}
    assert bench.ears.playing == {bench.c: ("music",)}
    assert bench.state("1002") is AgentState.INTERNAL


@pytest.mark.req("AGT-1")
def test_completed_the_colleague_has_the_citizen_and_the_credit() -> None:
    bench = Parties()
    k = bench.consult()
    bench.verb(r.CompleteConsult)
    assert bench.matrix(c=bench.c, k=k) == {"c": "k", "k": "c"}
    assert bench.talk_ends() == [("1001", "transferred_consulted")]
    started = bench.last(e.TalkStarted)
    assert (started.agent_id, started.queue_id) == ("1002", "advice")
    made = bench.last(e.TransferMade)
    assert (made.by, made.kind, made.to, made.consulted) == ("1001", TargetKind.AGENT, "1002", True)
    assert (bench.state("1001"), bench.state("1002")) == (AgentState.AFTER_CALL, AgentState.TALKING)
    assert len(bench.of(e.RecordingStarted)) == 1
    bench.down(bench.c)
    assert bench.disposition() is Disposition.AGENT_ANSWERED
    bench.fire("pause")
    bench.fire("pause")
    assert (bench.state("1001"), bench.state("1002")) == (AgentState.READY, AgentState.READY)


@pytest.mark.req("AGT-1")
def test_cancelled_the_citizen_is_back() -> None:
    bench = Parties()
    k = bench.consult()
    bench.verb(r.CancelConsult)
    assert bench.matrix(c=bench.c, l=bench.lead) == {"c": "l", "l": "c"}
    assert [c.leg_id for c in bench.sent(s.HangUp)] == [k]
    assert (bench.state("1001"), bench.state("1002")) == (AgentState.TALKING, AgentState.READY)
    assert bench.last(e.ParticipantLeft).why == "dropped"


@pytest.mark.parametrize(
    ("cause", "by", "why"),
    [
        (HangUpCause.BUSY, HangUpBy.REMOTE, "busy"),
        (HangUpCause.REJECTED, HangUpBy.REMOTE, "rejected"),
        (HangUpCause.NO_ANSWER, HangUpBy.LOCAL, "no_answer"),
        (HangUpCause.UNREACHABLE, HangUpBy.FAULT, "failed"),
    ],
)
@pytest.mark.req("AGT-1")
def test_who_does_not_pick_up_gives_the_citizen_back(cause: HangUpCause, by: HangUpBy, why: str) -> None:
    bench = Parties()
    k = bench.consult(up=False)
    bench.down(k, cause, by)
    assert bench.last(e.ParticipantLeft).why == why
    assert bench.matrix(c=bench.c, l=bench.lead) == {"c": "l", "l": "c"}
    assert bench.state("1002") is AgentState.READY


def test_who_never_answers_gives_the_citizen_back_in_time() -> None:
    bench = Parties()
    bench.consult(up=False)
    bench.fire("invite")
    assert bench.last(e.ParticipantLeft).why == "no_answer"
    assert bench.call(bench.id).phase is Phase.TALKING


def test_the_consulted_one_hangs_up() -> None:
    bench = Parties()
    bench.down(bench.consult())
    assert bench.last(e.ParticipantLeft).why == "hung_up"
    assert (bench.state("1001"), bench.state("1002")) == (AgentState.TALKING, AgentState.READY)
    assert bench.matrix(c=bench.c, l=bench.lead) == {"c": "l", "l": "c"}


@pytest.mark.req("AGT-1")
def test_hanging_up_while_both_talk_aside_puts_the_citizen_through() -> None:
    bench = Parties()
    k = bench.consult()
    bench.down(bench.lead)
    assert bench.talk_ends() == [("1001", "transferred_consulted")]
    assert bench.matrix(c=bench.c, k=k) == {"c": "k", "k": "c"}


def test_hanging_up_while_it_rings_ends_the_consultation_and_the_talk() -> None:
    bench = Parties()
    bench.consult(up=False)
    bench.verb(r.HangUpCall)
    assert bench.talk_ends() == [("1001", "agent_hung_up")]
    assert bench.state("1002") is AgentState.READY
    assert bench.call(bench.id).phase is Phase.SURVEY


def test_the_citizen_hangs_up_meanwhile() -> None:
    bench = Parties()
    k = bench.consult()
    bench.down(bench.c)
    assert bench.disposition() is Disposition.AGENT_ANSWERED
    assert {c.leg_id for c in bench.sent(s.HangUp)} == {bench.lead, k}
    assert (bench.state("1001"), bench.state("1002")) == (AgentState.AFTER_CALL, AgentState.READY)


@pytest.mark.req("AGT-1", "TEL-1")
def test_a_number_outside_is_consulted_and_takes_the_citizen() -> None:
    bench = Parties()
    k = bench.consult(to_number("139 1111 2222"))
    assert bench.last(e.ParticipantInvited).number == "13911112222"
    assert bench.last(e.LegStarted).trunk_id == "trunk"
    bench.verb(r.CompleteConsult)
    assert bench.call(bench.id).phase is Phase.FORWARDED
    assert bench.matrix(c=bench.c, k=k) == {"c": "k", "k": "c"}
    bench.down(k)
    assert bench.last(e.ForwardEnded).why == "hung_up"
    assert bench.disposition() is Disposition.AGENT_ANSWERED
    assert len(bench.of(e.RecordingStarted)) == 1


def test_a_colleague_who_was_busy_is_busy_again() -> None:
    bench = Parties()
    bench.ask(r.SetState, "1002", state=AgentState.BUSY, reason="x")
    bench.consult()
    bench.verb(r.CancelConsult)
    assert bench.state("1002") is AgentState.BUSY


def test_keys_go_to_the_one_consulted() -> None:
    bench = Parties()
    k = bench.consult(to_number())
    bench.verb(r.SendDigitsOnCall, digits="2")
    assert bench.sent(s.SendDigits)[0].leg_id == k


def test_a_broken_line_of_the_lead_lets_the_consulted_one_go_and_keeps_the_citizen() -> None:
    bench = Parties()
    bench.consult()
    bench.tell(s.DeviceExpired, device_id="1001-web", reason="closed")
    bench.down(bench.lead, HangUpCause.TRANSPORT_LOST, HangUpBy.FAULT)
    assert bench.call(bench.id).phase is Phase.INTERRUPTED
    assert bench.state("1002") is AgentState.READY
    bench.register("1001-web")
    back = bench.sent(s.Originate)[0].leg_id
    bench.up(back)
    assert bench.matrix(c=bench.c, l=back) == {"c": "l", "l": "c"}


def test_a_ringing_telephone_that_disappears_ends_the_consultation() -> None:
    bench = Parties()
    bench.consult(up=False)
    bench.tell(s.DeviceExpired, device_id="1002-web", reason="closed")
    assert bench.last(e.ParticipantLeft).why == "failed"
    assert bench.call(bench.id).phase is Phase.TALKING


def test_a_bridge_that_fails_is_tried_again_and_then_the_citizen_is_taken_back() -> None:
    bench = Parties()
    bench.consult()
    for _ in range(2):
        bench.tell(s.CommandFailed, command="Bridge", leg_id=bench.lead, code="bad_state")
        assert bench.sent(s.Bridge)
    bench.tell(s.CommandFailed, command="Bridge", leg_id=bench.lead, code="bad_state")
    assert bench.call(bench.id).phase is Phase.TALKING


@pytest.mark.req("AGT-1")
def test_what_cannot_be_is_refused_and_changes_nothing() -> None:
    bench = Parties(present=("1002", "1003"))

    def no(kind: type, number: str = "1001", **fields: object) -> str:
        return refused(bench, kind, number, call_id=bench.id, **fields)

    assert no(r.CompleteConsult) == "wrong_state"
    assert no(r.CancelConsult) == "wrong_state"
    assert no(r.Conference, to=None) == "wrong_state"
    assert no(r.ConsultCall, to=to_agent("1001")) == "not_allowed"
    assert no(r.ConsultCall, to=to_agent("9999")) == "no_such_number"
    assert no(r.ConsultCall, to=to_agent("2001")) == "no_such_number"
    assert no(r.ConsultCall, to=to_number("abc")) == "no_such_number"
    assert no(r.ConsultCall, to=to_number("0085212345678")) == "number_barred"
    assert no(r.ConsultCall, to=Target(kind=TargetKind.QUEUE, value="other")) == "not_allowed"
    assert no(r.ConsultCall, to=Target(kind=TargetKind.LEADER)) == "no_leader"
    assert no(r.ConsultCall, "1002", to=to_agent("1003")) == "not_your_call"
    bench.consult(up=False)
    assert no(r.CompleteConsult) == "wrong_state"
    assert no(r.Conference, to=None) == "wrong_state"
    assert no(r.Conference, to=to_agent("1003")) == "wrong_state"
    assert no(r.ConsultCall, to=to_agent("1003")) == "wrong_state"
    assert no(r.RetrieveCall) == "wrong_state"
    assert no(r.TransferCall, to=to_agent("1003")) == "wrong_state"
    assert no(r.MuteParticipant, leg_id=bench.party(Role.CONSULTED).leg_id, muted=True) == "wrong_state"
    assert no(r.DropParticipant, leg_id="none") == "no_such_party"


def over_three_trunks() -> Parties:
    """The bench with a hotline whose calls out have three trunks to go over."""
    further = (TrunkId("second"), TrunkId("third"))
    trunks = (*SITE.trunks, *(replace(SITE.trunks[0], id=one, name=one) for one in further))
    return Parties(
        replace(SITE, hotlines=(replace(SITE.hotlines[0], further_trunk_ids=further),), trunks=trunks)
    )


def dialled_over(bench: Parties) -> list[str]:
    return [c.to.trunk_id for c in bench.sent(s.Originate) if isinstance(c.to, s.ToTrunk)]


@pytest.mark.parametrize("cause", [HangUpCause.CONGESTION, HangUpCause.UNREACHABLE, HangUpCause.ENGINE_FAULT])
@pytest.mark.req("AGT-1", "TEL-1")
def test_a_number_outside_is_consulted_over_the_next_trunk_when_one_fails(cause: HangUpCause) -> None:
    bench = over_three_trunks()
    first = bench.consult(to_number(), up=False)
    used = dialled_over(bench)
    until = bench.centre.floor.timers[TimerId(f"invite:{first}")]
    bench.down(first, cause, HangUpBy.FAULT)
    second = bench.party(Role.CONSULTED).leg_id
    assert second != first
    assert [*used, *dialled_over(bench)] == ["trunk", "second"]
    assert not bench.of(e.ParticipantLeft)
    assert TimerId(f"invite:{first}") not in bench.centre.floor.timers
    assert bench.centre.floor.timers[TimerId(f"invite:{second}")] == until
    assert bench.call(bench.id).phase is Phase.HOLDING
    bench.up(second)
    assert bench.matrix(c=bench.c, l=bench.lead, k=second) == {"c": "", "l": "k", "k": "l"}
    bench.verb(r.CompleteConsult)
    assert bench.matrix(c=bench.c, k=second) == {"c": "k", "k": "c"}


@pytest.mark.req("AGT-1", "TEL-1")
def test_when_every_trunk_fails_the_citizen_is_taken_back_and_the_desk_knows_why() -> None:
    bench = over_three_trunks()
    bench.consult(to_number(), up=False)
    for _ in range(3):
        bench.down(bench.party(Role.CONSULTED).leg_id, HangUpCause.CONGESTION, HangUpBy.FAULT)
    assert bench.matrix(c=bench.c, l=bench.lead) == {"c": "l", "l": "c"}
    ended = bench.call(bench.id).consult_ended
    assert ended is not None
    assert (ended.why, ended.agent_id, ended.number) == ("failed", None, "13911112222")


@pytest.mark.req("AGT-1", "TEL-1")
def test_a_trunk_is_not_at_fault_when_the_far_end_is_busy_or_has_rung() -> None:
    bench = over_three_trunks()
    leg = bench.consult(to_number(), up=False)
    bench.down(leg, HangUpCause.BUSY)
    assert bench.last(e.ParticipantLeft).why == "busy"
    leg = bench.consult(to_number(), up=False)
    bench.tell(s.LegRinging, leg_id=leg, early_media=False)
    bench.down(leg, HangUpCause.CONGESTION, HangUpBy.FAULT)
    assert bench.last(e.ParticipantLeft).why == "failed"
    assert not bench.call(bench.id).participants


@pytest.mark.req("AGT-1", "TEL-1", "OPS-5")
def test_a_party_that_was_dialled_again_is_the_same_after_a_restart() -> None:
    bench = over_three_trunks()
    first = bench.consult(to_number(), up=False)
    bench.down(first, HangUpCause.CONGESTION, HangUpBy.FAULT)
    again = Bench(bench.site, engine=False)
    again.centre.restore(bench.events)
    assert list(again.call(bench.id).participants) == [bench.party(Role.CONSULTED).leg_id]
