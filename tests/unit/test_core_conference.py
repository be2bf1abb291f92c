"""Three and more in a talk: everybody hears everybody, members come and go, and the lead passes on."""

import pytest

from hotline.core import events as e
from hotline.core import requests as r
from hotline.core import switching as s
from hotline.core.call import Phase
from hotline.core.events import AgentState, Disposition, Role, TalkEnd
from hotline.core.switching import HangUpBy, HangUpCause
from tests.unit.parties_bench import Parties, to_agent, to_number
from tests.unit.test_core_talking import refused


def three() -> tuple[Parties, str]:
    """Citizen, lead agent and 1002 in conference."""
    bench = Parties(present=("1002", "1003"))
    member = bench.consult()
    bench.verb(r.Conference, to=None)
    return bench, member


@pytest.mark.req("AGT-1")
def test_everybody_hears_everybody() -> None:
    bench, m = three()
    assert bench.matrix(c=bench.c, l=bench.lead, m=m) == {"c": "lm", "l": "cm", "m": "cl"}
    assert not bench.ears.playing
    assert [a.agent_id for a in bench.of(e.TalkStarted)] == ["1001", "1002"]
    assert (bench.state("1001"), bench.state("1002")) == (AgentState.TALKING, AgentState.TALKING)


@pytest.mark.req("AGT-1")
def test_a_further_member_is_called_in_while_the_talk_goes_on() -> None:
    bench, m = three()
    bench.verb(r.Conference, to=to_number())
    x = bench.party(Role.MEMBER).leg_id
    assert bench.matrix(c=bench.c, l=bench.lead, m=m, x=x) == {"c": "lm", "l": "cm", "m": "cl", "x": ""}
    bench.up(x)
    assert bench.matrix(c=bench.c, l=bench.lead, m=m, x=x) == {
        "c": "lmx", "l": "cmx", "m": "clx", "x": "clm",
    }  # fmt: skip


@pytest.mark.req("AGT-1")
def test_a_member_is_dropped_and_the_two_are_alone_again() -> None:
    bench, m = three()
    bench.verb(r.DropParticipant, leg_id=m)
    assert bench.matrix(c=bench.c, l=bench.lead) == {"c": "l", "l": "c"}
    assert bench.talk_ends() == [("1002", "left_conference")]
    assert (bench.state("1001"), bench.state("1002")) == (AgentState.TALKING, AgentState.AFTER_CALL)
    assert [c.leg_id for c in bench.sent(s.HangUp)] == [m]


def test_a_member_leaves_or_hangs_up() -> None:
    for leave in (True, False):
        bench, m = three()
        if leave:
            bench.verb(r.LeaveCall, "1002")
        else:
            bench.down(m)
        assert bench.talk_ends() == [("1002", "left_conference")]
        assert bench.call(bench.id).phase is Phase.TALKING


@pytest.mark.req("AGT-1")
def test_the_lead_leaves_and_the_member_leads() -> None:
    bench, m = three()
    talk = bench.last(e.TalkStarted)
    bench.verb(r.LeaveCall)
    assert bench.talk_ends() == [("1001", "left_conference")]
    assert bench.last(e.LeadTaken).talk_id == talk.talk_id
    assert bench.matrix(c=bench.c, m=m) == {"c": "m", "m": "c"}
    bench.verb(r.HoldCall, "1002")
    assert bench.state("1002") is AgentState.HOLDING
    bench.verb(r.HangUpCall, "1002")
    assert bench.last(e.TalkEnded).talk_id == talk.talk_id
    assert bench.last(e.SurveyInvited).agent_id == "1002"


def test_the_lead_leaves_and_a_number_outside_stays_with_the_citizen() -> None:
    bench = Parties()
    x = bench.consult(to_number())
    bench.verb(r.Conference, to=None)
    bench.down(bench.lead)
    assert bench.call(bench.id).phase is Phase.FORWARDED
    assert bench.matrix(c=bench.c, x=x) == {"c": "x", "x": "c"}
    bench.down(x)
    assert bench.disposition() is Disposition.AGENT_ANSWERED


@pytest.mark.req("AGT-1")
def test_the_citizen_leaves_and_it_is_over_for_all() -> None:
    bench, m = three()
    bench.down(bench.c)
    assert sorted(bench.talk_ends()) == [("1001", "caller_hung_up"), ("1002", "caller_hung_up")]
    assert {c.leg_id for c in bench.sent(s.HangUp)} == {bench.lead, m}
    bench.down(bench.lead, by=HangUpBy.LOCAL)
    bench.down(m, by=HangUpBy.LOCAL)
    bench.fire("pause")
    bench.fire("pause")
    assert bench.id not in bench.centre.calls


@pytest.mark.req("AGT-1")
def test_on_hold_the_citizen_hears_music_and_the_others_talk() -> None:
    bench, m = three()
    bench.verb(r.HoldCall)
    assert bench.matrix(c=bench.c, l=bench.lead, m=m) == {"c": "", "l": "m", "m": "l"}
    assert bench.ears.playing == {bench.c: ("music",)}
    bench.verb(r.RetrieveCall)
    assert bench.matrix(c=bench.c, l=bench.lead, m=m) == {"c": "lm", "l": "cm", "m": "cl"}
    assert not bench.ears.playing


@pytest.mark.req("AGT-1")
def test_a_member_is_muted() -> None:
    bench, m = three()
    bench.verb(r.MuteParticipant, leg_id=m, muted=True)
    assert bench.matrix(c=bench.c, l=bench.lead, m=m) == {"c": "l", "l": "c", "m": "cl"}
    assert bench.last(e.ParticipantMuted).by == "1001"
    bench.verb(r.MuteParticipant, leg_id=m, muted=False)
    assert bench.matrix(c=bench.c, l=bench.lead, m=m)["c"] == "lm"


@pytest.mark.req("AGT-5")
def test_the_leads_page_is_reloaded_and_the_others_talk_on() -> None:
    bench, m = three()
    bench.down(bench.lead, HangUpCause.TRANSPORT_LOST, HangUpBy.FAULT)
    assert bench.call(bench.id).phase is Phase.INTERRUPTED
    assert bench.matrix(c=bench.c, m=m) == {"c": "m", "m": "c"}
    assert not bench.ears.playing
    back = bench.sent(s.Originate)[0].leg_id
    bench.up(back)
    assert bench.matrix(c=bench.c, l=back, m=m) == {"c": "lm", "l": "cm", "m": "cl"}


@pytest.mark.req("AGT-5")
def test_the_lead_stays_away_and_the_member_leads() -> None:
    bench, m = three()
    bench.tell(s.DeviceExpired, device_id="1001-web", reason="closed")
    bench.down(bench.lead, HangUpCause.TRANSPORT_LOST, HangUpBy.FAULT)
    bench.fire("grace")
    assert bench.talk_ends() == [("1001", "lost")]
    assert bench.last(e.LeadTaken).agent_id == "1002"
    assert bench.matrix(c=bench.c, m=m) == {"c": "m", "m": "c"}


def test_while_the_lead_is_away_the_last_member_goes_and_the_citizen_hears_why() -> None:
    bench, m = three()
    bench.tell(s.DeviceExpired, device_id="1001-web", reason="closed")
    bench.down(bench.lead, HangUpCause.TRANSPORT_LOST, HangUpBy.FAULT)
    bench.down(m)
    assert bench.playing() == ("connection_interrupted", "music")


def test_a_member_whose_line_breaks_has_left() -> None:
    bench, m = three()
    bench.down(m, HangUpCause.TRANSPORT_LOST, HangUpBy.FAULT)
    assert bench.last(e.ParticipantLeft).why == "failed"
    assert bench.last(e.TalkEnded).how is TalkEnd.LEFT_CONFERENCE
    assert bench.matrix(c=bench.c, l=bench.lead) == {"c": "l", "l": "c"}


def test_what_cannot_be_is_refused_and_changes_nothing() -> None:
    bench, m = three()

    def no(kind: type, number: str = "1001", **fields: object) -> str:
        return refused(bench, kind, number, call_id=bench.id, **fields)

    assert no(r.TransferCall, to=to_agent("1003")) == "wrong_state"
    assert no(r.ConsultCall, to=to_agent("1003")) == "wrong_state"
    assert no(r.HoldCall, "1002") == "wrong_state"
    assert no(r.DropParticipant, "1002", leg_id=m) == "wrong_state"
    assert no(r.DropParticipant, "1003", leg_id=m) == "not_your_call"
    assert no(r.Conference, to=to_agent("1002")) == "agent_busy"
    assert no(r.LeaveCall, "1003") == "not_your_call"
    for _ in range(7):
        bench.verb(r.Conference, to=to_number())
    assert no(r.Conference, to=to_number()) == "line_full"
