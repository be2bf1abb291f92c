"""The nodes by which a call leaves its flow, for another one, a queue, a message, a survey or the end."""

from datetime import datetime

from hotline.core import callback_dialog, direct, duty_phone, kept_places, queueing, survey, voicemail
from hotline.core import events as e
from hotline.core.call import Call
from hotline.core.ending import end_call, say_and_end
from hotline.core.events import Disposition, OfferKind, Party
from hotline.core.expression import as_text
from hotline.core.floor import Floor
from hotline.core.flow import Flow
from hotline.core.flow_nodes import (
    CallbackNode,
    DutyNode,
    HangUpNode,
    QueueNode,
    ReturnNode,
    SubflowNode,
    SurveyNode,
    TransferNode,
    VoicemailNode,
)
from hotline.core.ids import NodeId
from hotline.core.ivr_values import computed
from hotline.core.playing import SYSTEM_ERROR, play

RINGS_OUTSIDE = "rings_outside"
"""Stage of a call whose transfer node rings a number outside."""


class FlowBroken(Exception):
    """The flow cannot go on; the caller hears an apology."""


def give_up(floor: Floor, call: Call, at: datetime, what: str) -> None:
    """The flow cannot go on: apologise, and say so in the journal."""
    floor.emit(e.CallFailed(at=at, authority_id=call.authority_id, call_id=call.call_id, what=what))
    say_and_end(floor, call, at, (SYSTEM_ERROR,), Disposition.SYSTEM_LOST)


def enter_flow(floor: Floor, call: Call, at: datetime, flow: Flow) -> None:
    """Stand in another flow; the one left is remembered."""
    floor.emit(
        e.FlowEntered(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            flow_id=flow.id,
            version=flow.version,
        )
    )


def enter_queue(floor: Floor, call: Call, at: datetime, node: QueueNode) -> NodeId | None:
    """Say that the caller is being put through, then wait in the queue."""
    return None if play(floor, call, node.prompts, at) else to_queue(floor, call, at, node)


def to_queue(floor: Floor, call: Call, at: datetime, node: QueueNode) -> NodeId | None:
    """Wait in the queue now."""
    queue = floor.index.queue_named(node.queue)
    if queue is None:
        raise FlowBroken(f"queue {node.queue} is gone")
    floor.cancel_timer("step", call.call_id)
    wanted = computed(floor, call, at, node.priority, 0) if node.priority is not None else 0
    queueing.enter(floor, call, at, queue, _whole(as_text(wanted)))
    return None


def _whole(text: str) -> int:
    """Return a priority; what is no small whole number counts as none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0


def enter_voicemail(floor: Floor, call: Call, at: datetime, node: VoicemailNode) -> NodeId | None:
    """Leave a message, then the end."""
    voicemail.begin(
        floor, call, at, node.prompts or voicemail.INSTRUCTION, node.thanks or voicemail.THANKS, node.max_s
    )
    return None


def enter_survey(floor: Floor, call: Call, at: datetime, _: SurveyNode) -> NodeId | None:
    """Ask for a rating, if an agent served this call."""
    wanted = survey.survey_of(floor, call)
    if wanted is None:
        end_call(floor, call, at, Party.SYSTEM)
    else:
        survey.begin(floor, call, at, wanted)
    return None


def enter_transfer(floor: Floor, call: Call, at: datetime, node: TransferNode) -> NodeId | None:
    """Go on in the queue or hotline with this number; elsewhere when there is none."""
    number = as_text(computed(floor, call, at, node.to, ""))
    queue = floor.index.queue_of_number.get(number)
    if queue is not None:
        queueing.enter(floor, call, at, queue)
        return None
    hotline = floor.index.hotline_of_number.get(number)
    flow = floor.index.flow(hotline.flow_id) if hotline is not None else None
    if flow is not None:
        enter_flow(floor, call, at, flow)
        return flow.start
    outside = kept_places.callable_number(floor, number) if node.outside else ""
    if outside and direct.ring_number(floor, call, at, outside, OfferKind.OUTSIDE):
        call.stage = RINGS_OUTSIDE
        return None
    return node.otherwise


def enter_duty(floor: Floor, call: Call, at: datetime, node: DutyNode) -> NodeId | None:
    """Say that somebody on duty is called, then ring the duty phone."""
    return None if play(floor, call, node.prompts, at) else ring_duty(floor, call, at, node)


def ring_duty(floor: Floor, call: Call, at: datetime, node: DutyNode) -> NodeId | None:
    """Ring the duty phone now; elsewhere when there is none, or no channel to reach it."""
    floor.cancel_timer("step", call.call_id)
    return None if duty_phone.ring(floor, call, at, node.number) else node.otherwise


def enter_callback(floor: Floor, call: Call, at: datetime, node: CallbackNode) -> NodeId | None:
    """Ask for the number to call back on."""
    if floor.index.queue_named(node.queue) is None:
        raise FlowBroken(f"queue {node.queue} is gone")
    return after_dialog(floor, call, at, node, callback_dialog.ask(floor, call, at, node.prompts))


def after_dialog(
    floor: Floor, call: Call, at: datetime, node: CallbackNode, answer: callback_dialog.Answer
) -> NodeId | None:
    """Keep the place, go on elsewhere, or wait for the caller's next key."""
    queue = floor.index.queue_named(node.queue)
    if answer is callback_dialog.Answer.AGREED and queue is not None:
        floor.cancel_timer("step", call.call_id)
        call.stage = ""
        kept_places.keep(floor, call, at, queue, call.keyed)
        return None
    return None if answer is callback_dialog.Answer.ASKING else node.otherwise


def enter_subflow(floor: Floor, call: Call, at: datetime, node: SubflowNode) -> NodeId | None:
    """Walk another flow, to come back."""
    flow = floor.index.flow(node.flow)
    if flow is None:
        raise FlowBroken(f"flow {node.flow} cannot be run")
    enter_flow(floor, call, at, flow)
    return flow.start


def enter_return(floor: Floor, call: Call, at: datetime, _: ReturnNode) -> NodeId | None:
    """Come back from a sub-flow; the end when there is nothing to come back to."""
    if not call.callers:
        end_call(floor, call, at, Party.SYSTEM)
        return None
    flow_id, version, node_id = call.callers[-1]
    flow = floor.index.flow(flow_id, version)
    node = flow.nodes.get(node_id) if flow is not None else None
    call.return_to_caller()
    if isinstance(node, SubflowNode):
        return node.next
    end_call(floor, call, at, Party.SYSTEM)  # the caller had transferred, not asked for a return
    return None


def enter_hang_up(floor: Floor, call: Call, at: datetime, node: HangUpNode) -> NodeId | None:
    """Last words, then the end."""
    say_and_end(floor, call, at, node.prompts)
    return None
