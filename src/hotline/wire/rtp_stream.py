"""The RTP stream we send on one leg: one SSRC for life, sequence without gaps of our making, timestamps on the real clock (RFC 3550).

Sources change under it (prompt, silence, a relayed peer, a mixed room, keys); the far end sees one steady stream. Pure: the clock
comes as `now`, local time in samples (8 kHz), from the same origin for all calls.
"""

from hotline.wire.rtp import RtpPacket, pack, signed_16, signed_32

FRAME = 160
_MAX_SLIP = 1600
"""A timed source more than 200 ms behind the clock (we were suspended) skips ahead instead of sending a burst."""
_MAX_SKEW = 8000
"""A relayed source more than a second off the clock has started anew: map it anew."""
_MAX_JUMP = 100
"""Likewise a jump of more packets than this in its sequence."""
_MAX_LATE = 5
"""So many packets in a row whose place was filled are late; one more, and it is the source's clock that is slow: map it anew."""


class OutgoingStream:
    """Numbers and stamps what one leg is sent."""

    __slots__ = (
        "_event_stamp", "_filled", "_floor", "_last", "_late", "_relay_ssrc", "_relay_to_sequence", "_relay_to_stamp", "_sequence",
        "_started", "_timed", "octets", "packets", "ssrc",
    )  # fmt: skip

    def __init__(self, ssrc: int, sequence: int, timestamp: int) -> None:
        """Begin at values that the caller drew at random (RFC 3550, section 5.1)."""
        self.ssrc = ssrc
        self.packets = 0
        self.octets = 0
        self._sequence = sequence & 0x7FFF  # next to be sent
        self._last = timestamp & 0xFFFFFFFF  # stamp of the newest frame sent
        self._started = False
        self._timed = False  # the last frame came from a timed source
        self._relay_ssrc: int | None = None
        self._relay_to_sequence = 0
        self._relay_to_stamp = 0
        self._filled = False  # timed frames were sent between two relayed ones
        self._late = 0
        self._event_stamp = 0
        self._floor = self._sequence  # relayed packets below this number came before the source took over

    @property
    def timestamp(self) -> int:
        """Stamp of the newest frame."""
        return self._last

    def _on_clock(self, now: int) -> int:
        """Return the first stamp that is neither behind the clock nor overlaps what was sent."""
        earliest = (self._last + FRAME) & 0xFFFFFFFF
        return now & 0xFFFFFFFF if not self._started or signed_32(now - earliest) > 0 else earliest

    def _count(self, size: int) -> None:
        self.packets += 1
        self.octets += size
        self._started = True

    def timed(self, payload_type: int, payload: bytes, now: int) -> bytes:
        """Return the packet for a frame that is due now: prompts, music, silence, rooms."""
        stamp = (self._last + FRAME) & 0xFFFFFFFF
        starts = not self._timed
        if starts or not -_MAX_SLIP < signed_32(now - stamp) < _MAX_SLIP:
            stamp = self._on_clock(now)
        packet = pack(payload_type, starts, self._sequence, stamp, self.ssrc, payload)
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._last = stamp
        self._timed = True
        self._filled = True
        self._count(len(payload))
        return packet

    def relayed(
        self, payload_type: int, source: RtpPacket, payload: bytes, now: int, *, event: bool = False
    ) -> bytes | None:
        """Return the packet for one that came from the peer; its losses and disorder are passed on truthfully.

        None when it is too late: silence or another source was sent in its place. An `event` (telephone key) keeps one stamp
        however long the key is held, so that its age says nothing.
        """
        marker = source.marker
        stamp = (source.timestamp + self._relay_to_stamp) & 0xFFFFFFFF
        fresh = source.ssrc != self._relay_ssrc
        if fresh or (not event and not -_MAX_SKEW < signed_32(stamp - now) < _MAX_SKEW):
            stamp = self._on_clock(now)
            self._map(source, stamp)
            marker = True
        elif self._filled:
            if not event and signed_32(stamp - self._last) <= 0:
                self._late += 1
                if self._late <= _MAX_LATE:
                    return None
                stamp = self._on_clock(now)
            self._map(source, stamp)
            marker = marker or not event
        elif (
            not -_MAX_JUMP < signed_16(source.sequence + self._relay_to_sequence - self._sequence) < _MAX_JUMP
        ):
            self._map(source, stamp)
        sequence = (source.sequence + self._relay_to_sequence) & 0xFFFF
        if signed_16(sequence - self._floor) < 0:
            return None
        self._advance(sequence, stamp)
        self._count(len(payload))
        return pack(payload_type, marker, sequence, stamp, self.ssrc, payload)

    def _advance(self, sequence: int, stamp: int) -> None:
        if signed_16(sequence - self._sequence) >= 0:
            self._sequence = (sequence + 1) & 0xFFFF
            if (
                self._sequence - self._floor
            ) & 0xFFFF > 10 * _MAX_JUMP:  # before half the number space has gone by
                self._floor = (self._sequence - _MAX_JUMP) & 0xFFFF
        if signed_32(stamp - self._last) > 0:
            self._last = stamp
        self._timed = False

    def _map(self, source: RtpPacket, stamp: int) -> None:
        self._relay_ssrc = source.ssrc
        self._floor = self._sequence
        self._relay_to_sequence = self._sequence - source.sequence
        self._relay_to_stamp = stamp - source.timestamp
        self._filled = False
        self._late = 0

    def forget_source(self) -> None:
        """Another peer speaks from now on, or the same after a while: map its numbers anew."""
        self._relay_ssrc = None

    def event(self, payload_type: int, payload: bytes, now: int, *, begins: bool) -> bytes:
        """Return the packet for a telephone event of our own; `begins` starts a press with a stamp of its own and the marker."""
        if begins:
            self._event_stamp = self._on_clock(now)
        packet = pack(payload_type, begins, self._sequence, self._event_stamp, self.ssrc, payload)
        self._sequence = (self._sequence + 1) & 0xFFFF
        if signed_32(now - self._last) > 0:
            self._last = now & 0xFFFFFFFF
        self._timed = False
        self._filled = True
        self._count(len(payload))
        return packet
