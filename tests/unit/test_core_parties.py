"""Calls with several people over a restart, through an engine that dies, and with bugs: nothing is stuck, nobody is forgotten."""

from datetime import timedelta

import pytest

from hotline.core import events as e
from hotline.core import requests as r
from hotline.core import switching as s
from hotline.core.call import Phase
from hotline.core.events import AgentState, Disposition, Role
from hotline.runtime.views import agent_view, call_view
from hotline.simulation.connections import Connections
from tests.unit.core_bench import Bench, snapshot
from tests.unit.parties_bench import SITE, Parties, to_agent, to_number

DEVICES = ("1001-web", "1002-web", "2001-web")


def after_restart(bench: Parties, *gone: str, ringing: tuple[str, ...] = ()) -> tuple[Bench, Connections]:
    """Kill the application; legs `gone` died meanwhile. Returns the new bench and what an engine that knows nothing would do."""
    legs = [
        (leg, "dialling" if leg in ringing else "up") for leg in bench.call(bench.id).legs if leg not in gone
    ]
    other = bench.restarted(snapshot(*legs, devices=DEVICES))
    ears = Connections()
    for command in other.commands:
        ears.take(command)
    return other, ears


@pytest.mark.req("OPS-2")
def test_a_consultation_goes_on_after_a_restart() -> None:
    bench = Parties()
    k = bench.consult()
    other, ears = after_restart(bench)
    assert (ears.hears(bench.lead), ears.hears(k), ears.hears(bench.c)) == ({k}, {bench.lead}, set())
    other.ask(r.CompleteConsult, "1001", call_id=bench.id)
    assert other.state("1002") is AgentState.TALKING


@pytest.mark.req("OPS-2")
def test_a_conference_and_its_listener_go_on_after_a_restart() -> None:
    bench = Parties()
    m = bench.consult()
    bench.verb(r.Conference, to=None)
    listener = bench.supervise(Role.MONITOR)
    bench.verb(r.MuteParticipant, leg_id=m, muted=True)
    other, ears = after_restart(bench)
    assert ears.hears(bench.c) == {bench.lead}
    assert ears.hears(listener) == {bench.c, bench.lead}
    assert other.state("1002") is AgentState.TALKING
    other.ask(r.LeaveCall, "2001", call_id=bench.id)
    assert other.sent(s.SetRoom)[-1].members


@pytest.mark.req("OPS-2")
def test_who_hung_up_meanwhile_has_left() -> None:
    bench = Parties()
    k = bench.consult()
    other, _ = after_restart(bench, k)
    assert other.last(e.ParticipantLeft).leg_id == k
    assert other.call(bench.id).phase is Phase.TALKING
    assert other.state("1002") is AgentState.READY


@pytest.mark.req("OPS-2")
def test_who_still_rings_may_still_pick_up_and_not_for_ever() -> None:
    bench = Parties()
    k = bench.consult(up=False)
    other, _ = after_restart(bench, ringing=(k,))
    assert other.state("1002") is AgentState.RINGING
    other.fire("invite")
    assert other.last(e.ParticipantLeft).why == "no_answer"
    again, _ = after_restart(bench)  # picked up while the application was away
    assert again.last(e.ParticipantJoined).leg_id == k


@pytest.mark.req("OPS-2")
@pytest.mark.parametrize("answered", [True, False])
def test_a_transfer_on_its_way_goes_on_after_a_restart(*, answered: bool) -> None:
    bench = Parties()
    bench.verb(r.TransferCall, to=to_agent("1002"))
    leg = bench.offered_leg(bench.id)
    other, _ = after_restart(bench, ringing=() if answered else (leg,))
    if answered:
        assert other.last(e.TalkStarted).agent_id == "1002"
        return
    other.fire("ring")
    assert other.last(e.OfferMade).agent_id == "1001"


@pytest.mark.req("OPS-2")
def test_a_talk_with_a_number_outside_goes_on_after_a_restart() -> None:
    bench = Parties()
    bench.verb(r.TransferCall, to=to_number())
    x = bench.offered_leg(bench.id)
    bench.up(x)
    other, ears = after_restart(bench)
    assert ears.hears(bench.c) == {x}
    gone, _ = after_restart(bench, x)
    assert gone.disposition() is Disposition.AGENT_ANSWERED
    other.at += timedelta(hours=5)
    other.fire("talk")
    assert other.last(e.CallEnded).call_id == bench.id


def test_the_engine_dies_and_everybody_is_free() -> None:
    bench = Parties(present=("1002", "2001"))
    bench.consult()
    bench.supervise(Role.MONITOR)
    bench.tell(s.EngineLost, engine="bench", reason="killed")
    assert bench.disposition() is Disposition.SYSTEM_LOST
    assert (bench.state("1001"), bench.state("1002"), bench.state("2001")) == (
        AgentState.AFTER_CALL, AgentState.READY, AgentState.READY,
    )  # fmt: skip
    assert not bench.centre.floor.taking_part


def test_a_bug_in_a_conference_frees_everybody_in_it() -> None:
    bench = Parties()
    bench.consult()
    bench.verb(r.Conference, to=None)
    bench.call(bench.id).talk.agent_id = "nobody"  # pyright: ignore[reportOptionalMemberAccess, reportAttributeAccessIssue]
    bench.took(bench.centre.fail_call(bench.id, bench.at, "KeyError"))
    assert len([x for x in bench.of(e.CallEnded) if x.call_id == bench.id]) == 1
    assert bench.state("1001") is AgentState.READY
    assert bench.state("1002") in {AgentState.READY, AgentState.AFTER_CALL}
    assert not bench.centre.floor.taking_part


@pytest.mark.req("SUP-1")
def test_the_views_show_who_takes_part() -> None:
    bench = Parties()
    bench.consult()
    leg = bench.supervise(Role.WHISPER)
    floor = bench.centre.floor
    view = call_view(floor, bench.call(bench.id))
    assert view is not None
    shown = [(p.role, p.up, p.agent_number) for p in view.participants]
    assert shown == [(Role.CONSULTED, True, "1002"), (Role.WHISPER, True, "2001")]
    leader = agent_view(floor, SITE.agents[3], None, bench.at)
    assert (leader.call_id, leader.leader, leader.state) == (bench.id, True, AgentState.OFFLINE)
    bench.down(leg)
    assert agent_view(floor, SITE.agents[3], None, bench.at).call_id is None
    other = Parties()
    other.verb(r.TransferCall, to=to_number())
    view = call_view(other.centre.floor, other.call(other.id))
    assert view is not None
    assert (view.phase, view.offer_kind, view.offered_number) == (
        "direct",
        e.OfferKind.OUTSIDE,
        "13911112222",
    )
