"""The events that begin a call, and the call they make (`core.call_fold` folds all others)."""

from hotline.core import events as e
from hotline.core.call import Call, Callback, Phase

Beginning = e.CallArrived | e.CallPlaced | e.CallbackQueued


def begin(event: Beginning) -> Call:
    """Make the call that this event begins."""
    if isinstance(event, e.CallbackQueued):
        return _kept_place(event)
    if isinstance(event, e.CallArrived):
        return Call(
            call_id=event.call_id,
            authority_id=event.authority_id,
            direction=e.Direction.INBOUND,
            phase=Phase.IVR,
            since=event.at,
            started_at=event.at,
            ani=event.ani,
            dnis=event.dnis,
            hotline_id=event.hotline_id,
            trunk_id=event.trunk_id,
            web=event.web,
            test=event.test,
            outside_leg=event.leg_id,
            legs={event.leg_id: None},
        )
    return Call(
        call_id=event.call_id,
        authority_id=event.authority_id,
        direction=event.direction,
        phase=Phase.DIALLING,
        since=event.at,
        started_at=event.at,
        ani=event.shown_number,
        dnis=event.to,
        hotline_id=event.hotline_id,
        trunk_id=event.trunk_id,
        web=False,
        test=event.test,
        outside_leg=None,
        legs={event.leg_id: event.agent_id},
        placed_by=event.agent_id,
        agent_leg=event.leg_id,
        placed_queue_id=event.queue_id,
        to_agent_id=event.to_agent_id,
        shown_number=event.shown_number,
    )


def _kept_place(event: e.CallbackQueued) -> Call:
    return Call(
        call_id=event.call_id,
        authority_id=event.authority_id,
        direction=e.Direction.OUTBOUND,
        phase=Phase.CALLBACK,
        since=event.at,
        started_at=event.at,
        ani=event.shown_number,
        dnis=event.number,
        hotline_id=event.hotline_id,
        trunk_id=None,
        web=False,
        test=event.test,
        outside_leg=None,
        legs={},
        callback=Callback(
            queue_id=event.queue_id,
            number=event.number,
            priority=event.priority,
            entered_at=event.at,
            waiting_since=event.waiting_since,
            from_call_id=event.from_call_id,
        ),
        last_queue_id=event.queue_id,
        placed_queue_id=event.queue_id,
        shown_number=event.shown_number,
    )
