"""Blind transfer: to a colleague, a queue, a number outside, a flow, the survey, a leader; and back again when nobody answers."""

from dataclasses import replace

import pytest

from hotline.core import events as e
from hotline.core import requests as r
from hotline.core import switching as s
from hotline.core.call import Phase
from hotline.core.events import AgentState, Disposition, OfferKind, OfferOutcome, TargetKind
from hotline.core.requests import Target
from hotline.core.site import CallForwarding, ForwardWhen, Site
from hotline.core.switching import HangUpBy, HangUpCause
from tests.unit.core_bench import MENU, queue, site
from tests.unit.parties_bench import SITE, Parties, to_agent, to_number
from tests.unit.test_core_talking import refused


def transferred(to: Target, the_site: object = SITE, present: tuple[str, ...] = ("1002",)) -> Parties:
    bench = Parties(the_site, present=present)  # pyright: ignore[reportArgumentType]
    bench.verb(r.TransferCall, to=to)
    return bench


@pytest.mark.req("AGT-1")
def test_the_colleague_rings_and_the_agent_is_out_at_once() -> None:
    bench = transferred(to_agent("1002"))
    assert bench.talk_ends() == [("1001", "transferred_blind")]
    assert (bench.state("1001"), bench.state("1002")) == (AgentState.AFTER_CALL, AgentState.RINGING)
    assert bench.call(bench.id).phase is Phase.DIRECT
    assert bench.ears.playing[bench.c] == ("ringback",)
    offer = bench.last(e.OfferMade)
    assert (offer.kind, offer.agent_id, offer.queue_id, offer.visit_id) == (
        OfferKind.DIRECT, "1002", "advice", None,
    )  # fmt: skip
    assert bench.sent(s.Originate)[0].near == bench.c


@pytest.mark.req("AGT-1")
def test_the_colleague_answers_and_has_the_credit() -> None:
    bench = transferred(to_agent("1002"))
    leg = bench.offered_leg(bench.id)
    bench.up(leg)
    assert bench.matrix(c=bench.c, b=leg) == {"c": "b", "b": "c"}
    started = bench.last(e.TalkStarted)
    assert (started.agent_id, started.queue_id, started.visit_id) == ("1002", "advice", None)
    assert bench.state("1002") is AgentState.TALKING
    assert len(bench.of(e.RecordingStarted)) == 1
    bench.verb(r.HangUpCall, "1002")
    assert bench.last(e.SurveyInvited).agent_id == "1002"


@pytest.mark.parametrize("how", ["rejects", "never answers", "telephone gone"])
@pytest.mark.req("AGT-1")
def test_when_the_colleague_does_not_take_it_the_call_comes_back(how: str) -> None:
    bench = transferred(to_agent("1002"))
    if how == "rejects":
        bench.verb(r.HangUpCall, "1002")
    elif how == "never answers":
        bench.fire("ring")
    else:
        bench.tell(s.DeviceExpired, device_id="1002-web", reason="closed")
    missed = bench.last(e.OfferEnded)
    outcome = OfferOutcome.RECALLED if how == "telephone gone" else OfferOutcome.MISSED
    assert (missed.agent_id, missed.outcome) == ("1002", outcome)
    assert (bench.last(e.OfferMade).agent_id, bench.state("1001")) == ("1001", AgentState.RINGING)
    assert bench.of(e.WrapUpEnded)[-1].agent_id == "1001"
    bench.up(bench.offered_leg(bench.id))
    assert bench.state("1001") is AgentState.TALKING


@pytest.mark.req("AGT-1", "ACD-1")
def test_nobody_takes_it_so_it_stands_at_the_head_of_its_queue() -> None:
    bench = transferred(to_agent("1002"))
    first_since = bench.call(bench.id).first_waiting_since
    later = bench.call_in()
    bench.verb(r.HangUpCall, "1002")
    bench.verb(r.HangUpCall, "1001")
    assert bench.last(e.QueueEntered).waiting_since == first_since
    assert (bench.centre.position(bench.id), bench.centre.position(later)) == (1, 2)


def test_an_agent_who_left_meanwhile_is_not_rung() -> None:
    bench = transferred(to_agent("1002"))
    bench.ask(r.SignOut, "1001")
    bench.verb(r.HangUpCall, "1002")
    assert bench.call(bench.id).visit is not None


@pytest.mark.req("AGT-1")
def test_to_a_queue_the_first_waiting_time_counts() -> None:
    bench = transferred(Target(kind=TargetKind.QUEUE, value="other"))
    assert bench.talk_ends() == [("1001", "transferred_queue")]
    entered = bench.of(e.QueueEntered)
    assert (entered[-1].queue_id, entered[-1].waiting_since) == ("other", entered[0].at)
    assert bench.last(e.TransferMade).to_queue_id == "other"
    bench.sign_in("2001")
    bench.up(bench.offered_leg(bench.id))
    assert bench.last(e.TalkStarted).queue_id == "other"


@pytest.mark.req("AGT-1", "TEL-1")
def test_to_a_number_outside_the_citizen_talks_on_without_an_agent() -> None:
    bench = transferred(to_number())
    offer = bench.last(e.OfferMade)
    assert (offer.kind, offer.agent_id, offer.duty_number) == (OfferKind.OUTSIDE, None, "13911112222")
    dial = bench.sent(s.Originate)[0]
    assert (dial.shown_number, dial.near) == (bench.site.hotlines[0].number, bench.c)
    bench.up(dial.leg_id)
    assert bench.call(bench.id).phase is Phase.FORWARDED
    assert bench.matrix(c=bench.c, x=dial.leg_id) == {"c": "x", "x": "c"}
    bench.down(bench.c)
    assert bench.last(e.ForwardEnded).why == "call_ended"
    assert bench.disposition() is Disposition.AGENT_ANSWERED
    assert [c.leg_id for c in bench.sent(s.HangUp)][-1] == dial.leg_id


@pytest.mark.parametrize("cause", [HangUpCause.BUSY, HangUpCause.REJECTED, HangUpCause.NO_ANSWER])
@pytest.mark.req("AGT-1")
def test_a_number_outside_that_does_not_take_it_gives_the_call_back(cause: HangUpCause) -> None:
    bench = transferred(to_number())
    bench.down(bench.offered_leg(bench.id), cause, HangUpBy.REMOTE)
    assert bench.last(e.OfferMade).agent_id == "1001"


@pytest.mark.req("AGT-1", "IVR-1")
def test_to_the_flow_the_citizen_is_with_the_machine_again() -> None:
    other = replace(SITE, flows=(*SITE.flows, *site(flows={"menu": MENU}).flows[1:]))
    bench = transferred(Target(kind=TargetKind.FLOW, value="menu"), other)
    assert bench.talk_ends() == [("1001", "transferred_flow")]
    assert bench.playing() == ("welcome",)
    bench.heard(bench.id)
    bench.press(bench.id, "2")
    bench.heard(bench.id)
    assert bench.last(e.SelfServed).service == "progress"
    bench.down(bench.c)
    assert bench.disposition() is Disposition.AGENT_ANSWERED


@pytest.mark.req("AGT-1", "IVR-5")
def test_to_the_survey() -> None:
    bench = transferred(Target(kind=TargetKind.SURVEY))
    assert bench.talk_ends() == [("1001", "to_survey")]
    assert bench.playing() == ("survey_ask",)


@pytest.mark.req("AGT-1", "SUP-2")
def test_to_the_leader_who_is_ready_longest() -> None:
    bench = Parties(present=("2002", "2001"))
    bench.verb(r.TransferCall, to=Target(kind=TargetKind.LEADER))
    assert bench.last(e.OfferMade).agent_id == "2002"
    assert bench.last(e.TransferMade).kind is TargetKind.LEADER


def test_the_citizen_gives_up_while_the_colleague_rings() -> None:
    bench = transferred(to_agent("1002"))
    bench.down(bench.c)
    assert bench.last(e.OfferEnded).outcome is OfferOutcome.CALLER_ABANDONED
    assert bench.disposition() is Disposition.AGENT_ANSWERED
    assert bench.state("1002") is AgentState.READY


def test_from_hold_the_music_ends_before_the_ring_back() -> None:
    bench = Parties()
    bench.verb(r.HoldCall)
    bench.verb(r.TransferCall, to=to_agent("1002"))
    assert bench.ears.playing[bench.c] == ("ringback",)
    assert not bench.ears.held
    assert [type(x) for x in bench.of(e.HoldEnded) + bench.of(e.TalkEnded)] == [e.HoldEnded, e.TalkEnded]


def test_a_full_queue_lets_a_transferred_caller_overflow() -> None:
    full = replace(SITE, queues=(SITE.queues[0], queue("other", no_agent_overflow=True)))
    bench = transferred(Target(kind=TargetKind.QUEUE, value="other"), full)
    assert bench.last(e.QueueLeft).outcome is e.VisitOutcome.OVERFLOWED
    assert bench.playing() == ("all_lines_busy",)


@pytest.mark.req("AGT-1")
def test_what_cannot_be_is_refused_and_changes_nothing() -> None:
    bench = Parties(present=("1002", "1003"))

    def no(to: Target, number: str = "1001") -> str:
        return refused(bench, r.TransferCall, number, call_id=bench.id, to=to)

    bench.ask(r.SetState, "1003", state=AgentState.REST)
    assert no(to_agent("1003")) == "agent_busy"
    assert no(to_agent("2001")) == "no_such_number"
    assert no(to_agent("1001")) == "not_allowed"
    assert no(Target(kind=TargetKind.QUEUE, value="none")) == "no_such_number"
    assert no(Target(kind=TargetKind.FLOW, value="none")) == "no_such_number"
    assert no(Target(kind=TargetKind.LEADER)) == "no_leader"
    assert no(to_number("0085212345678")) == "number_barred"
    assert no(to_agent("1002"), "1003") == "not_your_call"
    other = bench.call_in()
    bench.up(bench.offered_leg(other))
    assert no(to_agent("1002")) == "agent_busy"


def test_a_call_out_is_transferred_too_but_not_to_the_survey() -> None:
    bench = Parties(present=("1002", "1003"))
    outcome = bench.ask(r.PlaceCall, "1003", to="13911112222")
    assert outcome.call_id is not None
    bench.up(bench.sent(s.Originate)[0].leg_id)
    call = outcome.call_id
    bench.up(bench.citizen(call))
    with pytest.raises(r.Refused):
        bench.ask(r.TransferCall, "1003", call_id=call, to=Target(kind=TargetKind.SURVEY))
    bench.ask(r.TransferCall, "1003", call_id=call, to=to_agent("1002"))
    citizen = bench.citizen(call)
    bench.up(bench.offered_leg(call))
    assert bench.citizen(call) == citizen
    assert bench.ears.hears(citizen) == {bench.call(call).talk.leg_id}  # pyright: ignore[reportOptionalMemberAccess]
    bench.down(citizen)
    assert bench.disposition() is Disposition.CONNECTED


def forwarding(number: str, when: ForwardWhen, to: str) -> Site:
    """The site in which one agent's own calls go elsewhere."""
    return replace(
        SITE,
        agents=tuple(
            replace(a, forwarding=CallForwarding(when=when, to=to)) if a.number == number else a
            for a in SITE.agents
        ),
    )


@pytest.mark.req("AGT-1")
def test_calls_to_an_agent_who_forwards_them_go_there() -> None:
    bench = transferred(to_agent("1002"), forwarding("1002", ForwardWhen.ALWAYS, "1003"), ("1002", "1003"))
    assert bench.last(e.OfferMade).agent_id == "1003"
    other = transferred(to_agent("1002"), forwarding("1002", ForwardWhen.ALWAYS, "13900001111"))
    assert other.last(e.OfferMade).duty_number == "13900001111"


@pytest.mark.req("AGT-1")
def test_who_does_not_answer_passes_it_on_before_it_comes_back() -> None:
    bench = transferred(to_agent("1002"), forwarding("1002", ForwardWhen.NO_ANSWER, "1003"), ("1002", "1003"))
    bench.fire("ring")
    assert bench.last(e.OfferMade).agent_id == "1003"
    bench.fire("ring")
    assert bench.last(e.OfferMade).agent_id == "1001"


def test_a_forwarding_back_to_who_transferred_is_cut() -> None:
    bench = transferred(to_agent("1002"), forwarding("1002", ForwardWhen.NO_ANSWER, "1001"))
    bench.fire("ring")
    assert bench.last(e.OfferMade).agent_id == "1001"
    bench.fire("ring")
    assert bench.call(bench.id).visit is not None


@pytest.mark.req("TEL-3", "AGT-1")
@pytest.mark.parametrize(
    ("target", "how"),
    [("1002", "transferred_blind"), ("other", "transferred_queue"), ("13911112222", "transferred_outside")],
)
def test_the_transfer_key_of_a_telephone_transfers(target: str, how: str) -> None:
    bench = Parties()
    bench.tell(s.TransferRequested, leg_id=bench.lead, target=target)
    assert bench.talk_ends() == [("1001", how)]


def test_a_transfer_key_that_leads_nowhere_leaves_the_two_together() -> None:
    bench = Parties()
    for leg, target in ((bench.lead, "2001"), (bench.lead, "x"), (bench.c, "1002")):
        bench.tell(s.TransferRequested, leg_id=leg, target=target)
    assert bench.matrix(c=bench.c, l=bench.lead) == {"c": "l", "l": "c"}
