"""Speak a text to the caller: ask for its sound, play it, go on; whatever goes wrong, the caller hears the fallback and goes on."""

from datetime import datetime

from hotline.core import inquiries
from hotline.core.call import Call
from hotline.core.confidential import tells
from hotline.core.events import InquiryOutcome
from hotline.core.expression import ExpressionFailed
from hotline.core.floor import Floor
from hotline.core.flow_speech import SERVICE, SpeakNode
from hotline.core.ids import NodeId
from hotline.core.inquiries import Question
from hotline.core.inquiry_messages import InquiryAnswered
from hotline.core.ivr_values import trouble, variables_of
from hotline.core.playing import play, play_file


def enter(floor: Floor, call: Call, at: datetime, node: SpeakNode) -> NodeId | None:
    """Ask for the sound of the text with its values filled in; nothing to say is passed over, and so is what was typed ahead of."""
    if node.interruptible and call.digits:
        return node.next
    try:
        text = "".join(part for part, _ in node.text.filled(variables_of(floor, call, at))).strip()
    except ExpressionFailed as failed:
        trouble(floor, call, at, str(failed))
        return _fall_back(floor, call, at, node)
    if not text:
        return node.next
    arguments = {"text": text, "voice": node.voice, **({"once": True} if tells(call, text) else {})}
    floor.cancel_timer("step", call.call_id)
    question = Question(service=SERVICE, name="", arguments=arguments, timeout_s=node.timeout_s)
    inquiries.ask(floor, call, at, question)
    return None


def answered(
    floor: Floor, call: Call, at: datetime, node: SpeakNode, answer: InquiryAnswered
) -> NodeId | None:
    """Play the sound, unless the caller has typed ahead of it."""
    if node.interruptible and call.digits:
        return node.next
    path, duration_ms = answer.values.get("path"), answer.values.get("duration_ms")
    if answer.outcome is InquiryOutcome.OK and isinstance(path, str) and isinstance(duration_ms, int):
        heard = play_file(floor, call, path, duration_ms, at, stop_on_digit=node.interruptible)
        return None if heard else node.next
    return _fall_back(floor, call, at, node)


def over(_floor: Floor, _call: Call, _at: datetime, node: SpeakNode) -> NodeId:
    """The text, or the fallback, has been heard."""
    return node.next


def _fall_back(floor: Floor, call: Call, at: datetime, node: SpeakNode) -> NodeId | None:
    return None if play(floor, call, node.fallback, at, stop_on_digit=node.interruptible) else node.next
