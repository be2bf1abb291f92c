"""Speak a text to the caller, clause by clause: the first is heard while the next is made; whatever goes wrong, they hear the fallback and go on.

Stages of the node (`call.stage`): first (its first clause is being made), then tell; first-once and tell-once where the text is
confidential, so that no sound of it is kept. What is still to be said waits in `call.collected`, a clause a line.
"""

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
    once = tells(call, text)
    _ask(floor, call, at, node, {"text": text, "clauses": True}, once=once)
    call.stage, call.collected = ("first-once" if once else "first"), ""
    return None


def _ask(
    floor: Floor, call: Call, at: datetime, node: SpeakNode, said: dict[str, object], *, once: bool
) -> None:
    arguments = {**said, "voice": node.voice, **({"once": True} if once else {})}
    floor.cancel_timer("step", call.call_id)
    question = Question(service=SERVICE, name="", arguments=arguments, timeout_s=node.timeout_s)
    inquiries.ask(floor, call, at, question)


def answered(
    floor: Floor, call: Call, at: datetime, node: SpeakNode, answer: InquiryAnswered
) -> NodeId | None:
    """Play the clause and have the next one made meanwhile, unless the caller has typed ahead."""
    if node.interruptible and call.digits:
        return node.next
    path, duration_ms = answer.values.get("path"), answer.values.get("duration_ms")
    if (
        answer.outcome is not InquiryOutcome.OK
        or not isinstance(path, str)
        or not isinstance(duration_ms, int)
    ):
        return _fall_back(floor, call, at, node)
    if call.stage.startswith("first") and isinstance(more := answer.values.get("more"), list):
        call.collected = "\n".join(str(clause) for clause in more)
    call.stage = call.stage.replace("first", "tell")
    following, _, call.collected = call.collected.partition("\n")
    if following:
        _ask(floor, call, at, node, {"text": following}, once=call.stage == "tell-once")
    heard = play_file(floor, call, path, duration_ms, at, stop_on_digit=node.interruptible)
    return None if heard or following else node.next


def over(_floor: Floor, call: Call, _at: datetime, node: SpeakNode) -> NodeId | None:
    """A clause, or the fallback, has been heard; the next one may still be in the making."""
    return node.next if call.inquiry_id is None else None


def interrupted(floor: Floor, call: Call, at: datetime, node: SpeakNode) -> NodeId | None:
    """A key, kept for the next question, ends what is heard; while the first clause is being made it waits for that."""
    if not node.interruptible or (call.inquiry_id is not None and call.play_id is None):
        return None
    inquiries.no_more(floor, call, at)
    return node.next


def _fall_back(floor: Floor, call: Call, at: datetime, node: SpeakNode) -> NodeId | None:
    return None if play(floor, call, node.fallback, at, stop_on_digit=node.interruptible) else node.next
