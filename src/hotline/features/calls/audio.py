"""Recordings as files on disk: where they are, and their waveform."""

import math
from pathlib import Path

from hotline.features.calls.schemas import Waveform
from hotline.platform.errors import Conflict, NotFound
from hotline.platform.i18n import Text
from hotline.wire import g711, wav

POINTS_MAX = 4000


class RecordingNotReady(Conflict):
    """The call still runs, or its recording is being closed."""

    code = "recording_not_ready"
    text = Text("录音还没有完成，请稍后再试", "The recording is not finished yet")


class RecordingMissing(NotFound):
    """The recording is listed, but its file is gone or damaged."""

    code = "recording_missing"
    text = Text("录音文件不在磁盘上，请联系管理员检查备份", "The recording's file is missing")


def file_of(data: Path, path: str) -> Path:
    """Return the file of a recording. Raises `RecordingMissing` when it is not there or not inside the data folder."""
    root = data.resolve()
    found = (root / path).resolve()
    if not found.is_relative_to(root) or not found.is_file():
        raise RecordingMissing(path=path)
    return found


def waveform(file: Path, points: int) -> Waveform:
    """Return the peaks of a recording in `points` equal steps. Raises `RecordingMissing` for a file that is no WAV."""
    try:
        audio = wav.parse(file.read_bytes())
    except (OSError, wav.BadWav) as broken:
        raise RecordingMissing(path=file.name) from broken
    loudness = _LOUDNESS[audio.tag] if audio.bits == 8 else None
    if loudness is None:
        raise RecordingMissing(path=file.name)
    sides = [audio.data[n :: audio.channels].translate(loudness) for n in range(audio.channels)]
    left, right = sides[0], sides[-1]
    return Waveform(left=_peaks(left, points), right=_peaks(right, points), duration_ms=audio.duration_ms)


def _peaks(levels: bytes, points: int) -> list[float]:
    step = max(1, math.ceil(len(levels) / points))
    return [round(max(levels[at : at + step]) / 255, 3) for at in range(0, len(levels), step)]


def _table(to_linear: bytes) -> bytes:
    """Byte of G.711 → loudness 0–255."""
    samples = memoryview(to_linear).cast("h")
    return bytes(min(255, abs(sample) >> 7) for sample in samples)


_EVERY = bytes(range(256))
_LOUDNESS: dict[int, bytes] = {
    wav.A_LAW: _table(g711.decode(g711.Law.ALAW, _EVERY)),
    wav.MU_LAW: _table(g711.decode(g711.Law.ULAW, _EVERY)),
}
