"""Who takes part in a talk beside the citizen and the lead agent: called in, picked up, muted, gone; each an agent's state of its own.

The verbs (consult, conference, leaders) are other chapters; here is what they share. Whoever changes the parties settles the audio.
"""

from datetime import datetime

from hotline.core import devices, presence, trunks
from hotline.core import events as e
from hotline.core.agent import IN_CALL, Agent
from hotline.core.call import Call, Participant
from hotline.core.channels import Dialled
from hotline.core.direct import NUMBER_RING_S
from hotline.core.events import AgentState, Direction, Role, TalkEnd
from hotline.core.floor import Floor, later
from hotline.core.ids import AgentId, DeviceId, LegId, QueueId, TalkId
from hotline.core.requests import Refused
from hotline.core.switching import HangUp, Originate, ToDevice

PARTIES_MAX = 8
"""So many may take part beside the citizen and the lead agent."""
SUPERVISING = frozenset({Role.MONITOR, Role.WHISPER, Role.BARGE, Role.INTERCEPT})
_AUTO_ANSWER_S = 15.0
_MARGIN_S = 2.0
_AUTO = ("X-Hotline-Auto-Answer", "1")


def with_role(call: Call, *roles: Role) -> list[Participant]:
    """Return the participants in these roles, in the order in which they were called in."""
    return [p for p in call.participants.values() if p.role in roles]


def of_agent(call: Call, agent_id: AgentId) -> Participant | None:
    """Return what this agent is in the call beside the lead, if anything."""
    return next((p for p in call.participants.values() if p.agent_id == agent_id), None)


# ── Called in ──


def check_room(call: Call) -> None:
    """Refuse one more party when there are enough."""
    if len(call.participants) >= PARTIES_MAX:
        raise Refused("line_full", "parties")


def invite(floor: Floor, call: Call, at: datetime, role: Role, by: AgentId, party: Agent | str) -> None:
    """Call a colleague or a number outside into the talk. The agent rings; a number outside is shown the hotline's own."""
    leg_id = LegId(floor.id())
    agent = None if isinstance(party, str) else party
    ring_s = (
        NUMBER_RING_S if agent is None else devices.ring_s(floor, agent, floor.index.site.transfer_ring_s)
    )
    _invited(floor, call, at, leg_id, role, by, agent, number=party if isinstance(party, str) else "")
    timeout_s = ring_s + _MARGIN_S
    if agent is None:
        hotline = trunks.hotline_of(floor, call, by)
        trunks.dial(
            floor,
            call,
            at,
            leg_id,
            Dialled(
                number=str(party),
                shown_number=hotline.number if hotline is not None else "",
                timeout_s=timeout_s,
                near=call.outside_leg,
            ),
        )
    else:
        state, reason = agent.state, agent.reason
        presence.become(floor, agent, at, AgentState.RINGING, call_id=call.call_id)
        presence.keep_for_later(floor, agent, at, state, reason)
        devices.ring(
            floor,
            call,
            at,
            agent,
            leg_id,
            shown_number=call.ani,
            timeout_s=timeout_s,
            headers=(("X-Hotline-Call", call.call_id), ("X-Hotline-Role", role.value)),
        )
    floor.set_timer("invite", leg_id, later(at, ring_s))


def invite_leader(
    floor: Floor, call: Call, at: datetime, role: Role, leader_id: AgentId, device_id: DeviceId
) -> None:
    """Call the telephone of a leader who listens in; it picks up by itself. A leader who is signed in is not free meanwhile."""
    leg_id = LegId(floor.id())
    agent = floor.agent_of(leader_id)
    floor.emit(
        e.ParticipantInvited(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            leg_id=leg_id,
            role=role,
            by=leader_id,
            agent_id=leader_id,
            device_id=device_id,
        )
    )
    if agent is not None and agent.signed_in:
        presence.end_wrap_up(floor, agent, at)
        state, reason = agent.state, agent.reason
        presence.become(floor, agent, at, AgentState.INTERNAL, call_id=call.call_id)
        presence.keep_for_later(floor, agent, at, state, reason)
    floor.emit(
        e.LegStarted(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            leg_id=leg_id,
            agent_id=leader_id,
            device_id=device_id,
        )
    )
    floor.command(
        Originate(
            leg_id=leg_id,
            to=ToDevice(device_id=device_id),
            shown_number=call.ani,
            timeout_s=_AUTO_ANSWER_S + _MARGIN_S,
            auto_answer=True,
            near=call.outside_leg,
            headers=(("X-Hotline-Call", call.call_id), ("X-Hotline-Role", role.value), _AUTO),
        )
    )
    floor.set_timer("invite", leg_id, later(at, _AUTO_ANSWER_S))


def _invited(
    floor: Floor,
    call: Call,
    at: datetime,
    leg_id: LegId,
    role: Role,
    by: AgentId,
    agent: Agent | None,
    number: str,
) -> None:
    floor.emit(
        e.ParticipantInvited(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            leg_id=leg_id,
            role=role,
            by=by,
            agent_id=agent.agent_id if agent is not None else None,
            device_id=agent.device_id if agent is not None else None,
            number=number,
        )
    )


# ── Taking part ──


def joined(floor: Floor, call: Call, at: datetime, party: Participant) -> None:
    """The party's telephone is up: it takes part, an agent as a colleague asked or as a member with a talk of their own."""
    floor.cancel_timer("invite", party.leg_id)
    floor.emit(
        e.ParticipantJoined(at=at, authority_id=call.authority_id, call_id=call.call_id, leg_id=party.leg_id)
    )
    agent = floor.agent_of(party.agent_id)
    if agent is None:
        return
    if party.role is Role.MEMBER:
        begin_talk(floor, call, at, party)
    elif party.role is Role.CONSULTED:
        presence.become(floor, agent, at, AgentState.INTERNAL, call_id=call.call_id)


def begin_talk(floor: Floor, call: Call, at: datetime, member: Participant) -> None:
    """A member who is an agent talks with the citizen: it counts for them."""
    agent = floor.agent_of(member.agent_id)
    if agent is None:
        return
    queue_id = call.talk.queue_id if call.talk is not None else None
    floor.emit(
        e.TalkStarted(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            talk_id=TalkId(floor.id()),
            agent_id=agent.agent_id,
            leg_id=member.leg_id,
            direction=call.direction,
            queue_id=queue_id,
        )
    )
    talking = AgentState.INTERNAL if call.direction is Direction.INTERNAL else AgentState.TALKING
    presence.become(floor, agent, at, talking, queue_id=queue_id, call_id=call.call_id)


def change_role(floor: Floor, call: Call, at: datetime, party: Participant, role: Role, by: AgentId) -> None:
    """Give the party another role."""
    if party.role is not role:
        floor.emit(
            e.ParticipantRoleChanged(
                at=at,
                authority_id=call.authority_id,
                call_id=call.call_id,
                leg_id=party.leg_id,
                role=role,
                by=by,
            )
        )


def mute(floor: Floor, call: Call, at: datetime, party: Participant, by: AgentId, *, muted: bool) -> None:
    """Close or open the party's microphone."""
    if party.muted is not muted:
        floor.emit(
            e.ParticipantMuted(
                at=at,
                authority_id=call.authority_id,
                call_id=call.call_id,
                leg_id=party.leg_id,
                muted=muted,
                by=by,
            )
        )


# ── Gone ──


def left(
    floor: Floor,
    call: Call,
    at: datetime,
    party: Participant,
    why: str,
    how: TalkEnd = TalkEnd.LEFT_CONFERENCE,
) -> None:
    """The party takes part no more: its leg is hung up, its talk ends, its agent is free."""
    floor.cancel_timer("invite", party.leg_id)
    talk_id, queue_id = party.talk_id, party.queue_id
    if talk_id is not None and party.agent_id is not None:
        floor.emit(
            e.TalkEnded(
                at=at,
                authority_id=call.authority_id,
                call_id=call.call_id,
                talk_id=talk_id,
                agent_id=party.agent_id,
                how=how,
            )
        )
    floor.emit(
        e.ParticipantLeft(
            at=at, authority_id=call.authority_id, call_id=call.call_id, leg_id=party.leg_id, why=why
        )
    )
    if party.leg_id in call.legs:
        floor.command(HangUp(leg_id=party.leg_id))
    agent = floor.agent_of(party.agent_id)
    if agent is None or agent.call_id != call.call_id or agent.state not in IN_CALL:
        return
    if talk_id is None:
        presence.free(floor, agent, at)
    else:
        presence.after_talk(floor, agent, at, call, queue_id, talk_id, wrap_up_s(floor, queue_id))


def wrap_up_s(floor: Floor, queue_id: QueueId | None) -> float:
    """Return how long after-call work on a talk of this queue lasts."""
    queue = floor.queue_of(queue_id)
    return queue.wrap_up_s if queue is not None else 0.0


def dismiss(
    floor: Floor,
    call: Call,
    at: datetime,
    why: str,
    *roles: Role,
    how: TalkEnd = TalkEnd.LEFT_CONFERENCE,
) -> None:
    """Let go of all participants (in these roles)."""
    for party in list(call.participants.values()):
        if not roles or party.role in roles:
            left(floor, call, at, party, why, how)


def taken_over(floor: Floor, call: Call, at: datetime, party: Participant) -> None:
    """The party stays on its leg and takes part no more, because it gets the citizen: what follows says as what."""
    floor.cancel_timer("invite", party.leg_id)
    floor.emit(
        e.ParticipantLeft(
            at=at, authority_id=call.authority_id, call_id=call.call_id, leg_id=party.leg_id, why="took_over"
        )
    )
