"""A caller asks aloud and hears the article that answers; whatever goes wrong, there is a way on (IVR-8)."""

import json
from dataclasses import replace
from typing import Any

import pytest

from hotline.core import events as e
from hotline.core import switching as s
from hotline.core.events import InquiryOutcome
from hotline.core.flow import examine
from hotline.core.flow_answer import ANSWER, JUDGED, LISTEN, READY
from hotline.core.flow_bench import Script, Setting, walk
from hotline.core.flow_speech import SERVICE as SAY
from hotline.core.ids import CallId, FlowId, PromptKey
from hotline.core.inquiry_messages import Inquire, InquiryAnswered
from hotline.core.site import Prompt
from hotline.features.flows.checking import Surroundings, check
from tests.unit.core_bench import START, Bench, site, snapshot

pytestmark = pytest.mark.req("IVR-8")

NODE: dict[str, Any] = {
    "kind": "answer", "solved": "bye", "agent": "q", "failed": "menu", "variable": "asked",
}  # fmt: skip
NODES: dict[str, Any] = {
    "answer": NODE,
    "q": {"kind": "queue", "queue": "advice"},
    "menu": {"kind": "menu", "prompts": ["menu"], "choices": {"1": {"label": "", "next": "q"}}, "on_failure": "bye"},
    "bye": {"kind": "hangup", "prompts": ["goodbye"]},
}  # fmt: skip
KEYS = ("answer_ask", "answer_searching", "answer_helped", "answer_unclear")
FOUND: dict[str, Any] = {
    "question": "社保卡怎么补办", "article_id": "a1", "title": "社保卡补办", "score": 0.7,
    "path": "speech/a.wav", "duration_ms": 3_000, "more": [],
}  # fmt: skip


def bench_of(**fields: Any) -> Bench:
    """A hotline that begins with the node."""
    plain = site({**NODES, "answer": {**NODE, **fields}})
    prompts = tuple(Prompt(key=PromptKey(key), path=key, duration_ms=2_000) for key in KEYS)
    bench = Bench(replace(plain, prompts=plain.prompts + prompts))
    bench.sign_in("1001")
    return bench


def asked(bench: Bench, service: str) -> Inquire:
    """What the last input let the flow ask of a service."""
    (question,) = [one for one in bench.sent(Inquire) if one.service == service]
    return question


def answer(bench: Bench, to: Inquire, outcome: InquiryOutcome = InquiryOutcome.OK, /, **values: Any) -> None:
    """Answer a question."""
    bench.tell(
        InquiryAnswered,
        call_id=to.call_id,
        inquiry_id=to.inquiry_id,
        outcome=outcome,
        values=values,
    )


def invited(bench: Bench) -> CallId:
    """A caller hears the question."""
    call = bench.call_in()
    answer(bench, asked(bench, READY))
    assert bench.playing() == ("answer_ask", "beep")
    return call


def speaking(bench: Bench) -> tuple[CallId, s.StartRecording]:
    """A caller speaks, and is recorded."""
    call = invited(bench)
    bench.heard(call)
    (recording,) = bench.sent(s.StartRecording)
    return call, recording


def file_of(bench: Bench, call: CallId, recording: s.StartRecording, duration_ms: int = 2_400) -> None:
    """The file is closed."""
    bench.tell(
        s.RecordingDone,
        recording_id=recording.recording_id,
        leg_id=bench.citizen(call),
        path=recording.path,
        size_bytes=9,
        duration_ms=duration_ms,
        sha256="",
    )


def told(bench: Bench, **values: Any) -> CallId:
    """A caller has asked, and hears the answer."""
    call, recording = speaking(bench)
    answer(bench, asked(bench, LISTEN))
    assert [one.recording_id for one in bench.sent(s.StopRecording)] == [recording.recording_id]
    file_of(bench, call, recording)
    question = asked(bench, ANSWER)
    assert question.arguments["path"] == recording.path
    assert bench.playing() == ("answer_searching",)
    answer(bench, question, **{**FOUND, **values})
    bench.heard(call)
    return call


def test_the_caller_asks_hears_the_article_and_is_served() -> None:
    bench = bench_of()
    call = told(bench)
    assert bench.playing() == ("speech/a.wav", "answer_helped")
    bench.press(call, "1")
    assert bench.last(e.SelfServed).service == "智能应答"
    judged = asked(bench, JUDGED)
    assert judged.arguments == {"article_id": "a1", "solved": True}
    assert not judged.answer_wanted
    bench.heard(call)
    assert bench.disposition() is e.Disposition.SELF_SERVED


def test_the_agent_gets_the_question_and_the_article() -> None:
    bench = bench_of()
    call = told(bench)
    bench.heard(call)
    bench.press(call, "0")
    assert bench.of(e.QueueEntered)
    assert bench.last(e.KeysPressed).label == "转人工"
    (question,) = bench.call(call).questions
    assert (question.question, question.title, question.article_id) == ("社保卡怎么补办", "社保卡补办", "a1")
    assert bench.call(call).variables["asked"] == "社保卡怎么补办"


def test_sentences_are_made_while_the_one_before_is_heard() -> None:
    bench = bench_of()
    call = told(bench, more=["第二句。", "第三句。"])
    assert bench.playing() == ("speech/a.wav",)
    second = asked(bench, SAY)
    assert second.arguments == {"text": "第二句。", "voice": ""}
    answer(bench, second, path="speech/b.wav", duration_ms=1_000)
    assert not bench.sent(s.Play)  # the first one is heard to its end
    bench.heard(call)
    assert bench.playing() == ("speech/b.wav",)
    third = asked(bench, SAY)
    bench.heard(call)
    assert not bench.sent(s.Play)  # late: the caller waits
    answer(bench, third, path="speech/c.wav", duration_ms=1_000)
    assert bench.playing() == ("speech/c.wav", "answer_helped")


def test_a_key_ends_the_answer_at_once() -> None:
    bench = bench_of()
    call = told(bench, more=["第二句。"])
    second = asked(bench, SAY)
    bench.press(call, "2")
    assert bench.playing() == ("answer_ask", "beep")
    answer(bench, second, path="speech/b.wav", duration_ms=1_000)
    assert not bench.commands


def test_a_sentence_that_cannot_be_spoken_leads_to_the_keys() -> None:
    bench = bench_of()
    call = told(bench, more=["第二句。"])
    second = asked(bench, SAY)
    bench.heard(call)
    answer(bench, second, InquiryOutcome.FAILED)
    assert bench.playing() == ("answer_helped",)


def test_where_speech_is_missing_nobody_is_asked_to_speak() -> None:
    bench = bench_of()
    bench.call_in()
    answer(bench, asked(bench, READY), InquiryOutcome.FAILED)
    assert bench.playing() == ("menu",)
    assert not bench.of(e.RecordingStarted)


def test_what_nobody_understands_is_asked_again_then_an_agent_takes_it() -> None:
    bench = bench_of(tries=2)
    call, recording = speaking(bench)
    answer(bench, asked(bench, LISTEN), InquiryOutcome.NOT_FOUND)
    file_of(bench, call, recording)
    answer(bench, asked(bench, ANSWER), InquiryOutcome.NOT_FOUND, question="")
    bench.heard(call)
    assert bench.playing() == ("answer_unclear", "beep")
    assert not bench.call(call).questions
    bench.heard(call)
    (second,) = bench.sent(s.StartRecording)
    assert second.path != recording.path
    bench.press(call, "#")
    file_of(bench, call, second)
    answer(bench, asked(bench, ANSWER), InquiryOutcome.NOT_FOUND, question="嗯这个")
    bench.heard(call)
    assert bench.of(e.QueueEntered)
    assert [one.question for one in bench.call(call).questions] == ["嗯这个"]


@pytest.mark.parametrize("outcome", [InquiryOutcome.FAILED, InquiryOutcome.TIMEOUT, InquiryOutcome.BUSY])
def test_a_search_that_fails_leads_on(outcome: InquiryOutcome) -> None:
    bench = bench_of()
    call, recording = speaking(bench)
    bench.press(call, "#")
    file_of(bench, call, recording)
    answer(bench, asked(bench, ANSWER), outcome)
    bench.heard(call)
    assert bench.playing() == ("menu",)


@pytest.mark.parametrize("outcome", [InquiryOutcome.FAILED, InquiryOutcome.BUSY])
def test_where_nobody_hears_the_silence_the_caller_has_their_time(outcome: InquiryOutcome) -> None:
    bench = bench_of(max_s=8)
    _, recording = speaking(bench)
    since = bench.at
    answer(bench, asked(bench, LISTEN), outcome)
    bench.fire("step")
    assert (bench.at - since).total_seconds() == 8
    assert [one.recording_id for one in bench.sent(s.StopRecording)] == [recording.recording_id]


@pytest.mark.parametrize("stage", ["question", "speaking", "searching", "telling"])
def test_0_leads_to_an_agent_at_any_time(stage: str) -> None:
    bench = bench_of()
    if stage == "question":
        call = invited(bench)
        bench.press(call, "0")
    elif stage == "telling":
        call = told(bench)
        bench.press(call, "0")
    else:
        call, recording = speaking(bench)
        if stage == "searching":
            bench.press(call, "#")
            file_of(bench, call, recording)
            question = asked(bench, ANSWER)
            bench.press(call, "0")
            answer(bench, question, **FOUND)
            bench.heard(call)
        else:
            bench.press(call, "0")
            assert not bench.of(
                e.QueueEntered
            )  # the file is closed first: the talk is recorded into one of its own
            file_of(bench, call, recording)
    assert bench.of(e.QueueEntered)
    assert [one.keys for one in bench.of(e.KeysPressed) if one.accepted][-1] == "0"


def test_who_says_nothing_after_the_answer_is_reminded_and_put_through() -> None:
    bench = bench_of()
    call = told(bench)
    bench.heard(call)
    bench.fire("step")
    assert bench.playing() == ("answer_helped",)
    bench.heard(call)
    bench.fire("step")
    assert bench.of(e.QueueEntered)


def test_a_wrong_key_names_the_keys_again() -> None:
    bench = bench_of()
    call = told(bench)
    bench.press(call, "7")
    assert bench.playing() == ("answer_helped",)
    bench.press(call, "1")
    assert bench.of(e.SelfServed)


def test_a_recording_that_cannot_begin_leads_on() -> None:
    bench = bench_of()
    call, recording = speaking(bench)
    bench.tell(
        s.CommandFailed,
        command="StartRecording",
        leg_id=bench.citizen(call),
        code="write_failed",
        detail="",
    )
    assert bench.playing() == ("menu",)
    assert bench.last(e.RecordingFinished).recording_id == recording.recording_id


def test_a_file_that_is_never_closed_leads_on() -> None:
    bench = bench_of()
    call, _ = speaking(bench)
    bench.press(call, "#")
    bench.fire("step")
    assert bench.playing() == ("menu",)


def test_hanging_up_while_speaking_ends_the_call() -> None:
    bench = bench_of()
    call, _ = speaking(bench)
    bench.down(bench.citizen(call))
    assert bench.of(e.CallEnded)


def test_the_talk_with_the_agent_is_recorded_by_itself() -> None:
    bench = bench_of()
    call, recording = speaking(bench)
    bench.press(call, "0")
    file_of(bench, call, recording)
    bench.up(bench.offered_leg(call))
    kinds = [one.kind for one in bench.of(e.RecordingStarted)]
    assert kinds == ["question", "call"]


def test_after_a_restart_the_caller_is_asked_again() -> None:
    bench = bench_of()
    call, recording = speaking(bench)
    leg = bench.citizen(call)
    other = bench.restarted(snapshot((leg, "up")))
    assert [one.recording_id for one in other.sent(s.StopRecording)] == [recording.recording_id]
    answer(other, asked(other, READY))
    file_of(other, call, recording)
    assert not other.sent(Inquire)
    other.heard(call)
    assert other.sent(s.StartRecording)


def test_the_node_reads_what_is_written_and_names_its_ways_out() -> None:
    document = {"format": 2, "start": "answer", "nodes": {"answer": {"kind": "answer"}}}
    _, problems = examine(FlowId("f"), json.dumps(document))
    assert {(one.code, one.field) for one in problems} == {
        ("no_exit", "solved"),
        ("no_exit", "agent"),
        ("no_exit", "failed"),
    }


def test_on_the_test_bench_one_types_what_the_caller_says() -> None:
    document = json.dumps({"format": 2, "start": "answer", "nodes": NODES})
    setting = Setting(flow_id=FlowId("main"), document=document, at=START)
    plain = site(NODES)
    following = Script(kind="next")
    listening = walk(plain, setting, [following])
    assert listening.waiting is not None and listening.waiting.what == "speech"
    said = [following, Script(kind="say", text="社保卡丢了")]
    asking = walk(plain, setting, said)
    assert asking.waiting is not None and asking.waiting.inquiry is not None
    assert asking.waiting.inquiry.arguments["question"] == "社保卡丢了"
    answered = [*said, Script(kind="answer", values=FOUND), following, Script(kind="digit", key="1")]
    seen = walk(plain, setting, answered)
    events = [type(step.event) for step in seen.steps]
    assert e.QuestionAsked in events and e.SelfServed in events


async def test_without_speech_the_check_warns() -> None:
    async def known(kind: str, thing: str) -> bool:
        _ = kind, thing
        return True

    document = json.dumps({"format": 2, "start": "answer", "nodes": NODES})
    for speech in (True, False):
        around = Surroundings(known=known, parameters={}, subflows={}, speech=speech)
        problems = await check("f", document, around)
        assert [one.code for one in problems] == ([] if speech else ["speech_missing"])
        assert all(one.severity == "warning" and "语音环境" in one.message for one in problems)
