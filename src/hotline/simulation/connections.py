"""Who hears whom after the commands so far: bridges, holds, rooms, mutes and plays, as both engines carry them out; nothing else."""

from typing import Any

from hotline.core import switching as s
from hotline.core.ids import LegId, RoomId


class Connections:
    """Feed it commands (and the ends of legs); ask what a leg hears."""

    def __init__(self) -> None:
        """Begin with nobody connected."""
        self.peer: dict[LegId, LegId] = {}
        self.held: set[LegId] = set()
        self.rooms: dict[RoomId, dict[LegId, tuple[LegId, ...]]] = {}
        self.muted: set[LegId] = set()
        self.music: dict[LegId, tuple[str, ...]] = {}
        self.plays: dict[LegId, tuple[str, ...]] = {}

    @property
    def playing(self) -> dict[LegId, tuple[str, ...]]:
        """What each leg is played: a prompt, else the music on hold."""
        return {**self.music, **self.plays}

    def take(self, command: Any) -> None:
        """Carry out a command as both engines do."""
        match command:
            case s.Bridge():
                self._bridge(command.leg_id, command.peer_id)
            case s.Hold() if command.leg_id in self.peer:
                self.held.add(command.leg_id)
                self.music[command.leg_id] = command.music
            case s.Unhold():
                self._unhold(command.leg_id)
            case s.Unbridge():
                self._part(command.leg_id)
                self._unhold(command.leg_id)
            case s.SetRoom():
                self._room(command)
            case s.Mute():
                (self.muted.add if command.muted else self.muted.discard)(command.leg_id)
            case s.Play():
                self.plays[command.leg_id] = command.sounds
            case s.StopPlay():
                self.plays.pop(command.leg_id, None)
            case s.HangUp() | s.Reject():
                self.gone(command.leg_id)
            case _:
                pass

    def _bridge(self, leg: LegId, peer: LegId) -> None:
        for one in (leg, peer):
            self._part(one)
            self._leave(one)
            self._unhold(one)
            self.plays.pop(one, None)
        self.peer[leg], self.peer[peer] = peer, leg

    def _part(self, leg: LegId) -> None:
        peer = self.peer.pop(leg, None)
        if peer is not None:
            self.peer.pop(peer, None)

    def _unhold(self, leg: LegId) -> None:
        if leg in self.held:
            self.held.discard(leg)
            self.music.pop(leg, None)

    def _leave(self, leg: LegId) -> None:
        for room in self.rooms.values():
            room.pop(leg, None)

    def _room(self, command: s.SetRoom) -> None:
        before = self.rooms.get(command.room_id, {})
        for member in command.members:
            if member.leg_id not in before:
                self._part(member.leg_id)
                self._leave(member.leg_id)
                self._unhold(member.leg_id)
                self.plays.pop(member.leg_id, None)
        self.rooms[command.room_id] = {m.leg_id: m.hears for m in command.members}

    def gone(self, leg: LegId) -> None:
        """The leg has ended."""
        self._part(leg)
        self._leave(leg)
        self.held.discard(leg)
        self.muted.discard(leg)
        self.music.pop(leg, None)
        self.plays.pop(leg, None)

    def hears(self, leg: LegId) -> set[LegId]:
        """Return the legs whose speech this leg hears now; nobody's while sounds are played to it."""
        if self.plays.get(leg) or self.music.get(leg):
            return set()
        peer = self.peer.get(leg)
        heard = {peer} if peer is not None and not {leg, peer} & self.held else set[LegId]()
        for room in self.rooms.values():
            if leg in room:
                heard |= {other for other in room[leg] if other in room}
        return heard - self.muted
