"""The states of agents: into a call, out of it, after-call work, missed calls, signing in and out, their telephones.

Every moment of an agent belongs to exactly one state; each change is one event that begins the new state where the old one ends.
"""

from datetime import datetime

from hotline.core import events as e
from hotline.core.agent import IN_CALL, Agent
from hotline.core.call import Call
from hotline.core.events import AgentState
from hotline.core.floor import Floor, later
from hotline.core.ids import AgentId, CallId, DeviceId, QueueId, TalkId
from hotline.core.site import Queue

DEVICE_GRACE_S = 60.0
"""How long a signed-in agent may be without a registered telephone."""


def become(
    floor: Floor,
    agent: Agent,
    at: datetime,
    state: AgentState,
    *,
    reason: str = "",
    queue_id: QueueId | None = None,
    call_id: CallId | None = None,
    until: datetime | None = None,
    talk_id: TalkId | None = None,
    by: AgentId | None = None,
) -> None:
    """Begin a new state. A timer that would have ended the old one is forgotten, one that ends the new one is set."""
    if agent.until is not None:
        floor.cancel_timer("pause", agent.agent_id)
    floor.emit(
        e.AgentStateChanged(
            at=at,
            authority_id=agent.authority_id,
            agent_id=agent.agent_id,
            state=state,
            reason=reason,
            queue_id=queue_id,
            call_id=call_id,
            until=until,
            by=by,
            talk_id=talk_id,
        )
    )
    if until is not None:
        floor.set_timer("pause", agent.agent_id, until)


def ask_for(
    floor: Floor, agent: Agent, at: datetime, state: AgentState, reason: str, by: AgentId | None
) -> None:
    """Remember the state that begins when the call is over."""
    floor.emit(
        e.AgentStateRequested(
            at=at, authority_id=agent.authority_id, agent_id=agent.agent_id, state=state, reason=reason, by=by
        )
    )


def keep_for_later(floor: Floor, agent: Agent, at: datetime, state: AgentState, reason: str) -> None:
    """Who was not ready before a call is not ready after it."""
    if state in {AgentState.BUSY, AgentState.REST}:
        ask_for(floor, agent, at, state, reason, by=None)


def free(floor: Floor, agent: Agent, at: datetime) -> None:
    """Nothing holds the agent any more: the state they asked for begins, or they are ready."""
    state, reason = agent.next_state or AgentState.READY, agent.next_reason
    if state is AgentState.OFFLINE:
        sign_out(floor, agent, at, reason or "self")
    else:
        become(floor, agent, at, state, reason=reason if agent.next_state else "")


def after_talk(
    floor: Floor,
    agent: Agent,
    at: datetime,
    call: Call,
    queue_id: QueueId | None,
    talk_id: TalkId,
    wrap_up_s: float,
) -> None:
    """The talk is over: after-call work begins, or the agent is free at once."""
    if wrap_up_s <= 0:
        free(floor, agent, at)
        return
    call.wrapping.add(agent.agent_id)
    become(
        floor,
        agent,
        at,
        AgentState.AFTER_CALL,
        queue_id=queue_id,
        call_id=call.call_id,
        talk_id=talk_id,
        until=later(at, wrap_up_s),
    )


def end_wrap_up(floor: Floor, agent: Agent, at: datetime) -> None:
    """Write down the end of after-call work; the caller says which state follows."""
    if agent.state is not AgentState.AFTER_CALL or agent.call_id is None or agent.talk_id is None:
        return
    call = floor.calls.get(agent.call_id)
    floor.emit(
        e.WrapUpEnded(
            at=at,
            authority_id=agent.authority_id if call is None else call.authority_id,
            call_id=agent.call_id,
            talk_id=agent.talk_id,
            agent_id=agent.agent_id,
            seconds=(at - agent.since).total_seconds(),
        )
    )
    if call is not None:
        call.wrapping.discard(agent.agent_id)
        floor.forget_if_over(call)


def missed(floor: Floor, agent: Agent, at: datetime, queue: Queue | None, reason: str) -> None:
    """The agent did not take what rang: a pause, or out of routing after too many in a row."""
    limit = queue.missed_limit if queue else 0
    if 0 < limit <= agent.missed_in_a_row:
        sign_out(floor, agent, at, "missed_calls")
    elif agent.next_state is not None:
        free(floor, agent, at)
    else:
        pause_s = queue.missed_pause_s if queue else 5.0
        until = later(at, pause_s) if pause_s > 0 else None
        become(floor, agent, at, AgentState.MISSED, reason=reason, until=until)


def sign_out(floor: Floor, agent: Agent, at: datetime, why: str, by: AgentId | None = None) -> None:
    """The agent leaves. Whatever call they were in has let them go."""
    end_wrap_up(floor, agent, at)
    floor.cancel_timer("device", agent.agent_id)
    agent.lost_device = False
    floor.emit(
        e.AgentSignedOut(at=at, authority_id=agent.authority_id, agent_id=agent.agent_id, why=why, by=by)
    )
    become(floor, agent, at, AgentState.OFFLINE, by=by)


def pause_over(floor: Floor, agent: Agent, at: datetime) -> None:
    """The timer of after-call work or of a missed call went off."""
    if agent.state is AgentState.AFTER_CALL:
        end_wrap_up(floor, agent, at)
        free(floor, agent, at)
    elif agent.state is AgentState.MISSED:
        free(floor, agent, at)


def device_registered(floor: Floor, device_id: DeviceId) -> None:
    """A telephone is there: its agent may be offered calls."""
    floor.devices.add(device_id)
    for agent in _users_of(floor, device_id):
        if agent.lost_device:
            agent.lost_device = False
            floor.cancel_timer("device", agent.agent_id)
        floor.sync_ready(agent)


def device_expired(floor: Floor, device_id: DeviceId, at: datetime) -> None:
    """A telephone is gone: its agent gets no calls, and is signed out unless it comes back in time."""
    floor.devices.discard(device_id)
    for agent in _users_of(floor, device_id):
        floor.sync_ready(agent)
        agent.lost_device = True
        floor.set_timer("device", agent.agent_id, later(at, DEVICE_GRACE_S))


def device_stays_away(floor: Floor, agent: Agent, at: datetime) -> None:
    """The grace of a lost telephone is over."""
    if not agent.signed_in or floor.reachable(agent.device_id):
        agent.lost_device = False
    elif agent.state in IN_CALL:  # the call's own timers decide first
        floor.set_timer("device", agent.agent_id, later(at, DEVICE_GRACE_S))
    else:
        sign_out(floor, agent, at, "device_lost")


def _users_of(floor: Floor, device_id: DeviceId) -> list[Agent]:
    """Return the signed-in agents who use this telephone (one at most, unless the site is being changed)."""
    owner = floor.agent_of(floor.index.agent_of_device.get(device_id))
    return [owner] if owner is not None and owner.signed_in and owner.device_id == device_id else []
