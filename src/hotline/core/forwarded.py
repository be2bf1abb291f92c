"""The citizen talks to a number outside without an agent: a transfer went there, or it is what a conference left behind."""

from datetime import datetime

from hotline.core import audio, talking
from hotline.core import events as e
from hotline.core.call import Call
from hotline.core.ending import end_call, forward_over
from hotline.core.events import OfferKind, Party
from hotline.core.floor import Floor, later
from hotline.core.ids import LegId, OfferId


def start(
    floor: Floor,
    call: Call,
    at: datetime,
    leg_id: LegId,
    number: str,
    kind: OfferKind,
    offer_id: OfferId | None = None,
) -> None:
    """Connect the citizen with this leg, whose far end is up. What was being recorded goes on being recorded."""
    call.play_id = None
    floor.emit(
        e.ForwardStarted(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            leg_id=leg_id,
            number=number,
            kind=kind,
            offer_id=offer_id,
        )
    )
    audio.settle(floor, call)
    watch(floor, call)
    hotline = floor.index.hotlines.get(call.hotline_id) if call.hotline_id is not None else None
    if (hotline is None or hotline.recording) and call.recording is None:
        talking.start_recording(floor, call, at)


def watch(floor: Floor, call: Call) -> None:
    """End it when it has lasted too long."""
    assert call.forwarding is not None
    floor.set_timer("talk", call.call_id, later(call.forwarding.since, talking.TALK_MAX_S))


def far_end_gone(floor: Floor, call: Call, at: datetime) -> None:
    """The number outside hung up: nobody is left to serve the citizen, so the call is over."""
    forward_over(floor, call, at, "hung_up")
    audio.settle(floor, call)
    end_call(floor, call, at, Party.AGENT)
