"""Waiting and being offered: order, strategies, announcements, ring time-outs, overflow."""

import pytest

from hotline.core import events as e
from hotline.core import requests
from hotline.core import switching as s
from hotline.core.call import Phase
from hotline.core.events import AgentState, Disposition, OfferOutcome, OverflowCause, VisitOutcome
from hotline.core.site import Overflow, OverflowTo, Strategy
from hotline.core.switching import HangUpBy, HangUpCause
from tests.unit.core_bench import MENU, Bench, agent, queue, site


@pytest.mark.req("ACD-1")
def test_a_ready_agent_rings_at_once() -> None:
    bench = Bench()
    bench.sign_in("1001")
    call = bench.call_in()
    originate = bench.sent(s.Originate)[0]
    assert originate.to == s.ToDevice(device_id="1001-web")  # pyright: ignore[reportArgumentType]
    assert dict(originate.headers)["X-Hotline-Call"] == call
    assert bench.state("1001") is AgentState.RINGING
    assert bench.call(call).phase is Phase.RINGING


@pytest.mark.req("ACD-2")
def test_without_a_ready_agent_the_caller_hears_message_position_and_music() -> None:
    bench = Bench()
    call = bench.call_in()
    assert bench.playing() == ("queue_waiting", "position_next")
    bench.heard(call)
    assert bench.playing() == ("music",)
    assert bench.sent(s.Play)[0].repeat == 0
    bench.fire("step")
    assert bench.playing() == ("queue_waiting", "position_next")


@pytest.mark.req("ACD-2")
def test_the_position_is_spoken() -> None:
    bench = Bench()
    for _ in range(3):
        bench.call_in()
    assert bench.playing() == (
        "queue_waiting",
        "position_before",
        "say_liang",
        "say_people",
        "position_after",
    )
    assert bench.last(e.QueueEntered).position == 3


@pytest.mark.req("ACD-1")
def test_an_agent_who_becomes_ready_gets_the_longest_waiting_call() -> None:
    bench = Bench()
    first, _ = bench.call_in(), bench.call_in()
    bench.sign_in("1001")
    assert bench.last(e.OfferMade).call_id == first


@pytest.mark.req("ACD-1")
def test_a_higher_priority_overtakes() -> None:
    nodes = {"q": {"kind": "queue", "queue": "advice", "priority": "right(ani, 1)"}}
    bench = Bench(site(nodes))
    bench.call_in("1380")
    important = bench.call_in("1385")
    bench.sign_in("1001")
    assert bench.last(e.OfferMade).call_id == important


@pytest.mark.req("ACD-4")
def test_an_agent_of_two_queues_takes_the_call_that_waits_longest_in_either() -> None:
    nodes = {
        "c": {"kind": "condition", "cases": [{"when": "ani == '1'", "next": "a"}], "otherwise": "b"},
        "a": {"kind": "queue", "queue": "a"},
        "b": {"kind": "queue", "queue": "b"},
    }
    bench = Bench(site(nodes, queues=[queue("a"), queue("b")], agents=[agent("1001", "a", "b")]))
    first = bench.call_in("2")
    bench.call_in("1")
    bench.sign_in("1001")
    assert bench.last(e.OfferMade).call_id == first


def three(strategy: Strategy) -> Bench:
    """Three agents of one queue, signed in one after the other; 1003 has level and order 1, 1001 has 3."""
    people = [agent(f"100{n}", level=4 - n, order=4 - n) for n in (1, 2, 3)]
    bench = Bench(site(queues=[queue(strategy=strategy, wrap_up_s=0.0)], agents=people))
    bench.sign_in("1001", "1002", "1003")
    return bench


def served_by(bench: Bench) -> str:
    """Make a call, let it be answered and end; say who took it."""
    call = bench.call_in()
    number = bench.last(e.OfferMade).agent_id
    bench.up(bench.offered_leg(call))
    bench.down(bench.citizen(call))
    return str(number)


@pytest.mark.req("ACD-1")
@pytest.mark.parametrize(
    "strategy,order",
    [
        (Strategy.LONGEST_IDLE, ["1001", "1002", "1003", "1001"]),
        (Strategy.ROUND_ROBIN, ["1001", "1002", "1003", "1001"]),
        (Strategy.FEWEST_CALLS, ["1001", "1002", "1003", "1001"]),
        (Strategy.SKILL_LEVEL, ["1003", "1003", "1003", "1003"]),
        (Strategy.LINEAR, ["1003", "1003", "1003", "1003"]),
    ],
)
def test_the_strategy_chooses_the_agent(strategy: Strategy, order: list[str]) -> None:
    bench = three(strategy)
    assert [served_by(bench) for _ in order] == order


@pytest.mark.req("ACD-3")
def test_a_ring_that_nobody_answers_goes_to_the_next_agent_and_keeps_the_place() -> None:
    bench = Bench()
    bench.sign_in("1001", "1002")
    call = bench.call_in()
    waiting_since = bench.call(call).visit.waiting_since  # pyright: ignore[reportOptionalMemberAccess]
    bench.fire("ring")
    assert bench.last(e.OfferEnded).outcome is OfferOutcome.MISSED
    assert bench.state("1001") is AgentState.MISSED
    assert bench.last(e.OfferMade).agent_id == "1002"
    assert bench.call(call).visit.waiting_since == waiting_since  # pyright: ignore[reportOptionalMemberAccess]
    assert bench.sent(s.HangUp)


@pytest.mark.req("ACD-3")
def test_a_returned_call_stands_before_later_ones() -> None:
    bench = Bench(site(agents=[agent("1001")]))
    bench.sign_in("1001")
    first, _ = bench.call_in(), bench.call_in()
    bench.fire("ring")
    assert bench.centre.position(first) == 1
    bench.fire("pause")
    assert bench.last(e.OfferMade).call_id == first


@pytest.mark.req("ACD-3")
def test_missing_again_and_again_signs_the_agent_out() -> None:
    bench = Bench(site(agents=[agent("1001")]))
    bench.sign_in("1001")
    bench.call_in()
    for _ in range(2):
        bench.fire("ring")
        bench.fire("pause")
    bench.fire("ring")
    assert bench.state("1001") is AgentState.OFFLINE
    assert bench.last(e.AgentSignedOut).why == "missed_calls"


def test_an_agent_who_refuses_has_missed_the_call() -> None:
    bench = Bench()
    bench.sign_in("1001")
    call = bench.call_in()
    bench.ask(requests.HangUpCall, "1001", call_id=call)
    assert bench.last(e.OfferEnded).why == "agent_rejected"
    assert bench.call(call).phase is Phase.WAITING


def test_busy_at_the_telephone_is_a_refusal() -> None:
    bench = Bench()
    bench.sign_in("1001")
    call = bench.call_in()
    bench.down(bench.offered_leg(call), HangUpCause.BUSY)
    assert bench.last(e.OfferEnded).outcome is OfferOutcome.MISSED


def test_a_telephone_that_cannot_be_reached_recalls_the_offer() -> None:
    bench = Bench()
    bench.sign_in("1001")
    call = bench.call_in()
    bench.down(bench.offered_leg(call), HangUpCause.UNREACHABLE, HangUpBy.FAULT)
    assert bench.last(e.OfferEnded).outcome is OfferOutcome.RECALLED
    assert bench.call(call).phase is Phase.WAITING
    assert bench.state("1001") is AgentState.MISSED


@pytest.mark.req("AGT-5")
def test_a_lid_closed_while_ringing_returns_the_caller_to_the_head() -> None:
    bench = Bench()
    bench.sign_in("1001")
    call = bench.call_in()
    bench.tell(s.DeviceExpired, device_id="1001-web", reason="closed")
    assert bench.last(e.OfferEnded).why == "device_lost"
    assert bench.centre.position(call) == 1


def test_a_leg_that_rang_on_and_is_answered_after_the_time_out_is_hung_up() -> None:
    bench = Bench()
    bench.sign_in("1001")
    call = bench.call_in()
    leg = bench.offered_leg(call)
    bench.fire("ring")
    bench.up(leg)
    assert [c.leg_id for c in bench.sent(s.HangUp)] == [leg]
    assert bench.call(call).talk is None


def test_giving_up_while_waiting_and_while_ringing_are_told_apart() -> None:
    bench = Bench()
    bench.down(bench.citizen(bench.call_in()))
    assert bench.last(e.QueueLeft).outcome is VisitOutcome.ABANDONED_WAITING
    assert bench.disposition() is Disposition.QUEUE_ABANDONED
    bench.sign_in("1001")
    bench.down(bench.citizen(bench.call_in()))
    assert bench.last(e.QueueLeft).outcome is VisitOutcome.ABANDONED_RINGING
    assert bench.last(e.OfferEnded).outcome is OfferOutcome.CALLER_ABANDONED
    assert bench.disposition() is Disposition.RING_ABANDONED
    assert bench.state("1001") is AgentState.READY


def test_being_rung_in_vain_does_not_cost_the_place_among_the_idle() -> None:
    bench = Bench()
    bench.sign_in("1001", "1002")
    bench.down(bench.citizen(bench.call_in()))
    bench.call_in()
    assert bench.last(e.OfferMade).agent_id == "1001"


@pytest.mark.req("ACD-2")
def test_a_full_queue_overflows() -> None:
    bench = Bench(site(queues=[queue(max_length=1)]))
    bench.call_in()
    second = bench.call_in()
    left = bench.last(e.QueueLeft)
    assert (left.outcome, left.cause) == (VisitOutcome.OVERFLOWED, OverflowCause.FULL)
    assert bench.playing() == ("all_lines_busy",)
    bench.heard(second)
    assert bench.disposition() is Disposition.OVERFLOW_LOST


@pytest.mark.req("ACD-2")
def test_a_wait_too_long_overflows_to_another_queue() -> None:
    other = Overflow(to=OverflowTo.QUEUE, queue_id="other")  # pyright: ignore[reportArgumentType]
    bench = Bench(site(queues=[queue(max_wait_s=60.0, overflow=other), queue("other")]))
    bench.call_in()
    bench.fire("wait")
    assert bench.last(e.QueueLeft).cause is OverflowCause.TIME_OUT
    assert bench.last(e.QueueEntered).queue_id == "other"


@pytest.mark.req("ACD-2", "TEL-7")
def test_overflow_to_voicemail_takes_a_message() -> None:
    bench = Bench(site(queues=[queue(max_wait_s=60.0, overflow=Overflow(to=OverflowTo.VOICEMAIL))]))
    bench.call_in()
    bench.fire("wait")
    assert bench.playing() == ("voicemail_instruction", "beep")


@pytest.mark.req("ACD-2")
def test_a_queue_that_nobody_serves_overflows_at_once_and_when_the_last_leaves() -> None:
    bench = Bench(site(queues=[queue(no_agent_overflow=True)]))
    bench.call_in()
    assert bench.last(e.QueueLeft).cause is OverflowCause.NO_AGENT
    bench.sign_in("1001")
    bench.ask(requests.SetState, "1001", state=AgentState.REST)
    waiting = bench.call_in()
    assert bench.call(waiting).phase is Phase.WAITING
    bench.ask(requests.SignOut, "1001")
    assert bench.call(waiting).phase is Phase.IVR


def test_a_ring_that_outlasts_the_longest_wait_still_counts_until_it_ends() -> None:
    bench = Bench(site(queues=[queue(max_wait_s=5.0, ring_timeout_s=20.0)]))
    bench.sign_in("1001")
    call = bench.call_in()
    bench.fire("wait")
    assert bench.call(call).phase is Phase.RINGING
    bench.fire("ring")
    assert bench.last(e.QueueLeft).cause is OverflowCause.TIME_OUT


def test_queues_that_overflow_in_a_circle_let_the_call_go() -> None:
    to_b = Overflow(to=OverflowTo.QUEUE, queue_id="b")  # pyright: ignore[reportArgumentType]
    to_a = Overflow(to=OverflowTo.QUEUE, queue_id="advice")  # pyright: ignore[reportArgumentType]
    bench = Bench(
        site(
            queues=[
                queue(no_agent_overflow=True, overflow=to_b),
                queue("b", no_agent_overflow=True, overflow=to_a),
            ]
        )
    )
    bench.call_in()
    assert bench.playing() == ("all_lines_busy",)


@pytest.mark.req("ACD-3")
def test_an_agent_whose_telephone_is_away_gets_no_call() -> None:
    bench = Bench()
    bench.sign_in("1001")
    bench.tell(s.DeviceExpired, device_id="1001-web", reason="closed")
    call = bench.call_in()
    assert bench.call(call).phase is Phase.WAITING
    bench.register("1001-web")
    assert bench.call(call).phase is Phase.RINGING


def test_an_agent_whose_telephone_stays_away_is_signed_out() -> None:
    bench = Bench()
    bench.sign_in("1001")
    bench.tell(s.DeviceExpired, device_id="1001-web", reason="closed")
    bench.fire("device")
    assert bench.last(e.AgentSignedOut).why == "device_lost"


def test_the_menu_path_goes_with_the_call() -> None:
    bench = Bench(site(MENU))
    call = bench.call_in()
    bench.press(call, "1")
    assert bench.call(call).keys == ["advice"]


def test_figures_of_a_queue_at_this_moment() -> None:
    bench = Bench()
    bench.sign_in("1001", "1002")
    bench.ask(requests.SetState, "1002", state=AgentState.REST)
    bench.call_in()
    bench.call_in()
    now = bench.centre.queue("advice")  # pyright: ignore[reportArgumentType]
    assert now is not None
    assert (now.waiting, now.ringing, now.ready, now.signed_in) == (1, 1, 0, 2)
