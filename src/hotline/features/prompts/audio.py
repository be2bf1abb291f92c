"""Turn an uploaded recording into a prompt: any common format in, 8 kHz mono A-law WAV of even loudness out.

Decoding runs in a worker thread and is bounded in size and length, for uploads come from people.
"""

import asyncio
import hashlib
import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.error import FFmpegError
from numpy.typing import NDArray

from hotline.platform.errors import HotlineError
from hotline.platform.i18n import Text
from hotline.wire import wav
from hotline.wire.g711 import RATE, Law, encode

SIZE_MAX: Final = 20 * 1024 * 1024
SECONDS_MAX: Final = 15 * 60
SPEECH_DBFS: Final = -20.0
"""Speech level aimed at: loud enough on a telephone, with headroom for peaks."""
PEAK_MAX: Final = 10 ** (-1 / 20) * 32767
GAIN_MAX: Final = 10 ** (20 / 20)
_GATE: Final = 10 ** (-50 / 20) * 32767  # quieter 20 ms frames are pauses and do not count as speech
_FRAME: Final = RATE // 50
FOLDER: Final = "prompts"


class BadAudio(HotlineError):
    """The file is no recording that can be read."""

    code, status = "bad_audio", 422
    text = Text("无法读取这个音频文件：{reason}", "The audio file cannot be read: {reason}")


class AudioTooLong(HotlineError):
    """The file is too large or too long for a prompt."""

    code, status = "audio_too_long", 413
    text = Text("音频过大或过长，最多 20 MB、15 分钟", "The audio is too large; at most 20 MB and 15 minutes")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAudio:
    """A prompt's file in the data folder."""

    path: str
    sha256: str
    size_bytes: int
    duration_ms: int


async def store_upload(data: bytes, folder: Path) -> StoredAudio:
    """Convert an upload and keep it under `folder` (the data folder).

    Raises:
        BadAudio: unreadable, or without sound.
        AudioTooLong: over the limits.
    """
    return await asyncio.to_thread(lambda: keep(convert(data), folder))


async def store_copy(path: str, folder: Path) -> StoredAudio:
    """Keep a finished telephone file of the data folder as a prompt's file: what it was copied from may go."""
    return await asyncio.to_thread(lambda: keep((folder / path).read_bytes(), folder))


def convert(data: bytes) -> bytes:
    """Return `data` as a whole 8 kHz mono A-law WAV file, its speech brought to `SPEECH_DBFS`."""
    if len(data) > SIZE_MAX:
        raise AudioTooLong
    samples = level(_decode(data))
    return wav.g711_file(Law.ALAW, encode(Law.ALAW, samples.astype("<i2").tobytes()))


def _decode(data: bytes) -> NDArray[np.float64]:
    resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
    pieces: list[NDArray[np.int16]] = []
    count = 0
    try:
        with av.open(io.BytesIO(data), mode="r") as container:
            if not container.streams.audio:
                raise BadAudio(reason="没有声音")
            for frame in container.decode(container.streams.audio[0]):
                pieces += _samples(resampler.resample(frame))
                count += frame.samples * RATE // max(frame.sample_rate, 1)
                if count > SECONDS_MAX * RATE:
                    raise AudioTooLong
            pieces += _samples(resampler.resample(None))
    except (FFmpegError, ValueError, EOFError) as broken:
        raise BadAudio(reason="格式不支持或文件损坏") from broken
    if not any(len(piece) for piece in pieces):
        raise BadAudio(reason="没有声音")
    return np.concatenate(pieces).astype(np.float64)


def _samples(frames: list[AudioFrame]) -> list[NDArray[np.int16]]:
    return [frame.to_ndarray().reshape(-1).astype(np.int16, copy=False) for frame in frames]


def level(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring speech to the level aimed at, without clipping and without lifting silence."""
    peak = float(np.max(np.abs(samples)))
    if peak <= _GATE:
        raise BadAudio(reason="没有声音")
    whole = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    powers = np.sqrt(np.mean(whole**2, axis=1)) if len(whole) else np.array([peak])
    speech = powers[powers > _GATE]
    rms = float(np.sqrt(np.mean(speech**2))) if len(speech) else peak
    gain = min(10 ** (SPEECH_DBFS / 20) * 32767 / rms, PEAK_MAX / peak, GAIN_MAX)
    return np.clip(np.round(samples * gain), -32768, 32767)


def keep(file: bytes, folder: Path) -> StoredAudio:
    """Write a ready prompt file under the hash of its content; one that is there already stays."""
    sha256 = hashlib.sha256(file).hexdigest()
    path = f"{FOLDER}/{sha256}.wav"
    target = folder / path
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as aside:
            aside.write(file)
            aside.flush()
            os.fsync(aside.fileno())
        Path(aside.name).chmod(0o640)  # NamedTemporaryFile makes 0600; whoever is in our group plays it, too
        Path(aside.name).rename(target)  # entered in the database only when it is whole and on disk
    return StoredAudio(
        path=path, sha256=sha256, size_bytes=len(file), duration_ms=wav.parse(file).duration_ms
    )
