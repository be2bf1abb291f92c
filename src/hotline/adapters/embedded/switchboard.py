"""Who talks to whom: bridges, holds, rooms. Sets each voice's relay target; the audio itself runs in `voice` and `mixer`."""

from datetime import UTC, datetime

from hotline.adapters.embedded.audio_port import Emit
from hotline.adapters.embedded.mixer import Room
from hotline.adapters.embedded.player import Playback
from hotline.adapters.embedded.voice import Voice
from hotline.core.ids import LegId, RoomId
from hotline.core.switching import Bridged, RoomMember, Unbridged


class Refused(Exception):
    """The command does not fit the state. `code` is stable."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Switchboard:
    """The connections between the voices of one engine."""

    def __init__(self, emit: Emit) -> None:
        self.voices: dict[LegId, Voice] = {}
        self._emit = emit
        self._peers: dict[LegId, LegId] = {}
        self._held: set[LegId] = set()
        self._rooms: dict[RoomId, Room] = {}
        self._room_of: dict[LegId, Room] = {}

    def peer_of(self, leg_id: LegId) -> LegId | None:
        """Whom the leg is bridged to, held or not."""
        return self._peers.get(leg_id)

    def is_held(self, leg_id: LegId) -> bool:
        """The leg was put on hold by us."""
        return leg_id in self._held

    def rooms(self) -> list[Room]:
        """Rooms that have members."""
        return list(self._rooms.values())

    # ── Two parties ──────────────────────────────────────────────────────────────────────────────────────

    def bridge(self, voice: Voice, peer: Voice) -> None:
        """Connect two legs, parting each from whatever it had."""
        if voice is peer:
            raise Refused("bad_state", "a leg cannot be bridged to itself")
        already = self._peers.get(voice.leg_id) == peer.leg_id
        if not already:
            for one in (voice, peer):
                self._part(one)
        for one in (voice, peer):
            self._leave_room(one)
            self._end_hold(one)
            one.stop_play()
        if already:
            self._wire(voice, peer)
            return
        self._peers[voice.leg_id] = peer.leg_id
        self._peers[peer.leg_id] = voice.leg_id
        self._wire(voice, peer)
        self._emit(Bridged(at=datetime.now(UTC), leg_id=voice.leg_id, peer_id=peer.leg_id))

    def unbridge(self, voice: Voice) -> None:
        """Part a leg from its peer: both in silence."""
        peer = self._peer(voice)
        self._part(voice)
        for one in (voice, peer):
            if one is not None:
                self._end_hold(one)

    def hold(self, voice: Voice, music: Playback | None) -> None:
        """Give a bridged leg music and its peer silence."""
        peer = self._peer(voice)
        if peer is None:
            raise Refused("bad_state", "the leg has no peer")
        if voice.leg_id in self._held:
            return
        self._held.add(voice.leg_id)
        voice.music = music
        self._wire(voice, peer)

    def unhold(self, voice: Voice) -> None:
        """Give a held leg back to its peer."""
        if voice.leg_id not in self._held and self._peer(voice) is not None:
            return
        self._end_hold(voice)
        peer = self._peer(voice)
        if peer is None:
            raise Refused("bad_state", "the leg has no peer")
        self._wire(voice, peer)

    def _peer(self, voice: Voice) -> Voice | None:
        peer_id = self._peers.get(voice.leg_id)
        return None if peer_id is None else self.voices.get(peer_id)

    def _wire(self, voice: Voice, peer: Voice) -> None:
        apart = voice.leg_id in self._held or peer.leg_id in self._held
        for speaker, listener in ((voice, peer), (peer, voice)):
            target = None if apart else listener
            if speaker.relay_to is not target:
                speaker.relay_to = target
                listener.listen_to_nobody()

    def _end_hold(self, voice: Voice) -> None:
        self._held.discard(voice.leg_id)
        if voice.music is not None:
            voice.music = None
            voice.listen_to_nobody()

    def _part(self, voice: Voice) -> None:
        """End the leg's bridge, if any. Music on hold goes on: the one who waits must not fall into silence."""
        peer_id = self._peers.pop(voice.leg_id, None)
        if peer_id is None:
            return
        self._peers.pop(peer_id, None)
        voice.relay_to = None
        voice.listen_to_nobody()
        peer = self.voices.get(peer_id)
        if peer is not None:
            peer.relay_to = None
            peer.listen_to_nobody()
        self._emit(Unbridged(at=datetime.now(UTC), leg_id=voice.leg_id, peer_id=peer_id))

    # ── Rooms ────────────────────────────────────────────────────────────────────────────────────────────

    def set_room(self, room_id: RoomId, members: tuple[RoomMember, ...]) -> list[LegId]:
        """Make the room be exactly these members; return those that do not exist."""
        room = self._rooms.setdefault(room_id, Room(room_id))
        named = {member.leg_id for member in members}
        for voice in room.members:
            if voice.leg_id not in named:
                self._leave_room(voice)
        missing: list[LegId] = []
        for member in members:
            voice = self.voices.get(member.leg_id)
            if voice is None:
                missing.append(member.leg_id)
            else:
                self._enter(room, voice, member.hears)
        if room.members:
            self._rooms[room_id] = room  # it may have been empty for a moment
        self._drop_if_empty(room)
        return missing

    def _enter(self, room: Room, voice: Voice, hears: tuple[LegId, ...]) -> None:
        if self._room_of.get(voice.leg_id) is not room:
            self._leave_room(voice)
            self._part(voice)
            self._end_hold(voice)
            voice.stop_play()
            self._room_of[voice.leg_id] = room
        room.join(voice, hears)

    def _leave_room(self, voice: Voice) -> None:
        room = self._room_of.pop(voice.leg_id, None)
        if room is not None:
            room.leave(voice)
            self._drop_if_empty(room)

    def _drop_if_empty(self, room: Room) -> None:
        if not room.members and self._rooms.get(room.room_id) is room:
            del self._rooms[room.room_id]

    def remove(self, voice: Voice) -> None:
        """A leg ends: out of its bridge, hold and room."""
        self._part(voice)
        self._end_hold(voice)
        self._leave_room(voice)
        self.voices.pop(voice.leg_id, None)
