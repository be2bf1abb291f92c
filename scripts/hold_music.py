"""Music on hold: a minute of plucked strings over a soft pad, composed for this project and free of royalties.

Sixteen bars in the gong mode on G (G A B D E) at 64 beats a minute are exactly sixty seconds. Every sound is added
round the end of the loop to its beginning, echo included, so the border is as smooth as any other place.
Partials above 3400 Hz are never made: the telephone would not carry them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE_HZ = 8_000
BEATS = 64
BEAT_S = 60 / 64
LOOP_S = BEATS * BEAT_S
TOP_HZ = 3_400.0
LOW_HZ = 280.0
LEVEL_DBFS = -21.0
PEAK = 10 ** (-2 / 20)
SEMITONES = {"C": -9, "D": -7, "E": -5, "G": -2, "A": 0, "B": 2}
FADE_AT_NOTE_S = 0.004

# Bar by bar: note and length in beats.
MELODY = """
D5 1.5  E5 .5   G5 1   E5 1   | D5 1   B4 1   A4 2          | B4 1   D5 1   E5 1  D5 .5 B4 .5 | A4 1  G4 1  A4 2
D5 1.5  E5 .5   G5 1   A5 1   | G5 1   E5 1   D5 2          | E5 1   G5 .5  E5 .5 D5 1  B4 1  | A4 1  B4 1  G4 2
B5 1.5  A5 .5   G5 1   E5 1   | G5 1   A5 1   E5 2          | D5 1   E5 1   G5 1  B5 1        | A5 3  G5 .5 A5 .5
B5 1    A5 .5   G5 .5  E5 1 D5 1 | E5 1.5 G5 .5 D5 2        | B4 1   D5 1   A4 1  B4 1        | G4 4
"""
CHORDS = ["G", "Em", "G", "D", "G", "Em", "Em", "G", "Em", "Am", "G", "D", "G", "Em", "D", "G"]
FIGURES = {
    "G": "G3 D4 G4 B4 D5 B4 G4 D4",
    "Em": "E3 B3 E4 G4 B4 G4 E4 B3",
    "Am": "A3 E4 A4 D5 E5 D5 A4 E4",
    "D": "D4 A4 D5 E5 A5 E5 D5 A4",
}


def music() -> NDArray[np.float64]:
    """Return the loop: 480,000 samples at 8 kHz, about -21 dBFS, peaks below -2 dBFS."""
    loop = np.zeros(round(LOOP_S * RATE_HZ))
    _play_melody(loop)
    _play_figures(loop)
    _play_pad(loop)
    shaped = _high_pass(_echo(loop))
    scaled = shaped * 10 ** (LEVEL_DBFS / 20) / np.sqrt(np.mean(shaped**2))
    # Strings have sharp attacks: round the few highest peaks instead of cutting them.
    return np.asarray(PEAK * np.tanh(scaled / PEAK), np.float64)


def frequency(note: str) -> float:
    """Return the frequency in hertz of a note such as `D5` (A4 is 440)."""
    return float(440.0 * 2 ** (SEMITONES[note[0]] / 12 + int(note[1]) - 4))


def _play_melody(loop: NDArray[np.float64]) -> None:
    words = MELODY.replace("|", " ").split()
    beat = 0.0
    for note, length in zip(words[::2], words[1::2], strict=True):
        strong = 1.0 if beat % 4 == 0 else 0.85
        _add(loop, beat, _pluck(frequency(note), ring_s=2.4, brightness=0.75) * strong)
        beat += float(length)
    assert beat == BEATS, f"the melody has {beat} beats"


def _play_figures(loop: NDArray[np.float64]) -> None:
    for bar, chord in enumerate(CHORDS):
        for step, note in enumerate(FIGURES[chord].split()):
            soft = 0.34 if step % 4 == 0 else 0.24
            _add(loop, bar * 4 + step / 2, _pluck(frequency(note), ring_s=1.6, brightness=0.5) * soft)


def _play_pad(loop: NDArray[np.float64]) -> None:
    """Let the chord of each bar swell and fade into the next one."""
    seconds = 5.5 * BEAT_S
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    swell = np.sin(np.pi * time / seconds) ** 2
    for bar, chord in enumerate(CHORDS):
        for note in FIGURES[chord].split()[2:5]:
            pitch = frequency(note)
            voice = sum(np.sin(2 * np.pi * pitch * detune * time) for detune in (0.9985, 1.0, 1.0017))
            _add(loop, bar * 4 - 0.75, swell * voice * 0.035)


def _pluck(pitch_hz: float, *, ring_s: float, brightness: float) -> NDArray[np.float64]:
    """Return a plucked string: partials of a string plucked at a fifth of its length; high ones die first."""
    time = np.arange(round(ring_s * 1.6 * RATE_HZ)) / RATE_HZ
    sound = np.zeros(time.size)
    partial = 1
    while (at_hz := partial * pitch_hz * np.sqrt(1 + 0.0003 * partial**2)) < TOP_HZ:
        strength = np.sin(np.pi * partial / 5) / partial ** (2 - brightness)
        decay = 3.2 / ring_s * (1 + 0.45 * (partial - 1))
        sound += strength * np.exp(-decay * time) * np.sin(2 * np.pi * at_hz * time)
        partial += 1
    attack = round(FADE_AT_NOTE_S * RATE_HZ)
    sound[:attack] *= np.linspace(0, 1, attack)
    release = RATE_HZ // 10
    sound[-release:] *= np.linspace(1, 0, release)
    return sound


def _add(loop: NDArray[np.float64], beat: float, sound: NDArray[np.float64]) -> None:
    """Add `sound` from `beat` on, going round the end of the loop."""
    start = round(beat * BEAT_S * RATE_HZ)
    places = (start + np.arange(sound.size)) % loop.size
    np.add.at(loop, places, sound)


def _echo(loop: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add a small room: a few late, soft repeats, going round the loop."""
    room = loop.copy()
    for delay_ms, strength in ((83, 0.22), (131, 0.17), (197, 0.13), (281, 0.09), (389, 0.06)):
        room += strength * np.roll(loop, delay_ms * RATE_HZ // 1_000)
    return room


def _high_pass(loop: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take out what the telephone band does not carry, with a filter that knows the signal to be periodic."""
    spectrum = np.fft.rfft(loop)
    at_hz = np.fft.rfftfreq(loop.size, 1 / RATE_HZ)
    slope = 1 / (1 + (LOW_HZ / np.maximum(at_hz, 1e-3)) ** 8)
    return np.asarray(np.fft.irfft(spectrum * slope, loop.size), np.float64)
