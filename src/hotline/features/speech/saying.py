"""Texts that flows speak at call time: the service `speech.say` (`ports.inquiries`)."""

from hotline.core.events import InquiryOutcome
from hotline.core.inquiry_messages import Inquire
from hotline.ports.inquiries import Answer
from hotline.ports.speech import SpeechMissing, SpokenTexts, SynthesisFailed


class SayingService:
    """Answers with the file of a text: `path` in the data folder and `duration_ms`."""

    def __init__(self, texts: SpokenTexts) -> None:
        self._texts = texts

    async def ask(self, inquiry: Inquire) -> Answer:
        """Speak `text` with `voice`. Given up by the caller, the text is still spoken to its end, for whoever comes next.

        `once`: the text is confidential and its file is not kept.
        """
        text, voice = str(inquiry.arguments.get("text", "")), str(inquiry.arguments.get("voice", ""))
        once = inquiry.arguments.get("once") is True
        try:
            file = await self._texts.file_of(text, voice=voice, once=once)
        except SpeechMissing:
            return Answer(outcome=InquiryOutcome.FAILED, what="speech is not installed")
        except SynthesisFailed as failed:
            outcome = InquiryOutcome.BUSY if failed.retryable else InquiryOutcome.FAILED
            return Answer(outcome=outcome, what=failed.reason)
        return Answer(outcome=InquiryOutcome.OK, values={"path": file.path, "duration_ms": file.duration_ms})
