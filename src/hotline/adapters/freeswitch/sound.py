"""What legs hear: plays, bridges, holds, and the way into rooms, on one node.

What moves a leg or its sound waits its turn in the leg's lane, because FreeSWITCH moves channels in several steps and a command in the
middle of them is lost.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from hotline.adapters.freeswitch import orders
from hotline.adapters.freeswitch.legs import Leg, Playing, Room
from hotline.adapters.freeswitch.node import HELD_VARIABLE, Node
from hotline.adapters.freeswitch.posting import Posting, Refused
from hotline.adapters.freeswitch.rooms import set_room
from hotline.adapters.freeswitch.waiting import LegGone, NotInTime
from hotline.core.ids import LegId
from hotline.core.switching import Bridge, Hold, Play, SetRoom, StopPlay, Unbridge, Unhold


class Sound:
    """Takes commands about sound for one node."""

    def __init__(self, node: Node, posting: Posting) -> None:
        self._node = node
        self._posting = posting
        self._music = 0

    def stop_play(self, leg: Leg, command: StopPlay) -> None:
        """Stop the leg's prompt; music on hold goes on."""
        self._posting.post(command, (leg,), partial(self._stop_play, leg))

    def unbridge(self, leg: Leg, command: Unbridge) -> None:
        """Part a leg from its peer."""
        self._posting.post_with_peer(command, leg, partial(self._unbridge, leg))

    def hold(self, leg: Leg, command: Hold) -> None:
        """Give a leg music and its peer silence."""
        self._posting.post_with_peer(command, leg, partial(self._hold, leg, command))

    def unhold(self, leg: Leg, command: Unhold) -> None:
        """Take a leg back to its peer."""
        self._posting.post_with_peer(command, leg, partial(self._unhold, leg))

    def play(self, leg: Leg, command: Play) -> None:
        """Play to a leg, in place of what it plays now."""
        if command.play_id == leg.last_play:
            return
        leg.last_play = command.play_id
        leg.owed[command.play_id] = None
        self._posting.post(command, (leg,), partial(self._run_play, leg, command))

    async def _run_play(self, leg: Leg, command: Play) -> None:
        try:
            await self._quiet(leg)
            if not self._is_there(command.sounds):
                raise Refused("no_file")
            playing = Playing(
                name=f"play-{command.play_id}",
                play_id=command.play_id,
                command=command,
                stop_on_digit=command.stop_on_digit,
                endless=command.repeat == 0,
            )
            if leg.bridged_with is not None or leg.room is not None:
                self._displace(leg, playing, command)
                return
            if leg.keys_end_plays is not command.stop_on_digit:
                leg.keys_end_plays = command.stop_on_digit
                keys = orders.ALL_KEYS if command.stop_on_digit else "none"
                self._node.api(leg, f"uuid_setvar {leg.leg_id} playback_terminators {keys}")
            await self._start(leg, playing, command.sounds, command.repeat)
        except (Refused, NotInTime):
            self._node.play_done(leg, command.play_id, finished=False)
            raise

    async def _start(self, leg: Leg, playing: Playing, paths: tuple[str, ...], repeat: int) -> None:
        """Play to a parked leg; returns when FreeSWITCH has begun, so that an order to stop finds something to stop."""
        what = orders.sounds(self._node.settings.sounds_at, paths, repeat)
        playing.argument, playing.endless = what.argument, what.loops != 1
        leg.playing = playing
        self._node.execute(leg, "playback", what.argument, playing.name, what.loops)
        try:
            await self._node.until((leg,), lambda: playing.started or leg.playing is not playing)
        except NotInTime:
            playing.started = True  # the word of it was lost; it plays, and can be stopped

    def _displace(self, leg: Leg, playing: Playing, command: Play) -> None:
        """Play over a conversation: the leg's peer falls silent for it, what the leg says goes on to be heard."""
        what = orders.sounds(self._node.settings.sounds_at, command.sounds, command.repeat)
        playing.argument, playing.displacing, playing.started = what.argument, True, True
        leg.playing = playing
        self._node.hush(leg, hushed=True)
        flags = "lm" if what.loops != 1 else "m"
        self._node.api(leg, f"uuid_displace {leg.leg_id} start {what.argument} 0 {flags}")

    def _is_there(self, paths: tuple[str, ...]) -> bool:
        data = self._node.settings.data
        return bool(paths) and all(orders.is_sound(path) and _exists(data / path) for path in paths)

    async def _stop_play(self, leg: Leg) -> None:
        if leg.playing is not None and leg.playing.play_id is not None:
            await self._quiet(leg)

    async def _quiet(self, leg: Leg) -> None:
        """Stop what the leg plays, prompts and music on hold alike."""
        playing = leg.playing
        if playing is None:
            return
        self._node.stop_sound(leg, playing)
        if playing.adopted:  # nobody knows whether it still ran
            self._node.play_ended(leg, playing, finished=False)
            return
        try:
            await self._node.until((leg,), lambda: leg.playing is not playing)
        except NotInTime:  # the word of its end was lost
            self._node.play_ended(leg, playing, finished=False)

    def resume_music(self, leg: Leg) -> None:
        """A prompt on a held leg is over: its music comes back."""
        if leg.held and leg.music and leg.playing is None and not leg.over:
            self._posting.post(Play, (leg,), partial(self._music_again, leg))

    async def _music_again(self, leg: Leg) -> None:
        if leg.held and leg.music and leg.playing is None and leg.bridged_with is None:
            await self._play_music(leg)

    def bridge(self, leg: Leg, command: Bridge) -> None:
        """Let two legs talk."""
        peer = self._node.legs.get(command.peer_id)
        if peer is None or peer.over:
            self._node.failed(command, command.leg_id, "no_such_leg", "the peer")
        elif peer is leg:
            self._node.failed(command, command.leg_id, "bad_state", "a leg cannot be bridged to itself")
        else:
            others = (self._node.legs.get(one.bridged_with or LegId("")) for one in (leg, peer))
            involved = (leg, peer, *(other for other in others if other is not None))
            self._posting.post(command, involved, partial(self._bridge, leg, peer))

    async def _bridge(self, leg: Leg, peer: Leg) -> None:
        if peer.over:
            raise LegGone
        if leg.bridged_with == peer.leg_id:
            for one in (leg, peer):
                await self._quiet(one)
            return
        if not leg.with_media and not peer.with_media:
            raise Refused("bad_state", "neither leg has audio")
        await self._connect(leg, peer)

    async def _connect(self, leg: Leg, peer: Leg) -> None:
        """Let FreeSWITCH connect two legs; it takes both out of whatever they do."""
        for one in (leg, peer):
            if one.playing is not None:
                if one.playing.displacing:
                    await self._quiet(one)
                else:
                    one.playing.stopping = True
        before = leg.bridged_seq
        self._node.api(leg, f"uuid_bridge {leg.leg_id} {peer.leg_id}")
        await self._node.until(
            (leg, peer), lambda: leg.bridged_with == peer.leg_id and leg.bridged_seq != before
        )
        for one in (leg, peer):  # the play's end is told by FreeSWITCH; if it was not, nothing plays any more
            if one.playing is not None and not one.playing.displacing:
                self._node.play_ended(one, one.playing, finished=False)

    async def _park(self, *legs: Leg) -> None:
        """Take legs out of bridge or room; those connected with them are parked too."""
        waiting: list[Leg] = []
        for leg in legs:
            if leg.parked and leg.bridged_with is None and leg.room is None:
                continue
            other = self._node.legs.get(leg.bridged_with) if leg.bridged_with is not None else None
            for one in (leg, other):
                if one is not None and one not in waiting:
                    one.parked = False
                    waiting.append(one)
            if other not in legs or legs.index(other) > legs.index(leg):
                self._node.api(leg, f"uuid_park {leg.leg_id}")
        if waiting:
            await self._node.until(
                waiting,
                lambda: all(one.over or (one.parked and one.bridged_with is None) for one in waiting),
                gone=False,
            )

    async def _unbridge(self, leg: Leg) -> None:
        peer = self._node.legs.get(leg.peer_id) if leg.peer_id is not None else None
        await self._park(leg)
        self._node.part(leg)  # on hold there was only the memory of a bridge
        for one in (leg, peer):
            if one is not None and one.held and not one.over:
                one.held, one.music = False, ()
                self._node.api(one, f"uuid_setvar {one.leg_id} {HELD_VARIABLE}")
                await self._quiet(one)

    async def _hold(self, leg: Leg, command: Hold) -> None:
        if leg.held:
            return
        if leg.peer_id is None:
            raise Refused("bad_state", "the leg has no peer")
        if leg.playing is not None and leg.playing.displacing:
            await self._quiet(leg)
        leg.held, leg.music = True, command.music
        self._node.api(leg, f"uuid_setvar {leg.leg_id} {HELD_VARIABLE} {leg.peer_id}")
        await self._park(leg)
        if command.music:
            if not self._is_there(command.music):
                leg.music = ()
                raise Refused("no_file")
            await self._play_music(leg)

    async def _play_music(self, leg: Leg) -> None:
        """Let a held leg hear its music."""
        self._music += 1
        playing = Playing(name=f"music-{self._music}-{leg.leg_id}", play_id=None, endless=True)
        await self._start(leg, playing, leg.music, 0)

    async def _unhold(self, leg: Leg) -> None:
        peer = self._node.legs.get(leg.peer_id) if leg.peer_id is not None else None
        if peer is None:
            raise Refused("bad_state", "the leg has no peer")
        if leg.held:
            await self._connect(leg, peer)

    def set_room(self, command: SetRoom) -> None:
        """Make a room be exactly this."""
        node = self._node
        room = node.rooms.setdefault(command.room_id, Room(command.room_id))
        wanted = {member.leg_id for member in command.members}
        legs = [node.legs[leg_id] for leg_id in (*wanted, *room.members) if leg_id in node.legs]
        for leg_id in wanted:
            if leg_id not in node.legs:
                node.failed(command, leg_id, "no_such_leg")
        if not legs:
            node.rooms.pop(command.room_id, None)
            return
        peers = [peer for leg in legs if leg.peer_id is not None and (peer := node.legs.get(leg.peer_id))]
        involved = tuple(dict.fromkeys([*legs, *peers]))
        self._posting.post(command, involved, partial(set_room, node, room, command, self._park, self._quiet))


def _exists(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False
