"""How a call ends: whatever is open in it is closed with the right outcome, every leg is hung up, one disposition is written."""

from collections.abc import Iterable
from datetime import datetime

from hotline.core import events as e
from hotline.core import participants, presence, survey_link
from hotline.core.call import Call, Phase
from hotline.core.events import Disposition, OfferOutcome, Party, TalkEnd, VisitOutcome
from hotline.core.floor import Floor, agent_in, later
from hotline.core.playing import play
from hotline.core.switching import HangUp, Reject

LINGER_S = 30.0
"""How long an ended call waits for its legs before they are hung up again, and then forgotten."""
MESSAGE_MIN_S = 2.0
"""A shorter voicemail is none."""
OPENING = "opening"
"""The variable that the hours node sets: open or closed."""
_TIMERS = ("step", "inquiry", "wait", "ring", "grace", "talk", "widen", "callback")


def disposition_of(call: Call, at: datetime) -> Disposition:
    """Say how a call ended that nobody ended in a special way (metrics.md)."""
    if call.direction is not e.Direction.INBOUND:
        return Disposition.CONNECTED if call.talks else Disposition.FAILED
    if call.talks:
        return Disposition.AGENT_ANSWERED
    message = call.message_since
    if message is not None and ((call.message_until or at) - message).total_seconds() >= MESSAGE_MIN_S:
        return Disposition.VOICEMAIL
    if call.duty_answered or call.duty_rang:
        return Disposition.DUTY_ANSWERED if call.duty_answered else Disposition.DUTY_ABANDONED
    if call.callback_requested:
        return Disposition.CALLBACK_REQUESTED
    match call.last_outcome:
        # Who leaves no message after all has given up.
        case VisitOutcome.ABANDONED_WAITING | VisitOutcome.VOICEMAIL:
            return Disposition.QUEUE_ABANDONED
        case VisitOutcome.ABANDONED_RINGING:
            return Disposition.RING_ABANDONED
        case VisitOutcome.OVERFLOWED:
            return Disposition.OVERFLOW_LOST
        case VisitOutcome.SYSTEM_LOST:
            return Disposition.SYSTEM_LOST
        case _:
            pass
    if call.served:
        return Disposition.SELF_SERVED
    return Disposition.CLOSED if call.variables.get(OPENING) == "closed" else Disposition.IVR_HANGUP


def end_call(
    floor: Floor,
    call: Call,
    at: datetime,
    by: Party,
    disposition: Disposition | None = None,
    *,
    sip_status: int = 0,
    q850: int = 16,
    reject: int = 0,
    talk_end: TalkEnd | None = None,
) -> None:
    """End the call. `reject`: the SIP status that refuses a leg not answered yet; `talk_end`: how talks end, if not as `by` says."""
    if call.phase is Phase.ENDED:
        return
    floor.leave_line(call)
    _close_offer(floor, call, at, by)
    _close_visit(floor, call, at, by)
    how = talk_end or _TALK_ENDS[by]
    participants.dismiss(floor, call, at, "call_ended", how=how)
    if call.talk is not None:
        end_talk(floor, call, at, how)
    if call.forwarding is not None:
        forward_over(floor, call, at, "call_ended")
    if call.phase is Phase.DIALLING:
        _free_dialler(floor, call, at)
    if disposition is not Disposition.SYSTEM_LOST:
        survey_link.at_end(floor, call, at, by)
    floor.emit(
        e.CallEnded(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            disposition=disposition or disposition_of(call, at),
            by=by,
            sip_status=sip_status or reject,
            q850=q850,
        )
    )
    call.closing = None
    call.play_id = None
    for kind in _TIMERS:
        floor.cancel_timer(kind, call.call_id)
    hang_up_legs(floor, call, reject=reject)
    if call.legs:
        floor.set_timer("linger", call.call_id, later(at, LINGER_S))
    floor.forget_if_over(call)


_TALK_ENDS = {
    Party.CITIZEN: TalkEnd.CALLER_HUNG_UP,
    Party.AGENT: TalkEnd.AGENT_HUNG_UP,
    Party.SYSTEM: TalkEnd.LOST,
}


def hang_up_legs(floor: Floor, call: Call, *, reject: int = 0) -> None:
    """Hang up every leg that is left."""
    for leg_id in call.legs:
        floor.command(Reject(leg_id=leg_id, sip_status=reject) if reject else HangUp(leg_id=leg_id))


def lingered(floor: Floor, call: Call, at: datetime) -> None:
    """An ended call still has legs: hang them up once more, then forget them (the engine's snapshot finds them)."""
    if call.stage == "lingering":
        for leg_id in list(call.legs):
            floor.emit(
                e.LegEnded(
                    at=at,
                    authority_id=call.authority_id,
                    call_id=call.call_id,
                    leg_id=leg_id,
                    cause="unreported",
                )
            )
    else:
        call.stage = "lingering"
        hang_up_legs(floor, call)
        floor.set_timer("linger", call.call_id, later(at, LINGER_S))
    floor.forget_if_over(call)


def say_and_end(
    floor: Floor,
    call: Call,
    at: datetime,
    prompts: Iterable[str],
    disposition: Disposition | None = None,
    by: Party = Party.SYSTEM,
) -> None:
    """Speak some last words, then end the call."""
    if play(floor, call, prompts, at):
        call.closing = (disposition, by)
    else:
        end_call(floor, call, at, by, disposition)


def _close_offer(floor: Floor, call: Call, at: datetime, by: Party) -> None:
    offer = call.offer
    if offer is None:
        return
    abandoned = by is Party.CITIZEN
    floor.emit(
        e.OfferEnded(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            offer_id=offer.offer_id,
            outcome=OfferOutcome.CALLER_ABANDONED if abandoned else OfferOutcome.RECALLED,
            why="caller_hung_up" if abandoned else "call_ended",
            agent_id=offer.agent_id,
        )
    )
    call.rang = True
    if offer.leg_id in call.legs:
        floor.command(HangUp(leg_id=offer.leg_id))
    if offer.agent_id is not None:
        presence.free(floor, agent_in(floor, offer.agent_id), at)


def _close_visit(floor: Floor, call: Call, at: datetime, by: Party) -> None:
    visit = call.visit
    if visit is None:
        return
    if by is Party.CITIZEN:
        outcome = VisitOutcome.ABANDONED_RINGING if call.rang else VisitOutcome.ABANDONED_WAITING
    else:
        outcome = VisitOutcome.SYSTEM_LOST
    floor.emit(
        e.QueueLeft(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            visit_id=visit.visit_id,
            queue_id=visit.queue_id,
            outcome=outcome,
        )
    )


def end_talk(floor: Floor, call: Call, at: datetime, how: TalkEnd) -> None:
    """End the talk: the agent's leg is hung up and after-call work begins."""
    talk = call.talk
    assert talk is not None
    if talk.held:
        floor.emit(
            e.HoldEnded(
                at=at,
                authority_id=call.authority_id,
                call_id=call.call_id,
                talk_id=talk.talk_id,
                agent_id=talk.agent_id,
            )
        )
    floor.emit(
        e.TalkEnded(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            talk_id=talk.talk_id,
            agent_id=talk.agent_id,
            how=how,
        )
    )
    for leg_id in (talk.leg_id, call.reattach_leg):
        if leg_id is not None and leg_id in call.legs:
            floor.command(HangUp(leg_id=leg_id))
    call.reattach_leg = None
    for kind in ("grace", "talk"):
        floor.cancel_timer(kind, call.call_id)
    agent, wrap_up_s = agent_in(floor, talk.agent_id), participants.wrap_up_s(floor, talk.queue_id)
    presence.after_talk(floor, agent, at, call, talk.queue_id, talk.talk_id, wrap_up_s)
    _free_colleague(floor, call, at)


def forward_over(floor: Floor, call: Call, at: datetime, why: str) -> None:
    """Write down that the citizen no longer talks to the number outside."""
    assert call.forwarding is not None
    floor.emit(
        e.ForwardEnded(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            leg_id=call.forwarding.leg_id,
            why=why,
        )
    )


def _free_dialler(floor: Floor, call: Call, at: datetime) -> None:
    """The call that the agent placed comes to nothing."""
    agent = floor.agent_of(call.placed_by)
    if agent is not None and agent.call_id == call.call_id:
        presence.free(floor, agent, at)


def _free_colleague(floor: Floor, call: Call, at: datetime) -> None:
    """End the colleague's part of an internal call."""
    colleague = floor.agent_of(call.to_agent_id)
    if (
        colleague is not None
        and colleague.state is e.AgentState.INTERNAL
        and colleague.call_id == call.call_id
    ):
        presence.free(floor, colleague, at)
