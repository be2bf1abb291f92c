"""Asking a caller for the number to be called back on: the one they call from, or one they key in. Knows no line of a queue."""

from datetime import datetime
from enum import Enum, auto

from hotline.core import kept_places, speaking
from hotline.core.call import Call
from hotline.core.floor import Floor, later
from hotline.core.ids import PromptKey
from hotline.core.playing import play

CONFIRM, NUMBER = "callback_confirm", "callback_number"
_STAGES = frozenset({CONFIRM, NUMBER})
_BEFORE, _KEYS = PromptKey("callback_number_before"), PromptKey("callback_confirm_keys")
_ENTER, _INVALID = PromptKey("callback_enter_number"), PromptKey("callback_number_invalid")
TIMEOUT_S = 10.0
TRIES_MAX = 2
_DIGITS_MAX = 12


class Answer(Enum):
    """How far the caller is."""

    ASKING = auto()
    AGREED = auto()  # to be called back on `Call.keyed`
    DECLINED = auto()


def running(call: Call) -> bool:
    """Whether the caller is being asked."""
    return call.stage in _STAGES


def ask(floor: Floor, call: Call, at: datetime, prompts: tuple[str, ...] = ()) -> Answer:
    """Begin: offer the number that the caller calls from; who withholds it keys one in."""
    call.tries = 0
    call.digits = ""
    call.keyed = kept_places.callable_number(floor, call.ani)
    return _confirm(floor, call, at, prompts) if call.keyed else _enter(floor, call, at, prompts)


def _confirm(floor: Floor, call: Call, at: datetime, prompts: tuple[str, ...] = ()) -> Answer:
    call.stage = CONFIRM
    return _say(floor, call, at, (*prompts, _BEFORE, *speaking.telephone_number(call.keyed), _KEYS))


def _enter(floor: Floor, call: Call, at: datetime, prompts: tuple[str, ...] = ()) -> Answer:
    call.stage, call.keyed = NUMBER, ""
    return _say(floor, call, at, (*prompts, _ENTER))


def _say(floor: Floor, call: Call, at: datetime, prompts: tuple[str, ...]) -> Answer:
    call.prompting = play(floor, call, prompts, at, stop_on_digit=True)
    if not call.prompting:
        floor.set_timer("step", call.call_id, later(at, TIMEOUT_S))
    return Answer.ASKING


def prompt_over(floor: Floor, call: Call, at: datetime) -> Answer:
    """The question has been heard, or its end was never reported: wait for keys."""
    call.prompting = False
    floor.set_timer("step", call.call_id, later(at, TIMEOUT_S))
    return Answer.ASKING


def timed_out(floor: Floor, call: Call, at: datetime) -> Answer:
    """No key came, or no more."""
    if call.prompting:
        return prompt_over(floor, call, at)
    if call.stage == NUMBER and call.keyed:
        return _examine(floor, call, at)
    return Answer.DECLINED


def digit(floor: Floor, call: Call, at: datetime, key: str) -> Answer:
    """A key of the caller: 1 agrees, 2 changes the number, the star ends the question."""
    call.prompting = False
    floor.set_timer("step", call.call_id, later(at, TIMEOUT_S))
    if key == "*":
        return Answer.DECLINED
    if call.stage == NUMBER:
        if key == "#":
            return _examine(floor, call, at)
        call.keyed += key
        return _examine(floor, call, at) if len(call.keyed) >= _DIGITS_MAX else Answer.ASKING
    if key == "1":
        return Answer.AGREED
    return _enter(floor, call, at) if key == "2" else Answer.ASKING


def _examine(floor: Floor, call: Call, at: datetime) -> Answer:
    number = kept_places.callable_number(floor, call.keyed)
    if number:
        call.keyed = number
        return _confirm(floor, call, at)
    call.tries += 1
    return Answer.DECLINED if call.tries > TRIES_MAX else _enter(floor, call, at, (_INVALID,))
