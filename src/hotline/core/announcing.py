"""What a waiting caller hears: music, messages, the place in the line and the estimated wait; and the agent's number at connecting."""

from collections.abc import Iterable
from datetime import datetime

from hotline.core import estimate, speaking
from hotline.core.agent import Agent
from hotline.core.call import Call
from hotline.core.floor import Floor, later
from hotline.core.ids import LegId, PlayId, PromptKey
from hotline.core.playing import play, play_for_ever
from hotline.core.site import Queue
from hotline.core.switching import Play

_POSITION_BEFORE, _POSITION_AFTER = PromptKey("position_before"), PromptKey("position_after")
_POSITION_NEXT = PromptKey("position_next")
VOICEMAIL_OFFER = PromptKey("queue_voicemail_offer")
_AGENT_BEFORE, _AGENT_AFTER = PromptKey("agent_number_before"), PromptKey("agent_number_after")


def music(floor: Floor, call: Call, at: datetime, queue: Queue) -> None:
    """Let the caller hear music until the next message is due."""
    call.prompting = False
    play_for_ever(floor, call, (queue.music, *queue.further_music))
    if queue.message_every_s > 0 and _has_message(queue):
        floor.set_timer("step", call.call_id, later(at, queue.message_every_s))
    else:
        floor.cancel_timer("step", call.call_id)


def _has_message(queue: Queue) -> bool:
    return (
        bool(_messages(queue))
        or queue.announce_position
        or queue.announce_wait
        or bool(queue.callback_key or queue.voicemail_key)
    )


def _messages(queue: Queue) -> tuple[PromptKey, ...]:
    return (*(() if queue.message is None else (queue.message,)), *queue.further_messages)


def announce(floor: Floor, call: Call, at: datetime, queue: Queue) -> None:
    """Play the message, the place and the wait, and what the keys offer; the music follows when they are over."""
    messages = _messages(queue)
    keys: list[str] = [messages[call.messages_heard % len(messages)]] if messages else []
    call.messages_heard += 1
    if call.line_key is not None:
        line = floor.lines[queue.id]
        position = line.position(call.line_key)
        if queue.announce_position:
            keys += _place(position)
        seconds = estimate.wait_s(line, position) if queue.announce_wait else None
        if seconds is not None:
            keys += estimate.spoken(seconds)
    if queue.callback_key and queue.callback_prompt is not None:
        keys.append(queue.callback_prompt)
    if queue.voicemail_key:
        keys.append(VOICEMAIL_OFFER)
    call.prompting = play(floor, call, keys, at)
    if not call.prompting:
        music(floor, call, at, queue)


def _place(position: int) -> tuple[str, ...]:
    if position == 1:
        return (_POSITION_NEXT,)
    return (_POSITION_BEFORE, *speaking.count(position - 1, speaking.Word.PEOPLE), _POSITION_AFTER)


def agent_number(floor: Floor, agent: Agent, legs: Iterable[LegId]) -> None:
    """Let these connected legs hear the agent's work number (报工号); the connection stays."""
    try:
        number = speaking.digits(agent.profile.number)
    except ValueError:
        return
    sounds, _ = floor.index.sounds((_AGENT_BEFORE, *number, _AGENT_AFTER))
    for leg_id in legs:
        if sounds:
            floor.command(Play(leg_id=leg_id, play_id=PlayId(floor.id()), sounds=sounds))
