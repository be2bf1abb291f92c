"""Loudness of prompts by EBU R 128: measured as ITU-R BS.1770 says, brought to one value, with the true peak held down.

The measuring is FFmpeg's (`ebur128`), in PyAV. Our value is that of all prompts the product brings and of the synthesiser, so that a
caller hears one loudness; broadcasting's −23 LUFS is meant for other listeners, and the recommendation leaves the value to the medium.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import log10
from typing import Final

import numpy as np
from av.audio.frame import AudioFrame
from av.error import BlockingIOError as NotYet
from av.error import EOFError as AtEnd
from av.filter import Graph
from numpy.typing import NDArray

from hotline.wire.g711 import RATE

TARGET_LUFS: Final = -20.5
PEAK_MAX_DB: Final = -1.0
GAIN_MAX_DB: Final = 30.0
"""More would lift hiss, not speech."""
SILENT_LUFS: Final = -60.0
SHORTEST_S: Final = 0.2
_BLOCK_S: Final = 0.4
"""The shortest stretch that BS.1770 measures; a shorter word is measured repeated."""
_FLOOR_DB: Final = -120.0

Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loudness:
    """Integrated loudness in LUFS and true peak in dBTP."""

    lufs: float
    peak_db: float


def measure(samples: Samples) -> Loudness:
    """Measure telephone audio (16-bit values at 8 kHz); −70 LUFS is silence."""
    shortest = int(_BLOCK_S * RATE) + 1
    heard = np.tile(samples, -(-shortest // len(samples)))
    told: dict[str, str] = {}
    for frame in _filtered(heard, "ebur128", "peak=true:metadata=1:framelog=quiet"):
        told = frame.metadata or told
    peak = float(told["lavfi.r128.true_peak"])
    return Loudness(
        lufs=round(float(told["lavfi.r128.I"]), 1),
        peak_db=round(20 * log10(peak), 1) if peak > 0 else _FLOOR_DB,
    )


def levelled(samples: Samples, before: Loudness) -> tuple[Samples, Loudness]:
    """Return the samples brought to the target, as far as the greatest gain goes, and what they measure then."""
    made = samples * _factor(min(TARGET_LUFS - before.lufs, GAIN_MAX_DB))
    after = measure(made)
    if after.peak_db > PEAK_MAX_DB:
        made = _limited(made)
        after = measure(made)
    if after.peak_db > PEAK_MAX_DB:  # what the limiter let through between two samples
        made = made * _factor(PEAK_MAX_DB - after.peak_db)
        after = measure(made)
    return np.clip(np.round(made), -32768, 32767), after


def _factor(gain_db: float) -> float:
    return float(10 ** (gain_db / 20))


def _limited(samples: Samples) -> Samples:
    """Hold single peaks down (look-ahead limiter) and leave all else as it is."""
    over = max(1.0, float(np.max(np.abs(samples))) / 32767)
    limit = _factor(PEAK_MAX_DB - 0.5)
    options = f"level_in={over:.6f}:limit={limit:.6f}:attack=5:release=50:level=false:latency=true"
    pieces = [frame.to_ndarray().reshape(-1) for frame in _filtered(samples / over, "alimiter", options)]
    return np.concatenate(pieces)[: len(samples)].astype(np.float64) * 32768


def _filtered(samples: Samples, name: str, options: str) -> list[AudioFrame]:
    """Send 16-bit values through one filter of FFmpeg's."""
    graph = Graph()
    source = graph.add_abuffer(format="flt", sample_rate=RATE, layout="mono", time_base=Fraction(1, RATE))
    through, sink = graph.add(name, options), graph.add("abuffersink")
    source.link_to(through)
    through.link_to(sink)
    graph.configure()
    frame = AudioFrame.from_ndarray((samples / 32768).astype(np.float32).reshape(1, -1), "flt", "mono")
    frame.sample_rate, frame.pts = RATE, 0
    graph.push(frame)
    graph.push(None)
    frames: list[AudioFrame] = []
    while True:
        try:
            frames.append(graph.pull())  # pyright: ignore[reportArgumentType] - an audio graph gives audio
        except (NotYet, AtEnd):
            return frames
