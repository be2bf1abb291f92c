"""Speech synthesis as the rest of the system sees it: Chinese text in, telephone audio out.

Knows no model, no process and no file. An adapter may take seconds for a sentence, so callers that need a prompt
at once play a recording; synthesis is for rendering beforehand and for text that an administrator has just typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

SAMPLE_RATE_HZ = 8_000
TEXT_LIMIT = 500
"""Longest text of one request, in characters: about two minutes of speech."""

SPEED_MIN = 0.5
SPEED_MAX = 2.0


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
    def voices(self) -> tuple[str, ...]:
        """Names of the voices that can be asked for, best first."""
        ...

    async def synthesize(self, text: str, *, voice: str, speed: float = 1.0) -> Speech:
        """Speak `text` (1 to 500 characters of Chinese) with `voice` at `speed` (0.5 to 2.0; 1.0 is natural).

        Raises `SynthesisFailed`: not retryable for an unknown voice, text without anything to say, or a number
        outside its limits; retryable when the model is busy, late, or has just been lost.
        """
        ...

    async def close(self) -> None:
        """Release the model. Requests under way fail as retryable. May be called twice."""
        ...
