"""A call reaches the switch: whose hotline, whether it may come in, and the first answer."""

from hotline.core import events as e
from hotline.core import placing
from hotline.core.call import Call
from hotline.core.ending import end_call
from hotline.core.events import Disposition, Party
from hotline.core.floor import Floor, later
from hotline.core.ids import CallId
from hotline.core.numbers import presented, rewrite
from hotline.core.site import Hotline, Trunk
from hotline.core.switching import Answer, HangUpCause, LegIncoming, LegKind, LegRefused

ANSWER_TIMEOUT_S = 10.0
_NOT_FOUND, _DECLINE, _BUSY_HERE = 404, 603, 503


def leg_incoming(floor: Floor, event: LegIncoming) -> None:
    """Take the call in, refuse it, or (a desk phone that dials) let it become a call out."""
    if event.leg_id in floor.legs:
        return
    hotline = floor.index.hotline_of_number.get(event.dnis)
    if event.kind is LegKind.DEVICE and hotline is None:
        placing.dialled_by_device(floor, event)
        return
    already_running = floor.running
    call = _arrive(floor, event, hotline)
    if hotline is None:
        refusal = _NOT_FOUND
    elif call.ani in floor.index.site.blacklist:
        refusal = _DECLINE
    elif already_running >= floor.index.site.max_calls:
        refusal = _BUSY_HERE
    else:
        floor.command(Answer(leg_id=event.leg_id))
        floor.set_timer("step", call.call_id, later(event.at, ANSWER_TIMEOUT_S))
        return
    end_call(floor, call, event.at, Party.SYSTEM, Disposition.REJECTED, reject=refusal)


def leg_refused(floor: Floor, event: LegRefused) -> None:
    """Count a call that the switch itself turned away."""
    call = _arrive(floor, event, floor.index.hotline_of_number.get(event.dnis))
    floor.emit(
        e.LegEnded(
            at=event.at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            leg_id=event.leg_id,
            cause=HangUpCause.REJECTED,
            sip_status=event.sip_status,
            q850=event.q850,
        )
    )
    status, q850 = event.sip_status, event.q850
    end_call(floor, call, event.at, Party.SYSTEM, Disposition.REJECTED, sip_status=status, q850=q850)


def _caller(trunk: Trunk | None, ani: str) -> str:
    """The number in the form of the trunk's rules; a withheld one stays none, whatever they put before numbers."""
    number = presented(ani)
    return rewrite(trunk.inbound_rules, number) if trunk is not None and number else number


def _arrive(floor: Floor, event: LegIncoming | LegRefused, hotline: Hotline | None) -> Call:
    call_id = CallId(floor.id())
    trunk = floor.index.trunks.get(event.trunk_id) if event.trunk_id is not None else None
    floor.emit(
        e.CallArrived(
            at=event.at,
            authority_id=hotline.authority_id if hotline is not None else floor.index.site.authority_id,
            call_id=call_id,
            hotline_id=hotline.id if hotline is not None else None,
            leg_id=event.leg_id,
            ani=_caller(trunk, event.ani),
            dnis=event.dnis,
            trunk_id=event.trunk_id,
            web=event.kind is LegKind.WEB,
            test=event.test,
        )
    )
    floor.working_on = call_id
    return floor.calls[call_id]
