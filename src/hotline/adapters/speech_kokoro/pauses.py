"""Longer pauses at punctuation: silence is put in where the speech is quietest around each mark. Knows no model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

RATE_HZ: Final = 24_000
EXTRA_PAUSE_MS: Final = {",": 130, ";": 180, ":": 130, ".": 260, "!": 260, "?": 260}
"""Added to the model's own pauses, which are those of a fast reader: a caller with a keypad wants a moment to think."""
SPLICE_BEFORE_MS: Final = 150
SPLICE_AFTER_MS: Final = 75
FADE_SAMPLES: Final = 120


def with_pauses(
    audio: NDArray[np.float32], symbols: Sequence[str], ends: NDArray[np.int64], speed: float
) -> NDArray[np.float32]:
    """Lengthen the pause at each punctuation mark inside `audio`; `ends[i]` is the sample where symbol `i` begins."""
    parts: list[NDArray[np.float32]] = []
    start = 0
    for at, symbol in enumerate(symbols[:-1]):
        if symbol not in EXTRA_PAUSE_MS:
            continue
        cut = _quietest(
            audio,
            max(start, int(ends[at]) - SPLICE_BEFORE_MS * RATE_HZ // 1_000),
            min(audio.size, int(ends[at + 1]) + SPLICE_AFTER_MS * RATE_HZ // 1_000),
        )
        silence = np.zeros(int(EXTRA_PAUSE_MS[symbol] / speed) * RATE_HZ // 1_000, np.float32)
        parts += [_faded(audio[start:cut]), silence]
        start = cut
    return np.concatenate([*parts, _faded(audio[start:])])


def _quietest(audio: NDArray[np.float32], start: int, end: int) -> int:
    """Return the middle of the quietest 20 ms between two samples."""
    window = RATE_HZ // 50
    if end - start <= window:
        return (start + end) // 2
    power = np.convolve(audio[start:end].astype(np.float64) ** 2, np.ones(window), mode="valid")
    return start + int(power.argmin()) + window // 2


def _faded(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a copy whose first and last 5 ms rise from and fall to zero."""
    result = audio.copy()
    count = min(FADE_SAMPLES, audio.size // 2)
    ramp = np.linspace(0, 1, count, dtype=np.float32)
    result[:count] *= ramp
    result[audio.size - count :] *= ramp[::-1]
    return result
