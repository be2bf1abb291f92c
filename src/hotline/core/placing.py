"""Agents dial: from the desk or on the telephone itself, a number outside or a colleague. Checked first, then written down whole."""

from datetime import datetime

from hotline.core import devices, forwarding, outbound_rules, presence, trunks
from hotline.core import events as e
from hotline.core.agent import IN_CALL, Agent
from hotline.core.channels import Dialled
from hotline.core.events import AgentState, Direction
from hotline.core.floor import Floor, later
from hotline.core.ids import CallId, HotlineId, LegId, QueueId, TrunkId
from hotline.core.numbers import dialled as normalised
from hotline.core.requests import PlaceCall, Refused
from hotline.core.site import AgentProfile, Hotline
from hotline.core.switching import Answer, LegIncoming, Originate, Reject, ToDevice

DEVICE_TIMEOUT_S = 20.0
_MARGIN_S = 5.0
_SIP = {"no_such_number": 404, "agent_busy": 486, "you_are_busy": 486, "line_full": 503}


def place(floor: Floor, agent: Agent, request: PlaceCall) -> CallId:
    """Begin the call that the agent asked for.

    Raises:
        Refused: the number, the agent or the trunk does not allow it.
    """
    if agent.device_id is None or not floor.reachable(agent.device_id):
        raise Refused("no_device")
    at, number = request.at, normalised(request.to)
    leg_id = LegId(floor.id())
    call_id = _begin(floor, agent, at, number, leg_id, request.hotline_id, request.queue_id)
    headers = (("X-Hotline-Call", call_id), ("X-Hotline-Auto-Answer", "1"))
    mobile = floor.index.mobiles.get(agent.device_id)
    seconds = devices.ring_s(floor, agent, DEVICE_TIMEOUT_S)
    if mobile is None:
        to = ToDevice(device_id=agent.device_id)
        shown, auto = number, True
        floor.command(
            Originate(
                leg_id=leg_id, to=to, shown_number=shown, timeout_s=seconds, auto_answer=auto, headers=headers
            )
        )
    else:
        call = floor.calls[call_id]
        hotline = trunks.hotline_of(floor, call, agent.agent_id)
        trunk_id = floor.channels.trunk_of(leg_id)
        assert hotline is not None and trunk_id is not None
        seat = Dialled(number=mobile, shown_number=hotline.number, timeout_s=seconds, agent_id=agent.agent_id)
        trunks.ask(floor, leg_id, trunk_id, seat)
    floor.set_timer("step", call_id, later(at, seconds + _MARGIN_S))
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
        floor.command(Reject(leg_id=event.leg_id, sip_status=_SIP.get(refused.code, 403)))
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
        raise Refused("you_are_busy")
    if not number:
        raise Refused("no_such_number")
    to, colleague, trunk_id = number, _colleague(floor, agent, number, at), None
    hotline = _hotline_for(floor, agent, hotline_id)
    if isinstance(colleague, str):  # who forwards their calls answers for the number outside
        to, colleague = colleague, None
        trunk_id = _trunk(floor, hotline)
    elif colleague is None:
        may_dial(floor, agent, number, at)
        trunk_id = _trunk(floor, hotline)
    device_trunk_id = _device_trunk(floor, agent, hotline)
    if queue_id is not None and queue_id not in floor.index.queues:
        raise Refused("not_allowed", "queue")
    presence.end_wrap_up(floor, agent, at)
    call_id = CallId(floor.id())
    state, reason = agent.state, agent.reason
    outward = hotline if colleague is None else None
    floor.emit(
        e.CallPlaced(
            at=at,
            authority_id=agent.authority_id if hotline is None else hotline.authority_id,
            call_id=call_id,
            direction=Direction.OUTBOUND if colleague is None else Direction.INTERNAL,
            agent_id=agent.agent_id,
            leg_id=leg_id,
            to=to,
            shown_number=outward.number if outward else agent.profile.number,
            hotline_id=outward.id if outward else None,
            queue_id=queue_id,
            trunk_id=trunk_id,
            to_agent_id=colleague.id if colleague else None,
            device_trunk_id=device_trunk_id,
        )
    )
    dialling = AgentState.DIALLING if colleague is None else AgentState.INTERNAL
    presence.become(floor, agent, at, dialling, queue_id=queue_id, call_id=call_id)
    presence.keep_for_later(floor, agent, at, state, reason)
    return call_id


def _hotline_for(floor: Floor, agent: Agent, hotline_id: HotlineId | None) -> Hotline | None:
    """Return the hotline to call for: the one asked for, else the agent's own, else the first of their authority that has a trunk.

    Never another authority's: its number would be shown and its channels taken. None: a call out is refused with `no_hotline`.
    """
    wanted = hotline_id or agent.profile.default_hotline_id
    if wanted is not None:
        return floor.index.hotlines.get(wanted)
    own = (h for h in floor.index.site.hotlines if h.authority_id == agent.authority_id)
    return next((h for h in own if h.outbound_trunk_id is not None), None)


def _colleague(floor: Floor, agent: Agent, number: str, at: datetime) -> AgentProfile | str | None:
    """Return the colleague with this work number (or whom their calls go to, or the number outside), None: no colleague's."""
    profile = floor.index.agent_of_number.get(number)
    if profile is None or profile.authority_id != agent.authority_id:
        return None
    if profile.id == agent.agent_id:
        raise Refused("not_allowed", "own number")
    to = forwarding.instead_of(floor, profile, at, agent.agent_id)
    if isinstance(to, str):
        return to
    other = floor.agents.get(to.id)
    if not forwarding.is_there(floor, other):
        raise Refused("no_such_number", "colleague is not signed in")
    if forwarding.is_busy(other):
        raise Refused("agent_busy", "colleague")
    return to


def may_dial(floor: Floor, agent: Agent, number: str, at: datetime) -> None:
    """See whether the agent may call this number outside now.

    Raises:
        Refused: not_allowed, number_barred, closed_hours, daily_limit.
    """
    if not agent.profile.may_call_out:
        raise Refused("not_allowed")
    site = floor.index.site
    used = floor.calls_today.used(site, agent.agent_id, number, at)
    code = outbound_rules.refusal(site, agent.profile, number, at, used)
    if code is not None:
        raise Refused(code)


def _trunk(floor: Floor, hotline: Hotline | None) -> TrunkId:
    if hotline is None or hotline.outbound_trunk_id not in floor.index.trunks:
        raise Refused("no_hotline")
    trunk_id = trunks.free_trunk(floor, hotline)
    if trunk_id is None:
        raise Refused("line_full")
    return trunk_id


def _device_trunk(floor: Floor, agent: Agent, hotline: Hotline | None) -> TrunkId | None:
    return _trunk(floor, hotline) if devices.is_mobile(floor, agent.device_id) else None
