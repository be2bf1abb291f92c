"""Menus and the collecting of digits: ask, take keys, judge, ask again, give up."""

from datetime import datetime

from hotline.core.call import Call
from hotline.core.confidential import keys_shown, tells
from hotline.core.expression import truth
from hotline.core.floor import Floor, later
from hotline.core.flow_fields import Prompts
from hotline.core.flow_nodes import Collect, Menu
from hotline.core.ids import NodeId
from hotline.core.ivr_values import computed, keys_pressed, set_variable
from hotline.core.playing import play


def prompt_over(floor: Floor, call: Call, at: datetime, node: Menu | Collect) -> NodeId | None:
    """The question has been heard (or its end was never reported): the clock for the answer begins."""
    call.prompting = False
    floor.set_timer("step", call.call_id, later(at, node.timeout_s))
    return None


def ask(floor: Floor, call: Call, at: datetime, node: Menu | Collect, prompts: Prompts) -> None:
    """Ask, and listen."""
    call.collected = ""
    call.prompting = play(floor, call, prompts, at, stop_on_digit=True)
    if not call.prompting:
        floor.set_timer("step", call.call_id, later(at, node.timeout_s))


def _again(floor: Floor, call: Call, at: datetime, node: Menu | Collect, why: Prompts) -> NodeId | None:
    """Ask once more, or give up when that was the last try."""
    call.tries += 1
    if call.tries > node.retries:
        return node.on_failure
    ask(floor, call, at, node, (*why, *node.prompts))
    return None


# ── Menu ──


def enter_menu(floor: Floor, call: Call, at: datetime, node: Menu) -> NodeId | None:
    """Take a key that was typed ahead, or ask."""
    if call.digits:
        key, call.digits = call.digits[0], call.digits[1:]
        choice = node.choices.get(key)
        if choice is not None:
            keys_pressed(floor, call, at, key, choice.label, accepted=True)
            return choice.next
        keys_pressed(floor, call, at, key, "", accepted=False)
        call.digits = ""
    ask(floor, call, at, node, node.prompts)
    return None


def menu_key(floor: Floor, call: Call, at: datetime, node: Menu, key: str) -> NodeId | None:
    """A key of the caller."""
    choice = node.choices.get(key)
    if choice is None:
        keys_pressed(floor, call, at, key, "", accepted=False)
        return _again(floor, call, at, node, node.invalid)
    floor.cancel_timer("step", call.call_id)
    keys_pressed(floor, call, at, key, choice.label, accepted=True)
    return choice.next


def menu_silence(floor: Floor, call: Call, at: datetime, node: Menu) -> NodeId | None:
    """No key came."""
    return _again(floor, call, at, node, node.no_input)


# ── Collect ──


def enter_collect(floor: Floor, call: Call, at: datetime, node: Collect) -> NodeId | None:
    """Take keys that were typed ahead, or ask."""
    typed, call.digits = call.digits, ""
    if not typed:
        ask(floor, call, at, node, node.prompts)
        return None
    call.collected = ""
    call.prompting = False
    for place, key in enumerate(typed):
        if _take_key(call, node, key):
            call.digits = typed[place + 1 :]
            return _examine(floor, call, at, node)
    floor.set_timer("step", call.call_id, later(at, node.between_s))
    return None


def collect_key(floor: Floor, call: Call, at: datetime, node: Collect, key: str) -> NodeId | None:
    """A key of the caller."""
    call.prompting = False
    if _take_key(call, node, key):
        return _examine(floor, call, at, node)
    floor.set_timer("step", call.call_id, later(at, node.between_s))
    return None


def collect_silence(floor: Floor, call: Call, at: datetime, node: Collect) -> NodeId | None:
    """No key came, or no more."""
    if call.collected:
        return _examine(floor, call, at, node)
    return _again(floor, call, at, node, node.no_input)


def _take_key(call: Call, node: Collect, key: str) -> bool:
    """Keep the key; True when the answer is complete."""
    if node.terminator and key == node.terminator:
        return True
    if key == "*" and node.star_as:
        call.collected += node.star_as
    elif key.isdigit():
        call.collected += key
    return len(call.collected) >= node.max


def _examine(floor: Floor, call: Call, at: datetime, node: Collect) -> NodeId | None:
    """Check the answer; return where it leads, or None when the caller is asked again."""
    answer, call.collected = call.collected, ""
    good = len(answer) >= node.min
    if good and node.check is not None:
        good = truth(computed(floor, call, at, node.check, otherwise=False, more={node.variable: answer}))
    shown = keys_shown(answer) if node.secret or tells(call, answer) else answer
    keys_pressed(floor, call, at, shown, "", accepted=good)
    if not good:
        return _again(floor, call, at, node, node.invalid if answer else node.no_input)
    floor.cancel_timer("step", call.call_id)
    set_variable(floor, call, at, node.variable, answer, secret=node.secret)
    return node.next
