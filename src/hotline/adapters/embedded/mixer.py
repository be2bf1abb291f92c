"""Rooms: legs that hear each other by a speak/hear matrix (conference, monitor, whisper, barge). Runs only where relaying will not do."""

from hotline.adapters.embedded.voice import Voice
from hotline.core.ids import LegId, RoomId
from hotline.wire.g711 import SILENT_FRAME, Law, decode, encode, mix
from hotline.wire.jitter import JitterBuffer

DEPTH = 3
"""Frames of jitter buffer: 60 ms."""


class Room:
    """Members and whom each hears. One `tick` takes a frame from every member and gives each its own sum."""

    def __init__(self, room_id: RoomId) -> None:
        self.room_id = room_id
        self._members: dict[LegId, Voice] = {}
        self._hears: dict[LegId, tuple[LegId, ...]] = {}

    @property
    def members(self) -> list[Voice]:
        """Who is in the room."""
        return list(self._members.values())

    def join(self, voice: Voice, hears: tuple[LegId, ...]) -> None:
        """Let a leg in, or change whom it hears. Nobody hears itself."""
        if voice.leg_id not in self._members:
            voice.jitter = JitterBuffer(DEPTH)
            voice.in_room = True
            voice.listen_to_nobody()
            self._members[voice.leg_id] = voice
        self._hears[voice.leg_id] = tuple(dict.fromkeys(leg for leg in hears if leg != voice.leg_id))

    def leave(self, voice: Voice) -> None:
        """Let a leg out."""
        if self._members.pop(voice.leg_id, None) is not None:
            del self._hears[voice.leg_id]
            voice.jitter = None
            voice.in_room = False
            voice.listen_to_nobody()

    def heard_by(self, voice: Voice) -> set[LegId]:
        """Return whom of the members this leg hears."""
        return {leg_id for leg_id in self._hears.get(voice.leg_id, ()) if leg_id in self._members}

    def tick(self, now: int) -> None:
        """Give each member the sum of those it hears, at `now` (samples)."""
        spoken: dict[LegId, bytes] = {}
        for leg_id, voice in self._members.items():
            if voice.jitter is not None and (frame := voice.jitter.pop()) is not None:
                spoken[leg_id] = frame
        linear: dict[LegId, bytes] = {}
        for leg_id, voice in self._members.items():
            heard = [source for source in self._hears[leg_id] if source in spoken]
            if voice.answered:
                voice.hear(self._sum(heard, spoken, linear), now)

    @staticmethod
    def _sum(heard: list[LegId], spoken: dict[LegId, bytes], linear: dict[LegId, bytes]) -> bytes:
        if not heard:
            return SILENT_FRAME[Law.ALAW]
        if len(heard) == 1:
            return spoken[heard[0]]
        total: bytes | None = None
        for source in heard:
            one = linear.get(source)
            if one is None:
                one = linear[source] = decode(Law.ALAW, spoken[source])
            total = one if total is None else mix(total, one)
        assert total is not None
        return encode(Law.ALAW, total)
