"""Call forwarding (呼叫转移) of calls to an agent personally: always, busy, no answer; to a colleague or outside; loops are cut."""

from dataclasses import replace

import pytest

from hotline.core import events as e
from hotline.core import forwarding, requests
from hotline.core import switching as s
from hotline.core.events import AgentState, Direction, Disposition, OfferKind, OfferOutcome
from hotline.core.requests import Refused
from hotline.core.site import AgentProfile, CallForwarding, ForwardWhen
from tests.unit.core_bench import START, Bench, agent
from tests.unit.queue_bench import wide_site


def forwards(number: str, when: ForwardWhen, to: str) -> AgentProfile:
    """An agent whose calls go elsewhere."""
    return replace(agent(number), forwarding=CallForwarding(when=when, to=to))


def dials(people: list[AgentProfile], signed_in: tuple[str, ...], to: str = "1002") -> Bench:
    """1001 calls a colleague; the own telephone is up."""
    bench = Bench(wide_site(agents=people))
    bench.sign_in("1001", *signed_in)
    bench.ask(requests.PlaceCall, "1001", to=to)
    bench.up(bench.last(e.CallPlaced).leg_id)
    return bench


@pytest.mark.req("AGT-1")
def test_always_rings_the_colleague_instead() -> None:
    people = [agent("1001"), forwards("1002", ForwardWhen.ALWAYS, "1003"), agent("1003")]
    bench = dials(people, ("1002", "1003"))
    offer = bench.last(e.OfferMade)
    assert (offer.agent_id, offer.kind) == ("1003", OfferKind.COLLEAGUE)
    bench.up(offer.leg_id)
    assert bench.state("1003") is AgentState.INTERNAL
    bench.ask(requests.HangUpCall, "1003", call_id=offer.call_id)
    assert bench.state("1003") is AgentState.READY


@pytest.mark.req("AGT-1")
def test_always_to_a_number_outside_is_a_call_out_with_the_service_number() -> None:
    people = [replace(agent("1001"), may_call_out=False), forwards("1002", ForwardWhen.ALWAYS, "13911112222")]
    bench = dials(people, ("1002",))
    placed = bench.last(e.CallPlaced)
    assert (placed.direction, placed.to, placed.shown_number) == (
        Direction.OUTBOUND,
        "13911112222",
        "01084000000",
    )


@pytest.mark.req("AGT-1")
def test_busy_forwards_only_who_is_on_the_telephone() -> None:
    people = [agent("1001"), forwards("1002", ForwardWhen.BUSY, "1003"), agent("1003")]
    bench = dials(people, ("1002", "1003"))
    assert bench.last(e.OfferMade).agent_id == "1002"
    bench = Bench(wide_site(agents=people))
    bench.sign_in("1002", "1003", "1001")
    bench.call_in()
    assert bench.state("1002") is AgentState.RINGING
    bench.ask(requests.PlaceCall, "1001", to="1002")
    bench.up(bench.last(e.CallPlaced).leg_id)
    assert bench.last(e.OfferMade).agent_id == "1003"


@pytest.mark.req("AGT-1")
def test_who_is_not_there_is_forwarded_as_not_answering() -> None:
    people = [agent("1001"), forwards("1002", ForwardWhen.NO_ANSWER, "1003"), agent("1003")]
    bench = dials(people, ("1003",))
    assert bench.last(e.OfferMade).agent_id == "1003"


@pytest.mark.req("AGT-1")
def test_no_answer_rings_the_next_one_in_the_same_call() -> None:
    people = [agent("1001"), forwards("1002", ForwardWhen.NO_ANSWER, "1003"), agent("1003")]
    bench = dials(people, ("1002", "1003"))
    first = bench.last(e.OfferMade)
    bench.fire("step")
    ended = bench.last(e.OfferEnded)
    assert (ended.agent_id, ended.outcome) == ("1002", OfferOutcome.MISSED)
    assert s.HangUp(leg_id=first.leg_id) in bench.commands
    assert bench.state("1002") is AgentState.READY
    second = bench.last(e.OfferMade)
    assert (second.agent_id, second.call_id) == ("1003", first.call_id)
    bench.down(first.leg_id)
    bench.up(second.leg_id)
    assert bench.state("1001") is bench.state("1003") is AgentState.INTERNAL
    assert bench.call(first.call_id).to_agent_id == "1003"


@pytest.mark.req("AGT-1")
def test_no_answer_goes_on_to_a_number_outside() -> None:
    people = [agent("1001"), forwards("1002", ForwardWhen.NO_ANSWER, "139 1111 2222")]
    bench = dials(people, ("1002",))
    bench.fire("step")
    originate = bench.sent(s.Originate)[0]
    assert originate.to == s.ToTrunk(trunk_id="trunk", number="13911112222")  # pyright: ignore[reportArgumentType]
    assert originate.shown_number == "01084000000"
    bench.up(bench.last(e.LegStarted).leg_id)
    assert bench.state("1001") is AgentState.INTERNAL
    bench.down(bench.last(e.LegStarted).leg_id)
    assert bench.disposition() is Disposition.CONNECTED


@pytest.mark.req("AGT-1")
def test_loops_are_cut() -> None:
    people = [
        agent("1001"),
        forwards("1002", ForwardWhen.ALWAYS, "1003"),
        forwards("1003", ForwardWhen.ALWAYS, "1002"),
    ]
    bench = dials(people, ("1002", "1003"))
    assert bench.last(e.OfferMade).agent_id == "1003"
    back = [agent("1001"), forwards("1002", ForwardWhen.ALWAYS, "1001")]
    bench = dials(back, ("1002",))
    assert bench.last(e.OfferMade).agent_id == "1002", "not back to the caller"
    ring = [
        agent("1001"),
        forwards("1002", ForwardWhen.NO_ANSWER, "1003"),
        forwards("1003", ForwardWhen.NO_ANSWER, "1002"),
    ]
    bench = dials(ring, ("1002", "1003"))
    bench.fire("step")
    bench.fire("step")
    assert bench.disposition() is Disposition.NO_ANSWER
    assert [offer.agent_id for offer in bench.of(e.OfferMade)] == ["1002", "1003"]


@pytest.mark.req("AGT-1", "ADM-6")
@pytest.mark.parametrize("to", ["0044123456", "1002", "x", ""])
def test_forwarding_reaches_nowhere_its_owner_could_not(to: str) -> None:
    bench = Bench(wide_site(agents=[agent("1001"), forwards("1002", ForwardWhen.ALWAYS, to)]))
    profile = bench.site.agents[1]
    assert forwarding.target_of(bench.centre.floor, profile, ForwardWhen.ALWAYS, START) is None
    barred = replace(
        profile, may_call_out=False, forwarding=CallForwarding(when=ForwardWhen.ALWAYS, to="139")
    )
    assert forwarding.target_of(bench.centre.floor, barred, ForwardWhen.ALWAYS, START) is None


@pytest.mark.req("AGT-1")
def test_calls_of_queues_are_never_forwarded() -> None:
    bench = Bench(wide_site(agents=[forwards("1001", ForwardWhen.ALWAYS, "1002"), agent("1002")]))
    bench.sign_in("1001", "1002")
    bench.call_in()
    assert bench.last(e.OfferMade).agent_id == "1001"


@pytest.mark.req("AGT-1")
def test_without_forwarding_who_is_away_cannot_be_called() -> None:
    bench = Bench(wide_site(agents=[agent("1001"), agent("1002")]))
    bench.sign_in("1001")
    with pytest.raises(Refused, match="no_such_number"):
        bench.ask(requests.PlaceCall, "1001", to="1002")
