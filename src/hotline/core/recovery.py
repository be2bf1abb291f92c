"""After a restart: fold the journal, reconcile it with the engine; and end a call that is broken."""

from datetime import datetime

from hotline.core import (
    announcing,
    audio,
    devices,
    ending,
    forwarded,
    ivr,
    kept_places,
    legs,
    outbound,
    participants,
    parties,
    presence,
    queueing,
    survey,
    talking,
    voicemail,
)
from hotline.core import events as e
from hotline.core import switching as s
from hotline.core.agent import IN_CALL, Agent
from hotline.core.beginning import Beginning
from hotline.core.call import Call, IllegalTransition, Phase
from hotline.core.ending import end_call
from hotline.core.events import AgentState, Direction, Disposition, OfferOutcome, Party
from hotline.core.floor import Floor, later
from hotline.core.ids import CallId, LegId
from hotline.core.playing import play_for_ever
from hotline.core.switching import LegState, LegView, SwitchSnapshot

_DIALLING_GRACE_S = 60.0
_DEVICE_GRACE_S = 300.0
"""After a restart of the engine telephones register again in their own time; until then their agents stay signed in."""


def fold(floor: Floor, event: e.Event) -> None:
    """Fold one journal event. Events of calls that are not open are passed over."""
    if isinstance(event, e.CallEvent) and not isinstance(event, Beginning):
        call = floor.calls.get(event.call_id)
        if call is None:
            return
        try:
            floor.apply(event)
        except IllegalTransition:  # written by a version that knew better, or worse
            call.broken = True
        return
    floor.apply(event)
    floor.newly_ready.clear()


# ── Adopting ──


def adopt(floor: Floor, snapshot: SwitchSnapshot, at: datetime) -> None:
    """Bring calls and agents together with what runs in the engine."""
    floor.engine_up = True
    views = {view.leg_id: view for view in snapshot.legs}
    floor.devices = {device.device_id for device in snapshot.devices}
    for call in list(floor.calls.values()):
        floor.working_on = call.call_id
        _adopt_call(floor, call, views, at)
    for leg_id in views:
        if leg_id not in floor.legs:
            floor.command(s.HangUp(leg_id=leg_id))
    for agent in list(floor.agents.values()):
        _adopt_agent(floor, agent, at)


def _adopt_call(floor: Floor, call: Call, views: dict[LegId, LegView], at: datetime) -> None:
    floor.leave_line(call)  # it may stand there still: an engine that was only out of reach is adopted again
    call.forget_the_moment()
    call.answered_legs = {leg for leg in call.legs if leg in views and views[leg].state is LegState.UP}
    lost = [leg_id for leg_id in call.legs if leg_id not in views]
    if call.phase is Phase.ENDED:
        _end_legs(floor, call, lost, at)
        return
    outside_lost = call.outside_leg is None or call.outside_leg in lost or call.outside_leg not in call.legs
    if call.broken or (outside_lost and call.phase not in {Phase.DIALLING, Phase.CALLBACK}):
        _end_lost(floor, call, lost, at)
        return
    if (
        call.phase in {Phase.WAITING, Phase.RINGING}
        and floor.queue_of(call.visit and call.visit.queue_id) is None
    ):
        queueing.leave_unknown(floor, call, at)
        return
    _resume(floor, call, at)
    for leg_id in lost:
        if leg_id in call.legs:
            gone = s.LegHungUp(at=at, leg_id=leg_id, by=s.HangUpBy.FAULT, cause=s.HangUpCause.TRANSPORT_LOST)
            legs.hung_up(floor, gone)


def _end_legs(floor: Floor, call: Call, lost: list[LegId], at: datetime) -> None:
    """The call had ended: so have its legs that are gone, and the others must."""
    for leg_id in lost:
        floor.emit(_lost(call, leg_id, at, "unreported"))
    if call.legs:
        ending.hang_up_legs(floor, call)
        floor.set_timer("linger", call.call_id, later(at, ending.LINGER_S))
    floor.forget_if_over(call)


def _end_lost(floor: Floor, call: Call, lost: list[LegId], at: datetime) -> None:
    for leg_id in lost:
        floor.emit(_lost(call, leg_id, at, "system_lost"))
    disposition = Disposition.SYSTEM_LOST if call.direction is Direction.INBOUND else None
    end_call(floor, call, at, Party.SYSTEM, disposition)


def _lost(call: Call, leg_id: LegId, at: datetime, cause: str) -> e.LegEnded:
    return e.LegEnded(at=at, authority_id=call.authority_id, call_id=call.call_id, leg_id=leg_id, cause=cause)


def _resume(floor: Floor, call: Call, at: datetime) -> None:
    """Do again what may have been on its way when the application stopped, and set the timers."""
    match call.phase:
        case Phase.IVR:
            _resume_ivr(floor, call, at)
        case Phase.WAITING:
            assert call.visit is not None
            queue = floor.index.queues[call.visit.queue_id]
            queueing.wait_in_line(floor, call, at, queue)
            if queue.max_wait_s > 0:
                floor.set_timer("wait", call.call_id, later(call.visit.entered_at, queue.max_wait_s))
            announcing.music(floor, call, at, queue)
        case Phase.RINGING:
            _resume_ringing(floor, call, at)
        case Phase.TALKING | Phase.HOLDING:
            _resume_talk(floor, call, at)
        case Phase.DIRECT:
            _resume_direct(floor, call, at)
        case Phase.FORWARDED:
            forwarded.watch(floor, call)
            audio.settle(floor, call)
            _record_again(floor, call)
        case Phase.INTERRUPTED:
            assert call.talk is not None
            _resume_participants(floor, call, at)
            talking.interrupt_again(floor, call, at)
        case Phase.SURVEY:
            wanted = survey.survey_of(floor, call)
            if wanted is None:
                end_call(floor, call, at, Party.SYSTEM)
            else:
                survey.ask(floor, call, at, wanted)
        case Phase.VOICEMAIL:
            assert call.message_since is not None
            floor.set_timer("step", call.call_id, later(call.message_since, voicemail.MAX_S))
        case Phase.DIALLING:
            _resume_dialling(floor, call, at)
        case Phase.CALLBACK:
            _resume_kept_place(floor, call, at)
        case Phase.ENDED:
            pass


def _resume_ivr(floor: Floor, call: Call, at: datetime) -> None:
    assert call.outside_leg is not None
    if call.direction is not Direction.INBOUND:
        end_call(floor, call, at, Party.SYSTEM)
    elif call.callback_requested:
        kept_places.thank(floor, call, at)
    elif call.answered_at is not None:
        ivr.replay(floor, call, at)
    elif call.outside_leg in call.answered_legs:
        call.answered_legs.discard(call.outside_leg)
        legs.answered(floor, s.LegAnswered(at=at, leg_id=call.outside_leg))
    else:
        floor.command(s.Answer(leg_id=call.outside_leg))
        floor.set_timer("step", call.call_id, later(at, 10.0))


def _resume_ringing(floor: Floor, call: Call, at: datetime) -> None:
    offer = call.offer
    assert offer is not None
    if not _picked_up(floor, call, offer.leg_id):
        floor.set_timer("ring", call.call_id, max(at, offer.lease_until))
    elif call.phase is Phase.CALLBACK:
        outbound.taken(floor, call, at)
    else:
        talking.offer_answered(floor, call, at)


def _picked_up(floor: Floor, call: Call, leg_id: LegId) -> bool:
    """Whether somebody is on this leg; who has to press 1 is asked again."""
    if leg_id not in call.answered_legs:
        return False
    if devices.must_confirm(floor, call, leg_id):
        devices.ask_to_confirm(floor, call, leg_id)
        return False
    return True


def _resume_kept_place(floor: Floor, call: Call, at: datetime) -> None:
    if call.offer is None:
        kept_places.resume(floor, call, at)
        return
    floor.set_timer("callback", call.call_id, later(at, kept_places.RETRY_S))
    _resume_ringing(floor, call, at)


def _resume_direct(floor: Floor, call: Call, at: datetime) -> None:
    offer = call.offer
    assert offer is not None
    if _picked_up(floor, call, offer.leg_id):
        parties.ring_answered(floor, call, at)
    else:
        play_for_ever(floor, call, (audio.RINGBACK,))
        floor.set_timer("ring", call.call_id, max(at, offer.lease_until))


def _resume_talk(floor: Floor, call: Call, at: datetime) -> None:
    """Repeat what connects and records; a repeated command does nothing."""
    assert call.talk is not None
    floor.set_timer("talk", call.call_id, later(call.talk.started_at, talking.TALK_MAX_S))
    _resume_participants(floor, call, at)
    audio.settle(floor, call)
    _record_again(floor, call)


def _resume_participants(floor: Floor, call: Call, at: datetime) -> None:
    """Who picked up meanwhile takes part now; who still rings has a little time."""
    for party in list(call.participants.values()):
        if party.up or party.leg_id not in call.participants:
            continue
        up = party.leg_id in call.answered_legs
        if up and not devices.must_confirm(floor, call, party.leg_id):
            parties.answered(floor, call, at, party)
            continue
        if up:
            devices.ask_to_confirm(floor, call, party.leg_id)
        floor.set_timer("invite", party.leg_id, later(at, _DIALLING_GRACE_S))


def _record_again(floor: Floor, call: Call) -> None:
    recording = call.recording
    if recording is not None:
        floor.command(
            s.StartRecording(
                recording_id=recording.recording_id, leg_id=recording.leg_id, path=recording.path
            )
        )


def _resume_dialling(floor: Floor, call: Call, at: datetime) -> None:
    if call.outside_leg is not None and call.outside_leg in call.answered_legs:
        outbound.far_end_answered(floor, call, at)
    elif call.outside_leg is None and call.agent_leg in call.answered_legs:
        outbound.device_answered(floor, call, at)
    else:
        floor.set_timer("step", call.call_id, later(at, _DIALLING_GRACE_S))


def _adopt_agent(floor: Floor, agent: Agent, at: datetime) -> None:
    """Let the agent's state fit the calls that are left, and set its timer."""
    if agent.state in IN_CALL:
        call = floor.calls.get(agent.call_id) if agent.call_id is not None else None
        if call is None or call.phase is Phase.ENDED or not _takes_part(agent, call):
            presence.free(floor, agent, at)
    elif agent.until is not None:
        floor.set_timer("pause", agent.agent_id, max(at, agent.until))
        call = floor.calls.get(agent.call_id) if agent.call_id is not None else None
        if call is not None and agent.state is AgentState.AFTER_CALL:
            call.wrapping.add(agent.agent_id)
    if agent.signed_in and not floor.reachable(agent.device_id) and not agent.lost_device:
        agent.lost_device = True
        floor.set_timer("device", agent.agent_id, later(at, _DEVICE_GRACE_S))
    floor.sync_ready(agent)


def _takes_part(agent: Agent, call: Call) -> bool:
    offered = call.offer.agent_id if call.offer is not None else None
    talks = call.talk.agent_id if call.talk is not None else None
    internal = call.talk is not None and call.direction is Direction.INTERNAL
    if participants.of_agent(call, agent.agent_id) is not None:
        return True
    return agent.agent_id in {offered, talks, call.to_agent_id if internal else None} or (
        call.phase is Phase.DIALLING and call.placed_by == agent.agent_id
    )


# ── A bug ──


def fail_call(floor: Floor, call_id: CallId, at: datetime, what: str) -> None:
    """End the call; when even that fails, cut it out by force and free its agents."""
    call = floor.calls.get(call_id)
    if call is None:
        return
    if call.phase is Phase.ENDED:
        floor.calls.pop(call_id, None)
        return
    floor.emit(e.CallFailed(at=at, authority_id=call.authority_id, call_id=call_id, what=what[:200]))
    try:
        disposition = Disposition.SYSTEM_LOST if call.direction is Direction.INBOUND else None
        end_call(floor, call, at, Party.SYSTEM, disposition)
    except Exception:  # noqa: BLE001 - whatever is broken inside this call, the others go on
        _cut_out(floor, call, at)
    for agent in floor.agents.values():
        if agent.call_id == call_id and agent.state in IN_CALL:
            presence.free(floor, agent, at)


def _cut_out(floor: Floor, call: Call, at: datetime) -> None:
    """Write the end and forget the call without looking at its state."""
    for leg_id in list(call.legs):
        floor.command(s.HangUp(leg_id=leg_id))
        floor.legs.pop(leg_id, None)
        floor.channels.give_back(leg_id)
    floor.channels.give_back(call.call_id)
    floor.ask_for_nobody(call)
    floor.taking_part = {who: of for who, of in floor.taking_part.items() if of != call.call_id}
    for line in floor.lines.values():
        line.forget(call.call_id)
    floor.calls.pop(call.call_id, None)
    if call.phase is not Phase.ENDED:
        if call.offer is not None:
            floor.emit(_recalled(call, at))
        if call.visit is not None:
            floor.emit(_visit_lost(call, at))
        floor.emit(
            e.CallEnded(
                at=at,
                authority_id=call.authority_id,
                call_id=call.call_id,
                disposition=Disposition.SYSTEM_LOST,
                by=Party.SYSTEM,
            )
        )


def _recalled(call: Call, at: datetime) -> e.OfferEnded:
    assert call.offer is not None
    return e.OfferEnded(
        at=at,
        authority_id=call.authority_id,
        call_id=call.call_id,
        offer_id=call.offer.offer_id,
        outcome=OfferOutcome.RECALLED,
        why="call_failed",
        agent_id=call.offer.agent_id,
    )


def _visit_lost(call: Call, at: datetime) -> e.QueueLeft:
    assert call.visit is not None
    return e.QueueLeft(
        at=at,
        authority_id=call.authority_id,
        call_id=call.call_id,
        visit_id=call.visit.visit_id,
        queue_id=call.visit.queue_id,
        outcome=e.VisitOutcome.SYSTEM_LOST,
    )
