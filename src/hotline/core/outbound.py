"""Calls that agents place: to a number through the hotline's trunk, or to a colleague. The agent's own telephone comes first."""

from datetime import datetime

from hotline.core import events as e
from hotline.core import presence, talking
from hotline.core.agent import IN_CALL, Agent
from hotline.core.call import Call, Phase
from hotline.core.ending import end_call
from hotline.core.events import AgentState, Direction, Disposition, OfferOutcome, Party
from hotline.core.floor import Floor, agent_in, later
from hotline.core.ids import CallId, HotlineId, LegId, OfferId, PlayId, PromptKey, QueueId, TrunkId
from hotline.core.requests import PlaceCall, Refused
from hotline.core.site import AgentProfile, Hotline
from hotline.core.switching import (
    Answer,
    Bridge,
    HangUpCause,
    LegHungUp,
    LegIncoming,
    Originate,
    Play,
    Reject,
    ToDevice,
    ToTrunk,
)

DEVICE_TIMEOUT_S = 20.0
NUMBER_TIMEOUT_S = 60.0
_MARGIN_S = 5.0
_NUMBER_DIGITS_MAX = 32
RINGBACK = (PromptKey("ringback"),)
_DISPOSITIONS = {
    HangUpCause.BUSY: Disposition.BUSY,
    HangUpCause.NO_ANSWER: Disposition.NO_ANSWER,
    HangUpCause.REJECTED: Disposition.BUSY,
    HangUpCause.CANCELLED: Disposition.CANCELLED,
}


def normalised(number: str) -> str:
    """Return what is dialled: digits, with `+86` and punctuation removed; "" when it is no number."""
    text = number.strip().replace(" ", "").replace("-", "").removeprefix("+86")
    return text if text.isascii() and text.isdigit() and len(text) <= _NUMBER_DIGITS_MAX else ""


def place(floor: Floor, agent: Agent, request: PlaceCall) -> CallId:
    """Begin the call that the agent asked for.

    Raises:
        Refused: the number, the agent or the trunk does not allow it.
    """
    if agent.device_id is None or agent.device_id not in floor.devices:
        raise Refused("no_device")
    number = normalised(request.to)
    leg_id = LegId(floor.id())
    call_id = _begin(floor, agent, request.at, number, leg_id, request.hotline_id, request.queue_id)
    floor.command(
        Originate(
            leg_id=leg_id,
            to=ToDevice(device_id=agent.device_id),
            shown_number=number,
            timeout_s=DEVICE_TIMEOUT_S,
            auto_answer=True,
            headers=(("X-Hotline-Call", call_id), ("X-Hotline-Auto-Answer", "1")),
        )
    )
    floor.set_timer("step", call_id, later(request.at, DEVICE_TIMEOUT_S + _MARGIN_S))
    return call_id


def dialled_by_device(floor: Floor, event: LegIncoming) -> None:
    """An agent dialled on the telephone itself: the same call, but its first leg is already here."""
    agent = floor.agent_of(floor.index.agent_of_device.get(event.device_id)) if event.device_id else None
    if agent is None or not agent.signed_in or agent.device_id != event.device_id:
        floor.command(Reject(leg_id=event.leg_id, sip_status=403))
        return
    try:
        call_id = _begin(floor, agent, event.at, normalised(event.dnis), event.leg_id, None, None)
    except Refused as refused:
        status = {"no_such_number": 404, "agent_busy": 486, "line_full": 503}.get(refused.code, 403)
        floor.command(Reject(leg_id=event.leg_id, sip_status=status))
        return
    floor.command(Answer(leg_id=event.leg_id))
    floor.set_timer("step", call_id, later(event.at, DEVICE_TIMEOUT_S + _MARGIN_S))


def _begin(
    floor: Floor,
    agent: Agent,
    at: datetime,
    number: str,
    leg_id: LegId,
    hotline_id: HotlineId | None,
    queue_id: QueueId | None,
) -> CallId:
    """Check and write down the call; changes nothing when it raises `Refused`."""
    if not floor.engine_up:
        raise Refused("engine_down")
    if agent.state in IN_CALL:
        raise Refused("agent_busy")
    if not number:
        raise Refused("no_such_number")
    colleague = floor.index.agent_of_number.get(number)
    hotline = _hotline_for(floor, agent, hotline_id)
    if colleague is not None and colleague.authority_id == agent.authority_id:
        _check_colleague(floor, agent, colleague)
    else:
        colleague = None
        _check_trunk(floor, agent, hotline)
    if queue_id is not None and queue_id not in floor.index.queues:
        raise Refused("not_allowed", "queue")
    presence.end_wrap_up(floor, agent, at)
    call_id = CallId(floor.id())
    state, reason = agent.state, agent.reason
    floor.emit(
        e.CallPlaced(
            at=at,
            authority_id=agent.authority_id if hotline is None else hotline.authority_id,
            call_id=call_id,
            direction=Direction.OUTBOUND if colleague is None else Direction.INTERNAL,
            agent_id=agent.agent_id,
            leg_id=leg_id,
            to=number,
            shown_number=hotline.number if colleague is None and hotline else agent.profile.number,
            hotline_id=hotline.id if colleague is None and hotline else None,
            queue_id=queue_id,
            trunk_id=hotline.outbound_trunk_id if colleague is None and hotline else None,
            to_agent_id=colleague.id if colleague else None,
        )
    )
    dialling = AgentState.DIALLING if colleague is None else AgentState.INTERNAL
    presence.become(floor, agent, at, dialling, queue_id=queue_id, call_id=call_id)
    if state in {AgentState.BUSY, AgentState.REST}:  # who was not ready is not ready afterwards
        presence.ask_for(floor, agent, at, state, reason, by=None)
    return call_id


def _hotline_for(floor: Floor, agent: Agent, hotline_id: HotlineId | None) -> Hotline | None:
    """Return the hotline to call for: the one asked for, else the agent's own, else the first of their authority."""
    wanted = hotline_id or agent.profile.default_hotline_id
    if wanted is not None:
        return floor.index.hotlines.get(wanted)
    usable = [h for h in floor.index.site.hotlines if h.outbound_trunk_id is not None]
    own = [h for h in usable if h.authority_id == agent.authority_id]
    return (own or usable or [None])[0]


def _check_colleague(floor: Floor, agent: Agent, colleague: AgentProfile) -> None:
    other = floor.agents.get(colleague.id)
    if colleague.id == agent.agent_id:
        raise Refused("not_allowed", "own number")
    if other is None or not other.signed_in or other.device_id not in floor.devices:
        raise Refused("no_such_number", "colleague is not signed in")
    if other.state in IN_CALL or other.state is AgentState.AFTER_CALL:
        raise Refused("agent_busy", "colleague")


def _check_trunk(floor: Floor, agent: Agent, hotline: Hotline | None) -> None:
    if not agent.profile.may_call_out or hotline is None or hotline.outbound_trunk_id is None:
        raise Refused("not_allowed")
    trunk = floor.index.trunks.get(hotline.outbound_trunk_id)
    if trunk is None:
        raise Refused("not_allowed", "no trunk")
    if trunk_use(floor, trunk.id) >= trunk.max_calls:
        raise Refused("line_full")


def trunk_use(floor: Floor, trunk_id: TrunkId) -> int:
    """Return how many calls that have not ended use this trunk."""
    return sum(1 for c in floor.calls.values() if c.trunk_id == trunk_id and c.phase is not Phase.ENDED)


# ── On the way ──


def device_answered(floor: Floor, call: Call, at: datetime) -> None:
    """The agent's own telephone is up: dial the other side."""
    if call.outside_leg is not None:
        return
    if call.to_agent_id is not None:
        _ring_colleague(floor, call, at)
        return
    assert call.trunk_id is not None
    leg_id = LegId(floor.id())
    floor.emit(
        e.LegStarted(
            at=at, authority_id=call.authority_id, call_id=call.call_id, leg_id=leg_id, number=call.dnis
        )
    )
    floor.command(
        Originate(
            leg_id=leg_id,
            to=ToTrunk(trunk_id=call.trunk_id, number=call.dnis),
            shown_number=call.shown_number,
            timeout_s=NUMBER_TIMEOUT_S,
        )
    )
    floor.set_timer("step", call.call_id, later(at, NUMBER_TIMEOUT_S + _MARGIN_S))


def _ring_colleague(floor: Floor, call: Call, at: datetime) -> None:
    other = floor.agent_of(call.to_agent_id)
    if (
        other is None
        or other.device_id is None
        or other.device_id not in floor.devices
        or other.state in IN_CALL | {AgentState.OFFLINE, AgentState.AFTER_CALL}
    ):
        end_call(floor, call, at, Party.SYSTEM, Disposition.BUSY)
        return
    offer_id, leg_id = OfferId(floor.id()), LegId(floor.id())
    until = later(at, NUMBER_TIMEOUT_S)
    state, reason = other.state, other.reason
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
        )
    )
    floor.emit(
        e.LegStarted(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            leg_id=leg_id,
            agent_id=other.agent_id,
            device_id=other.device_id,
        )
    )
    presence.become(floor, other, at, AgentState.RINGING, call_id=call.call_id)
    if state in {AgentState.BUSY, AgentState.REST}:
        presence.ask_for(floor, other, at, state, reason, by=None)
    floor.command(
        Originate(
            leg_id=leg_id,
            to=ToDevice(device_id=other.device_id),
            shown_number=call.shown_number,
            shown_name=agent_in(floor, call.placed_by).profile.name if call.placed_by else "",
            timeout_s=NUMBER_TIMEOUT_S,
            headers=(("X-Hotline-Call", call.call_id), ("X-Hotline-Offer", offer_id)),
        )
    )
    floor.set_timer("step", call.call_id, until)


def far_end_rings(floor: Floor, call: Call, *, early_media: bool) -> None:
    """The other side rings: let the agent hear its tone, or ours."""
    assert call.agent_leg is not None and call.outside_leg is not None
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
    if call.offer is not None:
        _colleague_answered(floor, call, at)
    floor.emit(e.CallAnswered(at=at, authority_id=call.authority_id, call_id=call.call_id))
    talking.start(floor, call, at, agent, call.agent_leg, call.placed_queue_id)
    if call.direction is Direction.OUTBOUND:
        presence.become(
            floor, agent, at, AgentState.TALKING, queue_id=call.placed_queue_id, call_id=call.call_id
        )


def _colleague_answered(floor: Floor, call: Call, at: datetime) -> None:
    held = call.offer
    assert held is not None and held.agent_id is not None
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
    presence.become(floor, agent_in(floor, held.agent_id), at, AgentState.INTERNAL, call_id=call.call_id)


def far_end_failed(floor: Floor, call: Call, event: LegHungUp) -> None:
    """The other side cannot be reached."""
    disposition = _DISPOSITIONS.get(event.cause, Disposition.FAILED)
    if call.offer is not None:
        _colleague_missed(floor, call, event.at)
    end_call(
        floor,
        call,
        event.at,
        Party.CITIZEN,
        disposition,
        sip_status=event.sip_status,
        q850=event.q850,
    )


def timed_out(floor: Floor, call: Call, at: datetime) -> None:
    """A telephone did not answer and the engine did not say so."""
    if call.offer is not None:
        _colleague_missed(floor, call, at)
    end_call(floor, call, at, Party.SYSTEM, Disposition.NO_ANSWER)


def _colleague_missed(floor: Floor, call: Call, at: datetime) -> None:
    held = call.offer
    assert held is not None and held.agent_id is not None
    floor.emit(
        e.OfferEnded(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            offer_id=held.offer_id,
            outcome=OfferOutcome.MISSED,
            why="no_answer",
            agent_id=held.agent_id,
        )
    )
    presence.free(floor, agent_in(floor, held.agent_id), at)
