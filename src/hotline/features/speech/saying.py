"""Texts that flows speak at call time: the service `speech.say` (`ports.inquiries`).

A text is spoken clause by clause, so that its beginning is heard while the rest is made, and a clause without values is made once, when
its flow is published (`prepare`). Clauses are spoken with their mark, and brought to one loudness like everything that is spoken.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import structlog

from hotline.core.events import InquiryOutcome
from hotline.core.inquiry_messages import Inquire
from hotline.features.speech.spoken import SpokenFiles, clauses_of
from hotline.ports.inquiries import Answer
from hotline.ports.speech import SpeechMissing, SynthesisFailed

log = structlog.stdlib.get_logger(__name__)
PREPARE_EVERY_S = 10.0
_VALUE = "${"


class SayingService:
    """Answers with the file of a text: `path` in the data folder and `duration_ms`; of its first clause, with `more`, where clauses are asked for."""

    def __init__(self, texts: SpokenFiles) -> None:
        self._texts = texts

    async def ask(self, inquiry: Inquire) -> Answer:
        """Speak `text` with `voice`. Given up by the caller, the text is still spoken to its end, for whoever comes next.

        `once`: the text is confidential and its file is not kept.
        """
        text, voice = str(inquiry.arguments.get("text", "")), str(inquiry.arguments.get("voice", ""))
        once = inquiry.arguments.get("once") is True
        text, *more = clauses_of(text) if inquiry.arguments.get("clauses") is True else [text]
        try:
            file = await self._texts.file_of(text, voice=voice, once=once)
        except SpeechMissing:
            return Answer(outcome=InquiryOutcome.FAILED, what="speech is not installed")
        except SynthesisFailed as failed:
            outcome = InquiryOutcome.BUSY if failed.retryable else InquiryOutcome.FAILED
            return Answer(outcome=outcome, what=failed.reason)
        values: dict[str, Any] = {"path": file.path, "duration_ms": file.duration_ms}
        return Answer(outcome=InquiryOutcome.OK, values=values | ({"more": more} if more else {}))

    async def prepare(self, flows: Iterable[str]) -> bool:
        """Speak what flows (as JSON) will say whatever the values are, so that no caller waits for it; False where nothing can be spoken."""
        for text, voice in fixed_clauses(flows):
            try:
                await self._texts.file_of(text, voice=voice)
            except SpeechMissing:
                return False
            except SynthesisFailed as failed:
                log.warning("clause_not_prepared", reason=failed.reason)
        return True

    async def keep_prepared(self, flows: Callable[[], Sequence[str]]) -> None:
        """For ever: prepare what published flows say, soon after each change of them, and when speech has come."""
        ready: Sequence[str] | None = None
        while True:
            now = flows()
            if now != ready and await self.prepare(now):
                ready = now
            await asyncio.sleep(PREPARE_EVERY_S)


def fixed_clauses(flows: Iterable[str]) -> list[tuple[str, str]]:
    """Return the clauses without values that the nodes 文字播报 of these flows say, each with its voice, each once."""
    found: dict[tuple[str, str], None] = {}
    for flow in flows:
        for node in dict(json.loads(flow).get("nodes", {})).values():
            if node.get("kind") == "speak":
                voice = str(node.get("voice", ""))
                clauses = (clause for clause in clauses_of(str(node.get("text", ""))) if _VALUE not in clause)
                found.update(((clause, voice), None) for clause in clauses if clause)
    return list(found)
