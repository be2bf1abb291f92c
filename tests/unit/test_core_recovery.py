"""The application or the engine stops in the middle: what goes on, what ends, and that nothing is forgotten."""

from dataclasses import replace

import pytest

from hotline.core import events as e
from hotline.core import requests
from hotline.core import switching as s
from hotline.core.call import Phase
from hotline.core.events import AgentState, Disposition, OfferOutcome
from hotline.core.site import AgentProfile
from tests.unit.core_bench import MENU, SURVEY, Bench, agent, queue, site, snapshot


@pytest.mark.req("OPS-2")
def test_a_talk_goes_on_after_a_restart() -> None:
    bench = Bench()
    call = bench.talk()
    citizen, agent_leg = bench.citizen(call), bench.call(call).talk.leg_id  # pyright: ignore[reportOptionalMemberAccess]
    after = bench.restarted(snapshot((citizen, "up"), (agent_leg, "up")))
    assert after.call(call).phase is Phase.TALKING
    assert after.sent(s.Bridge)
    assert after.sent(s.StartRecording) == bench.sent(s.StartRecording), (
        "the order may have been lost with the application"
    )
    assert not after.sent(s.HangUp)
    after.down(citizen)
    assert after.disposition() is Disposition.AGENT_ANSWERED
    assert after.state("1001") is AgentState.AFTER_CALL


@pytest.mark.req("OPS-2")
def test_a_call_whose_citizen_is_gone_ends_as_lost() -> None:
    bench = Bench()
    call = bench.talk()
    after = bench.restarted(snapshot())
    assert after.disposition() is Disposition.SYSTEM_LOST
    assert call not in after.centre.calls or after.call(call).phase is Phase.ENDED
    assert after.state("1001") is AgentState.AFTER_CALL


@pytest.mark.req("OPS-2", "AGT-5")
def test_an_agent_leg_lost_meanwhile_is_called_again() -> None:
    bench = Bench()
    call = bench.talk()
    after = bench.restarted(snapshot((bench.citizen(call), "up")))
    assert after.call(call).phase is Phase.INTERRUPTED
    assert after.sent(s.Originate)[0].auto_answer


@pytest.mark.req("OPS-2")
def test_waiting_calls_keep_their_place() -> None:
    bench = Bench()
    first, second = bench.call_in(), bench.call_in()
    since = bench.call(first).visit.waiting_since  # pyright: ignore[reportOptionalMemberAccess]
    after = bench.restarted(snapshot((bench.citizen(first), "up"), (bench.citizen(second), "up")))
    assert (after.centre.position(first), after.centre.position(second)) == (1, 2)
    assert after.call(first).visit.waiting_since == since  # pyright: ignore[reportOptionalMemberAccess]
    after.sign_in("1001")
    assert after.last(e.OfferMade).call_id == first


@pytest.mark.req("OPS-2", "ACD-3")
def test_an_offer_whose_leg_is_gone_is_recalled() -> None:
    bench = Bench()
    bench.sign_in("1001")
    call = bench.call_in()
    after = bench.restarted(snapshot((bench.citizen(call), "up")))
    assert after.last(e.OfferEnded).outcome is OfferOutcome.RECALLED
    assert after.centre.position(call) == 1


@pytest.mark.req("OPS-2")
def test_an_offer_answered_meanwhile_is_connected() -> None:
    bench = Bench()
    bench.sign_in("1001")
    call = bench.call_in()
    after = bench.restarted(snapshot((bench.citizen(call), "up"), (bench.offered_leg(call), "up")))
    assert after.call(call).phase is Phase.TALKING


@pytest.mark.req("OPS-2")
def test_a_call_in_the_menu_hears_its_node_again() -> None:
    bench = Bench(site(MENU))
    call = bench.call_in()
    bench.heard(call)
    after = bench.restarted(snapshot((bench.citizen(call), "up")))
    assert after.playing() == ("menu",)


def test_a_call_that_was_not_answered_yet_is_answered() -> None:
    bench = Bench()
    call = bench.arrive()
    after = bench.restarted(snapshot((bench.citizen(call), "incoming")))
    assert after.sent(s.Answer)


@pytest.mark.req("OPS-2")
def test_a_survey_is_asked_again() -> None:
    bench = Bench(site(survey=SURVEY, queues=[queue(survey=True)]))
    call = bench.talk()
    bench.ask(requests.HangUpCall, "1001", call_id=call)
    after = bench.restarted(snapshot((bench.citizen(call), "up")))
    assert after.playing() == ("survey_ask",)


def test_legs_that_nobody_knows_are_hung_up() -> None:
    after = Bench().restarted(snapshot(("stray", "up")))
    assert [c.leg_id for c in after.sent(s.HangUp)] == ["stray"]


@pytest.mark.req("OPS-2")
def test_after_call_work_and_wishes_survive() -> None:
    bench = Bench()
    call = bench.talk()
    bench.ask(requests.SetState, "1001", state=AgentState.REST)
    bench.down(bench.citizen(call))
    after = bench.restarted(snapshot())
    assert after.state("1001") is AgentState.AFTER_CALL
    after.fire("pause")
    assert after.last(e.WrapUpEnded).call_id == call
    assert after.state("1001") is AgentState.REST


def test_the_engine_is_lost_and_every_call_with_it() -> None:
    bench = Bench()
    bench.talk()
    bench.call_in()
    bench.tell(s.EngineLost, engine="bench", reason="killed")
    assert {event.disposition for event in bench.of(e.CallEnded)} == {Disposition.SYSTEM_LOST}
    assert bench.centre.running == 0
    assert bench.centre.agents["1001"].signed_in  # pyright: ignore[reportArgumentType]
    with pytest.raises(requests.Refused):
        bench.ask(requests.PlaceCall, "1001", to="13911112222")


def test_after_the_engine_is_back_the_next_call_works() -> None:
    bench = Bench(site(queues=[queue(wrap_up_s=0.0)]))
    bench.talk()
    bench.tell(s.EngineLost, engine="bench", reason="killed")
    bench.tell(s.EngineUp, engine="bench", version="1")
    bench.took(bench.centre.adopt(snapshot(devices=()), bench.at))
    bench.register("1001-web")
    call = bench.call_in()
    assert bench.call(call).phase is Phase.RINGING


@pytest.mark.req("TEL-5")
def test_a_new_agent_and_a_new_queue_are_there_without_a_restart() -> None:
    bench = Bench()
    waiting = bench.call_in()
    people = [agent("1001"), agent("1002"), agent("1003")]
    bench.took(bench.centre.reconfigure(site(agents=people, queues=[queue(), queue("new")]), bench.at))
    assert bench.centre.position(waiting) == 1
    bench.sign_in("1003")
    assert bench.last(e.OfferMade).agent_id == "1003"


@pytest.mark.req("TEL-5", "ACD-3")
@pytest.mark.parametrize("people", [[agent("1001", "other"), agent("1002")], [agent("1002")]])
def test_a_call_that_rings_goes_on_ringing_when_its_agent_is_taken_out_of_the_queue(
    people: list[AgentProfile],
) -> None:
    bench = Bench()
    bench.sign_in("1001")
    call = bench.call_in()
    leg = bench.offered_leg(call)
    changed = site(agents=people, queues=[queue(), queue("other")])
    bench.took(bench.centre.reconfigure(changed, bench.at))
    assert bench.call(call).phase is Phase.RINGING
    assert not bench.of(e.OfferEnded) and not bench.sent(s.HangUp)
    bench.up(leg)
    assert bench.call(call).phase is Phase.TALKING
    bench.down(bench.citizen(call))
    assert bench.disposition() is Disposition.AGENT_ANSWERED


def test_a_queue_that_is_removed_lets_its_callers_go() -> None:
    bench = Bench()
    bench.call_in()
    bench.took(bench.centre.reconfigure(site(queues=[queue("other")]), bench.at))
    assert bench.disposition() is Disposition.SYSTEM_LOST


@pytest.mark.req("IVR-1")
def test_a_call_stays_on_the_version_of_the_flow_it_entered() -> None:
    bench = Bench(site(MENU))
    call = bench.call_in()
    changed = site({**MENU, "menu": {**MENU["menu"], "prompts": ["goodbye"]}})
    newer = replace(changed.flows[0], version=2)
    bench.took(bench.centre.reconfigure(replace(changed, flows=(*bench.site.flows, newer)), bench.at))
    bench.heard(call)
    assert bench.playing() == ("menu",)
    other = bench.call_in()
    bench.heard(other)
    assert bench.playing() == ("goodbye",)


def test_a_bug_in_one_call_ends_that_call_only() -> None:
    bench = Bench()
    call = bench.talk()
    other = bench.call_in()
    bench.call(call).talk.agent_id = "nobody"  # pyright: ignore[reportOptionalMemberAccess, reportAttributeAccessIssue]
    with pytest.raises(KeyError):
        bench.down(bench.citizen(call))
    message = s.LegHungUp(
        at=bench.at, leg_id=bench.citizen(call), by=s.HangUpBy.REMOTE, cause=s.HangUpCause.NORMAL
    )
    assert bench.centre.suspect(message) == call
    bench.took(bench.centre.fail_call(call, bench.at, "KeyError"))
    assert bench.last(e.CallFailed).call_id == call
    assert [event.call_id for event in bench.of(e.CallEnded)] == [call]
    assert bench.last(e.OfferMade).call_id == other  # the agent was freed and serves the next caller


@pytest.mark.req("OPS-2")
def test_an_engine_out_of_reach_ends_no_call_and_offers_none() -> None:
    bench = Bench()
    call = bench.talk()
    bench.tell(s.EngineUnreachable, engine="bench", reason="cut")
    assert bench.call(call).phase is Phase.TALKING
    assert not bench.centre.engine_up
    waiting = bench.call_in()
    bench.sign_in("1002")
    assert bench.call(waiting).offer is None


@pytest.mark.req("OPS-2")
def test_the_legs_of_a_call_that_had_ended_are_hung_up_and_their_ends_written_once() -> None:
    bench = Bench()
    call = bench.talk()
    citizen, agent_leg = bench.citizen(call), bench.call(call).talk.leg_id  # pyright: ignore[reportOptionalMemberAccess]
    bench.down(citizen)  # the order to hang up the agent's leg may have been lost with the application
    after = bench.restarted(snapshot((agent_leg, "up")))
    assert [order.leg_id for order in after.sent(s.HangUp)] == [agent_leg]
    after.down(agent_leg)
    gone = bench.restarted(snapshot())
    for later in (after, gone):
        ends = [one.leg_id for one in later.events if isinstance(one, e.LegEnded)]
        assert sorted(ends) == sorted([citizen, agent_leg])
