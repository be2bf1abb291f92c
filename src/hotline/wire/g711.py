"""G.711: A-law and µ-law to linear and to each other, and how loud a frame is. Knows bytes only.

ITU-T G.711. Even bits of A-law are inverted on the line (0xD5 is silence), all bits of µ-law are (0xFF is silence).
Linear audio is 16-bit signed native-endian mono at 8 kHz throughout the project.
"""

import math
import warnings
from enum import Enum

with warnings.catch_warnings():
    # Deprecated in 3.11 and gone from 3.13, where the package audioop-lts brings the same module back.
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

RATE = 8000
FRAME_MS = 20
FRAME = 160
"""Samples, and therefore bytes of G.711, in one 20 ms frame."""


class Law(Enum):
    """Which of the two companding laws; the value is the static RTP payload type (RFC 3551)."""

    ULAW = 0
    ALAW = 8

    @property
    def encoding(self) -> str:
        """The name in SDP's rtpmap."""
        return "PCMA" if self is Law.ALAW else "PCMU"

    @property
    def silence(self) -> bytes:
        """One sample of silence."""
        return b"\xd5" if self is Law.ALAW else b"\xff"


def decode(law: Law, data: bytes) -> bytes:
    """Return linear audio, two bytes for each byte of `data`."""
    return audioop.alaw2lin(data, 2) if law is Law.ALAW else audioop.ulaw2lin(data, 2)


def encode(law: Law, linear: bytes) -> bytes:
    """Return `linear` (whole 16-bit samples) companded, one byte for each sample."""
    return audioop.lin2alaw(linear, 2) if law is Law.ALAW else audioop.lin2ulaw(linear, 2)


_ALL = bytes(range(256))
ALAW_TO_ULAW = encode(Law.ULAW, decode(Law.ALAW, _ALL))
"""Table for `bytes.translate`."""
ULAW_TO_ALAW = encode(Law.ALAW, decode(Law.ULAW, _ALL))
"""Table for `bytes.translate`."""

SILENT_FRAME = {law: law.silence * FRAME for law in Law}


def convert(data: bytes, source: Law, target: Law) -> bytes:
    """Return companded audio in the other law, or `data` itself when the laws agree."""
    if source is target:
        return data
    return data.translate(ALAW_TO_ULAW if source is Law.ALAW else ULAW_TO_ALAW)


def mix(one: bytes, other: bytes) -> bytes:
    """Add two pieces of linear audio of equal length, saturating."""
    return audioop.add(one, other, 2)


def power(linear: bytes) -> float:
    """Mean square of linear audio, full scale = 1.0."""
    rms = audioop.rms(linear, 2) / 32768
    return rms * rms


def to_dbfs(mean_square: float) -> float:
    """Level of a mean square in dB relative to full scale, floored at -96."""
    return max(-96.0, 10 * math.log10(mean_square)) if mean_square > 0 else -96.0


def to_mono(linear: bytes, channels: int) -> bytes:
    """Average interleaved linear channels into one. Three and more channels keep the first."""
    if channels == 1:
        return linear
    if channels == 2:
        return audioop.tomono(linear, 2, 0.5, 0.5)
    return b"".join(linear[at : at + 2] for at in range(0, len(linear), 2 * channels))


def resample(linear: bytes, rate: int) -> bytes:
    """Bring linear mono audio of `rate` samples a second to 8 kHz (plain interpolation; prompts are made at 8 kHz)."""
    if rate == RATE:
        return linear
    return audioop.ratecv(linear, 2, 1, rate, RATE, None)[0]


def width_16(data: bytes, width: int) -> bytes:
    """Turn PCM samples of `width` bytes (8-bit is unsigned, as WAV has it) into 16-bit ones."""
    if width == 1:
        data = audioop.bias(data, 1, 128)
    return data if width == 2 else audioop.lin2lin(data, width, 2)
