"""From studio audio to the telephone: 24 kHz to 8 kHz, 300 to 3400 Hz, one loudness, no dead air at the ends.

Signals are float arrays with full scale at 1.0. "dBFS" is the RMS relative to full scale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SOURCE_RATE_HZ: Final = 24_000
RATE_HZ: Final = 8_000
DECIMATION: Final = SOURCE_RATE_HZ // RATE_HZ
BAND_HZ: Final = (300.0, 3_400.0)
TAPS: Final = 601
"""Transition bands of about 130 Hz at 24 kHz with a Kaiser window of 60 dB: 3400 Hz passes, 4000 Hz cannot alias."""

KAISER_BETA: Final = 5.65
FRAME: Final = RATE_HZ // 50
ACTIVE_BELOW_PEAK_DB: Final = 25.0
LEVEL_DBFS: Final = -19.0
PEAK: Final = 10 ** (-1 / 20)
LIMITER_WINDOW: Final = RATE_HZ // 200
KEEP_MS: Final = 50

ENDS_BELOW_PEAK_DB: Final = 40.0
PAUSE_BELOW_PEAK_DB: Final = 45.0
PAUSE_FRAMES: Final = 5


def to_telephone(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return 24 kHz speech as it goes out: band-limited 8 kHz, trimmed, -19 dBFS while speaking, peaks below -1 dBFS."""
    return level(trim(band_limit(samples)))


def band_limit(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Filter 24 kHz audio to 300-3400 Hz and take every third sample. Keeps the timing (linear phase)."""
    filtered = np.convolve(samples.astype(np.float64), _band_pass(), mode="same")
    return filtered[::DECIMATION]


def trim(
    samples: NDArray[np.float64], *, keep_ms: int = KEEP_MS, below_peak_db: float = ENDS_BELOW_PEAK_DB
) -> NDArray[np.float64]:
    """Cut what is `below_peak_db` under the loudest frame at both ends down to `keep_ms`, and fade the cut over 5 ms."""
    power = frame_levels(samples)
    if power.size == 0:
        return samples
    loud = np.flatnonzero(power > power.max() - below_peak_db)
    keep = keep_ms * RATE_HZ // 1_000
    start = max(0, int(loud[0]) * FRAME - keep)
    end = min(samples.size, (int(loud[-1]) + 1) * FRAME + keep)
    return faded(samples[start:end])


def first_utterance(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what is said before the first pause of 100 ms. Raises ValueError when there is no such pause."""
    levels = frame_levels(samples)
    loud = np.flatnonzero(levels > levels.max() - PAUSE_BELOW_PEAK_DB)
    pauses = np.flatnonzero(np.diff(loud) > PAUSE_FRAMES)
    if pauses.size == 0:
        raise ValueError("no pause in what was said")
    return samples[: (int(loud[pauses[0]]) + 2) * FRAME]


def faded(samples: NDArray[np.float64], fade_ms: int = 5) -> NDArray[np.float64]:
    """Return a copy that begins and ends at zero."""
    count = min(fade_ms * RATE_HZ // 1_000, samples.size // 2)
    ramp = np.sin(np.linspace(0, np.pi / 2, count)) ** 2
    result = samples.copy()
    result[:count] *= ramp
    result[samples.size - count :] *= ramp[::-1]
    return result


def level(samples: NDArray[np.float64], dbfs: float = LEVEL_DBFS) -> NDArray[np.float64]:
    """Bring active speech to `dbfs`; the few peaks above -1 dBFS are turned down smoothly, not clipped."""
    gain = 10 ** ((dbfs - active_level(samples)) / 20)
    return _limited(samples * gain)


def active_level(samples: NDArray[np.float64]) -> float:
    """Return the RMS in dBFS of the 20 ms frames that hold speech (within 25 dB of the loudest)."""
    levels = frame_levels(samples)
    active = levels[levels > levels.max() - ACTIVE_BELOW_PEAK_DB]
    return float(10 * np.log10(np.mean(10 ** (active / 10))))


def frame_levels(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the level of each whole 20 ms frame in dBFS, at least -120."""
    frames = samples[: samples.size // FRAME * FRAME].reshape(-1, FRAME)
    return np.asarray(10 * np.log10(np.mean(frames**2, axis=1) + 1e-12), np.float64)


def pcm16(samples: NDArray[np.float64]) -> bytes:
    """Return 16-bit little-endian samples, rounded; what lies beyond full scale is held there."""
    return np.clip(np.round(samples * 32_767), -32_768, 32_767).astype("<i2").tobytes()


def _band_pass() -> NDArray[np.float64]:
    low, high = (edge / SOURCE_RATE_HZ for edge in (BAND_HZ[0] - 50, BAND_HZ[1] + 50))
    n = np.arange(TAPS) - TAPS // 2
    ideal = 2 * high * np.sinc(2 * high * n) - 2 * low * np.sinc(2 * low * n)
    return np.asarray(ideal * np.kaiser(TAPS, KAISER_BETA), np.float64)


def _limited(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn the gain down around peaks over the limit: a minimum over 5 ms either side, smoothed over the same span."""
    wanted = np.minimum(1.0, PEAK / np.maximum(np.abs(samples), 1e-9))
    if wanted.min() == 1.0:
        return samples
    span = 2 * LIMITER_WINDOW + 1
    padded = np.pad(wanted, 2 * LIMITER_WINDOW, mode="edge")
    lowest = np.lib.stride_tricks.sliding_window_view(padded, span).min(axis=1)
    window = np.hanning(span + 2)[1:-1]
    gain = np.convolve(lowest, window / window.sum(), mode="valid")
    return np.asarray(samples * gain, np.float64)
