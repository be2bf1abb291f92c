"""What the switch reports of legs, brought to the chapter that waits for it. Unknown legs and late news are left alone."""

from datetime import datetime

from hotline.core import (
    consulting,
    devices,
    forwarded,
    ivr,
    lead,
    outbound,
    participants,
    parties,
    presence,
    queueing,
    survey,
    talking,
    transferring,
    trunks,
    voicemail,
    waiting_keys,
)
from hotline.core import events as e
from hotline.core import switching as s
from hotline.core.call import Call, Phase
from hotline.core.ending import end_call
from hotline.core.events import Disposition, OfferOutcome, Party
from hotline.core.floor import Floor
from hotline.core.ids import LegId
from hotline.core.switching import HangUp, HangUpBy, HangUpCause

_REFUSED_BY_AGENT = frozenset(
    {HangUpCause.BUSY, HangUpCause.REJECTED, HangUpCause.NORMAL, HangUpCause.CANCELLED}
)


def _call_of(floor: Floor, leg_id: LegId | None) -> Call | None:
    call_id = floor.legs.get(leg_id) if leg_id is not None else None
    call = floor.calls.get(call_id) if call_id is not None else None
    if call is not None:
        floor.working_on = call.call_id
    return call


def ringing(floor: Floor, event: s.LegRinging) -> None:
    """The far end rings; of interest only to an agent who dialled."""
    call = _call_of(floor, event.leg_id)
    floor.dialled.pop(event.leg_id, None)
    if call is not None and call.phase is Phase.DIALLING and event.leg_id == call.outside_leg:
        outbound.far_end_rings(floor, call, early_media=event.early_media)


def answered(floor: Floor, event: s.LegAnswered) -> None:
    """A leg is up."""
    call, leg_id, at = _call_of(floor, event.leg_id), event.leg_id, event.at
    if call is None or leg_id in call.answered_legs:
        return
    call.answered_legs.add(leg_id)
    floor.dialled.pop(leg_id, None)
    if call.phase is not Phase.ENDED and devices.must_confirm(floor, call, leg_id):
        devices.ask_to_confirm(floor, call, leg_id)
    else:
        _is_up(floor, call, leg_id, at)


def _is_up(floor: Floor, call: Call, leg_id: LegId, at: datetime) -> None:
    """Somebody is on this leg: whoever waits for them hears of it."""
    if call.phase is Phase.ENDED:
        floor.command(HangUp(leg_id=leg_id))
    elif call.direction is e.Direction.INBOUND and leg_id == call.outside_leg:
        _inbound_answered(floor, call, at)
    elif leg_id in call.participants:
        parties.answered(floor, call, at, call.participants[leg_id])
    elif call.phase is Phase.RINGING and call.offer is not None and leg_id == call.offer.leg_id:
        talking.offer_answered(floor, call, at)
    elif call.phase is Phase.DIRECT and call.offer is not None and leg_id == call.offer.leg_id:
        parties.ring_answered(floor, call, at)
    elif call.phase is Phase.CALLBACK and call.offer is not None and leg_id == call.offer.leg_id:
        outbound.taken(floor, call, at)
    elif call.phase is Phase.DIALLING and leg_id == call.agent_leg:
        outbound.device_answered(floor, call, at)
    elif call.phase is Phase.DIALLING and leg_id == call.outside_leg:
        outbound.far_end_answered(floor, call, at)
    elif call.phase is Phase.INTERRUPTED and leg_id == call.reattach_leg:
        talking.reattached(floor, call, at)
    elif leg_id != call.outside_leg:  # rang on although we had given it up
        floor.command(HangUp(leg_id=leg_id))


def _inbound_answered(floor: Floor, call: Call, at: datetime) -> None:
    if call.answered_at is not None or call.phase is not Phase.IVR:
        return
    floor.cancel_timer("step", call.call_id)
    floor.emit(e.CallAnswered(at=at, authority_id=call.authority_id, call_id=call.call_id))
    ivr.replay(floor, call, at)


def hung_up(floor: Floor, event: s.LegHungUp) -> None:
    """A leg is gone."""
    call = _call_of(floor, event.leg_id)
    if call is None:
        floor.legs.pop(event.leg_id, None)
        return
    dialled = floor.dialled.get(event.leg_id)
    leg_ended(floor, call, event)
    if call.phase is Phase.ENDED:
        floor.forget_if_over(call)
    elif event.leg_id == call.outside_leg and call.phase is Phase.DIALLING:
        outbound.far_end_failed(floor, call, event, dialled)
    elif event.leg_id == call.outside_leg:
        _outside_gone(floor, call, event)
    elif event.leg_id in call.participants:
        parties.gone(floor, call, event, dialled)
    elif call.offer is not None and event.leg_id == call.offer.leg_id and dialled is not None:
        if trunks.over_the_next(floor, call, event, dialled) is None:
            _agent_leg_gone(floor, call, event)
    else:
        _agent_leg_gone(floor, call, event)


def leg_ended(floor: Floor, call: Call, event: s.LegHungUp) -> None:
    """Write down the end of a leg with its audio figures."""
    stats = event.stats
    floor.emit(
        e.LegEnded(
            at=event.at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            leg_id=event.leg_id,
            cause=event.cause,
            sip_status=event.sip_status,
            q850=event.q850,
            codec=stats.codec if stats else "",
            packets_received=stats.packets_received if stats else 0,
            packets_lost=stats.packets_lost if stats else 0,
            jitter_ms=stats.jitter_ms if stats else 0.0,
        )
    )


def all_lost(floor: Floor, call: Call, at: datetime, cause: str) -> None:
    """Write down that every leg of the call is gone."""
    for leg_id in list(call.legs):
        floor.emit(
            e.LegEnded(
                at=at, authority_id=call.authority_id, call_id=call.call_id, leg_id=leg_id, cause=cause
            )
        )


def _outside_gone(floor: Floor, call: Call, event: s.LegHungUp) -> None:
    disposition = None
    if event.cause is HangUpCause.ENGINE_FAULT and call.direction is e.Direction.INBOUND:
        disposition = Disposition.SYSTEM_LOST
    by = Party.SYSTEM if disposition is not None else Party.CITIZEN
    end_call(floor, call, event.at, by, disposition, sip_status=event.sip_status, q850=event.q850)


def _agent_leg_gone(floor: Floor, call: Call, event: s.LegHungUp) -> None:
    leg_id, at = event.leg_id, event.at
    if call.forwarding is not None and leg_id == call.forwarding.leg_id:
        forwarded.far_end_gone(floor, call, at)
    elif (
        call.offer is not None
        and leg_id == call.offer.leg_id
        and call.phase in {Phase.RINGING, Phase.DIRECT, Phase.CALLBACK}
    ):
        _offer_leg_gone(floor, call, event)
    elif call.talk is not None and leg_id == call.talk.leg_id and call.phase is not Phase.INTERRUPTED:
        if event.by is HangUpBy.REMOTE and event.cause not in talking.BROKEN:
            lead.left(floor, call, at)
        else:
            talking.interrupt(floor, call, at)
            talking.reattach(floor, call, at)
    elif leg_id == call.reattach_leg:
        call.reattach_leg = None  # the next registration or request tries again, until the grace is over
    elif call.phase is Phase.DIALLING and leg_id == call.agent_leg and call.callback is not None:
        outbound.given_up(floor, call, at)
    elif call.phase is Phase.DIALLING and leg_id == call.agent_leg:
        cancelled = call.outside_leg is not None or event.by is HangUpBy.REMOTE
        disposition = Disposition.CANCELLED if cancelled else Disposition.FAILED
        end_call(floor, call, at, Party.AGENT, disposition, sip_status=event.sip_status, q850=event.q850)


def _offer_leg_gone(floor: Floor, call: Call, event: s.LegHungUp) -> None:
    if event.by is HangUpBy.REMOTE and event.cause in _REFUSED_BY_AGENT:
        outcome, why = OfferOutcome.MISSED, "agent_rejected"
    elif event.cause is HangUpCause.NO_ANSWER:
        outcome, why = OfferOutcome.MISSED, "ring_time_out"
    else:
        outcome, why = OfferOutcome.RECALLED, "unreachable"
    if call.phase is Phase.DIRECT:
        parties.ring_failed(floor, call, event.at, outcome, why)
    else:
        queueing.offer_failed(floor, call, event.at, outcome, why)


def digit(floor: Floor, event: s.DigitPressed) -> None:
    """A key was pressed: the citizen's mean something before and after the talk, key 1 of a telephone outside that it takes the call."""
    call = _call_of(floor, event.leg_id)
    if call is not None and devices.confirms(call, event.leg_id, event.digit):
        _is_up(floor, call, event.leg_id, event.at)
        return
    if call is None or event.leg_id != call.outside_leg or call.closing is not None:
        return
    if call.phase is Phase.SURVEY:
        survey.digit(floor, call, event.at, event.digit)
    elif call.phase is Phase.VOICEMAIL or voicemail.instructing(call):
        voicemail.digit(floor, call, event.at, event.digit)
    elif call.phase is Phase.WAITING:
        waiting_keys.digit(floor, call, event.at, event.digit)
    elif call.phase is Phase.IVR and call.direction is e.Direction.INBOUND:
        ivr.digit(floor, call, event.at, event.digit)


def play_done(floor: Floor, event: s.PlayDone) -> None:
    """A prompt ran to its end. One that was cut short has a successor, or a digit that follows."""
    call = _call_of(floor, event.leg_id)
    if call is None or call.play_id != event.play_id or not event.finished:
        return
    floor.cancel_timer("step", call.call_id)
    prompt_over(floor, call, event.at)


def prompt_over(floor: Floor, call: Call, at: datetime) -> None:
    """What the caller heard is over: the phase knows what follows."""
    call.play_id = None
    if call.closing is not None:
        disposition, by = call.closing
        end_call(floor, call, at, by, disposition)
    elif call.phase is Phase.SURVEY:
        survey.prompt_over(floor, call, at)
    elif voicemail.instructing(call):
        voicemail.prompt_over(floor, call, at)
    elif call.phase in {Phase.WAITING, Phase.RINGING}:
        waiting_keys.step(floor, call, at)
    elif call.phase is Phase.IVR:
        ivr.prompt_over(floor, call, at)


def recording_done(floor: Floor, event: s.RecordingDone) -> None:
    """A recording's file is closed; its call may be over long since."""
    held = floor.recordings.get(event.recording_id)
    if held is None:
        return
    call = floor.calls.get(held.call_id)
    message = held.kind == "voicemail" and event.duration_ms > 0
    left = message and (call is None or call.talks == 0)
    file = e.RecordingFinished(
        at=event.at,
        authority_id=held.authority_id,
        call_id=held.call_id,
        recording_id=event.recording_id,
        path=event.path,
        size_bytes=event.size_bytes,
        duration_ms=event.duration_ms,
        sha256=event.sha256,
        error=event.error,
    )
    floor.emit(file)
    if left and event.duration_ms >= voicemail.MESSAGE_MIN_MS:
        floor.emit(
            e.VoicemailLeft(
                at=event.at,
                authority_id=held.authority_id,
                call_id=held.call_id,
                recording_id=event.recording_id,
                duration_ms=event.duration_ms,
                queue_id=held.queue_id,
            )
        )
    if call is not None and call.phase is Phase.VOICEMAIL:
        voicemail.finish(floor, call, event.at)
    elif call is not None and held.kind == "question":
        ivr.recorded(floor, call, file)


def device_registered(floor: Floor, event: s.DeviceRegistered) -> None:
    """A telephone is there: its agent can be rung; a talk it had lost is taken up again."""
    presence.device_registered(floor, event.device_id)
    agent = floor.agent_of(floor.index.agent_of_device.get(event.device_id))
    call = floor.calls.get(agent.call_id) if agent is not None and agent.call_id is not None else None
    if (
        agent is not None
        and agent.device_id == event.device_id
        and call is not None
        and call.phase is Phase.INTERRUPTED
        and call.talk is not None
        and call.talk.agent_id == agent.agent_id
    ):
        talking.reattach(floor, call, event.at)


def device_expired(floor: Floor, event: s.DeviceExpired) -> None:
    """A telephone is gone: what rang on it is taken back. A talk goes on while its audio does."""
    presence.device_expired(floor, event.device_id, event.at)
    agent = floor.agent_of(floor.index.agent_of_device.get(event.device_id))
    call = floor.calls.get(agent.call_id) if agent is not None and agent.call_id is not None else None
    party = participants.of_agent(call, agent.agent_id) if call is not None and agent is not None else None
    if call is not None and party is not None and not party.up and party.device_id == event.device_id:
        parties.left(floor, call, event.at, party, "failed")
    elif call is not None and call.offer is not None and call.offer.device_id == event.device_id:
        if call.phase is Phase.DIRECT:
            parties.ring_failed(floor, call, event.at, OfferOutcome.RECALLED, "device_lost")
        elif call.rings_from_line:
            queueing.offer_failed(floor, call, event.at, OfferOutcome.RECALLED, "device_lost")
        else:
            outbound.timed_out(floor, call, event.at)


def remote_hold(floor: Floor, event: s.RemoteHold) -> None:
    """The agent pressed hold on the telephone itself: the citizen hears music, and the time counts as hold."""
    call = _call_of(floor, event.leg_id)
    if call is None or call.talk is None or event.leg_id != call.talk.leg_id:
        return
    call.phone_holds = event.held
    if event.held and call.phase is Phase.TALKING:
        talking.hold(floor, call, event.at)
    elif not event.held and call.phase is Phase.HOLDING and consulting.asked(call) is None:
        talking.retrieve(floor, call, event.at)


def transfer_requested(floor: Floor, event: s.TransferRequested) -> None:
    """The agent pressed the transfer key of the telephone."""
    call = _call_of(floor, event.leg_id)
    if call is not None:
        transferring.by_telephone(floor, call, event.at, event.leg_id, event.target)


def media_timed_out(floor: Floor, event: s.MediaTimedOut) -> None:
    """A leg went silent: the citizen's is hung up, the agent's is replaced."""
    call = _call_of(floor, event.leg_id)
    if call is None or call.phase is Phase.ENDED:
        return
    agents_leg = call.talk is not None and event.leg_id == call.talk.leg_id
    if agents_leg and call.phone_holds:
        return  # a telephone that holds sends nothing
    if agents_leg and call.phase in {Phase.TALKING, Phase.HOLDING}:
        talking.interrupt(floor, call, event.at)
        talking.reattach(floor, call, event.at)
    else:
        floor.command(HangUp(leg_id=event.leg_id))


def command_failed(floor: Floor, event: s.CommandFailed) -> None:
    """A command could not be carried out. What was waiting for its result goes on at once; timers cover the rest."""
    unrecorded = _not_recorded(floor, event) if event.command == "StartRecording" else None
    call = _call_of(floor, event.leg_id)
    if call is None or event.leg_id is None:
        return
    at = event.at
    if event.command == "Originate" or (event.code == "no_such_leg" and event.command != "Bridge"):
        fault, unreachable = HangUpBy.FAULT, HangUpCause.UNREACHABLE
        hung_up(floor, s.LegHungUp(at=at, leg_id=event.leg_id, by=fault, cause=unreachable))
    elif event.command in {"Bridge", "Unhold"}:
        parties.connect_again(floor, call, at)
    elif unrecorded is not None:
        _go_on_without(floor, call, *unrecorded)
    elif event.command == "Play" and call.play_id is not None and event.leg_id == call.outside_leg:
        floor.cancel_timer("step", call.call_id)
        prompt_over(floor, call, at)


def _not_recorded(floor: Floor, event: s.CommandFailed) -> tuple[str, e.RecordingFinished] | None:
    """The engine could not begin to record, or the leg was gone by then and its call over: the record of the call says so."""
    of_leg = [one for one in floor.recordings.items() if one[1].leg_id == event.leg_id]
    if not of_leg:
        return None
    recording_id, held = of_leg[-1]
    file = e.RecordingFinished(
        at=event.at,
        authority_id=held.authority_id,
        call_id=held.call_id,
        recording_id=recording_id,
        path=held.path,
        size_bytes=0,
        duration_ms=0,
        sha256="",
        error=event.code,
    )
    floor.emit(file)
    return held.kind, file


def _go_on_without(floor: Floor, call: Call, kind: str, file: e.RecordingFinished) -> None:
    """A message cannot be left, and a question has no spoken answer."""
    if call.phase is Phase.VOICEMAIL:
        call.message_until = call.message_since
        voicemail.finish(floor, call, file.at)
    elif kind == "question":
        ivr.recorded(floor, call, file)
