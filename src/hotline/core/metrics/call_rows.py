"""How one call becomes rows: each handler takes one event and hands out the rows it completes."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from hotline.core import events as e
from hotline.core.metrics.facts import (
    CallFact,
    Fact,
    IvrKeyFact,
    LateAnswer,
    LateInvitation,
    OfferFact,
    QueueVisitFact,
    Reclassified,
    SurveyAnswerFact,
    TalkFact,
)
from hotline.core.metrics.open_call import OpenCall, Talk, Visit, milliseconds

BUSINESS_TYPE = "business_type"
"""The variable by which a flow says what a call is about."""


def _answered(call: OpenCall, event: e.CallAnswered) -> list[Fact]:
    call.answered_at = event.at
    return []


def _dial_back(call: OpenCall, event: e.CallbackStarted) -> list[Fact]:
    call.dialled = call.dialled or event
    if isinstance(call.start, e.CallbackQueued):
        call.queue_id = call.start.queue_id
    return []


def _enter(call: OpenCall, event: e.QueueEntered) -> list[Fact]:
    call.agent_requested = True
    call.queue_id = event.queue_id
    call.node = None
    call.visits[event.visit_id] = Visit(event=event, line=call.line)
    return []


_NO_AGENT = frozenset({e.OfferKind.DUTY, e.OfferKind.OUTSIDE})
"""Rings at which no agent is asked for."""


def _offer(call: OpenCall, event: e.OfferMade) -> list[Fact]:
    call.agent_requested = call.agent_requested or event.kind not in _NO_AGENT
    call.offers[event.offer_id] = event
    return []


def _leave(call: OpenCall, event: e.QueueLeft) -> list[Fact]:
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
            line=visit.line,
        )
    ]


def _end_offer(call: OpenCall, event: e.OfferEnded) -> list[Fact]:
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


def _start_talk(call: OpenCall, event: e.TalkStarted) -> list[Fact]:
    call.talks[event.talk_id] = Talk(event=event)
    if event.queue_id is not None:
        call.queue_id = event.queue_id
    if call.answered_by is None:
        call.answered_by = event.agent_id
    if event.visit_id is not None and (visit := call.visits.get(event.visit_id)):
        visit.agent_id = event.agent_id
        visit.answered_at = visit.answered_at or event.at
    return []


def _start_hold(call: OpenCall, event: e.HoldStarted) -> list[Fact]:
    if (talk := call.talks.get(event.talk_id)) and talk.held_since is None:
        talk.held_since = event.at
    return []


def _retrieve(call: OpenCall, event: e.HoldEnded) -> list[Fact]:
    if talk := call.talks.get(event.talk_id):
        _end_hold(talk, event.at)
    return []


def _end_hold(talk: Talk, at: datetime) -> None:
    if talk.held_since is not None:
        talk.hold_ms += milliseconds(talk.held_since, at)
        talk.held_since = None


def _end_talk(call: OpenCall, event: e.TalkEnded) -> list[Fact]:
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


def _end_wrap_up(call: OpenCall, event: e.WrapUpEnded) -> list[Fact]:
    row = call.wrapping.pop(event.talk_id, None)
    return [] if row is None else [row.wrapped_up(max(0, round(event.seconds * 1000)))]


def _key(call: OpenCall, event: e.KeysPressed) -> list[Fact]:
    call.keys += 1
    call.node = None
    if event.accepted and event.label:
        call.last_label = event.label
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


def _invite(call: OpenCall, _event: e.SurveyInvited) -> list[Fact]:
    call.survey_invited = True
    return []


def late(event: e.CallEvent) -> list[Fact]:
    """Return what is told of a call that has ended."""
    match event:
        case e.CallClassified():
            return [Reclassified(call_id=event.call_id, business_type=event.business_type)]
        case e.SurveyLinkSettled(sent=True):
            return [LateInvitation(call_id=event.call_id)]
        case e.SurveyAnswered(link=True):
            return [
                LateAnswer(
                    call_id=event.call_id,
                    question=event.question,
                    authority_id=event.authority_id,
                    at=event.at,
                    key=event.key,
                    grade=event.grade,
                    label=event.label,
                    agent_id=event.agent_id,
                    queue_id=event.queue_id,
                )
            ]
        case _:
            return []


def _link(call: OpenCall, event: e.SurveyLinkSettled) -> list[Fact]:
    return late(event) if call.ended else []


def _survey(call: OpenCall, event: e.SurveyAnswered) -> list[Fact]:
    if call.ended:
        return late(event)
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


def _stand(call: OpenCall, event: e.NodeEntered) -> list[Fact]:
    call.node = (event.flow_id, event.node_id)
    return []


def _set_variable(call: OpenCall, event: e.VariableSet) -> list[Fact]:
    if event.name == BUSINESS_TYPE and not event.secret:
        call.typed = event.value
    return []


def _classify(call: OpenCall, event: e.CallClassified) -> list[Fact]:
    call.typed = event.business_type
    return late(event) if call.ended else []


def _record(call: OpenCall, _event: e.RecordingStarted) -> list[Fact]:
    call.recorded = True
    return []


def _message(call: OpenCall, event: e.VoicemailLeft) -> list[Fact]:
    call.voicemail_ms = event.duration_ms
    return []


def _hung_up_here(call: OpenCall, event: e.CallEnded) -> list[Fact]:
    """A caller who hung up in the menus without an answer: a row without keys, where they stood."""
    if event.disposition is not e.Disposition.IVR_HANGUP or call.node is None:
        return []
    call.keys += 1
    flow_id, node_id = call.node
    return [
        IvrKeyFact(
            call_id=event.call_id,
            number=call.keys,
            authority_id=event.authority_id,
            hotline_id=call.hotline_id,
            test=call.start.test,
            at=event.at,
            call_started_at=call.start.at,
            flow_id=flow_id,
            node_id=node_id,
            keys="",
            label="",
            accepted=False,
        )
    ]


def _end_call(call: OpenCall, event: e.CallEnded) -> list[Fact]:
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
        business_type=call.business_type,
        recorded=call.recorded,
        dial_ms=0
        if call.direction is not e.Direction.OUTBOUND
        else milliseconds(started_at, call.answered_at or event.at),
        voicemail_ms=call.voicemail_ms,
    )
    return [*_hung_up_here(call, event), row]


HANDLERS: dict[type[e.CallEvent], Callable[[OpenCall, Any], list[Fact]]] = {
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
    e.NodeEntered: _stand,
    e.VariableSet: _set_variable,
    e.CallClassified: _classify,
    e.SurveyLinkSettled: _link,
    e.RecordingStarted: _record,
    e.VoicemailLeft: _message,
    e.SurveyInvited: _invite,
    e.SurveyAnswered: _survey,
    e.CallEnded: _end_call,
}
"""Events that count; the others tell the call's story but change no figure."""
