"""Places kept in line for citizens who are called back (虚拟排队): from the wish to the call, its tries and its end.

The place is a call of its own without a leg: it stands in the line where the citizen stood, and rings at an agent when its turn comes.
The agent who picks up has the citizen dialled; who does not answer is tried again some minutes later, and remains as a thing to do
when that fails too. It is an outbound call to every figure, and never a visit of a queue.
"""

from datetime import datetime

from hotline.core import events as e
from hotline.core import outbound_rules, presence, queueing, trunks
from hotline.core.call import Call, Phase
from hotline.core.ending import end_call, say_and_end
from hotline.core.events import Disposition, OfferOutcome, Party, VisitOutcome
from hotline.core.floor import Floor, later
from hotline.core.ids import CallId, PromptKey
from hotline.core.numbers import callable_back
from hotline.core.site import Queue
from hotline.core.switching import HangUp

TRIES_MAX = 3
RETRY_S = 300.0
KEPT_MAX_S = 24 * 3600.0
"""A place that nobody served for a day is given up; the to-do stays."""
KEPT_MAX = 1_000
"""Places kept in one line at most."""
THANKS = (PromptKey("callback_thanks"),)


def callable_number(floor: Floor, text: str) -> str:
    """Return the number as it would be dialled, or "" when it cannot or must not be called back."""
    number = callable_back(text)
    rule = outbound_rules.rule_for(floor.index.site, number) if number else None
    own = number in floor.index.hotline_of_number
    return "" if own or (rule is not None and not rule.allowed) else number


def keep(floor: Floor, call: Call, at: datetime, queue: Queue, number: str) -> None:
    """The citizen wants to be called back: keep the place, thank, and let them go."""
    visit = call.visit
    priority = queue.base_priority + queueing.class_priority(floor, call) if visit is None else visit.priority
    since = at if visit is None else visit.waiting_since
    if visit is not None:
        queueing.leave(floor, call, at, VisitOutcome.CALLBACK)
    floor.emit(
        e.CallbackRequested(
            at=at, authority_id=call.authority_id, call_id=call.call_id, number=number, queue_id=queue.id
        )
    )
    if floor.lines[queue.id].kept < KEPT_MAX and not _kept_already(floor, queue, number):
        _queue_up(floor, call, at, queue, number, priority, since)
    thank(floor, call, at)


def thank(floor: Floor, call: Call, at: datetime) -> None:
    """Say that the wish is noted, and end the call; also after a restart in the middle of it."""
    say_and_end(floor, call, at, THANKS)


def _kept_already(floor: Floor, queue: Queue, number: str) -> bool:
    return any(
        c.callback is not None
        and c.callback.queue_id == queue.id
        and c.callback.number == number
        and c.phase in {Phase.CALLBACK, Phase.DIALLING}
        for c in floor.calls.values()
    )


def _queue_up(
    floor: Floor, call: Call, at: datetime, queue: Queue, number: str, priority: int, since: datetime
) -> None:
    hotline = trunks.hotline_of(floor, call)
    kept_id = CallId(floor.id())
    floor.emit(
        e.CallbackQueued(
            at=at,
            authority_id=call.authority_id,
            call_id=kept_id,
            from_call_id=call.call_id,
            number=number,
            queue_id=queue.id,
            priority=priority,
            waiting_since=since,
            hotline_id=hotline.id if hotline is not None else call.hotline_id,
            shown_number=hotline.number if hotline is not None else call.dnis,
            test=call.test,
        )
    )
    resume(floor, floor.calls[kept_id], at)
    floor.working_on = call.call_id


def resume(floor: Floor, kept: Call, at: datetime) -> None:
    """Let the place stand in its line, unless it is not to be tried yet; also after a restart."""
    place = kept.callback
    assert place is not None
    queue = floor.queue_of(place.queue_id)
    if queue is None:
        queueing.leave_unknown(floor, kept, at)
    elif place.until is not None and place.until > at:
        floor.set_timer("callback", kept.call_id, place.until)
    elif at >= later(place.entered_at, KEPT_MAX_S):
        end_call(floor, kept, at, Party.SYSTEM, Disposition.NO_ANSWER)
    else:
        queueing.wait_in_line(floor, kept, at, queue)
        floor.set_timer("callback", kept.call_id, later(place.entered_at, KEPT_MAX_S))


def woken(floor: Floor, kept: Call, at: datetime) -> None:
    """It is time to try again, or the day is over."""
    if kept.phase is not Phase.CALLBACK or kept.callback is None:
        return
    if kept.offer is not None:  # let it ring to its end
        floor.set_timer("callback", kept.call_id, later(at, RETRY_S))
    else:
        floor.leave_line(kept)
        kept.callback.until = None
        resume(floor, kept, at)


def unreached(floor: Floor, kept: Call, at: datetime, why: str, disposition: Disposition) -> None:
    """The citizen could not be reached, or the agent gave up: the agent is free, and it is tried again later, some times."""
    place = kept.callback
    assert place is not None
    if place.tries >= TRIES_MAX:
        end_call(floor, kept, at, Party.SYSTEM, disposition)
        return
    floor.cancel_timer("step", kept.call_id)
    agent = floor.agent_of(kept.placed_by)
    floor.emit(
        e.CallbackPostponed(
            at=at,
            authority_id=kept.authority_id,
            call_id=kept.call_id,
            why=why,
            until=later(at, RETRY_S),
            agent_id=agent.agent_id if agent is not None else None,
        )
    )
    for leg_id in kept.legs:
        floor.command(HangUp(leg_id=leg_id))
    if agent is not None and agent.call_id == kept.call_id:
        presence.free(floor, agent, at)
    resume(floor, kept, at)


def engine_lost(floor: Floor, kept: Call, at: datetime) -> None:
    """The switch is gone with every leg: the place stays, for the time when it is back."""
    if kept.offer is not None:
        queueing.offer_failed(floor, kept, at, OfferOutcome.RECALLED, "engine_fault")
    elif kept.phase is Phase.DIALLING:
        unreached(floor, kept, at, "engine_fault", Disposition.FAILED)
