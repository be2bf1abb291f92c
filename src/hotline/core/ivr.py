"""Walk a call through its flow: one node after another until one waits for the caller, hands over or ends the call."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from hotline.core import callback_dialog, ending
from hotline.core import events as e
from hotline.core import ivr_ways_out as ways_out
from hotline.core.call import Call
from hotline.core.expression import as_text, truth
from hotline.core.floor import Floor, later
from hotline.core.flow_nodes import (
    CallbackNode,
    Collect,
    Condition,
    DutyNode,
    HangUpNode,
    HoursNode,
    Menu,
    Node,
    Play,
    Prompts,
    QueueNode,
    ReturnNode,
    Say,
    SetVariables,
    SubflowNode,
    SurveyNode,
    TransferNode,
    VoicemailNode,
)
from hotline.core.ids import FlowId, NodeId
from hotline.core.ivr_values import spoken, variables_of
from hotline.core.opening_hours import opening_at
from hotline.core.playing import play

STEPS_MAX = 300
"""A call that passed so many nodes walks in circles."""
TYPED_AHEAD_MAX = 32
_VALUE_MAX = 200


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
            node_id = _ENTER[type(node)](floor, call, at, node)
    except ways_out.FlowBroken as broken:
        ways_out.give_up(floor, call, at, str(broken))


def _node_at(floor: Floor, call: Call, node_id: NodeId | None) -> Node:
    flow = floor.index.flow(call.flow_id, call.flow_version) if call.flow_id is not None else None
    node = flow.nodes.get(node_id) if flow is not None and node_id is not None else None
    if node is None:
        raise ways_out.FlowBroken(f"node {node_id} is gone")
    return node


# ── What happens while a node waits ──


def prompt_over(floor: Floor, call: Call, at: datetime) -> None:
    """What the node played is over (or its end was never reported)."""
    node = _waiting_node(floor, call, at)
    match node:
        case Play() | Say():
            _served(floor, call, at, node.served)
            go(floor, call, at, node.next)
        case Menu() | Collect():
            call.prompting = False
            floor.set_timer("step", call.call_id, later(at, node.timeout_s))
        case QueueNode():
            ways_out.to_queue(floor, call, at, node)
        case DutyNode():
            go(floor, call, at, ways_out.ring_duty(floor, call, at, node))
        case CallbackNode():
            answer = callback_dialog.prompt_over(floor, call, at)
            go(floor, call, at, ways_out.after_dialog(floor, call, at, node, answer))
        case _:
            pass


def timed_out(floor: Floor, call: Call, at: datetime) -> None:
    """The step timer went off: a prompt's end was missed, or the caller did not answer."""
    node = _waiting_node(floor, call, at)
    if isinstance(node, CallbackNode):
        answer = callback_dialog.timed_out(floor, call, at)
        go(floor, call, at, ways_out.after_dialog(floor, call, at, node, answer))
    elif call.prompting or not isinstance(node, Menu | Collect):
        prompt_over(floor, call, at)
    elif isinstance(node, Collect) and call.collected:
        _collected(floor, call, at, node)
    else:
        _failed_try(floor, call, at, node, invalid=False)


def digit(floor: Floor, call: Call, at: datetime, key: str) -> None:
    """The caller pressed a key."""
    node = _waiting_node(floor, call, at)
    match node:
        case Menu():
            _choose(floor, call, at, node, key)
        case Collect():
            _collect_key(floor, call, at, node, key)
        case CallbackNode():
            answer = callback_dialog.digit(floor, call, at, key)
            go(floor, call, at, ways_out.after_dialog(floor, call, at, node, answer))
        case Play() | Say():
            call.digits = (call.digits + key)[:TYPED_AHEAD_MAX]
            if node.interruptible:
                _served(floor, call, at, node.served)
                go(floor, call, at, node.next)
        case _:
            pass


def rang_in_vain(floor: Floor, call: Call, at: datetime) -> bool:
    """Nobody took what a node rang: go on where it says. False: no node of the flow rang."""
    node = _waiting_node(floor, call, at)
    if not isinstance(node, DutyNode | TransferNode):
        return False
    go(floor, call, at, node.otherwise)
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


def _waiting_node(floor: Floor, call: Call, at: datetime) -> Node | None:
    if call.node_id is None:
        return None
    try:
        return _node_at(floor, call, call.node_id)
    except ways_out.FlowBroken as broken:
        ways_out.give_up(floor, call, at, str(broken))
        return None


def _served(floor: Floor, call: Call, at: datetime, service: str) -> None:
    if service:
        floor.emit(e.SelfServed(at=at, authority_id=call.authority_id, call_id=call.call_id, service=service))


# ── Play and say ──


def _enter_play(floor: Floor, call: Call, at: datetime, node: Play) -> NodeId | None:
    if node.interruptible and call.digits:  # typed ahead: they know what is said
        _served(floor, call, at, node.served)
        return node.next
    if play(floor, call, node.prompts, at, stop_on_digit=node.interruptible):
        return None
    _served(floor, call, at, node.served)
    return node.next


def _enter_say(floor: Floor, call: Call, at: datetime, node: Say) -> NodeId | None:
    keys: list[str] = []
    variables = variables_of(floor, call, at)
    for piece in node.pieces:
        keys += spoken(piece, variables)
    if play(floor, call, keys, at, stop_on_digit=node.interruptible):
        return None
    _served(floor, call, at, node.served)
    return node.next


# ── Menu and collect ──


def _enter_menu(floor: Floor, call: Call, at: datetime, node: Menu) -> NodeId | None:
    if call.digits:
        key, call.digits = call.digits[0], call.digits[1:]
        choice = node.choices.get(key)
        if choice is not None:
            _keys(floor, call, at, key, choice.label, accepted=True)
            return choice.next
        _keys(floor, call, at, key, "", accepted=False)
        call.digits = ""
    _ask(floor, call, at, node, node.prompts)
    return None


def _ask(floor: Floor, call: Call, at: datetime, node: Menu | Collect, prompts: Prompts) -> None:
    call.collected = ""
    call.prompting = play(floor, call, prompts, at, stop_on_digit=True)
    if not call.prompting:
        floor.set_timer("step", call.call_id, later(at, node.timeout_s))


def _choose(floor: Floor, call: Call, at: datetime, node: Menu, key: str) -> None:
    choice = node.choices.get(key)
    if choice is None:
        _keys(floor, call, at, key, "", accepted=False)
        _failed_try(floor, call, at, node, invalid=True)
    else:
        floor.cancel_timer("step", call.call_id)
        _keys(floor, call, at, key, choice.label, accepted=True)
        go(floor, call, at, choice.next)


def _failed_try(floor: Floor, call: Call, at: datetime, node: Menu | Collect, *, invalid: bool) -> None:
    call.tries += 1
    if call.tries > node.retries:
        go(floor, call, at, node.on_failure)
    else:
        _ask(floor, call, at, node, (*(node.invalid if invalid else node.no_input), *node.prompts))


def _enter_collect(floor: Floor, call: Call, at: datetime, node: Collect) -> NodeId | None:
    typed, call.digits = call.digits, ""
    if typed:
        call.collected = ""
        call.prompting = False
        for place, key in enumerate(typed):
            if _take_key(call, node, key):
                call.digits = typed[place + 1 :]
                return _examine(floor, call, at, node)
        floor.set_timer("step", call.call_id, later(at, node.between_s))
    else:
        _ask(floor, call, at, node, node.prompts)
    return None


def _collect_key(floor: Floor, call: Call, at: datetime, node: Collect, key: str) -> None:
    call.prompting = False
    if _take_key(call, node, key):
        _collected(floor, call, at, node)
    else:
        floor.set_timer("step", call.call_id, later(at, node.between_s))


def _take_key(call: Call, node: Collect, key: str) -> bool:
    """Keep the key; True when the answer is complete."""
    if key == node.terminator:
        return True
    if key == "*" and node.star_as:
        call.collected += node.star_as
    elif key.isdigit():
        call.collected += key
    return len(call.collected) >= node.max


def _collected(floor: Floor, call: Call, at: datetime, node: Collect) -> None:
    go(floor, call, at, _examine(floor, call, at, node))


def _examine(floor: Floor, call: Call, at: datetime, node: Collect) -> NodeId | None:
    """Check the answer; return where it leads, or None when the caller is asked again."""
    answer, call.collected = call.collected, ""
    variables = {**variables_of(floor, call, at), node.variable: answer}
    good = len(answer) >= node.min and (node.check is None or truth(node.check(variables)))
    shown = "*" * max(0, len(answer) - 4) + answer[-4:] if node.secret else answer
    _keys(floor, call, at, shown, "", accepted=good)
    if good:
        floor.cancel_timer("step", call.call_id)
        _set(floor, call, at, node.variable, answer, secret=node.secret)
        return node.next
    call.tries += 1
    if call.tries > node.retries:
        return node.on_failure
    _ask(floor, call, at, node, (*(node.invalid if answer else node.no_input), *node.prompts))
    return None


def _keys(floor: Floor, call: Call, at: datetime, keys: str, label: str, *, accepted: bool) -> None:
    assert call.flow_id is not None and call.node_id is not None
    floor.emit(
        e.KeysPressed(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            flow_id=call.flow_id,
            node_id=call.node_id,
            keys=keys,
            accepted=accepted,
            label=label,
        )
    )


# ── Deciding ──


def _set(floor: Floor, call: Call, at: datetime, name: str, value: str, *, secret: bool = False) -> None:
    floor.emit(
        e.VariableSet(
            at=at, authority_id=call.authority_id, call_id=call.call_id, name=name, value=value, secret=secret
        )
    )


def _enter_set(floor: Floor, call: Call, at: datetime, node: SetVariables) -> NodeId | None:
    for name, compute in node.values:
        _set(floor, call, at, name, as_text(compute(variables_of(floor, call, at))))
    return node.next


def _enter_condition(floor: Floor, call: Call, at: datetime, node: Condition) -> NodeId | None:
    variables = variables_of(floor, call, at)
    for when, target in node.cases:
        if truth(when(variables)):
            return target
    return node.otherwise


def _enter_hours(floor: Floor, call: Call, at: datetime, node: HoursNode) -> NodeId | None:
    hotline = floor.index.hotlines.get(call.hotline_id) if call.hotline_id is not None else None
    hours_id = node.hours_id or (hotline.hours_id if hotline is not None else None)
    hours = floor.index.hours.get(hours_id) if hours_id is not None else None
    is_open = hours is None or opening_at(hours, at, floor.index.site.offset_min).open
    _set(floor, call, at, ending.OPENING, "open" if is_open else "closed")
    return node.open if is_open else node.closed


_ENTER: dict[type[Node], Callable[[Floor, Call, datetime, Any], NodeId | None]] = {
    Play: _enter_play,
    Say: _enter_say,
    Menu: _enter_menu,
    Collect: _enter_collect,
    SetVariables: _enter_set,
    Condition: _enter_condition,
    HoursNode: _enter_hours,
    QueueNode: ways_out.enter_queue,
    VoicemailNode: ways_out.enter_voicemail,
    SurveyNode: ways_out.enter_survey,
    TransferNode: ways_out.enter_transfer,
    SubflowNode: ways_out.enter_subflow,
    DutyNode: ways_out.enter_duty,
    CallbackNode: ways_out.enter_callback,
    ReturnNode: ways_out.enter_return,
    HangUpNode: ways_out.enter_hang_up,
}
