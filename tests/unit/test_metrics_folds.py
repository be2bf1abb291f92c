"""From events to facts: each sentence one rule of counting."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from hotline.core import events as e
from hotline.core.ids import AgentId, AuthorityId, CallId, HotlineId, LegId, OfferId, QueueId, TalkId, VisitId
from hotline.core.metrics import facts as f
from hotline.core.metrics.evaluate import evaluate, latest
from hotline.core.metrics.figures import FIGURES, Variant
from hotline.core.metrics.folds import FactFold, milliseconds
from hotline.core.metrics.intervals import slot_start
from hotline.core.metrics.query import Query

T0 = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
A, CALL, AGENT, QUEUE = AuthorityId("root"), CallId("c1"), AgentId("a1"), QueueId("q1")
VISIT, OFFER, TALK = VisitId("v1"), OfferId("o1"), TalkId("t1")


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def arrived(seconds: float = 0) -> e.CallArrived:
    return e.CallArrived(
        at=at(seconds), authority_id=A, call_id=CALL, hotline_id=HotlineId("h"), leg_id=LegId("l"), ani="13800138000", dnis="01084000000"
    )  # fmt: skip


def answered_call() -> list[e.Event]:
    common: dict[str, Any] = {"authority_id": A, "call_id": CALL}
    return [
        arrived(),
        e.CallAnswered(at=at(0.1), **common),
        e.QueueEntered(at=at(10), visit_id=VISIT, queue_id=QUEUE, priority=0, position=1, **common),
        e.OfferMade(at=at(12), offer_id=OFFER, leg_id=LegId("l2"), lease_until=at(40), visit_id=VISIT, queue_id=QUEUE, agent_id=AGENT, **common),
        e.OfferEnded(at=at(17), offer_id=OFFER, outcome=e.OfferOutcome.ANSWERED, why="answered", agent_id=AGENT, **common),
        e.QueueLeft(at=at(17), visit_id=VISIT, queue_id=QUEUE, outcome=e.VisitOutcome.ANSWERED, **common),
        e.TalkStarted(at=at(17), talk_id=TALK, agent_id=AGENT, leg_id=LegId("l2"), direction=e.Direction.INBOUND, queue_id=QUEUE, visit_id=VISIT, **common),
        e.HoldStarted(at=at(30), talk_id=TALK, agent_id=AGENT, **common),
        e.HoldEnded(at=at(40), talk_id=TALK, agent_id=AGENT, **common),
        e.TalkEnded(at=at(77), talk_id=TALK, agent_id=AGENT, how=e.TalkEnd.CALLER_HUNG_UP, **common),
        e.CallEnded(at=at(77), disposition=e.Disposition.AGENT_ANSWERED, by=e.Party.CITIZEN, **common),
        e.AgentStateChanged(at=at(77), authority_id=A, agent_id=AGENT, state=e.AgentState.AFTER_CALL, call_id=CALL),
        e.WrapUpEnded(at=at(97), talk_id=TALK, agent_id=AGENT, seconds=20, **common),
    ]  # fmt: skip


def facts_of(events: list[e.Event]) -> list[f.Fact]:
    fold = FactFold()
    return latest([fact for event in events for fact in fold.apply(event)])


def counted(facts: list[f.Fact], *measures: str) -> dict[str, int | None]:
    """Count these measures over the rows."""
    (row,) = evaluate(Query(measures=measures, start=T0, end=at(3_600)), facts)
    return row.counts


def only(facts: list[f.Fact], kind: type[Any]) -> Any:
    (found,) = [fact for fact in facts if isinstance(fact, kind)]
    return found


@pytest.mark.req("STA-0")
def test_wait_runs_from_entering_the_queue_to_the_answer() -> None:
    assert only(facts_of(answered_call()), f.QueueVisitFact).wait_ms == 7000


@pytest.mark.req("STA-0")
def test_hold_is_not_talk() -> None:
    talk = only(facts_of(answered_call()), f.TalkFact)
    assert (talk.talk_ms, talk.hold_ms) == (50_000, 10_000)


@pytest.mark.req("STA-0")
def test_after_call_work_replaces_the_talks_row() -> None:
    assert only(facts_of(answered_call()), f.TalkFact).wrap_ms == 20_000


@pytest.mark.req("STA-0")
def test_ring_is_the_agents_own() -> None:
    offer = only(facts_of(answered_call()), f.OfferFact)
    assert (offer.agent_id, offer.ring_ms, offer.duty) == (AGENT, 5000, False)


@pytest.mark.req("STA-0")
def test_the_call_remembers_who_answered() -> None:
    call = only(facts_of(answered_call()), f.CallFact)
    assert (call.agent_requested, call.agent_answered, call.agent_id, call.queue_id) == (
        True,
        True,
        AGENT,
        QUEUE,
    )


@pytest.mark.req("STA-0")
def test_a_finished_call_leaves_nothing_open() -> None:
    fold = FactFold()
    for event in answered_call():
        fold.apply(event)
    assert fold.open_calls() == set()


@pytest.mark.req("STA-0")
def test_a_talk_whose_agent_skips_after_call_work_is_forgotten_too() -> None:
    fold = FactFold()
    for event in answered_call()[:-2]:
        fold.apply(event)
    assert fold.open_calls() == {CALL}
    fold.apply(e.AgentStateChanged(at=at(78), authority_id=A, agent_id=AGENT, state=e.AgentState.READY))
    assert fold.open_calls() == set()


@pytest.mark.req("STA-0")
def test_agents_time_is_cut_at_quarter_hours() -> None:
    fold = FactFold()
    fold.apply(e.AgentStateChanged(at=at(0), authority_id=A, agent_id=AGENT, state=e.AgentState.READY))
    rows = fold.apply(
        e.AgentStateChanged(at=at(2000), authority_id=A, agent_id=AGENT, state=e.AgentState.REST)
    )
    pieces = [row for row in rows if isinstance(row, f.AgentIntervalFact)]
    assert [(p.from_at, p.to_at, p.first) for p in pieces] == [
        (at(0), at(900), True),
        (at(900), at(1800), False),
        (at(1800), at(2000), False),
    ]


@pytest.mark.req("STA-0")
def test_a_long_state_reaches_the_store_before_it_ends() -> None:
    fold = FactFold()
    fold.apply(e.AgentStateChanged(at=at(0), authority_id=A, agent_id=AGENT, state=e.AgentState.READY))
    assert [row.to_at for row in fold.intervals.cut(at(1000))] == [at(900)]
    assert fold.intervals.cut(at(1000)) == []


@pytest.mark.req("STA-0")
def test_a_clock_that_runs_backwards_gives_no_negative_time() -> None:
    assert milliseconds(at(5), at(4)) == 0
    fold = FactFold()
    fold.apply(e.AgentStateChanged(at=at(10), authority_id=A, agent_id=AGENT, state=e.AgentState.READY))
    assert (
        fold.apply(e.AgentStateChanged(at=at(5), authority_id=A, agent_id=AGENT, state=e.AgentState.RINGING))
        == []
    )
    assert fold.intervals.open()[0].from_at == at(10)


@pytest.mark.req("STA-0")
def test_quarter_hours_are_those_of_the_wall_clock() -> None:
    assert slot_start(T0 + timedelta(minutes=29, seconds=59)) == T0 + timedelta(minutes=15)


@pytest.mark.req("STA-0", "AGT-1")
def test_talks_of_one_call_count_for_each_agent_and_a_transfer_for_who_made_it() -> None:
    other, its = AgentId("a2"), TalkId("t2")
    common: dict[str, Any] = {"authority_id": A, "call_id": CALL}
    began: dict[str, Any] = {"direction": e.Direction.INBOUND, "queue_id": QUEUE, **common}
    rows = facts_of(
        [
            arrived(),
            e.TalkStarted(at=at(10), talk_id=TALK, agent_id=AGENT, leg_id=LegId("l2"), **began),
            e.TalkStarted(at=at(20), talk_id=its, agent_id=other, leg_id=LegId("l3"), **began),
            e.HoldStarted(at=at(25), talk_id=TALK, agent_id=AGENT, **common),
            e.TalkEnded(
                at=at(30), talk_id=TALK, agent_id=AGENT, how=e.TalkEnd.TRANSFERRED_CONSULTED, **common
            ),
            e.TalkEnded(at=at(50), talk_id=its, agent_id=other, how=e.TalkEnd.CALLER_HUNG_UP, **common),
            e.CallEnded(at=at(50), disposition=e.Disposition.AGENT_ANSWERED, by=e.Party.CITIZEN, **common),
        ]
    )
    talks = {row.agent_id: row for row in rows if isinstance(row, f.TalkFact)}
    assert (talks[AGENT].talk_ms, talks[AGENT].hold_ms) == (15_000, 5_000)
    assert (talks[other].talk_ms, talks[other].hold_ms) == (30_000, 0)
    counts = counted(rows, "talks", "transfers_consulted", "transfers_blind")
    assert counts == {"talks": 2, "transfers_consulted": 1, "transfers_blind": 0}
    assert FIGURES["transfer_rate"].formula(Variant()).value({**counts, "transfers_queue": 0}) == Fraction(
        1, 2
    )


@pytest.mark.req("STA-0", "TEL-6")
def test_only_the_duty_phone_counts_as_duty_and_a_number_outside_is_no_agent() -> None:
    common: dict[str, Any] = {"authority_id": A, "call_id": CALL}
    events: list[e.Event] = [arrived()]
    for n, kind in enumerate((e.OfferKind.DUTY, e.OfferKind.OUTSIDE, e.OfferKind.PICK_UP)):
        agent_id = AGENT if kind is e.OfferKind.PICK_UP else None
        offer: dict[str, Any] = {"offer_id": OfferId(f"o{n}"), "agent_id": agent_id, **common}
        events += [
            e.OfferMade(at=at(n), leg_id=LegId(f"x{n}"), lease_until=at(60), kind=kind, **offer),
            e.OfferEnded(at=at(n), outcome=e.OfferOutcome.MISSED, why="x", **offer),
        ]
        if kind is e.OfferKind.OUTSIDE:
            ended = e.CallEnded(
                at=at(9), disposition=e.Disposition.DUTY_ABANDONED, by=e.Party.CITIZEN, **common
            )
            assert not only(facts_of([*events, ended]), f.CallFact).agent_requested
    events.append(
        e.CallEnded(at=at(9), disposition=e.Disposition.DUTY_ABANDONED, by=e.Party.CITIZEN, **common)
    )
    assert counted(facts_of(events), "duty_rings", "offers") == {"duty_rings": 1, "offers": 1}
