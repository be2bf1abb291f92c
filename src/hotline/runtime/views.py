"""Make the views of `ports.call_control` from the centre's floor. Pure looking; nothing is kept."""

from datetime import datetime

from hotline.core import estimate
from hotline.core.agent import Agent
from hotline.core.call import Call, Participant, Phase
from hotline.core.events import AgentState, Direction
from hotline.core.floor import Floor
from hotline.core.ids import AgentId
from hotline.core.site import AgentProfile, Queue, Trunk
from hotline.ports.call_control import (
    AgentView,
    CallView,
    ConsultEndedView,
    ParticipantView,
    QuestionView,
    QueueView,
    TrunkView,
)


def call_view(floor: Floor, call: Call) -> CallView | None:
    """Return the view of a call; None when it is over and nobody works on it."""
    ended = call.phase is Phase.ENDED
    if ended and not call.wrapping:
        return None
    talk, visit, recording = call.talk, call.visit, call.recording
    known = floor.index.known_callers.get(call.ani if call.direction is Direction.INBOUND else call.dnis)
    position = None
    if call.line_key is not None and call.line_queue_id is not None:
        line = floor.lines.get(call.line_queue_id)
        position = line.position(call.line_key) if line is not None else None
    return CallView(
        call_id=call.call_id,
        authority_id=call.authority_id,
        direction=call.direction,
        phase="wrap_up" if ended else call.phase.value,
        since=call.since,
        started_at=call.started_at,
        ani=call.ani,
        dnis=call.dnis,
        hotline_id=call.hotline_id,
        queue_id=talk.queue_id
        if talk
        else visit.queue_id
        if visit
        else call.last_queue_id or call.placed_queue_id,
        agent_id=_agent_of(call),
        talk_id=talk.talk_id if talk else None,
        position=position,
        muted=talk.muted if talk else False,
        recording=recording is not None,
        recording_paused=recording.paused if recording else False,
        keys=tuple(call.keys),
        questions=tuple(
            QuestionView(question=one.question, article_id=one.article_id, title=one.title)
            for one in call.questions
        ),
        web=call.web,
        participants=tuple(_participant_view(floor, party) for party in call.participants.values()),
        consult_ended=_consult_ended_view(floor, call),
        offer_kind=call.offer.kind if call.offer is not None else None,
        offered_number=_number_outside(call),
        caller_kind=known.kind if known is not None else "",
        caller_name=known.name if known is not None else "",
    )


def _participant_view(floor: Floor, party: Participant) -> ParticipantView:
    profile = floor.index.agents.get(party.agent_id) if party.agent_id is not None else None
    return ParticipantView(
        leg_id=party.leg_id,
        role=party.role,
        up=party.up,
        since=party.since,
        agent_id=party.agent_id,
        agent_number=profile.number if profile is not None else "",
        name=profile.name if profile is not None else "",
        number=party.number,
        muted=party.muted,
    )


def _consult_ended_view(floor: Floor, call: Call) -> ConsultEndedView | None:
    ended = call.consult_ended
    if ended is None:
        return None
    profile = floor.index.agents.get(ended.agent_id) if ended.agent_id is not None else None
    number, name = (profile.number, profile.name) if profile is not None else (ended.number, "")
    return ConsultEndedView(at=ended.at, why=ended.why, number=number, name=name)


def _number_outside(call: Call) -> str:
    if call.forwarding is not None:
        return call.forwarding.number
    return call.offer.number if call.offer is not None else ""


def _agent_of(call: Call) -> AgentId | None:
    if call.phase is Phase.ENDED:
        return min(call.wrapping, default=None)
    if call.talk is not None:
        return call.talk.agent_id
    if call.offer is not None and call.offer.agent_id is not None:
        return call.offer.agent_id
    return call.placed_by


def agent_view(floor: Floor, profile: AgentProfile, agent: Agent | None, began: datetime) -> AgentView:
    """Return the view of an agent; `agent` None means not seen yet (offline since we `began`)."""
    queues = tuple(membership.queue_id for membership in profile.queues)
    if agent is None:
        return AgentView(
            agent_id=profile.id, authority_id=profile.authority_id, number=profile.number, name=profile.name,
            state=AgentState.OFFLINE, reason="", since=began, until=None, next_state=None, device_id=None,
            device_registered=False, call_id=floor.taking_part.get(profile.id), queue_id=None, queues=queues,
            signed_in_at=None, leader=profile.leader, mobile=profile.mobile, forwarding_to=_forwarding_to(profile),
        )  # fmt: skip
    return AgentView(
        agent_id=profile.id,
        authority_id=profile.authority_id,
        number=profile.number,
        name=profile.name,
        state=agent.state,
        reason=agent.reason,
        since=agent.since,
        until=agent.until,
        next_state=agent.next_state,
        device_id=agent.device_id,
        device_registered=floor.reachable(agent.device_id),
        call_id=agent.call_id or floor.taking_part.get(agent.agent_id),
        queue_id=agent.queue_id,
        queues=queues,
        signed_in_at=agent.signed_in_at if agent.signed_in else None,
        leader=profile.leader,
        mobile=profile.mobile,
        forwarding_to=_forwarding_to(profile),
    )


def _forwarding_to(profile: AgentProfile) -> str:
    return profile.forwarding.to if profile.forwarding is not None else ""


def queue_view(floor: Floor, queue: Queue, *, ringing: int, talking: int) -> QueueView:
    """Return the view of a queue."""
    line = floor.lines.get(queue.id)
    waits = [
        call.visit.waiting_since
        for key in (line.waiting if line else ())
        if (call := floor.calls.get(key[-1])) is not None and call.visit is not None
    ]
    return QueueView(
        queue_id=queue.id,
        authority_id=queue.authority_id,
        name=queue.name,
        waiting=len(waits),
        longest_wait_since=min(waits, default=None),
        ringing=ringing,
        talking=talking,
        ready=len(line.ready) if line else 0,
        signed_in=line.signed_in if line else 0,
        callbacks_waiting=line.kept if line else 0,
        estimated_wait_s=estimate.wait_s(line, len(line.waiting) + 1) if line else None,
    )


def trunk_view(trunk: Trunk, used: int) -> TrunkView:
    """Return the view of a trunk."""
    return TrunkView(
        trunk_id=trunk.id,
        authority_id=trunk.authority_id,
        name=trunk.name,
        used=used,
        max_calls=trunk.max_calls,
    )
