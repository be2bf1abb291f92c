"""Waiting in a queue: entry, music and announcements, offers to agents, overflow. Order and choice are `core.routing`'s."""

from datetime import datetime
from typing import assert_never

from hotline.core import events as e
from hotline.core import presence, speaking, voicemail
from hotline.core.agent import Agent
from hotline.core.call import Call, Phase
from hotline.core.ending import end_call, say_and_end
from hotline.core.events import AgentState, Disposition, OfferOutcome, OverflowCause, Party, VisitOutcome
from hotline.core.floor import Floor, agent_in, later
from hotline.core.ids import LegId, OfferId, PromptKey, QueueId, VisitId
from hotline.core.playing import play, play_for_ever
from hotline.core.site import OverflowTo, Queue
from hotline.core.switching import HangUp, Originate, ToDevice

VISITS_MAX = 10
"""A call that entered so many queues goes round in circles: it overflows to nowhere."""
RING_MARGIN_S = 2.0
"""The engine's own time-out of a ring is so much later than ours, and only there in case we are not."""
APOLOGY = PromptKey("all_lines_busy")
_POSITION_BEFORE, _POSITION_AFTER = PromptKey("position_before"), PromptKey("position_after")
_POSITION_NEXT = PromptKey("position_next")


def enter(
    floor: Floor,
    call: Call,
    at: datetime,
    queue: Queue,
    priority: int = 0,
    waiting_since: datetime | None = None,
) -> None:
    """Let the call wait in the queue, or overflow at once when there is no room or nobody to serve it."""
    call.digits = ""
    call.rang = False
    call.stage = ""
    line = floor.lines[queue.id]
    priority += queue.base_priority
    place = (-priority, waiting_since or at, floor.arrivals + 1, call.call_id)
    full = 0 < queue.max_length <= len(line.waiting)
    floor.emit(
        e.QueueEntered(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            visit_id=VisitId(floor.id()),
            queue_id=queue.id,
            priority=priority,
            position=line.position(place),
            waiting_since=waiting_since,
        )
    )
    if full or call.visits > VISITS_MAX:
        overflow(floor, call, at, queue, OverflowCause.FULL)
        return
    if queue.no_agent_overflow and line.signed_in == 0:
        overflow(floor, call, at, queue, OverflowCause.NO_AGENT)
        return
    floor.join_line(call)
    if queue.max_wait_s > 0:
        floor.set_timer("wait", call.call_id, later(at, queue.max_wait_s))
    if line.ready:
        music(floor, call, at, queue)
    else:
        announce(floor, call, at, queue)


def music(floor: Floor, call: Call, at: datetime, queue: Queue) -> None:
    """Let the caller hear music until the next message is due."""
    call.prompting = False
    play_for_ever(floor, call, (queue.music,))
    if queue.message_every_s > 0 and (queue.message is not None or queue.announce_position):
        floor.set_timer("step", call.call_id, later(at, queue.message_every_s))
    else:
        floor.cancel_timer("step", call.call_id)


def announce(floor: Floor, call: Call, at: datetime, queue: Queue) -> None:
    """Play the message and the position; the music follows when they are over."""
    keys: list[str] = [] if queue.message is None else [queue.message]
    if queue.announce_position and call.line_key is not None:
        ahead = floor.lines[queue.id].position(call.line_key) - 1
        if ahead == 0:
            keys.append(_POSITION_NEXT)
        else:
            keys += [_POSITION_BEFORE, *speaking.count(ahead, speaking.Word.PEOPLE), _POSITION_AFTER]
    call.prompting = play(floor, call, keys, at)
    if not call.prompting:
        music(floor, call, at, queue)


def step(floor: Floor, call: Call, at: datetime) -> None:
    """A message is over (or its end was never reported), or the next one is due."""
    queue = floor.queue_of(call.visit.queue_id) if call.visit is not None else None
    if queue is None:
        return
    if call.prompting or call.phase is Phase.RINGING:
        music(floor, call, at, queue)
    else:
        announce(floor, call, at, queue)


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
        while line is not None and line.waiting and line.ready:
            _serve(floor, floor.agents[line.ready[0][2]], at)


def _serve(floor: Floor, agent: Agent, at: datetime) -> None:
    """Offer the agent the call of highest priority, then longest wait, of all their queues."""
    heads = [line.waiting[0] for q in agent.ready_keys if (line := floor.lines[q]).waiting]
    if heads:
        offer(floor, floor.calls[min(heads)[3]], agent, at)


def offer(floor: Floor, call: Call, agent: Agent, at: datetime) -> None:
    """Let the call ring at the agent, who is reserved until the ring ends."""
    visit = call.visit
    assert visit is not None and agent.device_id is not None
    queue = floor.index.queues[visit.queue_id]
    floor.leave_line(call)
    floor.offers += 1
    agent.turn = floor.offers
    offer_id, leg_id = OfferId(floor.id()), LegId(floor.id())
    until = later(at, queue.ring_timeout_s)
    floor.emit(
        e.OfferMade(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            offer_id=offer_id,
            leg_id=leg_id,
            lease_until=until,
            visit_id=visit.visit_id,
            queue_id=visit.queue_id,
            agent_id=agent.agent_id,
            device_id=agent.device_id,
        )
    )
    floor.emit(
        e.LegStarted(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            leg_id=leg_id,
            agent_id=agent.agent_id,
            device_id=agent.device_id,
        )
    )
    presence.become(floor, agent, at, AgentState.RINGING, queue_id=queue.id, call_id=call.call_id)
    floor.command(
        Originate(
            leg_id=leg_id,
            to=ToDevice(device_id=agent.device_id),
            shown_number=call.ani,
            shown_name=queue.name,
            timeout_s=queue.ring_timeout_s + RING_MARGIN_S,
            headers=(("X-Hotline-Call", call.call_id), ("X-Hotline-Offer", offer_id)),
        )
    )
    floor.set_timer("ring", call.call_id, until)


def offer_failed(floor: Floor, call: Call, at: datetime, outcome: OfferOutcome, why: str) -> None:
    """The ring came to nothing: the caller is back at the head of the line, the agent pauses."""
    held, visit = call.offer, call.visit
    assert held is not None and visit is not None
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
    queue = floor.queue_of(visit.queue_id)
    if held.agent_id is not None:
        presence.missed(floor, agent_in(floor, held.agent_id), at, queue, why)
    if queue is None:
        leave_unknown(floor, call, at)
    elif queue.max_wait_s > 0 and at >= later(visit.entered_at, queue.max_wait_s):
        overflow(floor, call, at, queue, OverflowCause.TIME_OUT)
    else:
        floor.join_line(call)
        if not call.prompting and queue.message_every_s > 0:
            floor.set_timer("step", call.call_id, later(at, queue.message_every_s))


def waited_too_long(floor: Floor, call: Call, at: datetime) -> None:
    """The longest wait is over. While an agent rings, the ring decides."""
    queue = floor.queue_of(call.visit.queue_id) if call.visit is not None else None
    if call.phase is Phase.WAITING and queue is not None:
        overflow(floor, call, at, queue, OverflowCause.TIME_OUT)


def overflow(floor: Floor, call: Call, at: datetime, queue: Queue, cause: OverflowCause) -> None:
    """The visit cannot go on here: go where the queue's rule says."""
    leave(floor, call, at, VisitOutcome.OVERFLOWED, cause)
    target = floor.queue_of(queue.overflow.queue_id)
    to = queue.overflow.to
    if call.visits > VISITS_MAX or (to is OverflowTo.QUEUE and (target is None or target.id == queue.id)):
        to = OverflowTo.NOWHERE
    match to:
        case OverflowTo.QUEUE:
            assert target is not None
            enter(floor, call, at, target)
        case OverflowTo.VOICEMAIL:
            voicemail.begin(floor, call, at)
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
    leave(floor, call, at, VisitOutcome.SYSTEM_LOST)
    end_call(floor, call, at, Party.SYSTEM, Disposition.SYSTEM_LOST)


def _overflow_unstaffed(floor: Floor, queue_id: QueueId, at: datetime) -> None:
    queue, line = floor.queue_of(queue_id), floor.lines.get(queue_id)
    if queue is None or line is None or not queue.no_agent_overflow or line.signed_in:
        return
    for key in tuple(line.waiting):
        overflow(floor, floor.calls[key[3]], at, queue, OverflowCause.NO_AGENT)
