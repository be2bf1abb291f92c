"""Ring the duty phone (值班电话) for a caller whom nobody else serves. What follows from silence is `core.duty`'s."""

from datetime import datetime

from hotline.core import direct
from hotline.core.call import Call
from hotline.core.events import OfferKind
from hotline.core.floor import Floor
from hotline.core.ids import QueueId


def ring(floor: Floor, call: Call, at: datetime, number: str = "", queue_id: QueueId | None = None) -> bool:
    """Ring this number, or the hotline's duty phone; False (nothing done) when there is none or no channel is free."""
    hotline = floor.index.hotlines.get(call.hotline_id) if call.hotline_id is not None else None
    wanted = number or (hotline.duty_number if hotline is not None else "")
    return bool(wanted) and direct.ring_number(floor, call, at, wanted, OfferKind.DUTY, queue_id)
