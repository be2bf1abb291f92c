"""Pick-up (代答): a colleague takes over what rings at somebody else or waits, in the queues they serve; leaders in any."""

from datetime import datetime

from hotline.core import devices, direct, reaching
from hotline.core.agent import IN_CALL, Agent
from hotline.core.call import Call, Phase
from hotline.core.events import OfferKind, OfferOutcome
from hotline.core.floor import Floor
from hotline.core.ids import CallId, QueueId
from hotline.core.requests import Refused

_RINGS = frozenset({OfferKind.QUEUE, OfferKind.DIRECT})
"""What may be picked up while it rings: neither a pick-up itself, nor what rings outside the house."""


def pick_up(floor: Floor, agent: Agent, at: datetime, call_id: CallId | None) -> CallId:
    """Let the call ring at this agent, whose telephone picks up by itself; the colleague's ring ends and counts as no miss.

    Without `call_id`: what has rung longest, else what has waited longest. Returns the call.

    Raises:
        Refused: you_are_busy, no_device, no_such_call, already_taken (a colleague was quicker), not_allowed, line_full.
    """
    if agent.state in IN_CALL or agent.agent_id in floor.taking_part:
        raise Refused("you_are_busy")
    if not reaching.has_phone(floor, agent):
        raise Refused("no_device")
    call = _longest(floor, agent) if call_id is None else floor.calls.get(call_id)
    if call is None or call.phase is Phase.ENDED:
        raise Refused("no_such_call")
    if call.authority_id != agent.authority_id and not _serves(agent, _queue_of(call)):
        raise Refused("no_such_call")
    if not can_be_picked_up(call):
        taken = call.talk is not None or call.offer is not None
        raise Refused("already_taken" if taken else "wrong_state")
    if not may(agent, call):
        raise Refused("not_allowed")
    if not devices.line_free(floor, call, agent):
        raise Refused("line_full")
    queue_id = _queue_of(call)
    if call.offer is not None:
        direct.in_vain(floor, call, at, OfferOutcome.RECALLED, "picked_up")
    direct.ring_agent(floor, call, at, agent, OfferKind.PICK_UP, queue_id)
    return call.call_id


def can_be_picked_up(call: Call) -> bool:
    """Whether the call rings at an agent for the first time in this way, or waits."""
    if call.phase is Phase.WAITING:
        return call.closing is None
    return (
        call.phase in {Phase.RINGING, Phase.DIRECT}
        and call.offer is not None
        and call.offer.agent_id is not None
        and call.offer.kind in _RINGS
    )


def may(agent: Agent, call: Call) -> bool:
    """Whether this agent serves the call's queue, or leads."""
    return agent.profile.leader or _serves(agent, _queue_of(call))


def _queue_of(call: Call) -> QueueId | None:
    return call.visit.queue_id if call.visit is not None else call.last_queue_id


def _serves(agent: Agent, queue_id: QueueId | None) -> bool:
    return any(membership.queue_id == queue_id for membership in agent.profile.queues)


def _longest(floor: Floor, agent: Agent) -> Call | None:
    """Return what rings longest in the agent's queues, else what waits longest there."""
    mine = [c for c in floor.calls.values() if can_be_picked_up(c) and _serves(agent, _queue_of(c))]
    return min(mine, key=lambda c: (c.phase is Phase.WAITING, _since(c), c.call_id), default=None)


def _since(call: Call) -> datetime:
    if call.offer is not None:
        return call.offer.since
    return call.visit.waiting_since if call.visit is not None else call.since
