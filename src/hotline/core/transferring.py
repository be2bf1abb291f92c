"""Blind transfer (转接): the agent is out at once, and the call rings or waits elsewhere.

When nobody answers, the call comes back: to the agent who transferred it, if they are signed in and not in another call, whose
telephone rings like any other; then to the head of the queue it came from, in which a transferred caller keeps the first waiting
time and the priority; and when it came from none, the caller hears an apology.
"""

from contextlib import suppress
from datetime import datetime

from hotline.core import direct, forwarding, ivr, queueing, reaching, survey, talking
from hotline.core import events as e
from hotline.core.agent import IN_CALL, Agent
from hotline.core.call import Call, Phase
from hotline.core.ending import say_and_end
from hotline.core.events import Direction, OfferKind, Role, TalkEnd, TargetKind
from hotline.core.floor import Floor, agent_in
from hotline.core.ids import AgentId, FlowId, LegId, QueueId
from hotline.core.participants import with_role
from hotline.core.requests import Refused, Target
from hotline.core.site import ForwardWhen


def transfer(floor: Floor, call: Call, at: datetime, by: Agent, to: Target) -> None:
    """Send the citizen of the agent's talk on.

    Raises:
        Refused: wrong_state (somebody is consulted or confers, an internal call), or why the target cannot be had.
    """
    if call.direction is Direction.INTERNAL:
        raise Refused("wrong_state", "internal call")
    if with_role(call, Role.CONSULTED, Role.MEMBER, Role.INTERCEPT):
        raise Refused("wrong_state", "somebody takes part")
    match to.kind:
        case TargetKind.AGENT | TargetKind.LEADER | TargetKind.NUMBER:
            _to_party(floor, call, at, by, to)
        case TargetKind.QUEUE:
            _to_queue(floor, call, at, by, to)
        case TargetKind.FLOW:
            _to_flow(floor, call, at, by, to)
        case TargetKind.SURVEY:
            _to_survey(floor, call, at, by)


def by_telephone(floor: Floor, call: Call, at: datetime, leg_id: LegId, target: str) -> None:
    """The lead agent pressed the transfer key of the telephone itself (REFER): to a colleague, a queue, or a number outside.

    What cannot be is not done; the agent still talks to the citizen.
    """
    talk = call.talk
    if talk is None or talk.leg_id != leg_id or call.phase not in {Phase.TALKING, Phase.HOLDING}:
        return
    by = agent_in(floor, talk.agent_id)
    if target in floor.index.agent_of_number:
        kind = TargetKind.AGENT
    elif target in floor.index.queue_of_number:
        kind = TargetKind.QUEUE
    else:
        kind = TargetKind.NUMBER
    with suppress(Refused):
        transfer(floor, call, at, by, Target(kind=kind, value=target))


def _to_party(floor: Floor, call: Call, at: datetime, by: Agent, to: Target) -> None:
    party = reaching.party(floor, call, by, to, at, called=True)
    queue_id = call.talk.queue_id if call.talk is not None else None
    if isinstance(party, str):
        _out(floor, call, at, by, TalkEnd.TRANSFERRED_OUTSIDE, to.kind, party)
        rings = direct.ring_number(floor, call, at, party, OfferKind.OUTSIDE, queue_id)
    else:
        _out(
            floor,
            call,
            at,
            by,
            TalkEnd.TRANSFERRED_BLIND,
            to.kind,
            party.profile.number,
            agent_id=party.agent_id,
        )
        rings = direct.ring_agent(floor, call, at, party, OfferKind.DIRECT, queue_id)
    if not rings:
        come_back(floor, call, at, None)


def _to_queue(floor: Floor, call: Call, at: datetime, by: Agent, to: Target) -> None:
    queue = floor.index.queue_named(to.value)
    if queue is None:
        raise Refused("no_such_number", "queue")
    _out(floor, call, at, by, TalkEnd.TRANSFERRED_QUEUE, to.kind, queue.id, queue_id=queue.id)
    _wait(floor, call, at, queue.id)


def _wait(floor: Floor, call: Call, at: datetime, queue_id: QueueId) -> None:
    """Wait in a queue with the priority asked for before, since the first waiting began."""
    before = floor.queue_of(call.last_queue_id)
    own = (before.base_priority if before is not None else 0) + queueing.class_priority(floor, call)
    extra = max(0, call.priority - own) if call.visits else 0
    queue = floor.index.queues[queue_id]
    queueing.enter(floor, call, at, queue, extra, waiting_since=call.first_waiting_since)


def _to_flow(floor: Floor, call: Call, at: datetime, by: Agent, to: Target) -> None:
    hotline = floor.index.hotlines.get(call.hotline_id) if call.hotline_id is not None else None
    flow_id = FlowId(to.value) if to.value else hotline.flow_id if hotline is not None else None
    if flow_id is None or floor.index.flow(flow_id) is None:
        raise Refused("no_such_number", "flow")
    if call.direction is not Direction.INBOUND:
        raise Refused("wrong_state", "call out")
    _out(floor, call, at, by, TalkEnd.TRANSFERRED_FLOW, to.kind, flow_id)
    ivr.start(floor, call, at, flow_id)


def _to_survey(floor: Floor, call: Call, at: datetime, by: Agent) -> None:
    wanted = survey.survey_of(floor, call)
    if wanted is None:
        raise Refused("not_allowed", "no survey")
    _out(floor, call, at, by, TalkEnd.TO_SURVEY, TargetKind.SURVEY, "")
    survey.begin(floor, call, at, wanted)


def _out(
    floor: Floor,
    call: Call,
    at: datetime,
    by: Agent,
    how: TalkEnd,
    kind: TargetKind,
    to: str,
    *,
    agent_id: AgentId | None = None,
    queue_id: QueueId | None = None,
) -> None:
    """The agent is out; whoever listened is too."""
    talk = call.talk
    assert talk is not None
    talking.let_go(floor, call, at, how)
    call.digits = call.stage = ""
    call.rung.clear()
    floor.emit(
        e.TransferMade(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            by=by.agent_id,
            kind=kind,
            to=to,
            talk_id=talk.talk_id,
            to_agent_id=agent_id,
            to_queue_id=queue_id,
        )
    )


# ── Back again ──


def come_back(floor: Floor, call: Call, at: datetime, rang: AgentId | None) -> None:
    """Nobody took the call. `rang`: the agent at whom it rang last in vain, whose forwarding is asked first."""
    if rang is not None and _forwarded(floor, call, at, rang):
        return
    by = floor.agent_of(call.transfer.by) if call.transfer is not None else None
    queue = floor.queue_of(call.last_queue_id)
    if by is not None and by.agent_id != rang and _rung_again(floor, call, at, by):
        return
    if queue is not None and call.visits:
        _wait(floor, call, at, queue.id)
    else:
        say_and_end(floor, call, at, (queueing.APOLOGY,))


def _forwarded(floor: Floor, call: Call, at: datetime, rang: AgentId) -> bool:
    """Ring whom calls to this agent go to when they do not answer; False when there is nobody, or it would go in circles."""
    profile = floor.index.agents.get(rang)
    to = forwarding.target_of(floor, profile, ForwardWhen.NO_ANSWER, at) if profile is not None else None
    by = call.transfer.by if call.transfer is not None else None
    call.rung.add(rang)
    if to is None or rang == by or len(call.rung) > forwarding.STEPS_MAX:
        return False
    if to.kind is TargetKind.NUMBER:
        return direct.ring_number(floor, call, at, to.value, OfferKind.OUTSIDE, call.last_queue_id)
    other = floor.agents.get(floor.index.agent_of_number[to.value].id)
    if other is None or other.agent_id in call.rung or other.agent_id == by:
        return False
    return _rung_again(floor, call, at, other)


def _rung_again(floor: Floor, call: Call, at: datetime, agent: Agent) -> bool:
    free = agent.signed_in and agent.state not in IN_CALL and agent.agent_id not in floor.taking_part
    if not free or not reaching.has_phone(floor, agent):
        return False
    return direct.ring_agent(floor, call, at, agent, OfferKind.DIRECT, call.last_queue_id)
