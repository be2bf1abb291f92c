"""Timers that went off, brought to the chapter that set them. One that was cancelled or replaced meanwhile is ignored."""

from datetime import datetime

from hotline.core import (
    ending,
    ivr,
    kept_places,
    lead,
    legs,
    outbound,
    parties,
    presence,
    queueing,
    survey,
    voicemail,
    waiting_keys,
)
from hotline.core.call import Call, Phase
from hotline.core.ending import end_call
from hotline.core.events import Direction, Disposition, OfferOutcome, Party
from hotline.core.floor import Floor
from hotline.core.ids import AgentId, CallId, LegId
from hotline.core.timers import TimerFired


def fired(floor: Floor, timer: TimerFired) -> None:
    """Wake whoever set this timer."""
    due = floor.timers.get(timer.timer_id)
    if due is None or timer.at < due:
        return
    del floor.timers[timer.timer_id]
    kind, _, owner = timer.timer_id.partition(":")
    if kind in {"pause", "device"}:
        agent = floor.agents.get(AgentId(owner))
        if agent is not None and kind == "pause":
            presence.pause_over(floor, agent, timer.at)
        elif agent is not None:
            presence.device_stays_away(floor, agent, timer.at)
        return
    if kind == "invite":
        _invitation(floor, LegId(owner), timer.at)
        return
    call = floor.calls.get(CallId(owner))
    if call is not None:
        floor.working_on = call.call_id
        _call_timer(floor, call, kind, timer.at)


def _invitation(floor: Floor, leg_id: LegId, at: datetime) -> None:
    """Somebody who was called into a talk did not pick up in time."""
    call_id = floor.legs.get(leg_id)
    call = floor.calls.get(call_id) if call_id is not None else None
    if call is not None and leg_id in call.participants:
        floor.working_on = call.call_id
        parties.no_answer(floor, call, at, call.participants[leg_id])


def _call_timer(floor: Floor, call: Call, kind: str, at: datetime) -> None:
    match kind:
        case "step":
            _step(floor, call, at)
        case "wait":
            queueing.waited_too_long(floor, call, at)
        case "widen":
            queueing.widen(floor, call, at)
        case "callback":
            kept_places.woken(floor, call, at)
        case "ring":
            if call.rings_from_line:
                queueing.offer_failed(floor, call, at, OfferOutcome.MISSED, "ring_time_out")
            elif call.phase is Phase.DIRECT:
                parties.ring_failed(floor, call, at, OfferOutcome.MISSED, "ring_time_out")
        case "inquiry":
            ivr.overdue(floor, call, at)
        case "grace":
            if call.phase is Phase.INTERRUPTED:
                lead.stays_away(floor, call, at)
        case "talk":
            if call.talk is not None or call.forwarding is not None:
                end_call(floor, call, at, Party.SYSTEM)
        case "linger":
            if call.phase is Phase.ENDED:
                ending.lingered(floor, call, at)
        case _:
            raise AssertionError(f"unknown timer {kind}")


def _step(floor: Floor, call: Call, at: datetime) -> None:
    """The one timer of whatever the call is doing with the machine."""
    if call.closing is not None:
        legs.prompt_over(floor, call, at)
    elif call.phase is Phase.DIALLING:
        outbound.timed_out(floor, call, at)
    elif call.phase is Phase.SURVEY:
        survey.timed_out(floor, call, at)
    elif call.phase is Phase.VOICEMAIL:
        voicemail.finish(floor, call, at)
    elif voicemail.instructing(call):
        legs.prompt_over(floor, call, at)
    elif call.phase in {Phase.WAITING, Phase.RINGING}:
        waiting_keys.step(floor, call, at)
    elif call.phase is Phase.IVR and call.direction is Direction.INBOUND:
        if call.answered_at is None:  # the switch never said that the call is answered
            end_call(floor, call, at, Party.SYSTEM, Disposition.SYSTEM_LOST)
        else:
            call.play_id = None
            ivr.timed_out(floor, call, at)
