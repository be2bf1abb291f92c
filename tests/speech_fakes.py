"""Speech without models: a recogniser that knows the recordings it is shown, a worker that speaks the protocol of the real ones."""

from collections.abc import Mapping, Sequence

from hotline.ports.speech import (
    HEARING_MAX_S,
    SAMPLE_RATE_HZ,
    Heard,
    RecognitionFailed,
    Speech,
    SpeechMissing,
)

SHORTEST_S = 0.2


class FakeSynthesizer:
    """Says a tenth of a second of silence for each text, and keeps what it was asked for."""

    installed = True
    voices = ("zf_xiaoyi",)

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def synthesize(self, text: str, *, voice: str, speed: float = 1.0) -> Speech:
        _ = voice, speed
        self.texts.append(text)
        return Speech(samples=bytes(SAMPLE_RATE_HZ // 5))

    async def close(self) -> None:
        """Nothing to end."""


class FakeRecognizer:
    """Knows what was said by the audio itself (`texts`); anything else is silence to it."""

    def __init__(self, texts: Mapping[bytes, str], *, installed: bool = True) -> None:
        self.texts = dict(texts)
        self.installed = installed
        self.heard: list[bytes] = []
        self._closed = False

    async def recognize(self, audio: bytes, *, hints: Sequence[str] = ()) -> Heard:
        _ = hints
        seconds = len(audio) / (2 * SAMPLE_RATE_HZ)
        if len(audio) % 2 or not SHORTEST_S <= seconds <= HEARING_MAX_S:
            raise RecognitionFailed("audio outside its limits", retryable=False)
        if not self.installed:
            raise SpeechMissing
        if self._closed:
            raise RecognitionFailed("closed", retryable=True)
        self.heard.append(audio)
        text = next((text for known, text in self.texts.items() if audio in known or known in audio), "")
        return Heard(text=text, seconds=seconds, no_speech=0.0 if text else 1.0)

    async def close(self) -> None:
        self._closed = True
