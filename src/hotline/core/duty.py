"""The duty phone (值班电话), or a number that a flow rings, was not picked up: on where the flow says, or an apology."""

from datetime import datetime

from hotline.core import ivr
from hotline.core.call import Call
from hotline.core.ending import say_and_end
from hotline.core.events import Disposition
from hotline.core.floor import Floor
from hotline.core.ivr_ways_out import RINGS_OUTSIDE
from hotline.core.queueing import APOLOGY


def rung_by_flow(call: Call) -> bool:
    """Whether a node of the flow rings a number outside, not an agent's transfer."""
    return call.stage == RINGS_OUTSIDE


def not_answered(floor: Floor, call: Call, at: datetime) -> None:
    """Nobody is on duty after all."""
    call.stage = ""
    if not ivr.rang_in_vain(floor, call, at):
        say_and_end(floor, call, at, (APOLOGY,), Disposition.DUTY_ABANDONED)
