"""Turn an uploaded recording into a prompt: any common format in, 8 kHz mono A-law WAV of even loudness out.

Decoding runs in a worker thread and is bounded in size and length, for uploads come from people.
"""

import asyncio
import hashlib
import io
import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.error import FFmpegError
from numpy.typing import NDArray

from hotline.features.prompts.loudness import SHORTEST_S, SILENT_LUFS, Loudness, levelled, measure
from hotline.platform.errors import HotlineError
from hotline.platform.i18n import Text
from hotline.wire import wav
from hotline.wire.g711 import RATE, Law, encode

SIZE_MAX: Final = 20 * 1024 * 1024
SECONDS_MAX: Final = 15 * 60
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
    lufs: float | None = None
    """Integrated loudness; None: not measured."""
    lufs_before: float | None = None
    """What the upload measured before it was brought to the loudness of all prompts."""


async def store_upload(data: bytes, folder: Path) -> StoredAudio:
    """Convert an upload, bring it to the loudness of all prompts and keep it under `folder` (the data folder).

    Raises:
        BadAudio: unreadable, too short, or without sound.
        AudioTooLong: over the limits.
    """
    return await asyncio.to_thread(_store, data, folder)


def _store(data: bytes, folder: Path) -> StoredAudio:
    file, before, after = convert(data)
    return replace(keep(file, folder), lufs=after.lufs, lufs_before=before.lufs)


async def store_copy(path: str, folder: Path) -> StoredAudio:
    """Keep a finished telephone file of the data folder as a prompt's file: what it was copied from may go."""
    return await asyncio.to_thread(_copy, folder / path, folder)


def loudness_of(file: bytes) -> float | None:
    """Return the integrated loudness in LUFS of a finished telephone file; None for silence."""
    lufs = measure(_decode(file)).lufs
    return lufs if lufs >= SILENT_LUFS else None


def _copy(file: Path, folder: Path) -> StoredAudio:
    data = file.read_bytes()
    return replace(keep(data, folder), lufs=measure(_decode(data)).lufs)


def convert(data: bytes) -> tuple[bytes, Loudness, Loudness]:
    """Return `data` as a whole 8 kHz mono A-law WAV file of even loudness, and what it measured before and after."""
    if len(data) > SIZE_MAX:
        raise AudioTooLong
    samples = _decode(data)
    if len(samples) < SHORTEST_S * RATE:
        raise BadAudio(reason=f"录音太短（{len(samples) / RATE:.2f} 秒），至少 {SHORTEST_S} 秒")
    before = measure(samples)
    if before.lufs < SILENT_LUFS:
        raise BadAudio(reason=f"没有声音，或声音太小（响度 {before.lufs:.1f} LUFS），请检查话筒后重录")
    made, after = levelled(samples, before)
    return wav.g711_file(Law.ALAW, encode(Law.ALAW, made.astype("<i2").tobytes())), before, after


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
