"""One side of a recording on the real clock: packets land where their timestamps say, everything else is silence. Knows no files."""

from hotline.wire.g711 import Law
from hotline.wire.rtp import signed_32

WINDOW = 2400
"""Samples (300 ms) kept open for late and disordered packets."""
_CAPACITY = 16_000
_AHEAD = 320
"""A packet cannot come before it was spoken: 40 ms ahead of the clock means that the first one was late."""
_BEHIND = -800
"""A source whose best packet in five seconds is 100 ms late has a slow clock."""
_REVIEW = 40_000


class Track:
    """A strip of A-law audio. Positions are samples since the recording began."""

    __slots__ = ("_best", "_best_since", "_buffer", "_offset", "_source", "_start")

    def __init__(self) -> None:
        self._start = 0  # position of the strip's first sample: all before has been taken
        self._buffer = bytearray(Law.ALAW.silence * _CAPACITY)
        self._source: object = None
        self._offset = 0
        self._best = _BEHIND
        self._best_since = 0

    def place(self, source: object, timestamp: int, audio: bytes, now: int) -> None:
        """Lay down A-law audio of one source. `now` is the position at which it came."""
        if source != self._source:
            self._source = source
            self._anchor(timestamp, now)
        skew = signed_32(timestamp + self._offset - now)
        if not -_CAPACITY < skew <= _AHEAD:
            self._anchor(timestamp, now)
            skew = 0
        self._best = max(self._best, skew)
        if now - self._best_since > _REVIEW:
            if self._best < _BEHIND:
                self._offset -= self._best
                skew -= self._best
            self._best, self._best_since = -_CAPACITY, now
        at = now + skew - self._start
        if at < 0:  # its place is already on disk as silence
            audio = audio[-at:]
            at = 0
        end = at + len(audio)
        if audio and end <= _CAPACITY:
            self._buffer[at:end] = audio

    def _anchor(self, timestamp: int, now: int) -> None:
        self._offset = now - timestamp
        self._best, self._best_since = 0, now

    def take(self, count: int) -> bytearray:
        """Cut off the first `count` samples."""
        buffer = self._buffer
        if count > _CAPACITY:
            out = buffer + Law.ALAW.silence * (count - _CAPACITY)
            self._buffer = bytearray(Law.ALAW.silence * _CAPACITY)
        else:
            out = buffer[:count]
            del buffer[:count]
            buffer += Law.ALAW.silence * count
        self._start += count
        return out
