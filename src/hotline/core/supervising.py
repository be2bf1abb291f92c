"""Leaders in a running talk: listen (监听), whisper (密语), barge in (强插), take over (拦截), end it (强拆).

A leader needs a telephone that is registered and need not be signed in, except to take over, which is a talk of their own. Who may do
this is the interface's matter. When a leader's telephone dies, the talk is untouched.
"""

from datetime import datetime

from hotline.core import audio, participants, presence, reaching, talking
from hotline.core.agent import IN_CALL
from hotline.core.call import Call, Participant, Phase
from hotline.core.ending import end_call, end_talk
from hotline.core.events import AgentState, Direction, Disposition, Party, Role, TalkEnd
from hotline.core.floor import Floor, agent_in
from hotline.core.ids import AgentId
from hotline.core.requests import Refused

ROLES = frozenset({Role.MONITOR, Role.WHISPER, Role.BARGE})


def supervise(floor: Floor, call: Call, at: datetime, leader_id: AgentId, role: Role) -> None:
    """Let the leader take part in this role; who does already changes the role, on the same leg.

    Raises:
        Refused: not_allowed, wrong_state, you_are_busy, no_device, line_full.
    """
    if role not in ROLES:
        raise Refused("not_allowed", role)
    party = _check(call, leader_id)
    if party is None:
        _call_leader(floor, call, at, leader_id, role)
    else:
        participants.change_role(floor, call, at, party, role, leader_id)
        audio.settle(floor, call)


def _check(call: Call, leader_id: AgentId) -> Participant | None:
    """Return what the leader is in this call already."""
    if call.talk is None or call.phase not in {Phase.TALKING, Phase.HOLDING}:
        raise Refused("wrong_state")
    if call.talk.agent_id == leader_id:
        raise Refused("not_allowed", "own call")
    party = participants.of_agent(call, leader_id)
    if party is not None and party.role not in participants.SUPERVISING:
        raise Refused("you_are_busy")
    return party


def _call_leader(floor: Floor, call: Call, at: datetime, leader_id: AgentId, role: Role) -> None:
    profile = floor.index.agents.get(leader_id)
    if profile is None:
        raise Refused("not_allowed")
    agent = floor.agent_of(leader_id)
    if leader_id in floor.taking_part or (agent is not None and agent.state in IN_CALL):
        raise Refused("you_are_busy")
    if not floor.engine_up:
        raise Refused("engine_down")
    participants.check_room(call)
    participants.invite_leader(floor, call, at, role, leader_id, reaching.own_phone(floor, profile))
    audio.settle(floor, call)


def intercept(floor: Floor, call: Call, at: datetime, leader_id: AgentId) -> None:
    """Let the leader take the talk over: at once if their telephone is up in this call, else as soon as it is.

    Raises:
        Refused: not_signed_in, wrong_state, not_allowed, you_are_busy, no_device.
    """
    agent = floor.agent_of(leader_id)
    if agent is None or not agent.signed_in:
        raise Refused("not_signed_in")
    if call.direction is Direction.INTERNAL:
        raise Refused("wrong_state", "internal call")
    party = _check(call, leader_id)
    if party is None:
        _call_leader(floor, call, at, leader_id, Role.INTERCEPT)
    elif agent.call_id != call.call_id:
        raise Refused("you_are_busy")
    else:
        participants.change_role(floor, call, at, party, Role.INTERCEPT, leader_id)
        if party.up:
            take_over(floor, call, at, party)


def take_over(floor: Floor, call: Call, at: datetime, party: Participant) -> None:
    """The leader's telephone is up: the agent is out, the leader talks to the citizen."""
    talk = call.talk
    assert talk is not None and party.agent_id is not None
    agent, queue_id = agent_in(floor, party.agent_id), talk.queue_id
    participants.dismiss(floor, call, at, "talk_ended", Role.CONSULTED)
    participants.taken_over(floor, call, at, party)
    participants.dismiss(floor, call, at, "talk_ended", Role.INTERCEPT)
    end_talk(floor, call, at, TalkEnd.INTERCEPTED)
    talking.start(floor, call, at, agent, party.leg_id, queue_id)
    presence.become(floor, agent, at, AgentState.TALKING, queue_id=queue_id, call_id=call.call_id)


def release(floor: Floor, call: Call, at: datetime) -> None:
    """End the call by force; a call out that nobody has answered yet, and a kept place, are called off."""
    called_off = call.phase in {Phase.DIALLING, Phase.CALLBACK}
    disposition = Disposition.CANCELLED if called_off else None
    end_call(floor, call, at, Party.AGENT, disposition, talk_end=TalkEnd.RELEASED)
