"""Who hears whom: everybody hums a tone of their own, and each telephone's last moments tell which tones it heard."""

import asyncio
import math
from collections.abc import Mapping

import numpy as np

from hotline.adapters.sip_caller.conversation import Conversation
from hotline.wire import g711
from tests.e2e.product import eventually

RATE = 8000
WINDOW_S = 0.5
"""So much of the newest sound is looked at; tones 2 Hz apart can be told from each other in it."""
SHARE = 0.05
"""A tone is heard when it carries at least so much of the energy of what was heard."""
FLOOR = 50.0**2
"""Energy per sample below which there is nothing to hear."""
PITCHES = {"citizen": 438.0, "1001": 614.0, "1002": 858.0, "1003": 1190.0, "2001": 1642.0, "outside": 2118.0}
"""In Hz; no one is a multiple of another, and each goes a whole number of times into the window."""


def tone(pitch_hz: float, seconds: float = 2.0) -> bytes:
    """A hum as A-law, of a length that can be repeated without a click (with the pitches above)."""
    at = np.arange(int(seconds * RATE))
    samples = (6000 * np.sin(2 * math.pi * pitch_hz * at / RATE)).astype("<i2")
    return g711.encode(g711.Law.ALAW, samples.tobytes())


def hum(who: str, call: Conversation) -> None:
    """Let this person hum from now on."""
    call.audio.say(tone(PITCHES[who]), repeat=True)


def heard_now(call: Conversation) -> frozenset[str]:
    """Whose tones are in what this telephone heard last."""
    return tones_in(call.audio.recording())


def tones_in(linear: bytes) -> frozenset[str]:
    """Whose tones are in the last moments of linear sound of 8 kHz."""
    newest = linear[-2 * int(WINDOW_S * RATE) :]
    samples = np.frombuffer(newest, dtype="<i2").astype(np.float64)
    if len(samples) < WINDOW_S * RATE or float(samples @ samples) < FLOOR * len(samples):
        return frozenset()
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    bins = {who: round(pitch * WINDOW_S) for who, pitch in PITCHES.items()}
    total = float(spectrum.sum())
    return frozenset(
        who for who, at in bins.items() if float(spectrum[at - 1 : at + 2].sum()) > SHARE * total
    )


Matrix = Mapping[str, str]
"""Who -> the others they hear, with blanks between."""


async def hear(people: Mapping[str, Conversation], wanted: Matrix, limit_s: float = 12.0) -> None:
    """Wait until exactly this is heard by everybody, and stays so for a whole window."""
    target = {who: frozenset(others.split()) for who, others in wanted.items()}
    seen: dict[str, frozenset[str]] = {}

    def is_so() -> bool:
        seen.update({who: heard_now(people[who]) for who in target})
        return seen == target

    async def lasts() -> bool:
        if not is_so():
            return False
        await asyncio.sleep(WINDOW_S)  # what is asserted is that the sound lasts
        return is_so()

    try:
        await eventually(lasts, "the sound", limit_s)
    except AssertionError as failed:
        told = {who: " ".join(sorted(others)) for who, others in seen.items()}
        raise AssertionError(f"heard {told}, wanted {dict(wanted)}") from failed
