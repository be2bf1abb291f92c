"""Pick-up: a colleague takes over what rings at somebody else, or what waits."""

from dataclasses import replace

import pytest

from hotline.core import events as e
from hotline.core import requests as r
from hotline.core import switching as s
from hotline.core.call import Phase
from hotline.core.events import AgentState, OfferKind, OfferOutcome
from hotline.core.ids import CallId
from hotline.core.switching import HangUpBy, HangUpCause
from tests.unit.core_bench import Bench
from tests.unit.parties_bench import SITE, Parties, to_agent
from tests.unit.test_core_talking import refused


def ringing(*present: str) -> tuple[Bench, CallId]:
    """A call that rings at 1001, with others there who are not ready."""
    bench = Bench(SITE)
    bench.sign_in("1001", *present)
    for number in present:
        bench.ask(r.SetState, number, state=AgentState.BUSY, reason="x")
    return bench, bench.call_in()


@pytest.mark.req("AGT-1")
def test_what_rings_at_a_colleague_is_taken_over_and_counts_as_no_miss() -> None:
    bench, call = ringing("1002")
    old = bench.offered_leg(call)
    bench.ask(r.PickUp, "1002")
    ended = bench.last(e.OfferEnded)
    assert (ended.agent_id, ended.outcome, ended.why) == ("1001", OfferOutcome.RECALLED, "picked_up")
    offer = bench.last(e.OfferMade)
    assert (offer.agent_id, offer.kind, offer.queue_id) == ("1002", OfferKind.PICK_UP, "advice")
    assert old in {c.leg_id for c in bench.sent(s.HangUp)}
    assert bench.sent(s.Originate)[0].auto_answer
    assert (bench.state("1001"), bench.state("1002")) == (AgentState.READY, AgentState.RINGING)
    bench.up(bench.offered_leg(call))
    assert bench.last(e.QueueLeft).outcome is e.VisitOutcome.ANSWERED
    bench.down(bench.citizen(call))
    bench.fire("pause")
    assert bench.state("1002") is AgentState.BUSY


@pytest.mark.req("AGT-1")
def test_two_pick_up_the_same_and_the_second_is_told() -> None:
    bench, call = ringing("1002", "1003")
    bench.ask(r.PickUp, "1002", call_id=call)
    assert refused(bench, r.PickUp, "1003", call_id=call) == "already_taken"
    bench.up(bench.offered_leg(call))
    assert refused(bench, r.PickUp, "1003", call_id=call) == "already_taken"


@pytest.mark.req("AGT-1")
def test_what_waits_is_picked_up_out_of_turn() -> None:
    bench = Parties(present=())
    first, second = bench.call_in(), bench.call_in()
    bench.register("1002-web")
    bench.ask(r.SetState, "1001", state=AgentState.BUSY, reason="x")
    bench.sign_in("2001")
    bench.ask(r.PickUp, "2001", call_id=second)
    assert bench.call(second).phase is Phase.RINGING
    assert bench.centre.position(first) == 1


def test_a_telephone_that_does_not_pick_up_leaves_the_caller_at_the_head() -> None:
    bench, call = ringing("1002")
    bench.ask(r.SetState, "1001", state=AgentState.BUSY, reason="x", by="2001")
    bench.ask(r.PickUp, "1002", call_id=call)
    bench.down(bench.offered_leg(call), HangUpCause.UNREACHABLE, HangUpBy.FAULT)
    assert bench.call(call).phase is Phase.WAITING
    assert bench.centre.position(call) == 1


def test_a_transferred_call_is_picked_up_where_it_rings() -> None:
    bench = Parties(present=("1002", "1003"))
    bench.verb(r.TransferCall, to=to_agent("1002"))
    bench.verb(r.PickUp, "1003")
    assert (bench.state("1002"), bench.state("1003")) == (AgentState.READY, AgentState.RINGING)
    bench.up(bench.offered_leg(bench.id))
    assert bench.last(e.TalkStarted).agent_id == "1003"


def test_without_a_call_the_one_that_rings_longest_is_taken() -> None:
    bench, first = ringing("1002")
    bench.call_in()
    bench.ask(r.PickUp, "1002")
    assert bench.call(first).offer is not None
    assert bench.call(first).offer.agent_id == "1002"  # pyright: ignore[reportOptionalMemberAccess]


@pytest.mark.req("AGT-1")
def test_what_cannot_be_is_refused_and_changes_nothing() -> None:
    other = replace(SITE, agents=(*SITE.agents[:2], replace(SITE.agents[2], queues=SITE.agents[3].queues)))
    bench = Bench(other)
    bench.sign_in("1001", "1002", "1003")
    bench.ask(r.SetState, "1002", state=AgentState.BUSY, reason="x")
    assert refused(bench, r.PickUp, "1002") == "no_such_call"
    call = bench.call_in()
    assert refused(bench, r.PickUp, "1003", call_id=call) == "not_allowed"
    assert refused(bench, r.PickUp, "1003") == "no_such_call"
    assert refused(bench, r.PickUp, "1001", call_id=call) == "you_are_busy"
    assert refused(bench, r.PickUp, "2001", call_id=call) == "not_signed_in"
    bench.tell(s.DeviceExpired, device_id="1002-web", reason="")
    assert refused(bench, r.PickUp, "1002", call_id=call) == "no_device"
