"""Walk a call through its flow: one node after another until one waits for the caller, hands over or ends the call."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from hotline.core import callback_dialog, ending, inquiries, ivr_steps
from hotline.core import events as e
from hotline.core import flow_nodes as nodes
from hotline.core import ivr_answer as answering
from hotline.core import ivr_queries as queries
from hotline.core import ivr_questions as questions
from hotline.core import ivr_speech as speech
from hotline.core import ivr_ways_out as ways_out
from hotline.core.call import Call, Phase
from hotline.core.expression import truth
from hotline.core.floor import Floor
from hotline.core.flow_announcement import AnnouncementNode
from hotline.core.flow_answer import AnswerNode
from hotline.core.flow_queries import HttpNode, QueryNode
from hotline.core.flow_speech import SpeakNode
from hotline.core.ids import FlowId, NodeId
from hotline.core.inquiry_messages import InquiryAnswered
from hotline.core.ivr_steps import STEPS, Steps
from hotline.core.ivr_values import computed, served, set_variable, spoken
from hotline.core.opening_hours import opening_at
from hotline.core.playing import play

STEPS_MAX = 300
"""A call that passed so many nodes walks in circles."""
TYPED_AHEAD_MAX = 32


def start(floor: Floor, call: Call, at: datetime, flow_id: FlowId) -> None:
    """Enter a flow in its newest version at its first node."""
    flow = floor.index.flow(flow_id)
    if flow is None:
        ways_out.give_up(floor, call, at, f"flow {flow_id} cannot be run")
        return
    ways_out.enter_flow(floor, call, at, flow)
    go(floor, call, at, flow.start)


def go(floor: Floor, call: Call, at: datetime, node_id: NodeId | None) -> None:
    """Walk from this node on until one waits."""
    try:
        while node_id is not None:
            call.steps += 1
            if call.steps > STEPS_MAX:
                raise ways_out.FlowBroken("walks in circles")
            node = _node_at(floor, call, node_id)
            assert call.flow_id is not None
            floor.emit(
                e.NodeEntered(
                    at=at,
                    authority_id=call.authority_id,
                    call_id=call.call_id,
                    flow_id=call.flow_id,
                    node_id=node_id,
                )
            )
            call.tries = 0
            call.stage = ""
            call.play_id = None  # what a key cut short at the node before is never reported as over
            node_id = STEPS[type(node)].enter(floor, call, at, node)
    except ways_out.FlowBroken as broken:
        ways_out.give_up(floor, call, at, str(broken))


def _then(floor: Floor, call: Call, at: datetime, step: Callable[..., NodeId | None], *more: Any) -> None:
    """Let a step of the node that waits say where the call goes, and go there."""
    try:
        target = step(floor, call, at, *more)
    except ways_out.FlowBroken as broken:
        ways_out.give_up(floor, call, at, str(broken))
    else:
        go(floor, call, at, target)


def _node_at(floor: Floor, call: Call, node_id: NodeId | None) -> Any:
    flow = floor.index.flow(call.flow_id, call.flow_version) if call.flow_id is not None else None
    node = flow.nodes.get(node_id) if flow is not None and node_id is not None else None
    if node is None:
        raise ways_out.FlowBroken(f"node {node_id} is gone")
    return node


# ── What happens while a node waits ──


def prompt_over(floor: Floor, call: Call, at: datetime) -> None:
    """What the node played is over (or its end was never reported)."""
    node = _waiting_node(floor, call, at)
    if node is None:
        return
    answer, call.answer = call.answer, None
    if isinstance(answer, InquiryAnswered):
        _hear(floor, call, at, node, answer)
    else:
        _then(floor, call, at, STEPS[type(node)].prompt_over, node)


def timed_out(floor: Floor, call: Call, at: datetime) -> None:
    """The step timer went off: a prompt's end was missed, or the caller did not answer."""
    node = _waiting_node(floor, call, at)
    if node is None:
        return
    timeout = STEPS[type(node)].timed_out
    if call.prompting or timeout is None or call.answer is not None:
        prompt_over(floor, call, at)
    else:
        _then(floor, call, at, timeout, node)


def digit(floor: Floor, call: Call, at: datetime, key: str) -> None:
    """The caller pressed a key. One that comes before the flow has begun waits for the first question."""
    node = _waiting_node(floor, call, at)
    if call.node_id is None:
        keep_for_later(floor, call, at, node, key)
    elif node is not None:
        _then(floor, call, at, STEPS[type(node)].digit, node, key)


def answered(floor: Floor, answer: InquiryAnswered) -> None:
    """What a node asked outside is answered; late and repeated answers change nothing."""
    call = floor.calls.get(answer.call_id)
    if call is None or call.phase is not Phase.IVR or call.inquiry_id != answer.inquiry_id:
        return
    floor.working_on = call.call_id
    if call.play_id is not None:  # what is said meanwhile is heard to its end
        call.answer = answer
        return
    node = _waiting_node(floor, call, answer.at)
    if node is not None:
        _hear(floor, call, answer.at, node, answer)


def _hear(floor: Floor, call: Call, at: datetime, node: Any, answer: InquiryAnswered) -> None:
    answer = STEPS[type(node)].judge(floor, call, node, answer)
    inquiries.over(floor, call, answer)
    floor.cancel_timer("step", call.call_id)
    _then(floor, call, at, STEPS[type(node)].answered, node, answer)


def recorded(floor: Floor, call: Call, file: e.RecordingFinished) -> None:
    """The file of something that a node recorded is closed."""
    node = _waiting_node(floor, call, file.at) if call.phase is Phase.IVR else None
    if node is not None:
        _then(floor, call, file.at, STEPS[type(node)].recorded, node, file)


def overdue(floor: Floor, call: Call, at: datetime) -> None:
    """Nobody answered what a node asked outside."""
    if call.phase is Phase.IVR and call.inquiry_id is not None and call.answer is None:
        call.play_id = None
        answered(floor, inquiries.overdue(call, at))


def rang_in_vain(floor: Floor, call: Call, at: datetime) -> bool:
    """Nobody took what a node rang: go on where it says. False: no node of the flow rang."""
    node = _waiting_node(floor, call, at)
    vain = STEPS[type(node)].rang_in_vain if node is not None else None
    if vain is None:
        return False
    _then(floor, call, at, vain, node)
    return True


def replay(floor: Floor, call: Call, at: datetime) -> None:
    """After a restart: begin the node again at which the call stood."""
    if call.flow_id is None or call.node_id is None:
        hotline = floor.index.hotlines.get(call.hotline_id) if call.hotline_id is not None else None
        if hotline is None:
            ways_out.give_up(floor, call, at, "no flow to go on with")
        else:
            start(floor, call, at, hotline.flow_id)
    else:
        go(floor, call, at, call.node_id)


def _waiting_node(floor: Floor, call: Call, at: datetime) -> Any:
    if call.node_id is None:
        return None
    try:
        return _node_at(floor, call, call.node_id)
    except ways_out.FlowBroken as broken:
        ways_out.give_up(floor, call, at, str(broken))
        return None


# ── Play and say ──


def _enter_play(floor: Floor, call: Call, at: datetime, node: nodes.Play) -> NodeId | None:
    if node.interruptible and call.digits:  # typed ahead: they know what is said
        return _said(floor, call, at, node)
    return (
        None
        if play(floor, call, node.prompts, at, stop_on_digit=node.interruptible)
        else _said(floor, call, at, node)
    )


def _enter_announcement(floor: Floor, call: Call, at: datetime, node: AnnouncementNode) -> NodeId | None:
    if node.interruptible and call.digits:
        return node.next
    told = [one.prompt for one in floor.index.site.announcements if one.in_force(call.hotline_id, at)]
    return None if play(floor, call, told, at, stop_on_digit=node.interruptible) else node.next


def _next(_floor: Floor, _call: Call, _at: datetime, node: AnnouncementNode) -> NodeId:
    return node.next


def _key_while_announcing(
    floor: Floor, call: Call, at: datetime, node: AnnouncementNode, key: str
) -> NodeId | None:
    keep_for_later(floor, call, at, node, key)
    return node.next if node.interruptible else None


def _enter_say(floor: Floor, call: Call, at: datetime, node: nodes.Say) -> NodeId | None:
    keys = [key for piece in node.pieces for key in spoken(floor, call, at, piece)]
    if play(floor, call, keys, at, stop_on_digit=node.interruptible):
        return None
    return _said(floor, call, at, node)


def _said(floor: Floor, call: Call, at: datetime, node: nodes.Play | nodes.Say) -> NodeId:
    served(floor, call, at, node.served)
    return node.next


def _key_while_playing(
    floor: Floor, call: Call, at: datetime, node: nodes.Play | nodes.Say, key: str
) -> NodeId | None:
    keep_for_later(floor, call, at, node, key)
    return _said(floor, call, at, node) if node.interruptible else None


def keep_for_later(_floor: Floor, call: Call, _at: datetime, _node: Any, key: str) -> NodeId | None:
    """Keep a key for the next question."""
    call.digits = (call.digits + key)[:TYPED_AHEAD_MAX]
    return None


def _key_while_speaking(floor: Floor, call: Call, at: datetime, node: SpeakNode, key: str) -> NodeId | None:
    keep_for_later(floor, call, at, node, key)
    return speech.interrupted(floor, call, at, node)


# ── Deciding ──


def _enter_set(floor: Floor, call: Call, at: datetime, node: nodes.SetVariables) -> NodeId | None:
    for name, compute in node.variables:
        set_variable(floor, call, at, name, computed(floor, call, at, compute, None))
    return node.next


def _enter_condition(floor: Floor, call: Call, at: datetime, node: nodes.Condition) -> NodeId | None:
    for when, target in node.cases:
        if truth(computed(floor, call, at, when, otherwise=False)):
            return target
    return node.otherwise


def _enter_hours(floor: Floor, call: Call, at: datetime, node: nodes.HoursNode) -> NodeId | None:
    hotline = floor.index.hotlines.get(call.hotline_id) if call.hotline_id is not None else None
    hours_id = node.hours or (hotline.hours_id if hotline is not None else None)
    hours = floor.index.hours.get(hours_id) if hours_id is not None else None
    is_open = hours is None or opening_at(hours, at, floor.index.site.offset_min).open
    set_variable(floor, call, at, ending.OPENING, "open" if is_open else "closed")
    return node.open if is_open else node.closed


# ── The way out that asks ──


def _callback_prompt_over(floor: Floor, call: Call, at: datetime, node: nodes.CallbackNode) -> NodeId | None:
    return ways_out.after_dialog(floor, call, at, node, callback_dialog.prompt_over(floor, call, at))


def _callback_timed_out(floor: Floor, call: Call, at: datetime, node: nodes.CallbackNode) -> NodeId | None:
    return ways_out.after_dialog(floor, call, at, node, callback_dialog.timed_out(floor, call, at))


def _callback_digit(
    floor: Floor, call: Call, at: datetime, node: nodes.CallbackNode, key: str
) -> NodeId | None:
    return ways_out.after_dialog(floor, call, at, node, callback_dialog.digit(floor, call, at, key))


def _otherwise(
    _floor: Floor, _call: Call, _at: datetime, node: nodes.DutyNode | nodes.TransferNode
) -> NodeId | None:
    return node.otherwise


_BUILT_IN: dict[type[Any], Steps] = {
    nodes.Play: Steps(enter=_enter_play, prompt_over=_said, digit=_key_while_playing),
    AnnouncementNode: Steps(enter=_enter_announcement, prompt_over=_next, digit=_key_while_announcing),
    nodes.Say: Steps(enter=_enter_say, prompt_over=_said, digit=_key_while_playing),
    nodes.Menu: Steps(
        enter=questions.enter_menu,
        prompt_over=questions.prompt_over,
        timed_out=questions.menu_silence,
        digit=questions.menu_key,
    ),
    nodes.Collect: Steps(
        enter=questions.enter_collect,
        prompt_over=questions.prompt_over,
        timed_out=questions.collect_silence,
        digit=questions.collect_key,
    ),
    nodes.SetVariables: Steps(enter=_enter_set),
    nodes.Condition: Steps(enter=_enter_condition),
    nodes.HoursNode: Steps(enter=_enter_hours),
    nodes.QueueNode: Steps(enter=ways_out.enter_queue, prompt_over=ways_out.to_queue),
    nodes.VoicemailNode: Steps(enter=ways_out.enter_voicemail),
    nodes.SurveyNode: Steps(enter=ways_out.enter_survey),
    nodes.TransferNode: Steps(enter=ways_out.enter_transfer, rang_in_vain=_otherwise),
    nodes.SubflowNode: Steps(enter=ways_out.enter_subflow),
    nodes.DutyNode: Steps(enter=ways_out.enter_duty, prompt_over=ways_out.ring_duty, rang_in_vain=_otherwise),
    nodes.CallbackNode: Steps(
        enter=ways_out.enter_callback,
        prompt_over=_callback_prompt_over,
        timed_out=_callback_timed_out,
        digit=_callback_digit,
    ),
    HttpNode: Steps(
        enter=queries.enter_http,
        digit=keep_for_later,
        judge=queries.judged,
        answered=queries.answered,
    ),
    QueryNode: Steps(
        enter=queries.enter_query,
        digit=keep_for_later,
        judge=queries.judged,
        answered=queries.answered,
    ),
    SpeakNode: Steps(
        enter=speech.enter,
        prompt_over=speech.over,
        digit=_key_while_speaking,
        answered=speech.answered,
    ),
    AnswerNode: Steps(
        enter=answering.enter,
        prompt_over=answering.prompt_over,
        timed_out=answering.timed_out,
        digit=answering.digit,
        answered=answering.answered,
        recorded=answering.recorded,
    ),
    nodes.ReturnNode: Steps(enter=ways_out.enter_return),
    nodes.HangUpNode: Steps(enter=ways_out.enter_hang_up),
}
for _node, _steps in _BUILT_IN.items():
    ivr_steps.STEPS[_node] = _steps
