"""Calls that agents placed, on their way: the agent's own telephone comes first, then the colleague or the number outside.

A place kept for a citizen goes the same way: the agent who picks it up has the citizen dialled.
"""

from datetime import datetime

from hotline.core import devices, forwarding, kept_places, presence, talking, trunks
from hotline.core import events as e
from hotline.core.agent import Agent
from hotline.core.call import Call
from hotline.core.channels import Dialled
from hotline.core.ending import end_call
from hotline.core.events import AgentState, Direction, Disposition, OfferKind, OfferOutcome, Party
from hotline.core.floor import Floor, agent_in, later
from hotline.core.ids import AgentId, LegId, OfferId, PlayId, PromptKey
from hotline.core.site import ForwardWhen
from hotline.core.switching import Bridge, HangUp, HangUpCause, LegHungUp, Play

NUMBER_TIMEOUT_S = 60.0
FORWARD_AFTER_S = 20.0
"""So long a colleague's telephone rings whose calls go elsewhere when nobody answers."""
_MARGIN_S = 5.0
RINGBACK = (PromptKey("ringback"),)
_DISPOSITIONS = {
    HangUpCause.BUSY: Disposition.BUSY,
    HangUpCause.NO_ANSWER: Disposition.NO_ANSWER,
    HangUpCause.REJECTED: Disposition.BUSY,
    HangUpCause.CANCELLED: Disposition.CANCELLED,
}


def device_answered(floor: Floor, call: Call, at: datetime) -> None:
    """The agent's own telephone is up: dial the other side."""
    if call.outside_leg is not None:
        return
    if call.to_agent_id is None:
        dial_number(floor, call, at, call.dnis)
        return
    other = floor.agent_of(call.to_agent_id)
    if other is None or not forwarding.is_there(floor, other) or forwarding.is_busy(other):
        end_call(floor, call, at, Party.SYSTEM, Disposition.BUSY)
    else:
        _ring_colleague(floor, call, at, other)


def dial_number(floor: Floor, call: Call, at: datetime, number: str) -> None:
    """Dial the number outside through the first trunk that has a channel."""
    if call.callback is None:
        floor.channels.give_back(call.call_id)  # held since the call was placed
    to = Dialled(
        number=number, shown_number=_shown(floor, call), timeout_s=NUMBER_TIMEOUT_S, near=call.agent_leg
    )
    if trunks.dial(floor, call, at, LegId(floor.id()), to):
        floor.set_timer("step", call.call_id, later(at, NUMBER_TIMEOUT_S + _MARGIN_S))
    else:
        _not_reached(floor, call, at, HangUpCause.CONGESTION)


def _shown(floor: Floor, call: Call) -> str:
    """Return the service number: outside nobody sees a work number, also when an internal call is forwarded there."""
    hotline = trunks.hotline_of(floor, call, call.placed_by)
    return hotline.number if hotline is not None else call.shown_number


def _ring_colleague(floor: Floor, call: Call, at: datetime, other: Agent) -> None:
    assert other.device_id is not None
    offer_id, leg_id = OfferId(floor.id()), LegId(floor.id())
    seconds = devices.ring_s(
        floor, other, NUMBER_TIMEOUT_S if other.profile.forwarding is None else FORWARD_AFTER_S
    )
    until = later(at, seconds)
    state, reason = other.state, other.reason
    if not devices.line_free(floor, call, other):
        _not_reached(floor, call, at, HangUpCause.CONGESTION)
        return
    call.rung.add(other.agent_id)
    floor.emit(
        e.OfferMade(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            offer_id=offer_id,
            leg_id=leg_id,
            lease_until=until,
            agent_id=other.agent_id,
            device_id=other.device_id,
            kind=OfferKind.COLLEAGUE,
        )
    )
    presence.become(floor, other, at, AgentState.RINGING, call_id=call.call_id)
    presence.keep_for_later(floor, other, at, state, reason)
    devices.ring(
        floor,
        call,
        at,
        other,
        leg_id,
        shown_number=call.shown_number,
        shown_name=agent_in(floor, call.placed_by).profile.name if call.placed_by else "",
        timeout_s=seconds,
        headers=(("X-Hotline-Call", call.call_id),),
    )
    floor.set_timer("step", call.call_id, until)


def far_end_rings(floor: Floor, call: Call, *, early_media: bool) -> None:
    """The other side rings: let the agent hear its tone, or ours."""
    assert call.agent_leg is not None and call.outside_leg is not None
    floor.dialled.pop(call.outside_leg, None)
    if early_media:
        floor.command(Bridge(leg_id=call.agent_leg, peer_id=call.outside_leg))
        return
    sounds, _ = floor.index.sounds(RINGBACK)
    if sounds:
        floor.command(Play(leg_id=call.agent_leg, play_id=PlayId(floor.id()), sounds=sounds, repeat=0))


def far_end_answered(floor: Floor, call: Call, at: datetime) -> None:
    """The other side picked up: connect."""
    assert call.agent_leg is not None and call.outside_leg is not None and call.placed_by is not None
    agent = agent_in(floor, call.placed_by)
    floor.cancel_timer("step", call.call_id)
    floor.cancel_timer("callback", call.call_id)
    if call.offer is not None:
        _colleague_over(floor, call, at, OfferOutcome.ANSWERED, "answered")
    floor.emit(e.CallAnswered(at=at, authority_id=call.authority_id, call_id=call.call_id))
    talking.start(floor, call, at, agent, call.agent_leg, call.placed_queue_id)
    if call.direction is Direction.OUTBOUND:
        presence.become(
            floor, agent, at, AgentState.TALKING, queue_id=call.placed_queue_id, call_id=call.call_id
        )


def _colleague_over(floor: Floor, call: Call, at: datetime, outcome: OfferOutcome, why: str) -> None:
    held = call.offer
    assert held is not None and held.agent_id is not None
    floor.emit(
        e.OfferEnded(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            offer_id=held.offer_id,
            outcome=outcome,
            why=why,
            agent_id=held.agent_id,
        )
    )
    agent = agent_in(floor, held.agent_id)
    if outcome is OfferOutcome.ANSWERED:
        presence.become(floor, agent, at, AgentState.INTERNAL, call_id=call.call_id)
    else:
        presence.free(floor, agent, at)


def far_end_failed(floor: Floor, call: Call, event: LegHungUp, dialled: Dialled | None = None) -> None:
    """The other side cannot be reached. `dialled`: what was being dialled on the leg, if it had not rung yet."""
    if trunks.over_the_next(floor, call, event, dialled) is not None:
        return
    _not_reached(floor, call, event.at, event.cause, Party.CITIZEN, event.sip_status, event.q850)


def timed_out(floor: Floor, call: Call, at: datetime) -> None:
    """A telephone did not answer and the engine did not say so."""
    _not_reached(floor, call, at, HangUpCause.NO_ANSWER)


def _not_reached(
    floor: Floor,
    call: Call,
    at: datetime,
    cause: HangUpCause,
    by: Party = Party.SYSTEM,
    sip_status: int = 0,
    q850: int = 16,
) -> None:
    disposition = _DISPOSITIONS.get(cause, Disposition.FAILED)
    if call.callback is not None:
        kept_places.unreached(floor, call, at, cause, disposition)
        return
    missed = call.offer.agent_id if call.offer is not None else None
    if missed is not None:
        _colleague_over(floor, call, at, OfferOutcome.MISSED, "no_answer")
        if cause is HangUpCause.NO_ANSWER and _forwarded(floor, call, at, missed):
            return
    end_call(floor, call, at, by, disposition, sip_status=sip_status, q850=q850)


def _forwarded(floor: Floor, call: Call, at: datetime, missed: AgentId) -> bool:
    """Nobody answered: ring whom the colleague's calls go to then, if there is anybody."""
    profile = floor.index.agents.get(missed)
    to = forwarding.target_of(floor, profile, ForwardWhen.NO_ANSWER, at) if profile is not None else None
    if to is None or len(call.rung) > forwarding.STEPS_MAX:
        return False
    if call.outside_leg is not None and call.outside_leg in call.legs:
        floor.command(HangUp(leg_id=call.outside_leg))
    following = floor.index.agent_of_number.get(to.value)
    if following is None:
        dial_number(floor, call, at, to.value)
        return True
    other = floor.agents.get(following.id)
    if (
        other is None
        or other.agent_id in call.rung | {call.placed_by}
        or not forwarding.is_there(floor, other)
        or forwarding.is_busy(other)
    ):
        return False
    _ring_colleague(floor, call, at, other)
    return True


# ── A kept place ──


def taken(floor: Floor, call: Call, at: datetime) -> None:
    """An agent picked up the place kept for a citizen: dial the citizen."""
    held, place = call.offer, call.callback
    assert held is not None and held.agent_id is not None and place is not None
    floor.cancel_timer("ring", call.call_id)
    floor.emit(
        e.OfferEnded(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            offer_id=held.offer_id,
            outcome=OfferOutcome.ANSWERED,
            why="answered",
            agent_id=held.agent_id,
        )
    )
    floor.emit(
        e.CallbackStarted(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            agent_id=held.agent_id,
            leg_id=held.leg_id,
            trunk_id=trunks.free_trunk(floor, trunks.hotline_of(floor, call)),
        )
    )
    agent = agent_in(floor, held.agent_id)
    presence.become(floor, agent, at, AgentState.DIALLING, queue_id=place.queue_id, call_id=call.call_id)
    dial_number(floor, call, at, place.number)


def given_up(floor: Floor, call: Call, at: datetime) -> None:
    """The agent puts the receiver down while the citizen is dialled: the place is kept for another try."""
    kept_places.unreached(floor, call, at, HangUpCause.CANCELLED, Disposition.CANCELLED)
