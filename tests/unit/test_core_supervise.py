"""Leaders in a running talk: listen, whisper, barge in, take over, end it; and the number that is announced."""

import pytest

from hotline.core import events as e
from hotline.core import requests as r
from hotline.core import switching as s
from hotline.core.call import Phase
from hotline.core.events import AgentState, Role
from hotline.core.switching import HangUpBy, HangUpCause
from tests.unit.parties_bench import Parties
from tests.unit.test_core_talking import refused


@pytest.mark.req("SUP-2")
@pytest.mark.parametrize(
    ("role", "heard"),
    [
        (Role.MONITOR, {"c": "l", "l": "c", "s": "cl"}),
        (Role.WHISPER, {"c": "l", "l": "cs", "s": "cl"}),
        (Role.BARGE, {"c": "ls", "l": "cs", "s": "cl"}),
    ],
)
def test_who_hears_whom(role: Role, heard: dict[str, str]) -> None:
    bench = Parties()
    leg = bench.supervise(role)
    assert bench.matrix(c=bench.c, l=bench.lead, s=leg) == heard


@pytest.mark.req("SUP-2")
def test_the_leaders_telephone_picks_up_by_itself_and_changes_roles_without_a_new_leg() -> None:
    bench = Parties()
    bench.register("2001-web")
    bench.verb(r.Supervise, "2001", role=Role.MONITOR)
    originate = bench.sent(s.Originate)[0]
    assert originate.auto_answer and originate.near == bench.c
    assert ("X-Hotline-Auto-Answer", "1") in originate.headers
    leg = originate.leg_id
    bench.up(leg)
    bench.verb(r.Supervise, "2001", role=Role.WHISPER)
    bench.verb(r.Supervise, "2001", role=Role.BARGE)
    assert not bench.sent(s.Originate)
    assert bench.matrix(c=bench.c, l=bench.lead, s=leg) == {"c": "ls", "l": "cs", "s": "cl"}
    assert [x.role for x in bench.of(e.ParticipantRoleChanged)] == [Role.WHISPER, Role.BARGE]


@pytest.mark.req("SUP-2")
def test_the_leader_leaves_and_the_talk_goes_on() -> None:
    bench = Parties()
    bench.supervise(Role.MONITOR)
    bench.verb(r.LeaveCall, "2001")
    assert bench.matrix(c=bench.c, l=bench.lead) == {"c": "l", "l": "c"}
    assert not bench.talk_ends()


@pytest.mark.req("SUP-2")
def test_the_leaders_browser_dies_and_the_talk_is_untouched() -> None:
    bench = Parties()
    leg = bench.supervise(Role.MONITOR)
    bench.down(leg, HangUpCause.TRANSPORT_LOST, HangUpBy.FAULT)
    assert bench.matrix(c=bench.c, l=bench.lead) == {"c": "l", "l": "c"}
    assert bench.call(bench.id).phase is Phase.TALKING
    assert bench.centre.floor.taking_part == {}


@pytest.mark.req("SUP-2")
def test_a_leader_who_is_signed_in_is_not_free_meanwhile() -> None:
    bench = Parties(present=("2001",))
    bench.ask(r.SetState, "2001", state=AgentState.BUSY, reason="x")
    bench.supervise(Role.MONITOR)
    assert bench.state("2001") is AgentState.INTERNAL
    bench.verb(r.LeaveCall, "2001")
    assert bench.state("2001") is AgentState.BUSY


def test_a_leader_hears_the_consultation_and_not_the_music() -> None:
    bench = Parties()
    leg = bench.supervise(Role.MONITOR)
    k = bench.consult()
    assert bench.matrix(c=bench.c, l=bench.lead, k=k, s=leg) == {"c": "", "l": "k", "k": "l", "s": "kl"}
    assert bench.ears.playing == {bench.c: ("music",)}
    bench.verb(r.CompleteConsult)
    assert bench.matrix(c=bench.c, k=k, s=leg) == {"c": "k", "k": "c", "s": "ck"}


def test_a_leader_goes_when_nobody_has_the_citizen() -> None:
    bench = Parties()
    leg = bench.supervise(Role.MONITOR)
    bench.verb(r.HangUpCall)
    assert leg in {c.leg_id for c in bench.sent(s.HangUp)}
    assert bench.playing() == ("survey_ask",)


def test_a_leader_whose_telephone_does_not_pick_up() -> None:
    bench = Parties()
    bench.register("2001-web")
    bench.verb(r.Supervise, "2001", role=Role.MONITOR)
    bench.fire("invite")
    assert bench.last(e.ParticipantLeft).why == "no_answer"


@pytest.mark.req("SUP-2")
def test_a_leader_takes_the_talk_over() -> None:
    bench = Parties(present=("2001",))
    bench.verb(r.InterceptCall, "2001")
    leg = bench.party(Role.INTERCEPT).leg_id
    assert bench.matrix(c=bench.c, l=bench.lead, s=leg) == {"c": "l", "l": "c", "s": ""}
    bench.up(leg)
    assert bench.matrix(c=bench.c, s=leg) == {"c": "s", "s": "c"}
    assert bench.talk_ends() == [("1001", "intercepted")]
    started = bench.last(e.TalkStarted)
    assert (started.agent_id, started.queue_id) == ("2001", "advice")
    assert (bench.state("1001"), bench.state("2001")) == (AgentState.AFTER_CALL, AgentState.TALKING)


@pytest.mark.req("SUP-2")
def test_a_leader_who_listens_takes_over_at_once() -> None:
    bench = Parties(present=("2001",))
    leg = bench.supervise(Role.MONITOR)
    bench.verb(r.InterceptCall, "2001")
    assert bench.matrix(c=bench.c, s=leg) == {"c": "s", "s": "c"}
    assert bench.state("2001") is AgentState.TALKING


def test_the_agent_hangs_up_before_the_leaders_telephone_is_up() -> None:
    bench = Parties(present=("2001",))
    bench.verb(r.InterceptCall, "2001")
    bench.verb(r.HangUpCall)
    assert bench.state("2001") is AgentState.READY
    assert bench.call(bench.id).phase is Phase.SURVEY


@pytest.mark.req("SUP-2")
def test_a_talk_ended_by_force_says_so() -> None:
    bench = Parties()
    bench.verb(r.ReleaseCall, "2001")
    assert bench.talk_ends() == [("1001", "released")]
    assert bench.last(e.CallEnded).by is e.Party.AGENT


@pytest.mark.req("AGT-1")
def test_both_sides_hear_the_work_number_while_they_are_connected() -> None:
    bench = Parties()
    bench.verb(r.AnnounceNumber)
    plays = bench.sent(s.Play)
    assert {p.leg_id for p in plays} == {bench.c, bench.lead}
    assert plays[0].sounds[0] == "agent_number_before"
    assert bench.call(bench.id).phase is Phase.TALKING


@pytest.mark.req("SUP-2")
def test_what_cannot_be_is_refused_and_changes_nothing() -> None:
    bench = Parties(present=("1002", "2002"))

    def no(kind: type, number: str = "2001", **fields: object) -> str:
        return refused(bench, kind, number, **{"call_id": bench.id, **fields})

    assert no(r.Supervise, role=Role.MONITOR) == "no_device"
    assert no(r.InterceptCall) == "not_signed_in"
    bench.register("2001-web")
    assert no(r.Supervise, role=Role.MEMBER) == "not_allowed"
    assert no(r.Supervise, "1001", role=Role.MONITOR) == "not_allowed"
    assert no(r.Supervise, "nobody", role=Role.MONITOR) == "not_allowed"
    assert no(r.Supervise, role=Role.MONITOR, call_id="none") == "no_such_call"
    assert no(r.LeaveCall) == "not_your_call"
    leg = bench.supervise(Role.MONITOR)
    assert no(r.DropParticipant, "1001", leg_id=leg) == "not_allowed"
    assert no(r.MuteParticipant, "1001", leg_id=leg, muted=True) == "not_allowed"
    other = bench.call_in()
    bench.up(bench.offered_leg(other))
    assert no(r.Supervise, role=Role.MONITOR, call_id=other) == "you_are_busy"
    waiting = bench.call_in()
    assert no(r.Supervise, "2002", role=Role.MONITOR, call_id=waiting) == "wrong_state"
    assert no(r.InterceptCall, "2002", call_id=waiting) == "wrong_state"
    bench.verb(r.DropParticipant, "2002", leg_id=leg, by_leader=True)
    assert bench.last(e.ParticipantLeft).leg_id == leg


def test_who_takes_part_in_a_call_cannot_sign_in() -> None:
    bench = Parties()
    bench.supervise(Role.MONITOR)
    assert refused(bench, r.SignIn, "2001", device_id="2001-web") == "you_are_busy"


def test_a_leader_who_came_and_went_during_hold_does_not_part_the_two_for_good() -> None:
    bench = Parties()
    bench.verb(r.HoldCall)
    bench.supervise(Role.WHISPER)
    bench.verb(r.LeaveCall, "2001")
    bench.verb(r.RetrieveCall)
    assert bench.matrix(c=bench.c, l=bench.lead) == {"c": "l", "l": "c"}
