"""When somebody speaks and when they have done, told from the loudness of telephone audio. Pure: no file, no clock.

A frame counts as speech while it is less than 20 dB below the loudest ones so far and above −50 dBFS, so that a noisy line has its pauses too.
"""

import math
from array import array
from itertools import pairwise
from typing import Final

RATE_HZ: Final = 8_000
FRAME: Final = 160
"""Samples of a frame: 20 ms."""
FRAME_S: Final = FRAME / RATE_HZ
SILENT_DB: Final = -50.0
BELOW_LOUDEST_DB: Final = 20.0
SPOKEN_FRAMES: Final = 10
"""So many frames above the threshold make speech: a click or a breath is shorter than 0.2 s."""
LOUDEST_AT: Final = 5
"""The loudness that the threshold hangs on is that of the fifth loudest frame: one click does not deafen."""
MARGIN_S: Final = 0.3
_FULL_SCALE: Final = 32_768.0


def levels(linear: bytes) -> list[float]:
    """Return the loudness of each 20 ms of 8 kHz mono 16-bit audio, in dBFS (RMS); a rest shorter than a frame is left out."""
    samples = array("h")
    samples.frombytes(linear[: len(linear) - len(linear) % 2])
    found: list[float] = []
    for at in range(0, len(samples) - FRAME + 1, FRAME):
        power = sum(one * one for one in samples[at : at + FRAME]) / FRAME
        found.append(20 * math.log10(math.sqrt(power) / _FULL_SCALE) if power else -100.0)
    return found


def spoken_between(loudness: list[float]) -> tuple[int, int] | None:
    """Return the first and the last frame of speech; None where nobody spoke."""
    if not loudness:
        return None
    loudest = sorted(loudness)[-min(LOUDEST_AT, len(loudness))]
    threshold = max(SILENT_DB, loudest - BELOW_LOUDEST_DB)
    speech = [place for place, level in enumerate(loudness) if level >= threshold]
    if len(speech) < SPOKEN_FRAMES:
        return None
    start = next((one for one, other in pairwise(speech) if other - one == 1), speech[0])
    return start, speech[-1]


def has_done(loudness: list[float], silence_s: float) -> bool:
    """Whether somebody has spoken, and been silent for `silence_s` since."""
    between = spoken_between(loudness)
    return between is not None and (len(loudness) - 1 - between[1]) * FRAME_S >= silence_s


def spoken_part(linear: bytes) -> bytes:
    """Return the audio from a little before the first word to a little after the last; b"" where nobody spoke."""
    between = spoken_between(levels(linear))
    if between is None:
        return b""
    margin = round(MARGIN_S / FRAME_S)
    first, last = max(0, between[0] - margin), between[1] + 1 + margin
    return linear[2 * FRAME * first : 2 * FRAME * last]
