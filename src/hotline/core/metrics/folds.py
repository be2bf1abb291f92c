"""From journal events to facts: the only place where a call, a visit, an offer, a talk or an agent's time is counted.

`FactFold` keeps what is still open in memory and hands out rows as they close. It trusts the journal's order, not its clock:
a time that runs backwards gives a duration of zero, never a negative one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from hotline.core import events as e
from hotline.core.ids import AgentId, CallId, HotlineId, OfferId, QueueId, TalkId, TrunkId, VisitId
from hotline.core.metrics.facts import (
    CallFact,
    Fact,
    IvrKeyFact,
    OfferFact,
    QueueVisitFact,
    SurveyAnswerFact,
    TalkFact,
)
from hotline.core.metrics.intervals import AgentIntervals


def milliseconds(start: datetime, end: datetime) -> int:
    """Whole milliseconds from start to end, half up; 0 when the clock ran backwards."""
    return max(0, (end - start + timedelta(microseconds=500)) // timedelta(milliseconds=1))


@dataclass(slots=True)
class _Visit:
    event: e.QueueEntered
    agent_id: AgentId | None = None
    answered_at: datetime | None = None


@dataclass(slots=True)
class _Talk:
    event: e.TalkStarted
    held_since: datetime | None = None
    hold_ms: int = 0


@dataclass(slots=True)
class _OpenCall:
    """A call that has not ended, or whose last talk still awaits its after-call work."""

    start: e.CallArrived | e.CallPlaced | e.CallbackQueued
    dialled: e.CallbackStarted | None = None
    """When the citizen of a kept place was dialled first: before that it was no call."""
    answered_at: datetime | None = None
    visits: dict[VisitId, _Visit] = field(default_factory=dict)
    offers: dict[OfferId, e.OfferMade] = field(default_factory=dict)
    talks: dict[TalkId, _Talk] = field(default_factory=dict)
    wrapping: dict[TalkId, TalkFact] = field(default_factory=dict)
    agent_requested: bool = False
    answered_by: AgentId | None = None
    queue_id: QueueId | None = None
    talk_ms: int = 0
    keys: int = 0
    survey_invited: bool = False
    ended: bool = False

    @property
    def hotline_id(self) -> HotlineId | None:
        return self.start.hotline_id

    @property
    def dnis(self) -> str:
        match self.start:
            case e.CallArrived(dnis=dnis):
                return dnis
            case e.CallPlaced(to=number) | e.CallbackQueued(number=number):
                return number

    @property
    def ani(self) -> str:
        return self.start.ani if isinstance(self.start, e.CallArrived) else self.start.shown_number

    @property
    def trunk_id(self) -> TrunkId | None:
        if isinstance(self.start, e.CallbackQueued):
            return self.dialled.trunk_id if self.dialled is not None else None
        return self.start.trunk_id

    @property
    def direction(self) -> e.Direction:
        match self.start:
            case e.CallArrived():
                return e.Direction.INBOUND
            case e.CallPlaced(direction=direction):
                return direction
            case e.CallbackQueued():
                return e.Direction.OUTBOUND

    @property
    def placed_by(self) -> AgentId | None:
        """Who placed a call out, if nobody talked."""
        if isinstance(self.start, e.CallPlaced):
            return self.start.agent_id
        return self.dialled.agent_id if self.dialled is not None else None


class FactFold:
    """Fold events into facts, one at a time, in journal order."""

    def __init__(self) -> None:
        self._calls: dict[CallId, _OpenCall] = {}
        self.intervals = AgentIntervals()
        self._wrapping: dict[AgentId, set[CallId]] = {}

    def apply(self, event: e.Event) -> list[Fact]:
        """Return the rows that this event completes or makes anew."""
        if isinstance(event, e.CallEvent):
            return self._call(event)
        if isinstance(event, e.AgentStateChanged):
            if event.state is not e.AgentState.AFTER_CALL:
                self._forget_wrap_up(event.agent_id)
            return list(self.intervals.change(event))
        return []

    def open_calls(self) -> set[CallId]:
        """Calls of which rows are still to come."""
        return set(self._calls)

    def _forget_wrap_up(self, agent_id: AgentId) -> None:
        """A talk whose agent does something else has had all the after-call work it will ever have."""
        for call_id in self._wrapping.pop(agent_id, ()):
            call = self._calls.get(call_id)
            if call is None:
                continue
            call.wrapping = {key: row for key, row in call.wrapping.items() if row.agent_id != agent_id}
            self._close(call_id, call)

    def _close(self, call_id: CallId, call: _OpenCall) -> None:
        if call.ended and not call.wrapping:
            self._calls.pop(call_id, None)

    # ── calls ────────────────────────────────────────────────────────────────────────────────────────────────

    def _call(self, event: e.CallEvent) -> list[Fact]:
        if isinstance(event, (e.CallArrived, e.CallPlaced, e.CallbackQueued)):
            self._calls[event.call_id] = _OpenCall(start=event)
            return []
        call = self._calls.get(event.call_id)
        if call is None:
            return []
        handler = _HANDLERS.get(type(event))
        rows = handler(call, event) if handler else []
        if isinstance(event, e.TalkEnded):
            self._wrapping.setdefault(event.agent_id, set()).add(event.call_id)
        self._close(event.call_id, call)
        return rows


def _answered(call: _OpenCall, event: e.CallAnswered) -> list[Fact]:
    call.answered_at = event.at
    return []


def _dial_back(call: _OpenCall, event: e.CallbackStarted) -> list[Fact]:
    call.dialled = call.dialled or event
    if isinstance(call.start, e.CallbackQueued):
        call.queue_id = call.start.queue_id
    return []


def _enter(call: _OpenCall, event: e.QueueEntered) -> list[Fact]:
    call.agent_requested = True
    call.queue_id = event.queue_id
    call.visits[event.visit_id] = _Visit(event=event)
    return []


_NO_AGENT = frozenset({e.OfferKind.DUTY, e.OfferKind.OUTSIDE})
"""Rings at which no agent is asked for."""


def _offer(call: _OpenCall, event: e.OfferMade) -> list[Fact]:
    call.agent_requested = call.agent_requested or event.kind not in _NO_AGENT
    call.offers[event.offer_id] = event
    return []


def _leave(call: _OpenCall, event: e.QueueLeft) -> list[Fact]:
    visit = call.visits.pop(event.visit_id, None)
    if visit is None:
        return []
    entered = visit.event
    return [
        QueueVisitFact(
            visit_id=event.visit_id,
            call_id=event.call_id,
            authority_id=event.authority_id,
            hotline_id=call.hotline_id,
            queue_id=event.queue_id,
            ani=call.ani,
            dnis=call.dnis,
            test=call.start.test,
            entered_at=entered.at,
            left_at=max(entered.at, event.at),
            outcome=event.outcome,
            cause=event.cause,
            wait_ms=milliseconds(entered.at, visit.answered_at or event.at),
            agent_id=visit.agent_id,
        )
    ]


def _end_offer(call: _OpenCall, event: e.OfferEnded) -> list[Fact]:
    made = call.offers.pop(event.offer_id, None)
    if made is None:
        return []
    visit = call.visits.get(made.visit_id) if made.visit_id is not None else None
    if visit is not None and event.outcome is e.OfferOutcome.ANSWERED:
        visit.agent_id, visit.answered_at = made.agent_id, event.at
    return [
        OfferFact(
            offer_id=event.offer_id,
            call_id=event.call_id,
            authority_id=event.authority_id,
            hotline_id=call.hotline_id,
            dnis=call.dnis,
            test=call.start.test,
            queue_id=made.queue_id,
            visit_id=made.visit_id,
            agent_id=made.agent_id,
            duty=made.kind is e.OfferKind.DUTY,
            started_at=made.at,
            ended_at=max(made.at, event.at),
            outcome=event.outcome,
            why=event.why,
            ring_ms=milliseconds(made.at, event.at),
            kind=made.kind,
        )
    ]


def _start_talk(call: _OpenCall, event: e.TalkStarted) -> list[Fact]:
    call.talks[event.talk_id] = _Talk(event=event)
    if event.queue_id is not None:
        call.queue_id = event.queue_id
    if call.answered_by is None:
        call.answered_by = event.agent_id
    if event.visit_id is not None and (visit := call.visits.get(event.visit_id)):
        visit.agent_id = event.agent_id
        visit.answered_at = visit.answered_at or event.at
    return []


def _start_hold(call: _OpenCall, event: e.HoldStarted) -> list[Fact]:
    if (talk := call.talks.get(event.talk_id)) and talk.held_since is None:
        talk.held_since = event.at
    return []


def _retrieve(call: _OpenCall, event: e.HoldEnded) -> list[Fact]:
    if talk := call.talks.get(event.talk_id):
        _end_hold(talk, event.at)
    return []


def _end_hold(talk: _Talk, at: datetime) -> None:
    if talk.held_since is not None:
        talk.hold_ms += milliseconds(talk.held_since, at)
        talk.held_since = None


def _end_talk(call: _OpenCall, event: e.TalkEnded) -> list[Fact]:
    talk = call.talks.pop(event.talk_id, None)
    if talk is None:
        return []
    _end_hold(talk, event.at)
    started = talk.event
    total = milliseconds(started.at, event.at)
    row = TalkFact(
        talk_id=event.talk_id,
        call_id=event.call_id,
        authority_id=event.authority_id,
        hotline_id=call.hotline_id,
        dnis=call.dnis,
        test=call.start.test,
        direction=started.direction,
        agent_id=started.agent_id,
        queue_id=started.queue_id,
        visit_id=started.visit_id,
        started_at=started.at,
        ended_at=max(started.at, event.at),
        how=event.how,
        talk_ms=max(0, total - talk.hold_ms),
        hold_ms=min(talk.hold_ms, total),
        wrap_ms=0,
    )
    call.talk_ms += row.talk_ms + row.hold_ms
    call.wrapping[event.talk_id] = row
    return [row]


def _end_wrap_up(call: _OpenCall, event: e.WrapUpEnded) -> list[Fact]:
    row = call.wrapping.pop(event.talk_id, None)
    return [] if row is None else [replace(row, wrap_ms=max(0, round(event.seconds * 1000)))]


def _key(call: _OpenCall, event: e.KeysPressed) -> list[Fact]:
    call.keys += 1
    row = IvrKeyFact(
        call_id=event.call_id,
        number=call.keys,
        authority_id=event.authority_id,
        hotline_id=call.hotline_id,
        test=call.start.test,
        at=event.at,
        call_started_at=call.start.at,
        flow_id=event.flow_id,
        node_id=event.node_id,
        keys=event.keys,
        label=event.label,
        accepted=event.accepted,
    )
    return [row]


def _invite(call: _OpenCall, _event: e.SurveyInvited) -> list[Fact]:
    call.survey_invited = True
    return []


def _survey(call: _OpenCall, event: e.SurveyAnswered) -> list[Fact]:
    row = SurveyAnswerFact(
        call_id=event.call_id,
        question=event.question,
        authority_id=event.authority_id,
        hotline_id=call.hotline_id,
        dnis=call.dnis,
        test=call.start.test,
        at=event.at,
        call_started_at=call.start.at,
        key=event.key,
        grade=event.grade,
        label=event.label,
        agent_id=event.agent_id,
        queue_id=event.queue_id,
    )
    return [row]


def _end_call(call: _OpenCall, event: e.CallEnded) -> list[Fact]:
    call.ended = True
    start = call.start
    if isinstance(start, e.CallbackQueued) and call.dialled is None:
        return []  # a place that was kept and never served is no call
    started_at = start.at if call.dialled is None else call.dialled.at
    row = CallFact(
        call_id=event.call_id,
        authority_id=event.authority_id,
        hotline_id=call.hotline_id,
        direction=call.direction,
        ani=call.ani,
        dnis=call.dnis,
        trunk_id=call.trunk_id,
        web=isinstance(start, e.CallArrived) and start.web,
        test=start.test,
        started_at=started_at,
        answered_at=call.answered_at,
        ended_at=max(started_at, event.at),
        disposition=event.disposition,
        ended_by=event.by,
        agent_requested=call.agent_requested,
        agent_answered=call.answered_by is not None,
        agent_id=call.answered_by or call.placed_by,
        queue_id=call.queue_id,
        talk_ms=call.talk_ms,
        survey_invited=call.survey_invited,
        sip_status=event.sip_status,
        q850=event.q850,
    )
    return [row]


_HANDLERS: dict[type[e.CallEvent], Callable[[_OpenCall, Any], list[Fact]]] = {
    e.CallAnswered: _answered,
    e.CallbackStarted: _dial_back,
    e.QueueEntered: _enter,
    e.QueueLeft: _leave,
    e.OfferMade: _offer,
    e.OfferEnded: _end_offer,
    e.TalkStarted: _start_talk,
    e.HoldStarted: _start_hold,
    e.HoldEnded: _retrieve,
    e.TalkEnded: _end_talk,
    e.WrapUpEnded: _end_wrap_up,
    e.KeysPressed: _key,
    e.SurveyInvited: _invite,
    e.SurveyAnswered: _survey,
    e.CallEnded: _end_call,
}
"""Events that count; the others tell the call's story but change no figure."""
