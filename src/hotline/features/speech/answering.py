"""The services behind the node 智能应答 (`core.flow_answer`): is speech there, has the caller done, what did they ask and what answers it."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Final

import structlog

from hotline.core.events import InquiryOutcome
from hotline.core.inquiry_messages import Inquire
from hotline.features.speech.hearing import FRAME_S, has_done, levels, spoken_between, spoken_part
from hotline.features.speech.spoken import pieces_of
from hotline.ports.inquiries import Answer
from hotline.ports.knowledge import KnowledgeSearch
from hotline.ports.speech import (
    SAMPLE_RATE_HZ,
    RecognitionFailed,
    Recognizer,
    SpeechMissing,
    SpokenTexts,
    SynthesisFailed,
    Synthesizer,
)
from hotline.wire import wav

log = structlog.stdlib.get_logger(__name__)

OFFERED_FROM: Final = 0.42
"""The score from which an article is read: the caller says whether it helped."""
SENTENCE_MAX: Final = 48
"""Longest piece that is spoken at a time: the first is heard soon, and each is made while the one before it is heard."""
PIECES_MAX: Final = 12
WARM_FOR_S: Final = 600.0
"""Models end after a quarter of an hour without work; within this time after being asked for they are not asked to load again."""
LOOK_EVERY_S: Final = 0.2
APPEARS_WITHIN_S: Final = 3.0
"""A growing recording of the embedded engine has this after its name (`adapters.embedded.recorder`)."""
_HALF_A_SECOND: Final = bytes(SAMPLE_RATE_HZ)


class ReadyService:
    """Says whether speech is understood and spoken here, and has the models loaded while the caller hears the question."""

    def __init__(
        self, recognizer: Callable[[], Recognizer | None], synthesizer: Callable[[], Synthesizer | None]
    ) -> None:
        self._recognizer = recognizer
        self._synthesizer = synthesizer
        self._warm_until = 0.0
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, inquiry: Inquire) -> Answer:
        """Answer at once."""
        _ = inquiry
        recognizer, synthesizer = self._recognizer(), self._synthesizer()
        if recognizer is None or synthesizer is None or not (recognizer.installed and synthesizer.installed):
            return Answer(outcome=InquiryOutcome.FAILED, what="speech is not installed")
        if time.monotonic() > self._warm_until:
            self._warm_until = time.monotonic() + WARM_FOR_S
            self._begin(self._load_recognizer(recognizer))
            self._begin(self._load_synthesizer(synthesizer))
        return Answer(outcome=InquiryOutcome.OK)

    def _begin(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work, name="speech-warming")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _load_recognizer(self, recognizer: Recognizer) -> None:
        with contextlib.suppress(RecognitionFailed, SpeechMissing):
            await recognizer.recognize(_HALF_A_SECOND)

    async def _load_synthesizer(self, synthesizer: Synthesizer) -> None:
        with contextlib.suppress(SynthesisFailed, SpeechMissing):
            await synthesizer.synthesize("您好", voice=synthesizer.voices[0])


class ListenService:
    """Watches a growing recording: OK when the caller has spoken and fallen silent, NOT_FOUND when they do not begin."""

    def __init__(self, growing: Callable[[str], Path | None]) -> None:
        """`growing` says where a recording is written now, None where nobody knows."""
        self._growing = growing

    async def ask(self, inquiry: Inquire) -> Answer:
        """Look at the file until something is to be said; FAILED where it lies out of reach (another machine's engine)."""
        recording = str(inquiry.arguments["path"])
        silence_s = float(inquiry.arguments["silence_s"])
        patience_s = float(inquiry.arguments["patience_s"])
        since = time.monotonic()
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            loudness = await asyncio.to_thread(self._levels, recording)
            if loudness is None:
                if time.monotonic() - since > APPEARS_WITHIN_S:
                    return Answer(outcome=InquiryOutcome.FAILED, what="the growing recording is out of reach")
            elif has_done(loudness, silence_s):
                return Answer(outcome=InquiryOutcome.OK)
            elif len(loudness) * FRAME_S >= patience_s and spoken_between(loudness) is None:
                return Answer(outcome=InquiryOutcome.NOT_FOUND)

    def _levels(self, recording: str) -> list[float] | None:
        file = self._growing(recording)
        return _levels_in(file) if file is not None else None


def _caller_in(path: Path) -> bytes:
    """Return what the caller said in a recording: its left side, as 8 kHz mono 16-bit. Raises `OSError`, `BadWav`."""
    return wav.to_linear(wav.channel(wav.parse(path.read_bytes()), 0))


def _levels_in(path: Path) -> list[float] | None:
    try:
        return levels(_caller_in(path))
    except (OSError, wav.BadWav):
        return None


class AnsweringService:
    """From the recording to the article: recognition, search, and the first sentence of the answer as speech."""

    def __init__(
        self,
        data: Path,
        recognizer: Callable[[], Recognizer | None],
        knowledge: Callable[[], KnowledgeSearch | None],
        texts: SpokenTexts,
    ) -> None:
        self._data = data
        self._recognizer = recognizer
        self._knowledge = knowledge
        self._texts = texts

    async def ask(self, inquiry: Inquire) -> Answer:
        """Answer `path` (a recording) or `question` (its text); see `core.flow_answer.ANSWER`."""
        try:
            question = str(inquiry.arguments.get("question", "")) or await self._understood(
                str(inquiry.arguments["path"])
            )
            return await self._answer(question, str(inquiry.arguments.get("voice", "")))
        except SpeechMissing:
            return Answer(outcome=InquiryOutcome.FAILED, what="speech is not installed")
        except (RecognitionFailed, SynthesisFailed) as failed:
            outcome = InquiryOutcome.BUSY if failed.retryable else InquiryOutcome.FAILED
            return Answer(outcome=outcome, what=failed.reason)
        except (OSError, wav.BadWav):
            return Answer(outcome=InquiryOutcome.FAILED, what="the recording cannot be read")

    async def _understood(self, path: str) -> str:
        recognizer = self._recognizer()
        if recognizer is None:
            raise SpeechMissing
        speech = await asyncio.to_thread(lambda: spoken_part(_caller_in(self._data / path)))
        if not speech:
            return ""
        heard = await recognizer.recognize(speech)
        return heard.text.strip()

    async def _answer(self, question: str, voice: str) -> Answer:
        knowledge = self._knowledge()
        if not question or knowledge is None:
            return Answer(outcome=InquiryOutcome.NOT_FOUND, values={"question": question})
        found = await knowledge.search(question, limit=1)
        if not found or found[0].score < OFFERED_FROM:
            return Answer(outcome=InquiryOutcome.NOT_FOUND, values={"question": question})
        best = found[0]
        first, *more = sentences_of(best.title, best.answer)
        file = await self._texts.file_of(first, voice=voice)
        values = {
            "question": question,
            "article_id": best.article_id,
            "title": best.title,
            "score": best.score,
            "path": file.path,
            "duration_ms": file.duration_ms,
            "more": more,
        }
        return Answer(outcome=InquiryOutcome.OK, values=values)


def sentences_of(title: str, answer: str) -> Sequence[str]:
    """Return what is read of an article, in pieces: its title first, so that the caller soon hears whether it is theirs."""
    return [f"{title}。", *pieces_of(answer, SENTENCE_MAX)][:PIECES_MAX]


class JudgedService:
    """Keeps whether an article helped."""

    def __init__(self, knowledge: Callable[[], KnowledgeSearch | None]) -> None:
        self._knowledge = knowledge

    async def ask(self, inquiry: Inquire) -> Answer:
        """Keep it."""
        knowledge = self._knowledge()
        if knowledge is not None:
            solved = bool(inquiry.arguments["solved"])
            await knowledge.solved(str(inquiry.arguments["article_id"]), solved=solved)
        return Answer(outcome=InquiryOutcome.OK)
