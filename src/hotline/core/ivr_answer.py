"""Let a caller ask aloud: tone, recording, the article that answers, and whether it helped.

Stages of the node (`call.stage`): begin (is there anybody who understands speech?), ask and tone (the question and the tone are heard), hear (the caller speaks and is recorded),
closing and leaving (the file is being closed; then the search, or an agent), search, tell (the answer is heard), judge (a key is
awaited), remind and late (nobody pressed one: the same again, for the last time).
"""

from datetime import datetime

from hotline.core import events as e
from hotline.core import inquiries
from hotline.core.call import Call
from hotline.core.events import InquiryOutcome
from hotline.core.floor import Floor, later
from hotline.core.flow_answer import ANSWER, JUDGED, LISTEN, READY, AnswerNode
from hotline.core.flow_speech import SERVICE
from hotline.core.ids import InquiryId, NodeId, RecordingId
from hotline.core.inquiries import Question
from hotline.core.inquiry_messages import Inquire, InquiryAnswered
from hotline.core.ivr_values import keys_pressed, served, set_variable
from hotline.core.playing import BEEP, GUARD_S, play, play_file
from hotline.core.switching import StartRecording, StopRecording
from hotline.core.voicemail import recording_path

KIND = "question"
"""Of the recording of what a caller asked."""
PATIENCE_S = 6.0
"""Who has not begun to speak so long after the tone is not going to."""
SOLVED, AGAIN, AGENT = "1", "2", "0"
LABELS = {SOLVED: "已解决", AGAIN: "再问一次", AGENT: "转人工"}
_JUDGING = frozenset({"tell", "judge", "remind", "late"})
_JUDGED_WITHIN_S = 10.0
_READY_WITHIN_S = 2.0


def enter(floor: Floor, call: Call, at: datetime, node: AnswerNode) -> NodeId | None:
    """Nobody is asked to speak where nothing listens. Who typed 0 ahead wants an agent."""
    typed, call.digits = call.digits, ""
    if AGENT in typed:
        return _wants_agent(floor, call, at, node)
    _stop_recording(floor, call)  # after a restart the file of the life before is still open
    call.stage = "begin"
    inquiries.ask(floor, call, at, Question(service=READY, timeout_s=_READY_WITHIN_S))
    return None


def _ask(floor: Floor, call: Call, at: datetime, node: AnswerNode, prompts: tuple[str, ...]) -> NodeId | None:
    call.stage = "ask"
    play(floor, call, (*prompts, BEEP), at, stop_on_digit=True)
    return None if call.play_id is not None else _listen(floor, call, at, node)


def _listen(floor: Floor, call: Call, at: datetime, node: AnswerNode) -> NodeId | None:
    """Record what the caller says; whoever can hear their silence is asked to say when they have done."""
    if call.outside_leg is None or call.recording is not None:
        return node.failed
    call.stage = "hear"
    recording_id, path = RecordingId(floor.id()), recording_path(floor, call, at, "-question")
    floor.emit(
        e.RecordingStarted(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            recording_id=recording_id,
            leg_id=call.outside_leg,
            path=path,
            kind=KIND,
        )
    )
    floor.command(StartRecording(recording_id=recording_id, leg_id=call.outside_leg, path=path))
    listening = {"path": path, "silence_s": node.silence_s, "patience_s": PATIENCE_S}
    inquiries.ask(
        floor, call, at, Question(service=LISTEN, arguments=listening, timeout_s=node.max_s + GUARD_S)
    )
    floor.set_timer("step", call.call_id, later(at, node.max_s))
    return None


def prompt_over(floor: Floor, call: Call, at: datetime, node: AnswerNode) -> NodeId | None:
    """What was played is over: listen, or await the key."""
    if call.stage in {"ask", "tone"}:
        return _listen(floor, call, at, node)
    if call.stage == "tell" and call.inquiry_id is not None:  # the next sentence is still being made
        return None
    if call.stage in _JUDGING:
        call.stage = "judge" if call.stage in {"tell", "judge"} else "late"
        floor.set_timer("step", call.call_id, later(at, node.wait_s))
    return None


def timed_out(floor: Floor, call: Call, at: datetime, node: AnswerNode) -> NodeId | None:
    """They spoke as long as they may; the file was never closed; no key came; or the end of a prompt was missed."""
    match call.stage:
        case "hear":
            return _heard(floor, call, at, "closing")
        case "closing":
            return node.failed
        case "leaving" | "late":
            return _to_agent(floor, call, at, node)
        case "judge":
            return _ask_whether(floor, call, at, node, "remind")
        case _:
            return prompt_over(floor, call, at, node)


def digit(floor: Floor, call: Call, at: datetime, node: AnswerNode, key: str) -> NodeId | None:
    """0 leads to an agent at any time; a key cuts the question short, ends what is said, and judges the answer."""
    match call.stage:
        case "begin" | "ask" | "tone" if key == AGENT:
            return _wants_agent(floor, call, at, node)
        case "ask":
            call.stage = "tone"
            play(floor, call, (BEEP,), at)
            return None if call.play_id is not None else _listen(floor, call, at, node)
        case "hear" | "closing" | "search" if key == AGENT:
            keys_pressed(floor, call, at, key, LABELS[key], accepted=True)
            call.digits = key
            return _heard(floor, call, at, "leaving") if call.stage == "hear" else None
        case "hear":
            return _heard(floor, call, at, "closing")
        case "tell" | "judge" | "remind" | "late":
            return _judged(floor, call, at, node, key)
        case _:
            return None


def _heard(floor: Floor, call: Call, at: datetime, stage: str) -> NodeId | None:
    """The caller has done: close the file, and wait for it."""
    call.stage = stage
    inquiries.no_more(floor, call, at)
    _stop_recording(floor, call)
    floor.set_timer("step", call.call_id, later(at, GUARD_S))
    return None


def _silent(
    floor: Floor, call: Call, at: datetime, node: AnswerNode, answer: InquiryAnswered
) -> NodeId | None:
    """The caller has stopped speaking, or never began; where nobody could tell, they have their whole time."""
    if answer.outcome in {InquiryOutcome.OK, InquiryOutcome.NOT_FOUND} or call.recording is None:
        return _heard(floor, call, at, "closing")
    floor.set_timer("step", call.call_id, later(call.recording.started_at, node.max_s))
    return None


def _stop_recording(floor: Floor, call: Call) -> None:
    if call.recording is not None and call.recording.kind == KIND:
        floor.command(StopRecording(recording_id=call.recording.recording_id))


def recorded(
    floor: Floor, call: Call, at: datetime, node: AnswerNode, file: e.RecordingFinished
) -> NodeId | None:
    """The file is closed: have it understood, and meanwhile say so."""
    if call.stage not in {"hear", "closing", "leaving"} or call.recording is not None:
        return None
    if call.stage == "leaving" or AGENT in call.digits:
        return _to_agent(floor, call, at, node)
    if call.stage == "hear":  # a full disk closed it
        _heard(floor, call, at, "closing")
    floor.cancel_timer("step", call.call_id)
    if not file.duration_ms:
        return node.failed
    call.stage = "search"
    arguments = {"path": file.path, "voice": node.voice}
    inquiries.ask(floor, call, at, Question(service=ANSWER, arguments=arguments, timeout_s=node.timeout_s))
    play(floor, call, node.searching, at)
    return None


def answered(
    floor: Floor, call: Call, at: datetime, node: AnswerNode, answer: InquiryAnswered
) -> NodeId | None:
    """Speech is there, or not; they have stopped speaking; or there is an answer: read it."""
    if call.stage == "begin":
        ready = answer.outcome is InquiryOutcome.OK
        return _ask(floor, call, at, node, node.prompts) if ready else node.failed
    if call.stage == "hear":
        return _silent(floor, call, at, node, answer)
    if call.stage == "tell":
        return _tell(floor, call, at, node, answer)
    values, outcome = answer.values, answer.outcome
    if outcome not in {InquiryOutcome.OK, InquiryOutcome.NOT_FOUND}:
        return node.failed
    found = outcome is InquiryOutcome.OK
    if question := str(values.get("question", "")):
        _write_down(floor, call, at, node, values if found else {"question": question})
    if AGENT in call.digits:
        return _to_agent(floor, call, at, node)
    call.digits = ""
    if not found:
        return _again(floor, call, at, node)
    call.stage = "tell"
    more = values.get("more")
    call.collected = "\n".join(str(one) for one in more) if isinstance(more, list) else ""
    return _tell(floor, call, at, node, answer)


def _tell(floor: Floor, call: Call, at: datetime, node: AnswerNode, answer: InquiryAnswered) -> NodeId | None:
    """Read a sentence of the answer, and have the next one made meanwhile; after the last one the keys are named."""
    path, duration_ms = answer.values.get("path"), answer.values.get("duration_ms")
    if not isinstance(path, str) or not isinstance(duration_ms, int):
        return _ask_whether(floor, call, at, node, "judge")
    following, _, call.collected = call.collected.partition("\n")
    then = () if following else node.helped
    heard = play_file(floor, call, path, duration_ms, at, then=then, stop_on_digit=True)
    if following:
        arguments = {"text": following, "voice": node.voice}
        question = Question(service=SERVICE, arguments=arguments, timeout_s=node.timeout_s)
        inquiries.ask(floor, call, at, question)
    return None if heard else node.failed


def _write_down(floor: Floor, call: Call, at: datetime, node: AnswerNode, values: dict[str, object]) -> None:
    assert call.node_id is not None
    question = str(values["question"])
    score = values.get("score", 0.0)
    floor.emit(
        e.QuestionAsked(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            node_id=call.node_id,
            question=question,
            article_id=str(values.get("article_id", "")),
            title=str(values.get("title", "")),
            score=float(score) if isinstance(score, int | float) else 0.0,
        )
    )
    if node.variable:
        set_variable(floor, call, at, node.variable, question)


def _again(floor: Floor, call: Call, at: datetime, node: AnswerNode) -> NodeId | None:
    """Nothing understood or found, or it did not help: ask once more, or an agent when that was the last time."""
    call.tries += 1
    if call.tries >= node.tries:
        return _to_agent(floor, call, at, node)
    return _ask(floor, call, at, node, node.unclear or node.prompts)


def _judged(floor: Floor, call: Call, at: datetime, node: AnswerNode, key: str) -> NodeId | None:
    """The caller says whether the article helped, maybe before its end."""
    floor.cancel_timer("step", call.call_id)
    inquiries.no_more(floor, call, at)
    keys_pressed(floor, call, at, key, LABELS.get(key, ""), accepted=key in LABELS)
    if key not in LABELS:
        return _ask_whether(floor, call, at, node, "remind")
    _tell_knowledge(floor, call, solved=key == SOLVED)
    if key == SOLVED:
        served(floor, call, at, node.served)
        return node.solved
    if key == AGENT:
        return node.agent
    call.tries += 1
    if call.tries >= node.tries:
        return node.agent
    return _ask(floor, call, at, node, node.prompts)


def _ask_whether(floor: Floor, call: Call, at: datetime, node: AnswerNode, stage: str) -> NodeId | None:
    """Say the keys once more."""
    call.stage = stage
    heard = play(floor, call, node.helped, at, stop_on_digit=True)
    return None if heard else prompt_over(floor, call, at, node)


def _tell_knowledge(floor: Floor, call: Call, *, solved: bool) -> None:
    article_id = call.questions[-1].article_id if call.questions else ""
    if article_id:
        floor.inquire(
            Inquire(
                inquiry_id=InquiryId(floor.id()),
                call_id=call.call_id,
                authority_id=call.authority_id,
                service=JUDGED,
                name="",
                arguments={"article_id": article_id, "solved": solved},
                timeout_s=_JUDGED_WITHIN_S,
                answer_wanted=False,
            )
        )


def _wants_agent(floor: Floor, call: Call, at: datetime, node: AnswerNode) -> NodeId:
    keys_pressed(floor, call, at, AGENT, LABELS[AGENT], accepted=True)
    return _to_agent(floor, call, at, node)


def _to_agent(floor: Floor, call: Call, at: datetime, node: AnswerNode) -> NodeId:
    """An agent, with what was asked."""
    _ = at
    floor.cancel_timer("step", call.call_id)
    call.digits = ""
    return node.agent
