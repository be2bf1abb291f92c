"""What a call's events make of it (`core.beginning` makes the call): `evolve`, the fold by which a call lives and by which it is restored."""

from collections.abc import Callable
from typing import Any

from hotline.core import events as e
from hotline.core.call import (
    NEXT,
    Call,
    ConsultEnded,
    Forwarding,
    IllegalTransition,
    Offer,
    Participant,
    Phase,
    Recording,
    Talk,
    Visit,
)
from hotline.core.expression import from_text


def evolve(call: Call, event: e.CallEvent) -> None:
    """Bring the call up to date with something that happened to it.

    Raises:
        IllegalTransition: it cannot happen to a call in this phase.
    """
    kind = type(event)
    if isinstance(event, e.TalkEnded) and (call.talk is None or event.talk_id != call.talk.talk_id):
        _member_talk_ended(call, event)
        return
    phase = NEXT.get((call.phase, kind))
    if phase is None:
        raise IllegalTransition(f"{kind.__name__} in phase {call.phase}")
    fold = _FOLDS.get(kind)
    if fold is not None:
        fold(call, event)
    if kind is e.RecordingStarted and call.recording is not None and call.recording.kind == "voicemail":
        phase = Phase.VOICEMAIL
    if phase is not call.phase:
        call.enter(phase, event.at)


def _answered(call: Call, event: e.CallAnswered) -> None:
    call.answered_at = event.at


def _ended(call: Call, event: e.CallEnded) -> None:
    call.disposition = event.disposition
    call.ended_at = event.at


def _leg_started(call: Call, event: e.LegStarted) -> None:
    call.legs[event.leg_id] = event.agent_id
    offer = call.offer
    if offer is not None and event.number and event.number == offer.number:
        offer.leg_id = event.leg_id  # the same number, over another trunk
    _party_over_another_trunk(call, event)
    if call.phase is Phase.DIALLING and event.agent_id != call.placed_by:
        call.outside_leg = event.leg_id


def _party_over_another_trunk(call: Call, event: e.LegStarted) -> None:
    """A party whose first leg died on its trunk is being dialled again: the same party on a new leg."""
    if event.leg_id in call.participants or not event.number:
        return
    for party in call.participants.values():
        same = party.agent_id == event.agent_id and (
            party.agent_id is not None or party.number == event.number
        )
        if same and not party.up and party.leg_id not in call.legs:
            del call.participants[party.leg_id]
            party.leg_id = event.leg_id
            call.participants[event.leg_id] = party
            return


def _leg_ended(call: Call, event: e.LegEnded) -> None:
    call.legs.pop(event.leg_id, None)
    if call.recording is not None and call.recording.leg_id == event.leg_id:
        call.recording = None


def _flow_entered(call: Call, event: e.FlowEntered) -> None:
    if call.flow_id is not None and call.node_id is not None:
        call.callers.append((call.flow_id, call.flow_version, call.node_id))
    call.flow_id, call.flow_version, call.node_id = event.flow_id, event.version, None


def _node_entered(call: Call, event: e.NodeEntered) -> None:
    while call.callers and event.flow_id != call.flow_id:  # a sub-flow has returned
        call.flow_id, call.flow_version, _ = call.callers.pop()
    call.node_id = event.node_id


def _rated(call: Call, event: e.SurveyAnswered) -> None:
    call.answered_questions = event.question


def _keys_pressed(call: Call, event: e.KeysPressed) -> None:
    if event.accepted:
        call.keys.append(event.label or event.keys)


def _variable_set(call: Call, event: e.VariableSet) -> None:
    call.variables[event.name] = from_text(event.kind, event.value)
    (call.confidential.add if event.secret else call.confidential.discard)(event.name)


def _inquiry_made(call: Call, event: e.InquiryMade) -> None:
    call.inquiry_id, call.asked_at = event.inquiry_id, event.at


def _inquiry_ended(call: Call, event: e.InquiryEnded) -> None:
    call.inquiry_id = call.asked_at = None
    if event.outcome is not e.InquiryOutcome.OK:
        call.failures[event.node_id] = call.failures.get(event.node_id, 0) + 1


def _question_asked(call: Call, event: e.QuestionAsked) -> None:
    call.questions.append(event)


def _callback_requested(call: Call, _: e.CallbackRequested) -> None:
    call.callback_requested = True


def _callback_started(call: Call, event: e.CallbackStarted) -> None:
    assert call.callback is not None
    call.callback.tries += 1
    call.callback.until = None
    call.placed_by, call.agent_leg = event.agent_id, event.leg_id
    call.trunk_id = event.trunk_id


def _callback_postponed(call: Call, event: e.CallbackPostponed) -> None:
    assert call.callback is not None
    call.callback.until = event.until
    call.placed_by = call.agent_leg = call.outside_leg = None


def _self_served(call: Call, _: e.SelfServed) -> None:
    call.served = True


def _queue_entered(call: Call, event: e.QueueEntered) -> None:
    since = event.waiting_since or event.at
    call.visit = Visit(
        visit_id=event.visit_id,
        queue_id=event.queue_id,
        priority=event.priority,
        entered_at=event.at,
        waiting_since=since,
    )
    call.visits += 1
    call.duty_rang = False
    call.last_queue_id = event.queue_id
    call.priority = event.priority
    if call.first_waiting_since is None:
        call.first_waiting_since = since


def _queue_left(call: Call, event: e.QueueLeft) -> None:
    call.visit = None
    call.last_outcome = event.outcome


def _offer_made(call: Call, event: e.OfferMade) -> None:
    call.offer = Offer(
        offer_id=event.offer_id,
        agent_id=event.agent_id,
        device_id=event.device_id,
        leg_id=event.leg_id,
        since=event.at,
        lease_until=event.lease_until,
        kind=event.kind,
        number=event.duty_number,
    )
    if event.kind is e.OfferKind.COLLEAGUE:
        call.to_agent_id = event.agent_id


def _offer_ended(call: Call, event: e.OfferEnded) -> None:
    if call.offer is not None and call.offer.kind is e.OfferKind.DUTY:
        call.duty_rang = event.outcome in {e.OfferOutcome.MISSED, e.OfferOutcome.CALLER_ABANDONED}
    call.offer = None


def _talk_started(call: Call, event: e.TalkStarted) -> None:
    member = call.participants.get(event.leg_id)
    if call.talk is not None and member is not None:
        member.talk_id, member.queue_id = event.talk_id, event.queue_id
        call.talks += 1
        return
    call.talk = Talk(
        talk_id=event.talk_id,
        agent_id=event.agent_id,
        leg_id=event.leg_id,
        started_at=event.at,
        queue_id=event.queue_id,
    )
    call.talks += 1
    call.last_agent_id = event.agent_id
    call.last_queue_id = event.queue_id or call.last_queue_id
    call.transfer = None


def _hold_started(call: Call, _: e.HoldStarted) -> None:
    assert call.talk is not None
    call.talk.held = True


def _hold_ended(call: Call, _: e.HoldEnded) -> None:
    assert call.talk is not None
    call.talk.held = False


def _talk_muted(call: Call, event: e.TalkMuted) -> None:
    assert call.talk is not None
    call.talk.muted = event.muted


def _talk_resumed(call: Call, event: e.TalkResumed) -> None:
    assert call.talk is not None
    call.talk.leg_id = event.leg_id
    call.talk.muted = False


def _talk_ended(call: Call, _: e.TalkEnded) -> None:
    call.talk = None


def _member_talk_ended(call: Call, event: e.TalkEnded) -> None:
    """The lead's talk goes on, whatever phase it is in."""
    for participant in call.participants.values():
        if participant.talk_id == event.talk_id:
            participant.talk_id = None
            return
    raise IllegalTransition(f"TalkEnded of a talk that does not run, in phase {call.phase}")


def _transfer_made(call: Call, event: e.TransferMade) -> None:
    call.transfer = event


def _lead_taken(call: Call, event: e.LeadTaken) -> None:
    member = call.participants.pop(event.leg_id)
    call.talk = Talk(
        talk_id=event.talk_id,
        agent_id=event.agent_id,
        leg_id=event.leg_id,
        started_at=event.at,
        queue_id=member.queue_id,
        muted=member.muted,
    )
    call.last_agent_id = event.agent_id


def _participant_invited(call: Call, event: e.ParticipantInvited) -> None:
    call.participants[event.leg_id] = Participant(
        leg_id=event.leg_id,
        role=event.role,
        since=event.at,
        by=event.by,
        agent_id=event.agent_id,
        device_id=event.device_id,
        number=event.number,
    )


def _participant_joined(call: Call, event: e.ParticipantJoined) -> None:
    participant = call.participants[event.leg_id]
    participant.up = True
    participant.since = event.at


def _participant_role_changed(call: Call, event: e.ParticipantRoleChanged) -> None:
    call.participants[event.leg_id].role = event.role


def _participant_muted(call: Call, event: e.ParticipantMuted) -> None:
    call.participants[event.leg_id].muted = event.muted


def _participant_left(call: Call, event: e.ParticipantLeft) -> None:
    party = call.participants.pop(event.leg_id, None)
    if party is not None and party.role is e.Role.CONSULTED:
        call.consult_ended = ConsultEnded(
            at=event.at, why=event.why, agent_id=party.agent_id, number=party.number
        )


def _forward_started(call: Call, event: e.ForwardStarted) -> None:
    call.forwarding = Forwarding(leg_id=event.leg_id, number=event.number, kind=event.kind, since=event.at)
    call.forwards += 1
    call.transfer = None
    call.duty_answered = call.duty_answered or event.kind is e.OfferKind.DUTY


def _forward_ended(call: Call, _: e.ForwardEnded) -> None:
    call.forwarding = None


def _recording_started(call: Call, event: e.RecordingStarted) -> None:
    call.recording = Recording(
        recording_id=event.recording_id,
        leg_id=event.leg_id,
        path=event.path,
        kind=event.kind,
        started_at=event.at,
    )
    call.recordings += 1
    if event.kind == "voicemail":
        call.message_since = event.at


def _recording_paused(call: Call, event: e.RecordingPaused) -> None:
    if call.recording is not None:
        call.recording.paused = event.paused


def _recording_finished(call: Call, event: e.RecordingFinished) -> None:
    if call.recording is not None and call.recording.recording_id == event.recording_id:
        call.recording = None


_FOLDS: dict[type[e.CallEvent], Callable[[Call, Any], None]] = {
    e.CallAnswered: _answered,
    e.CallEnded: _ended,
    e.LegStarted: _leg_started,
    e.LegEnded: _leg_ended,
    e.FlowEntered: _flow_entered,
    e.NodeEntered: _node_entered,
    e.KeysPressed: _keys_pressed,
    e.SurveyAnswered: _rated,
    e.VariableSet: _variable_set,
    e.InquiryMade: _inquiry_made,
    e.InquiryEnded: _inquiry_ended,
    e.QuestionAsked: _question_asked,
    e.CallbackRequested: _callback_requested,
    e.CallbackStarted: _callback_started,
    e.CallbackPostponed: _callback_postponed,
    e.SelfServed: _self_served,
    e.QueueEntered: _queue_entered,
    e.QueueLeft: _queue_left,
    e.OfferMade: _offer_made,
    e.OfferEnded: _offer_ended,
    e.TalkStarted: _talk_started,
    e.HoldStarted: _hold_started,
    e.HoldEnded: _hold_ended,
    e.TalkMuted: _talk_muted,
    e.TalkResumed: _talk_resumed,
    e.TalkEnded: _talk_ended,
    e.TransferMade: _transfer_made,
    e.LeadTaken: _lead_taken,
    e.ParticipantInvited: _participant_invited,
    e.ParticipantJoined: _participant_joined,
    e.ParticipantRoleChanged: _participant_role_changed,
    e.ParticipantMuted: _participant_muted,
    e.ParticipantLeft: _participant_left,
    e.ForwardStarted: _forward_started,
    e.ForwardEnded: _forward_ended,
    e.RecordingStarted: _recording_started,
    e.RecordingPaused: _recording_paused,
    e.RecordingFinished: _recording_finished,
}
