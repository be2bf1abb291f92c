"""Whom a call may be offered to, and in which order: skill levels that widen, the last agent, classes, growing priority."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hotline.core import events as e
from hotline.core import requests
from hotline.core.events import AgentState
from hotline.core.ids import AgentId
from hotline.core.routing import EVERYBODY, QueueLine, Rolling, reach_after
from hotline.core.site import CallerKind, KnownCaller, Overflow, OverflowTo, Strategy
from tests.unit.core_bench import START, Bench, agent, queue, site

LEVELS = [agent("1001", level=1), agent("1002", level=2), agent("1003", level=3)]


def widening(**settings: object) -> Bench:
    """A queue that asks level 2 after 10 s and level 3 after 20 s."""
    return Bench(site(queues=[queue(widen_after_s=10.0, **settings)], agents=LEVELS))


@pytest.mark.req("ACD-1")
def test_agents_of_a_higher_level_are_asked_only_after_a_wait() -> None:
    bench = widening()
    bench.sign_in("1002", "1003")
    call = bench.call_in()
    assert not bench.of(e.OfferMade)
    assert bench.centre.position(call) == 1
    bench.fire("widen")
    assert bench.last(e.OfferMade).agent_id == "1002"
    entered = bench.last(e.QueueEntered).at
    assert (bench.last(e.OfferMade).at - entered).total_seconds() == 10.0


@pytest.mark.req("ACD-1")
def test_the_widest_reach_comes_last() -> None:
    bench = widening()
    bench.sign_in("1003")
    bench.call_in()
    bench.fire("widen")
    assert not bench.of(e.OfferMade)
    bench.fire("widen")
    assert bench.last(e.OfferMade).agent_id == "1003"
    assert not [timer for timer in bench.timers if timer.startswith("widen")]


@pytest.mark.req("ACD-1")
def test_an_agent_of_the_best_level_takes_a_call_at_once_and_the_next_one_still_widens() -> None:
    bench = widening(strategy=Strategy.SKILL_LEVEL)
    bench.sign_in("1001", "1003")
    bench.call_in()
    assert bench.last(e.OfferMade).agent_id == "1001"
    second = bench.call_in()
    bench.fire("widen")
    bench.fire("widen")
    assert bench.last(e.OfferMade).call_id == second
    assert bench.last(e.OfferMade).agent_id == "1003"


@pytest.mark.req("ACD-1")
def test_a_missed_ring_keeps_the_reach_that_the_wait_has_earned() -> None:
    bench = widening(ring_timeout_s=15.0)
    bench.sign_in("1001", "1002")
    bench.call_in()
    bench.fire("ring")
    assert [offer.agent_id for offer in bench.of(e.OfferMade)] == ["1001", "1002"]


@pytest.mark.req("ACD-1")
def test_the_reach_of_a_wait() -> None:
    widened = queue(widen_after_s=10.0)
    assert reach_after(widened, 0.0, 3) == (1, 10.0)
    assert reach_after(widened, 10.0, 3) == (2, 20.0)
    assert reach_after(widened, 20.0, 3) == (EVERYBODY, None)
    assert reach_after(queue(), 0.0, 3) == (EVERYBODY, None)
    assert reach_after(widened, 0.0, 1) == (EVERYBODY, None)


# ── The agent of the last talk ──


def returning(wait_s: float = 30.0) -> Bench:
    """A caller whom 1001 served; 1002 is ready too."""
    bench = Bench(site(queues=[queue(last_agent_wait_s=wait_s, wrap_up_s=0.0)]))
    bench.sign_in("1001")
    call = bench.call_in("13811112222")
    bench.up(bench.offered_leg(call))
    bench.down(bench.citizen(call))
    bench.sign_in("1002")
    return bench


@pytest.mark.req("ACD-1")
def test_a_returning_caller_rings_at_the_agent_who_served_them() -> None:
    bench = returning()
    bench.call_in("13833334444")
    assert bench.last(e.OfferMade).agent_id == "1001"
    bench = returning()
    bench.ask(requests.SetState, "1001", state=AgentState.BUSY, reason="x")
    bench.ask(requests.SetState, "1001", state=AgentState.READY)  # now 1002 has waited longer
    bench.call_in("13811112222")
    assert bench.last(e.OfferMade).agent_id == "1001"


@pytest.mark.req("ACD-1")
def test_the_last_agent_is_waited_for_while_others_are_ready_and_not_longer() -> None:
    bench = returning()
    other = bench.call_in("13833334444")  # takes 1001
    assert bench.last(e.OfferMade).agent_id == "1001"
    call = bench.call_in("13811112222")
    assert bench.last(e.OfferMade).call_id == other
    bench.fire("widen")
    assert bench.last(e.OfferMade).call_id == call
    assert bench.last(e.OfferMade).agent_id == "1002"


@pytest.mark.req("ACD-1")
def test_the_last_agent_who_becomes_free_takes_the_call() -> None:
    bench = returning()
    other = bench.call_in("13833334444")
    bench.up(bench.offered_leg(other))
    call = bench.call_in("13811112222")
    bench.down(bench.citizen(other))
    assert bench.last(e.OfferMade).call_id == call
    assert bench.last(e.OfferMade).agent_id == "1001"
    assert not bench.centre.floor.asked_for


@pytest.mark.req("ACD-1")
def test_nobody_waits_for_an_agent_who_is_away() -> None:
    bench = returning()
    bench.ask(requests.SetState, "1001", state=AgentState.REST)
    bench.call_in("13811112222")
    assert bench.last(e.OfferMade).agent_id == "1002"


@pytest.mark.req("ACD-1")
def test_what_the_call_list_knows_counts_until_a_newer_talk() -> None:
    bench = Bench(site(queues=[queue(last_agent_wait_s=30.0)]))
    bench.sign_in("1001", "1002")
    bench.centre.remember_last_agents({"13811112222": AgentId("1002")})
    bench.call_in("13811112222")
    assert bench.last(e.OfferMade).agent_id == "1002"


# ── Priority ──


@pytest.mark.req("ACD-1")
def test_a_contract_customer_is_served_before_others() -> None:
    known = (KnownCaller(number="13800000009", kind=CallerKind.CONTRACT, priority=10, name="plant"),)
    bench = Bench(replace(site(), known_callers=known))
    bench.call_in("13800000001")
    important = bench.call_in("13800000009")
    assert bench.last(e.QueueEntered).priority == 10
    assert bench.centre.position(important) == 1
    bench.sign_in("1001")
    assert bench.last(e.OfferMade).call_id == important


@pytest.mark.req("ACD-1")
def test_waiting_raises_the_priority_until_it_passes_a_later_one() -> None:
    nodes = {"q": {"kind": "queue", "queue": "advice", "priority": "right(ani, 1)"}}
    bench = Bench(site(nodes, queues=[queue(priority_per_minute=1)]))
    early = bench.call_in("1380")
    bench.at += timedelta(minutes=4)
    soon = bench.call_in("1385")
    assert bench.centre.position(soon) == 1, "five against four"
    bench.at += timedelta(minutes=2)
    late = bench.call_in("1385")
    assert [bench.centre.position(call) for call in (soon, early, late)] == [1, 2, 3]
    bench.sign_in("1001", "1002")
    assert [offer.call_id for offer in bench.of(e.OfferMade)] == [soon, early]


@pytest.mark.req("ACD-4", "ACD-1")
def test_effective_priorities_of_two_queues_are_compared_at_the_same_moment() -> None:
    nodes = {
        "c": {"kind": "condition", "cases": [{"when": "ani == '1'", "next": "a"}], "otherwise": "b"},
        "a": {"kind": "queue", "queue": "a"},
        "b": {"kind": "queue", "queue": "b"},
    }
    queues = [queue("a", priority_per_minute=2), queue("b", base_priority=3)]
    for waited_min, first in ((1, "2"), (2, "1")):
        bench = Bench(site(nodes, queues=queues, agents=[agent("1001", "a", "b")]))
        calls = {"1": bench.call_in("1"), "2": bench.call_in("2")}
        bench.at += timedelta(minutes=waited_min)
        bench.sign_in("1001")
        assert bench.last(e.OfferMade).call_id == calls[first]


@pytest.mark.req("ACD-2")
def test_who_overflows_keeps_priority_and_waiting_time() -> None:
    nodes = {"q": {"kind": "queue", "queue": "first", "priority": 5}}
    rule = Overflow(to=OverflowTo.QUEUE, queue_id=queue("second").id)
    queues = [
        queue("first", max_wait_s=60.0, overflow=rule, base_priority=2),
        queue("second", base_priority=1),
    ]
    bench = Bench(site(nodes, queues=queues, agents=[agent("1001", "second")]))
    bench.call_in()
    began = bench.last(e.QueueEntered).at
    bench.fire("wait")
    entered = bench.last(e.QueueEntered)
    assert (entered.priority, entered.waiting_since) == (6, began)


# ── The line by itself ──


def test_a_line_keeps_its_order_through_every_reach() -> None:
    line = QueueLine()
    keys = [(0.0, START + timedelta(seconds=n), n, f"c{n}") for n in range(6)]
    for key, reach in zip(keys, (1, EVERYBODY, 2, 1, EVERYBODY, 2), strict=True):
        line.join(key, reach)  # pyright: ignore[reportArgumentType]
    assert line.head_for(1) == keys[0]
    assert line.head_for(2) == keys[1]
    line.widen(keys[0], EVERYBODY)  # pyright: ignore[reportArgumentType]
    assert line.head_for(3) == keys[0]
    for key in keys:
        line.leave(key)  # pyright: ignore[reportArgumentType]
    assert line.head_for(1) is None
    assert not line.waiting


def test_the_rolling_mean_begins_with_the_plain_mean() -> None:
    rolling = Rolling()
    for seconds in (10.0, 20.0, 30.0):
        rolling.add(seconds)
    assert rolling.mean_s == pytest.approx(20.0)
    for _ in range(500):
        rolling.add(60.0)
    assert rolling.mean_s == pytest.approx(60.0, abs=0.1)
