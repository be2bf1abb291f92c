"""A call reaches the switch: whose hotline, whether it may come in, and the first answer."""

from hotline.core import events as e
from hotline.core import outbound
from hotline.core.ending import end_call
from hotline.core.events import Disposition, Party
from hotline.core.floor import Floor, later
from hotline.core.ids import CallId
from hotline.core.switching import Answer, LegIncoming, LegKind

ANSWER_TIMEOUT_S = 10.0
_NOT_FOUND, _DECLINE, _BUSY_HERE = 404, 603, 503


def leg_incoming(floor: Floor, event: LegIncoming) -> None:
    """Take the call in, refuse it, or (a desk phone that dials) let it become a call out."""
    if event.leg_id in floor.legs:
        return
    hotline = floor.index.hotline_of_number.get(event.dnis)
    if event.kind is LegKind.DEVICE and hotline is None:
        outbound.dialled_by_device(floor, event)
        return
    call_id = CallId(floor.id())
    already_running = floor.running
    floor.emit(
        e.CallArrived(
            at=event.at,
            authority_id=hotline.authority_id if hotline is not None else floor.index.site.authority_id,
            call_id=call_id,
            hotline_id=hotline.id if hotline is not None else None,
            leg_id=event.leg_id,
            ani=event.ani,
            dnis=event.dnis,
            trunk_id=event.trunk_id,
            web=event.kind is LegKind.WEB,
            test=event.test,
        )
    )
    call = floor.calls[call_id]
    floor.working_on = call_id
    if hotline is None:
        refusal = _NOT_FOUND
    elif event.ani in floor.index.site.blacklist:
        refusal = _DECLINE
    elif already_running >= floor.index.site.max_calls:
        refusal = _BUSY_HERE
    else:
        floor.command(Answer(leg_id=event.leg_id))
        floor.set_timer("step", call_id, later(event.at, ANSWER_TIMEOUT_S))
        return
    end_call(floor, call, event.at, Party.SYSTEM, Disposition.REJECTED, reject=refusal)
