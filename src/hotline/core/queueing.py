"""Waiting in a queue: entry, offers to agents, overflow. Order and choice are `core.routing`'s, what is heard `core.announcing`'s."""

from datetime import datetime
from typing import assert_never

from hotline.core import devices, duty_phone, presence, voicemail
from hotline.core import events as e
from hotline.core.agent import Agent
from hotline.core.announcing import announce, music
from hotline.core.call import Call, Phase
from hotline.core.ending import end_call, say_and_end
from hotline.core.events import (
    AgentState,
    Disposition,
    OfferKind,
    OfferOutcome,
    OverflowCause,
    Party,
    VisitOutcome,
)
from hotline.core.floor import Floor, agent_in, later
from hotline.core.ids import AgentId, LegId, OfferId, PromptKey, QueueId, VisitId
from hotline.core.routing import NOBODY, WaitKey, effective_priority, rank_of, reach_after
from hotline.core.site import OverflowTo, Queue
from hotline.core.switching import HangUp

VISITS_MAX = 10
"""A call that entered so many queues goes round in circles: it overflows to nowhere."""
RING_MARGIN_S = 2.0
"""The engine's own time-out of a ring is so much later than ours, and only there in case we are not."""
NO_CHANNEL_PAUSE_S = 5.0
"""How long a mobile seat is passed over when every channel is taken."""
APOLOGY = PromptKey("all_lines_busy")


def enter(
    floor: Floor,
    call: Call,
    at: datetime,
    queue: Queue,
    priority: int = 0,
    waiting_since: datetime | None = None,
) -> None:
    """Let the call wait in the queue, or overflow at once when there is no room or nobody to serve it.

    `priority` comes on top of the queue's own and of the caller's class.
    """
    call.digits = ""
    call.rang = False
    call.stage = ""
    call.messages_heard = 0
    line = floor.lines[queue.id]
    full = 0 < queue.max_length <= len(line.waiting) - line.kept
    _write_entry(floor, call, at, queue, priority, waiting_since)
    if full or call.visits > VISITS_MAX:
        overflow(floor, call, at, queue, OverflowCause.FULL)
        return
    if queue.no_agent_overflow and line.signed_in == 0:
        overflow(floor, call, at, queue, OverflowCause.NO_AGENT)
        return
    wait_in_line(floor, call, at, queue)
    if queue.max_wait_s > 0:
        floor.set_timer("wait", call.call_id, later(at, queue.max_wait_s))
    if line.ready:
        music(floor, call, at, queue)
    else:
        announce(floor, call, at, queue)


def _write_entry(
    floor: Floor, call: Call, at: datetime, queue: Queue, priority: int, waiting_since: datetime | None
) -> None:
    priority += queue.base_priority + class_priority(floor, call)
    since = waiting_since or at
    place = (rank_of(queue, priority, since), since, floor.arrivals + 1, call.call_id)
    floor.emit(
        e.QueueEntered(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            visit_id=VisitId(floor.id()),
            queue_id=queue.id,
            priority=priority,
            position=floor.lines[queue.id].position(place),
            waiting_since=waiting_since,
        )
    )


def class_priority(floor: Floor, call: Call) -> int:
    """Return what the class of a known caller (VIP 合同客户) adds to the priority."""
    known = floor.index.known_callers.get(call.ani)
    return known.priority if known is not None else 0


# ── Standing in line ──


def wait_in_line(floor: Floor, call: Call, at: datetime, queue: Queue) -> None:
    """Take the place in the line; as far as the queue says so, for the agent of the last talk first, then for the best ones."""
    place = call.place
    assert place is not None
    waited_s = (at - place.entered_at).total_seconds()
    wanted = floor.last_agents.of(call.ani) if waited_s < queue.last_agent_wait_s and call.visit else None
    if wanted is not None and _works_in(floor, wanted, queue.id):
        floor.join_line(call, NOBODY)
        call.asks_for = wanted
        floor.asked_for.setdefault(wanted, set()).add(call.call_id)
        floor.set_timer("widen", call.call_id, later(place.entered_at, queue.last_agent_wait_s))
        if queue.id in floor.agents[wanted].ready_keys:
            floor.newly_ready.append(wanted)
        return
    reach, next_s = _reach(floor, queue, waited_s)
    floor.join_line(call, reach)
    if next_s is not None:
        floor.set_timer("widen", call.call_id, later(place.entered_at, next_s))


def _reach(floor: Floor, queue: Queue, waited_s: float) -> tuple[int, float | None]:
    return reach_after(queue, waited_s, floor.index.levels.get(queue.id, 1))


def _works_in(floor: Floor, agent_id: AgentId, queue_id: QueueId) -> bool:
    agent = floor.agents.get(agent_id)
    return (
        agent is not None
        and agent.signed_in
        and agent.state not in {AgentState.BUSY, AgentState.REST}
        and any(member.queue_id == queue_id for member in agent.profile.queues)
    )


def widen(floor: Floor, call: Call, at: datetime) -> None:
    """The call has waited long enough for the best agents, or for its last one: it may be offered to more."""
    place = call.place
    queue = floor.queue_of(place.queue_id) if place is not None else None
    if place is None or queue is None or call.line_key is None:
        return
    floor.ask_for_nobody(call)
    reach, next_s = _reach(floor, queue, (at - place.entered_at).total_seconds())
    floor.lines[queue.id].widen(call.line_key, reach)
    floor.newly_waiting.append(queue.id)
    if next_s is not None:
        floor.set_timer("widen", call.call_id, later(place.entered_at, next_s))


# ── Bringing together ──


def settle(floor: Floor, at: datetime) -> None:
    """Bring together the calls and agents that can now be brought together; ends when none is left."""
    while floor.newly_unstaffed:
        _overflow_unstaffed(floor, floor.newly_unstaffed.popleft(), at)
    while floor.newly_ready or floor.newly_waiting:
        if floor.newly_ready:
            agent = floor.agents[floor.newly_ready.popleft()]
            if agent.ready_keys:
                _serve(floor, agent, at)
            continue
        line = floor.lines.get(floor.newly_waiting.popleft())
        while line is not None and (agent_id := line.serving()) is not None:
            _serve(floor, floor.agents[agent_id], at)


def _serve(floor: Floor, agent: Agent, at: datetime) -> None:
    """Offer the agent the call of highest priority, then longest wait, of all they may take now."""
    heads = [
        key
        for queue_id, (_, level) in agent.ready_keys.items()
        if (key := floor.lines[queue_id].head_for(level)) is not None
    ]
    for call_id in floor.asked_for.get(agent.agent_id, ()):
        call = floor.calls[call_id]
        if call.line_key is not None and call.line_queue_id in agent.ready_keys:
            heads.append(call.line_key)
    if len(heads) == 1:
        offer(floor, floor.calls[heads[0][3]], agent, at)
    elif heads:
        offer(floor, floor.calls[min(heads, key=lambda key: _order(floor, key, at))[3]], agent, at)


def _order(floor: Floor, key: WaitKey, at: datetime) -> tuple[float, datetime, int]:
    """Return the place of a waiting call among those of all queues at this moment."""
    place = floor.calls[key[3]].place
    assert place is not None
    queue = floor.index.queues[place.queue_id]
    return -effective_priority(queue, place.priority, place.waiting_since, at), key[1], key[2]


def offer(floor: Floor, call: Call, agent: Agent, at: datetime) -> None:
    """Let the call ring at the agent, who is reserved until the ring ends."""
    place, visit = call.place, call.visit
    assert place is not None and agent.device_id is not None
    queue = floor.index.queues[place.queue_id]
    if not devices.line_free(floor, call, agent):
        until = later(at, NO_CHANNEL_PAUSE_S)
        presence.become(floor, agent, at, AgentState.MISSED, reason="line_full", until=until)
        floor.newly_waiting.append(queue.id)
        return
    floor.leave_line(call)
    floor.offers += 1
    agent.turn = floor.offers
    offer_id, leg_id = OfferId(floor.id()), LegId(floor.id())
    ring_s = devices.ring_s(floor, agent, queue.ring_timeout_s)
    until = later(at, ring_s)
    floor.emit(
        e.OfferMade(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            offer_id=offer_id,
            leg_id=leg_id,
            lease_until=until,
            visit_id=visit.visit_id if visit is not None else None,
            queue_id=queue.id,
            agent_id=agent.agent_id,
            device_id=agent.device_id,
            duty_number=floor.index.mobiles.get(agent.device_id, ""),
            kind=OfferKind.QUEUE if visit is not None else OfferKind.CALLBACK,
        )
    )
    presence.become(floor, agent, at, AgentState.RINGING, queue_id=queue.id, call_id=call.call_id)
    devices.ring(
        floor,
        call,
        at,
        agent,
        leg_id,
        shown_number=call.ani if visit is not None else call.dnis,
        shown_name=queue.name,
        timeout_s=ring_s + RING_MARGIN_S,
        headers=(("X-Hotline-Call", call.call_id),),
    )
    floor.set_timer("ring", call.call_id, until)
    if call.stage:  # in the middle of asking to be called back
        call.stage = ""
        music(floor, call, at, queue)


def offer_failed(floor: Floor, call: Call, at: datetime, outcome: OfferOutcome, why: str) -> None:
    """The ring came to nothing: the caller is back at the head of the line, the agent pauses."""
    held, place = call.offer, call.place
    assert held is not None and place is not None
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
    if held.leg_id in call.legs:
        floor.command(HangUp(leg_id=held.leg_id))
    queue = floor.queue_of(place.queue_id)
    if held.agent_id is not None:
        presence.missed(floor, agent_in(floor, held.agent_id), at, queue, why)
    if queue is None:
        leave_unknown(floor, call, at)
        return
    if call.visit is None:
        wait_in_line(floor, call, at, queue)
        return
    if queue.max_wait_s > 0 and at >= later(place.entered_at, queue.max_wait_s):
        overflow(floor, call, at, queue, OverflowCause.TIME_OUT)
        return
    wait_in_line(floor, call, at, queue)
    if not call.prompting and queue.message_every_s > 0:
        floor.set_timer("step", call.call_id, later(at, queue.message_every_s))


def step(floor: Floor, call: Call, at: datetime) -> None:
    """A message is over (or its end was never reported), or the next one is due."""
    queue = floor.queue_of(call.visit.queue_id) if call.visit is not None else None
    if queue is None:
        return
    if call.prompting or call.phase is Phase.RINGING:
        music(floor, call, at, queue)
    else:
        announce(floor, call, at, queue)


# ── Leaving ──


def waited_too_long(floor: Floor, call: Call, at: datetime) -> None:
    """The longest wait is over. While an agent rings, the ring decides."""
    queue = floor.queue_of(call.visit.queue_id) if call.visit is not None else None
    if call.phase is Phase.WAITING and queue is not None:
        overflow(floor, call, at, queue, OverflowCause.TIME_OUT)


def overflow(floor: Floor, call: Call, at: datetime, queue: Queue, cause: OverflowCause) -> None:
    """The visit cannot go on here: go where the queue's rule says. Who goes on to another queue keeps priority and waiting time."""
    visit = call.visit
    assert visit is not None
    leave(floor, call, at, VisitOutcome.OVERFLOWED, cause)
    rule = queue.overflow
    target = floor.queue_of(rule.queue_id)
    to = rule.to
    if call.visits > VISITS_MAX or (to is OverflowTo.QUEUE and (target is None or target.id == queue.id)):
        to = OverflowTo.NOWHERE
    match to:
        case OverflowTo.QUEUE:
            assert target is not None
            priority = visit.priority - queue.base_priority - class_priority(floor, call)
            enter(floor, call, at, target, priority, visit.waiting_since)
        case OverflowTo.VOICEMAIL:
            voicemail.begin(floor, call, at)
        case OverflowTo.DUTY:
            if not duty_phone.ring(floor, call, at, rule.number, queue.id):
                say_and_end(floor, call, at, (APOLOGY,), Disposition.OVERFLOW_LOST)
        case OverflowTo.NOWHERE:
            say_and_end(floor, call, at, (APOLOGY,), Disposition.OVERFLOW_LOST)
        case _:
            assert_never(to)


def leave(
    floor: Floor, call: Call, at: datetime, outcome: VisitOutcome, cause: OverflowCause | None = None
) -> None:
    """End the visit."""
    visit = call.visit
    assert visit is not None
    floor.leave_line(call)
    floor.cancel_timer("wait", call.call_id)
    floor.cancel_timer("step", call.call_id)
    call.prompting = False
    call.stage = ""
    floor.emit(
        e.QueueLeft(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            visit_id=visit.visit_id,
            queue_id=visit.queue_id,
            outcome=outcome,
            cause=cause,
        )
    )


def leave_unknown(floor: Floor, call: Call, at: datetime) -> None:
    """The queue was removed from the site while the call waited in it."""
    if call.visit is None:
        end_call(floor, call, at, Party.SYSTEM, Disposition.FAILED)
        return
    leave(floor, call, at, VisitOutcome.SYSTEM_LOST)
    end_call(floor, call, at, Party.SYSTEM, Disposition.SYSTEM_LOST)


def _overflow_unstaffed(floor: Floor, queue_id: QueueId, at: datetime) -> None:
    queue, line = floor.queue_of(queue_id), floor.lines.get(queue_id)
    if queue is None or line is None or not queue.no_agent_overflow or line.signed_in:
        return
    for key in tuple(line.waiting):
        call = floor.calls[key[3]]
        if call.visit is not None:
            overflow(floor, call, at, queue, OverflowCause.NO_AGENT)
