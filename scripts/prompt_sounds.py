"""Call-progress tones and silences, generated exactly. Knows no file and no model.

The cadences are those of Chinese networks (ITU-T E.180, supplement 2): one tone of 450 Hz; ringback 1 s on and 4 s
off, busy 0.35/0.35 s, congestion 0.7/0.7 s. Signals are float arrays at 8 kHz, full scale 1.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE_HZ = 8_000
PROGRESS_HZ = 450.0
PROGRESS_DBFS = -16.0
BEEP_HZ = 1_000.0
BEEP_MS = 400
PAUSE_MS = 240
RAMP_MS = 4


def tone(frequency_hz: float, duration_ms: int, dbfs: float = PROGRESS_DBFS) -> NDArray[np.float64]:
    """Return a sine of the given RMS level that rises and falls over 4 ms, so that it does not click."""
    count = duration_ms * RATE_HZ // 1_000
    amplitude = 10 ** (dbfs / 20) * np.sqrt(2)
    wave = amplitude * np.sin(2 * np.pi * frequency_hz * np.arange(count) / RATE_HZ)
    rise = np.sin(np.linspace(0, np.pi / 2, RAMP_MS * RATE_HZ // 1_000)) ** 2
    wave[: rise.size] *= rise
    wave[-rise.size :] *= rise[::-1]
    return np.asarray(wave, np.float64)


def silence(duration_ms: int) -> NDArray[np.float64]:
    """Return nothing, for that long."""
    return np.zeros(duration_ms * RATE_HZ // 1_000)


def cadence(on_ms: int, off_ms: int, times: int = 1) -> NDArray[np.float64]:
    """Return `times` periods of the 450 Hz tone; played over and over it keeps its rhythm."""
    period = np.concatenate([tone(PROGRESS_HZ, on_ms), silence(off_ms)])
    return np.tile(period, times)


def sounds() -> dict[str, NDArray[np.float64]]:
    """Return every generated signal by the key of its prompt."""
    return {
        "say_pause": silence(PAUSE_MS),
        "ringback": cadence(1_000, 4_000),
        "busy": cadence(350, 350, 10),
        "congestion": cadence(700, 700, 5),
        "beep": tone(BEEP_HZ, BEEP_MS),
    }
