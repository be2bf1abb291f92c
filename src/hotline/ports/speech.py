"""Speech as the rest of the system sees it: Chinese text to telephone audio, telephone audio to Chinese text.

Knows no model, no process and no file. An adapter may take seconds for a sentence, so callers that need a prompt
at once play a recording or one that was synthesised before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLE_RATE_HZ = 8_000
TEXT_LIMIT = 500
"""Longest text of one request, in characters: about two minutes of speech."""

SPEED_MIN = 0.5
SPEED_MAX = 2.0


class SpeechMissing(Exception):
    """The speech environment is not installed on this machine: everything else works, nothing is spoken or written down."""


class SynthesisFailed(Exception):
    """The text could not be spoken. `retryable` tells whether the same request may succeed later."""

    def __init__(self, reason: str, *, retryable: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retryable = retryable


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Spoken audio: 8 kHz, mono, 16-bit signed little-endian samples, limited to 300-3400 Hz."""

    samples: bytes

    def __post_init__(self) -> None:
        assert len(self.samples) % 2 == 0, "16-bit samples come in pairs of bytes"

    @property
    def duration_ms(self) -> int:
        """Length in milliseconds, rounded down."""
        return len(self.samples) // 2 * 1_000 // SAMPLE_RATE_HZ


class Synthesizer(Protocol):
    """Turns text into speech. Safe for use by several tasks at once; requests are answered in order."""

    @property
    def installed(self) -> bool:
        """Whether the speech environment is on this machine."""
        ...

    @property
    def voices(self) -> tuple[str, ...]:
        """Names of the voices that can be asked for, best first."""
        ...

    async def synthesize(self, text: str, *, voice: str, speed: float = 1.0) -> Speech:
        """Speak `text` (1 to 500 characters of Chinese) with `voice` at `speed` (0.5 to 2.0; 1.0 is natural).

        Raises `SpeechMissing`; `SynthesisFailed`: not retryable for an unknown voice, text without anything to say, or a number
        outside its limits; retryable when the model is busy, late, or has just been lost.
        """
        ...

    async def close(self) -> None:
        """Release the model. Requests under way fail as retryable. May be called twice."""
        ...


SPOKEN_TEXT_LIMIT = 2_000
"""Longest text that is spoken into a file, in characters; it is put together from sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenFile:
    """A text that was spoken: 8 kHz mono A-law WAV at `path` under the data folder. `fresh`: it was not there before."""

    path: str
    duration_ms: int
    fresh: bool


class SpokenTexts(Protocol):
    """Texts spoken into files that an engine can play, each once: the same text, voice and speed give the same file."""

    async def file_of(
        self, text: str, *, voice: str = "", speed: float = 1.0, once: bool = False
    ) -> SpokenFile:
        """Return the file of `text` (1 to 2000 characters); "" is the site's voice. `once`: it is heard soon, and not kept.

        Raises `SpeechMissing`, `SynthesisFailed`.
        """
        ...


HEARING_MAX_S = 60
"""Longest piece of speech of one request of a recogniser."""


class RecognitionFailed(Exception):
    """Nothing can be said about the audio. `retryable` tells whether the same request may succeed later."""

    def __init__(self, reason: str, *, retryable: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retryable = retryable


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was said, in Chinese characters with punctuation; "" when nobody spoke or nothing could be made out.

    `seconds` is the length of the audio. `no_speech` (0 to 1) is how sure the recogniser is that nobody spoke.
    """

    text: str
    seconds: float
    no_speech: float


class Recognizer(Protocol):
    """Turns speech into text. Safe for use by several tasks at once; requests are answered in order."""

    @property
    def installed(self) -> bool:
        """Whether the speech environment is on this machine."""
        ...

    async def recognize(self, audio: bytes, *, hints: Sequence[str] = ()) -> Heard:
        """Write down `audio`: 8 kHz, mono, 16-bit signed little-endian, 0.2 to 60 seconds. `hints` are words to expect.

        Silence, tones and noise give an empty text, never an invented one. Raises `SpeechMissing`; `RecognitionFailed`: not
        retryable for audio outside its limits; retryable when the model is busy, late, or has just been lost.
        """
        ...

    async def close(self) -> None:
        """Release the model. Requests under way fail as retryable. May be called twice."""
        ...
