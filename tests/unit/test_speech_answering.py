"""The services of the smart answer: when a caller has done, what they said, which article answers, and what happens without speech."""

import asyncio
import math
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from hotline.core.events import InquiryOutcome
from hotline.core.ids import AuthorityId, CallId, InquiryId
from hotline.core.inquiry_messages import Inquire
from hotline.features.speech import answering
from hotline.features.speech.answering import AnsweringService, JudgedService, ListenService, ReadyService
from hotline.features.speech.hearing import has_done, levels, spoken_between, spoken_part
from hotline.ports.knowledge import Found
from hotline.ports.speech import SpeechMissing, SpokenFile
from hotline.wire import g711, wav
from tests.speech_fakes import FakeRecognizer

pytestmark = pytest.mark.req("IVR-8")


def tone(seconds: float, level: float = 0.3) -> bytes:
    """Something as loud as speech."""
    count = int(seconds * 8000)
    return struct.pack(
        f"<{count}h", *(int(32767 * level * math.sin(at * 2 * math.pi * 440 / 8000)) for at in range(count))
    )


def silence(seconds: float, hiss: int = 0) -> bytes:
    """A pause, with the hiss of a line."""
    return b"".join(struct.pack("<h", hiss if at % 2 else -hiss) for at in range(int(seconds * 8000)))


def recorded(said: bytes) -> bytes:
    """A stereo recording whose left side this is."""
    left = g711.encode(g711.Law.ALAW, said)
    stereo = bytearray(2 * len(left))
    stereo[0::2], stereo[1::2] = left, b"\xd5" * len(left)
    return wav.g711_file(g711.Law.ALAW, bytes(stereo), channels=2)


def inquiry(**arguments: Any) -> Inquire:
    """A question of a flow."""
    return Inquire(
        inquiry_id=InquiryId("q"),
        call_id=CallId("c"),
        authority_id=AuthorityId("a"),
        service="",
        name="",
        arguments=arguments,
        timeout_s=5.0,
    )


@pytest.mark.parametrize(
    ("said", "done"),
    [
        (silence(3), False),
        (silence(1) + tone(1), False),
        (silence(1) + tone(1) + silence(1), False),
        (silence(1) + tone(1) + silence(1.7), True),
        (silence(1, hiss=300) + tone(1) + silence(1.7, hiss=300), True),
        (silence(1) + tone(0.05) + silence(3), False),
        (tone(1) + silence(1) + tone(1) + silence(1), False),
    ],
)
def test_a_caller_has_done_after_a_pause(said: bytes, done: bool) -> None:
    assert has_done(levels(said), 1.5) is done


def test_only_what_is_spoken_is_kept_with_a_little_room() -> None:
    part = spoken_part(silence(2) + tone(1) + silence(3))
    assert len(part) / 16_000 == pytest.approx(1.6, abs=0.05)
    assert spoken_part(silence(3)) == b""
    assert spoken_between([]) is None


class Store:
    """A knowledge base with one article."""

    def __init__(self, score: float = 0.8) -> None:
        self.score = score
        self.asked: list[str] = []
        self.judged: list[tuple[str, bool]] = []

    async def search(self, question: str, *, limit: int = 3, channel: str = "ivr") -> Sequence[Found]:
        _ = limit, channel
        self.asked.append(question)
        answer = "携带身份证到社保经办网点申请。" * 4
        return [Found(article_id="a1", title="社保卡补办", answer=answer, score=self.score)]

    async def solved(self, article_id: str, *, solved: bool, channel: str = "ivr") -> None:
        _ = channel
        self.judged.append((article_id, solved))


class Texts:
    """Spoken texts that cost nothing; `missing`: there is no speech."""

    def __init__(self, *, missing: bool = False) -> None:
        self.missing = missing
        self.spoken: list[str] = []

    async def file_of(
        self, text: str, *, voice: str = "", speed: float = 1.0, once: bool = False
    ) -> SpokenFile:
        _ = voice, speed
        if self.missing:
            raise SpeechMissing
        self.spoken.append(text)
        return SpokenFile(path="speech/x.wav", duration_ms=1_000, fresh=True)


def service(
    data: Path, texts: dict[bytes, str], store: Store | None, said: Texts
) -> tuple[AnsweringService, FakeRecognizer]:
    """The service over fakes."""
    recognizer = FakeRecognizer(texts)
    return AnsweringService(data, lambda: recognizer, lambda: store, said), recognizer


async def test_the_recording_leads_to_the_article(tmp_path: Path) -> None:
    said = g711.decode(g711.Law.ALAW, g711.encode(g711.Law.ALAW, silence(1) + tone(1) + silence(1)))
    (tmp_path / "q.wav").write_bytes(recorded(said))
    store, spoken = Store(), Texts()
    answers, recognizer = service(tmp_path, {said: "社保卡丢了"}, store, spoken)
    answer = await answers.ask(inquiry(path="q.wav", voice=""))
    assert answer.outcome is InquiryOutcome.OK
    assert store.asked == ["社保卡丢了"]
    assert spoken.spoken == ["社保卡补办。"]
    assert answer.values["article_id"] == "a1" and answer.values["path"] == "speech/x.wav"
    assert "".join(answer.values["more"]) == "携带身份证到社保经办网点申请。" * 4
    assert all(len(one) <= answering.SENTENCE_MAX for one in answer.values["more"])
    (heard,) = recognizer.heard
    assert len(heard) < len(said)


async def test_a_typed_question_needs_no_recording(tmp_path: Path) -> None:
    answers, _ = service(tmp_path, {}, Store(), Texts())
    answer = await answers.ask(inquiry(path="none.wav", question="社保卡丢了"))
    assert answer.outcome is InquiryOutcome.OK


@pytest.mark.parametrize("store", [Store(score=0.2), None])
async def test_no_article_is_no_answer_but_the_question_is_kept(tmp_path: Path, store: Store | None) -> None:
    answers, _ = service(tmp_path, {}, store, Texts())
    answer = await answers.ask(inquiry(path="", question="天气"))
    assert (answer.outcome, answer.values) == (InquiryOutcome.NOT_FOUND, {"question": "天气"})


async def test_silence_is_no_question(tmp_path: Path) -> None:
    (tmp_path / "q.wav").write_bytes(recorded(silence(2)))
    store = Store()
    answers, recognizer = service(tmp_path, {}, store, Texts())
    answer = await answers.ask(inquiry(path="q.wav"))
    assert (answer.outcome, answer.values) == (InquiryOutcome.NOT_FOUND, {"question": ""})
    assert not recognizer.heard and not store.asked


async def test_what_is_missing_or_broken_fails_with_its_reason(tmp_path: Path) -> None:
    answers, _ = service(tmp_path, {}, Store(), Texts())
    assert (await answers.ask(inquiry(path="gone.wav"))).what == "the recording cannot be read"
    (tmp_path / "bad.wav").write_bytes(b"RIFF")
    assert (await answers.ask(inquiry(path="bad.wav"))).outcome is InquiryOutcome.FAILED
    silent, _ = service(tmp_path, {}, Store(), Texts(missing=True))
    answer = await silent.ask(inquiry(path="", question="社保卡"))
    assert (answer.outcome, answer.what) == (InquiryOutcome.FAILED, "speech is not installed")


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often, so that the tests take no time."""
    monkeypatch.setattr(answering, "LOOK_EVERY_S", 0.001)
    monkeypatch.setattr(answering, "APPEARS_WITHIN_S", 0.02)


@pytest.mark.usefixtures("hurried")
async def test_the_growing_recording_is_watched(tmp_path: Path) -> None:
    part = tmp_path / "q.wav.part"
    said = silence(1) + tone(1)
    part.write_bytes(recorded(said))
    listening = asyncio.create_task(
        ListenService(lambda path: tmp_path / f"{path}.part").ask(
            inquiry(path="q.wav", silence_s=1.5, patience_s=6.0)
        )
    )
    await asyncio.sleep(0)
    assert not listening.done()
    part.write_bytes(recorded(said + silence(2)))
    assert (await listening).outcome is InquiryOutcome.OK


@pytest.mark.usefixtures("hurried")
async def test_who_never_begins_and_what_is_out_of_reach_end_the_watch(tmp_path: Path) -> None:
    listen = ListenService(lambda path: tmp_path / f"{path}.part" if path == "q.wav" else None)
    (tmp_path / "q.wav.part").write_bytes(recorded(silence(6.5)))
    silent = await listen.ask(inquiry(path="q.wav", silence_s=1.5, patience_s=6.0))
    assert silent.outcome is InquiryOutcome.NOT_FOUND
    away = await listen.ask(inquiry(path="elsewhere.wav", silence_s=1.5, patience_s=6.0))
    assert away.outcome is InquiryOutcome.FAILED


async def test_without_speech_it_is_not_ready() -> None:
    missing = FakeRecognizer({}, installed=False)
    for recognizer in (None, missing):
        ready = ReadyService(lambda one=recognizer: one, lambda: None)
        assert (await ready.ask(inquiry())).outcome is InquiryOutcome.FAILED


async def test_judgements_are_kept() -> None:
    store = Store()
    judge = JudgedService(lambda: store)
    await judge.ask(inquiry(article_id="a1", solved=True))
    assert store.judged == [("a1", True)]
