"""Ring one agent or one number outside for a caller who waits in no queue: transfers, the duty phone; and a pick-up by a colleague.

Only the ring and its end in vain are here; what follows from an answer or from silence is the chapters' that asked for it.
Meanwhile the caller hears the ring-back, or the music of the queue that was waited in.
"""

from datetime import datetime

from hotline.core import devices, presence, trunks
from hotline.core import events as e
from hotline.core.agent import Agent
from hotline.core.audio import RINGBACK
from hotline.core.call import Call, Offer
from hotline.core.channels import Dialled
from hotline.core.events import AgentState, OfferKind, OfferOutcome
from hotline.core.floor import Floor, agent_in, later
from hotline.core.ids import LegId, OfferId, QueueId
from hotline.core.playing import play_for_ever
from hotline.core.switching import HangUp

NUMBER_RING_S = 45.0
"""How long a number outside may ring."""
_MARGIN_S = 2.0
"""The engine's own time-out of a ring is so much later than ours, and only there in case we are not."""


def ring_agent(
    floor: Floor,
    call: Call,
    at: datetime,
    agent: Agent,
    kind: OfferKind = OfferKind.DIRECT,
    queue_id: QueueId | None = None,
) -> bool:
    """Let the call ring at this agent, who must be free; False (nothing done) when a mobile seat finds no channel.

    A pick-up is answered by the telephone itself.
    """
    if agent.device_id is None or not devices.line_free(floor, call, agent):
        return False
    presence.end_wrap_up(floor, agent, at)
    floor.leave_line(call)
    offer_id, leg_id = OfferId(floor.id()), LegId(floor.id())
    seconds = devices.ring_s(floor, agent, floor.index.site.transfer_ring_s)
    until, state, reason = later(at, seconds), agent.state, agent.reason
    visit = call.visit
    floor.emit(
        e.OfferMade(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            offer_id=offer_id,
            leg_id=leg_id,
            lease_until=until,
            visit_id=visit.visit_id if visit is not None else None,
            queue_id=visit.queue_id if visit is not None else queue_id,
            agent_id=agent.agent_id,
            device_id=agent.device_id,
            duty_number=floor.index.mobiles.get(agent.device_id, ""),
            kind=kind,
        )
    )
    presence.become(floor, agent, at, AgentState.RINGING, queue_id=queue_id, call_id=call.call_id)
    presence.keep_for_later(floor, agent, at, state, reason)
    auto = kind is OfferKind.PICK_UP
    headers = (("X-Hotline-Call", call.call_id),)
    devices.ring(
        floor,
        call,
        at,
        agent,
        leg_id,
        shown_number=call.ani if call.direction is e.Direction.INBOUND else call.dnis,
        timeout_s=seconds + _MARGIN_S,
        auto_answer=auto,
        headers=(*headers, ("X-Hotline-Auto-Answer", "1")) if auto else headers,
    )
    if visit is None:
        play_for_ever(floor, call, (RINGBACK,))
    floor.set_timer("ring", call.call_id, until)
    return True


def ring_number(
    floor: Floor, call: Call, at: datetime, number: str, kind: OfferKind, queue_id: QueueId | None = None
) -> bool:
    """Let the call ring at a number outside, shown the hotline's own; False (nothing done) when no channel is free."""
    hotline = trunks.hotline_of(floor, call)
    if hotline is None or trunks.free_trunk(floor, hotline) is None:
        return False
    offer_id, leg_id = OfferId(floor.id()), LegId(floor.id())
    until = later(at, NUMBER_RING_S)
    floor.emit(
        e.OfferMade(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            offer_id=offer_id,
            leg_id=leg_id,
            lease_until=until,
            queue_id=queue_id,
            duty_number=number,
            kind=kind,
        )
    )
    play_for_ever(floor, call, (RINGBACK,))
    trunks.dial(
        floor,
        call,
        at,
        leg_id,
        Dialled(
            number=number,
            shown_number=hotline.number,
            timeout_s=NUMBER_RING_S + _MARGIN_S,
            near=call.outside_leg,
        ),
    )
    floor.set_timer("ring", call.call_id, until)
    return True


def answered(floor: Floor, call: Call, at: datetime) -> Offer:
    """Write down that whoever was rung picked up; returns what rang."""
    return _over(floor, call, at, OfferOutcome.ANSWERED, "answered")


def in_vain(floor: Floor, call: Call, at: datetime, outcome: OfferOutcome, why: str) -> Offer:
    """Write down that the ring led to nothing: its leg is hung up and the agent is free, after a pause if it was missed.

    Returns what rang.
    """
    held = _over(floor, call, at, outcome, why)
    if held.leg_id in call.legs:
        floor.command(HangUp(leg_id=held.leg_id))
    if held.agent_id is not None:
        agent = agent_in(floor, held.agent_id)
        if outcome is OfferOutcome.MISSED:
            presence.missed(floor, agent, at, floor.queue_of(call.last_queue_id), why)
        else:
            presence.free(floor, agent, at)
    return held


def _over(floor: Floor, call: Call, at: datetime, outcome: OfferOutcome, why: str) -> Offer:
    held = call.offer
    assert held is not None
    floor.cancel_timer("ring", call.call_id)
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
    return held
