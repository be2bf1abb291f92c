"""Keys of a caller who waits: to be called back keeping the place, or to leave a message instead."""

from datetime import datetime

from hotline.core import announcing, kept_places, queueing, voicemail
from hotline.core import callback_dialog as dialog
from hotline.core import events as e
from hotline.core.call import Call, Phase
from hotline.core.events import VisitOutcome
from hotline.core.floor import Floor
from hotline.core.site import Queue

CALLBACK_LABEL, VOICEMAIL_LABEL = "预约回拨", "留言"
"""What the screen pop and the figures of keys say."""


def digit(floor: Floor, call: Call, at: datetime, key: str) -> None:
    """Take a key. While a telephone rings for the caller it means nothing: somebody is about to answer."""
    queue = floor.queue_of(call.visit.queue_id) if call.visit is not None else None
    if queue is None or call.phase is not Phase.WAITING:
        return
    if dialog.running(call):
        _follow(floor, call, at, queue, dialog.digit(floor, call, at, key))
    elif key == queue.callback_key:
        _write(floor, call, at, key, CALLBACK_LABEL)
        _follow(floor, call, at, queue, dialog.ask(floor, call, at))
    elif key == queue.voicemail_key:
        _write(floor, call, at, key, VOICEMAIL_LABEL)
        queueing.leave(floor, call, at, VisitOutcome.VOICEMAIL)
        voicemail.begin(floor, call, at)


def step(floor: Floor, call: Call, at: datetime) -> None:
    """What a waiting caller heard is over, or the next thing is due."""
    queue = floor.queue_of(call.visit.queue_id) if call.visit is not None else None
    if queue is not None and dialog.running(call):
        _follow(floor, call, at, queue, dialog.timed_out(floor, call, at))
    else:
        queueing.step(floor, call, at)


def _follow(floor: Floor, call: Call, at: datetime, queue: Queue, answer: dialog.Answer) -> None:
    if answer is dialog.Answer.AGREED:
        kept_places.keep(floor, call, at, queue, call.keyed)
    elif answer is dialog.Answer.DECLINED:
        call.stage = ""
        announcing.music(floor, call, at, queue)


def _write(floor: Floor, call: Call, at: datetime, key: str, label: str) -> None:
    if call.flow_id is None or call.node_id is None:
        return
    floor.emit(
        e.KeysPressed(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            flow_id=call.flow_id,
            node_id=call.node_id,
            keys=key,
            accepted=True,
            label=label,
        )
    )
