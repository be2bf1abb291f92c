"""WAV files: headers for growing A-law recordings, and reading prompts that people upload. Pure: bytes in, bytes out.

RIFF/WAVE with format tags 1 (PCM), 6 (A-law), 7 (µ-law). A header whose sizes are zero, too large or cut short (the writer
was killed) is read as "up to the end of the file".
"""

import struct
from dataclasses import dataclass
from typing import Final

from hotline.wire import g711
from hotline.wire.g711 import Law

PCM: Final = 1
A_LAW: Final = 6
MU_LAW: Final = 7
_EXTENSIBLE: Final = 0xFFFE
HEADER_SIZE = 58
"""RIFF (12), fmt (26), fact (12), data (8)."""


class BadWav(ValueError):
    """The bytes are no WAV file that we can read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wav:
    """A WAV file's audio. `data` holds whole sample frames, channels interleaved."""

    tag: int
    channels: int
    rate: int
    bits: int
    data: bytes

    @property
    def duration_ms(self) -> int:
        """Playing time."""
        return len(self.data) * 1000 // (self.channels * self.bits // 8 * self.rate)


def header(law: Law, channels: int, data_size: int, rate: int = g711.RATE) -> bytes:
    """Return the `HEADER_SIZE` bytes before `data_size` bytes of G.711 audio."""
    tag = A_LAW if law is Law.ALAW else MU_LAW
    return (
        struct.pack("<4sI4s", b"RIFF", HEADER_SIZE - 8 + data_size + data_size % 2, b"WAVE")
        + struct.pack("<4sIHHIIHHH", b"fmt ", 18, tag, channels, rate, rate * channels, channels, 8, 0)
        + struct.pack("<4sII", b"fact", 4, data_size // channels)
        + struct.pack("<4sI", b"data", data_size)
    )


def pcm_file(linear: bytes, *, rate: int = g711.RATE, channels: int = 1) -> bytes:
    """Return a whole file of 16-bit PCM."""
    block = 2 * channels
    return (
        struct.pack("<4sI4s", b"RIFF", 36 + len(linear), b"WAVE")
        + struct.pack("<4sIHHIIHH", b"fmt ", 16, PCM, channels, rate, rate * block, block, 16)
        + struct.pack("<4sI", b"data", len(linear))
        + linear
    )


def g711_file(law: Law, data: bytes, *, channels: int = 1) -> bytes:
    """Return a whole file of G.711 audio."""
    return header(law, channels, len(data)) + data + bytes(len(data) % 2)


def parse(data: bytes) -> Wav:
    """Read a file.

    Raises:
        BadWav: no RIFF/WAVE, no format, an unknown format, or no audio chunk.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise BadWav("not a RIFF/WAVE file")
    at, layout = 12, None
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        start = at + 8
        if name == b"fmt ":
            layout = _layout(data[start : start + size])
        elif name == b"data":
            if layout is None:
                raise BadWav("audio before its format")
            return _audio(layout, data, start, size)
        at = start + size + size % 2
    raise BadWav("no audio chunk")


def _layout(chunk: bytes) -> tuple[int, int, int, int]:
    if len(chunk) < 16:
        raise BadWav("format chunk too short")
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunk)
    if tag == _EXTENSIBLE and len(chunk) >= 26:
        tag = int.from_bytes(chunk[24:26], "little")
    known = (tag == PCM and bits in {8, 16, 24, 32}) or (tag in {A_LAW, MU_LAW} and bits == 8)
    if not known or not 1 <= channels <= 8 or not 1000 <= rate <= 384_000:
        raise BadWav(f"unsupported format {tag}, {channels} channels, {rate} Hz, {bits} bits")
    return tag, channels, rate, bits


def _audio(layout: tuple[int, int, int, int], data: bytes, start: int, size: int) -> Wav:
    tag, channels, rate, bits = layout
    end = (
        len(data) if size == 0 else min(start + size, len(data))
    )  # 0 or too much: the writer never came back to patch it
    block = channels * bits // 8
    end -= (end - start) % block
    return Wav(tag=tag, channels=channels, rate=rate, bits=bits, data=data[start:end])


def to_alaw(wav: Wav) -> bytes:
    """Return the audio as 8 kHz mono A-law, ready to be sent."""
    if wav.tag == A_LAW and wav.channels == 1 and wav.rate == g711.RATE:
        return wav.data
    return g711.encode(Law.ALAW, to_linear(wav))


def to_linear(wav: Wav) -> bytes:
    """Return the audio as 8 kHz mono 16-bit linear."""
    if wav.tag == PCM:
        linear = g711.width_16(wav.data, wav.bits // 8)
    else:
        linear = g711.decode(Law.ALAW if wav.tag == A_LAW else Law.ULAW, wav.data)
    return g711.resample(g711.to_mono(linear, wav.channels), wav.rate)


def channel(wav: Wav, index: int) -> Wav:
    """Return one channel (0 is left) of the file as a mono file's audio."""
    width = wav.bits // 8
    if width == 1:
        data = wav.data[index :: wav.channels]
    else:
        block = width * wav.channels
        data = b"".join(wav.data[at : at + width] for at in range(index * width, len(wav.data), block))
    return Wav(tag=wav.tag, channels=1, rate=wav.rate, bits=wav.bits, data=data)
