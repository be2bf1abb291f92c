"""The commands of the switch port, carried out on the legs of one node.

What touches signalling alone goes out at once; what moves a leg or its sound waits its turn in the leg's lane, because FreeSWITCH moves
channels in several steps and a command in the middle of them is lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path, PurePosixPath
from typing import assert_never

from hotline.adapters.freeswitch import orders, translate
from hotline.adapters.freeswitch.legs import Leg, Playing, Room, Tape
from hotline.adapters.freeswitch.node import ENDED_MAX, HELD_VARIABLE, LegGone, Node, NotInTime
from hotline.adapters.freeswitch.orders import Part
from hotline.adapters.freeswitch.rooms import set_room
from hotline.adapters.freeswitch.translate import Ordered
from hotline.core.ids import LegId
from hotline.core.switching import (
    Answer,
    Bridge,
    HangUp,
    HangUpBy,
    HangUpCause,
    Hold,
    LegKind,
    LegState,
    Mute,
    Originate,
    PauseRecording,
    Play,
    Reject,
    Ring,
    SendDigits,
    SetRoom,
    StartRecording,
    StopPlay,
    StopRecording,
    ToDevice,
    Unbridge,
    Unhold,
)
from hotline.wire.dtmf import clean_digits
from hotline.wire.sip.causes import q850_of_status

LegCommand = (
    Ring
    | Answer
    | Reject
    | HangUp
    | Play
    | StopPlay
    | SendDigits
    | Bridge
    | Unbridge
    | Hold
    | Unhold
    | Mute
    | StartRecording
)
RECORD_LIMIT_S = 5.0
RECORDING_VARIABLE = "hotline_recording"
CREATE_LIMIT_S = 2.0
DIAL_MAX_S = 3_600.0
"""A leg's own deadline is shorter and ends it."""


class Refused(Exception):
    """The command does not fit the state. `code` is stable."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Actions:
    """Takes commands for one node."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._music = 0

    def take(self, command: LegCommand) -> None:
        """Carry out a command on a leg of this node."""
        node = self._node
        leg = node.legs.get(command.leg_id)
        if leg is None or leg.over:
            node.failed(command, command.leg_id, "no_such_leg")
            return
        if not node.up:
            node.failed(command, command.leg_id, "engine_unreachable")
            return
        match command:
            case Ring() | Answer() | Reject():
                self._signal(leg, command)
            case HangUp():
                self._hang_up(leg, command)
            case SendDigits():
                self._send_digits(leg, command)
            case Play():
                self._take_play(leg, command)
            case StopPlay():
                self._post(command, (leg,), partial(self._stop_play, leg))
            case Bridge():
                self._take_bridge(leg, command)
            case Unbridge():
                self._post_with_peer(command, leg, partial(self._unbridge, leg))
            case Hold():
                self._post_with_peer(command, leg, partial(self._hold, leg, command))
            case Unhold():
                self._post_with_peer(command, leg, partial(self._unhold, leg))
            case Mute():
                leg.muted = command.muted
                node.sync_mute(leg)
            case StartRecording():
                self._take_recording(leg, command)
            case _:
                assert_never(command)

    def _post(self, command: object, legs: tuple[Leg, ...], work: Callable[[], Awaitable[None]]) -> None:
        ids = tuple(leg.leg_id for leg in legs)
        self._node.lanes.post(ids, partial(self._do, command, legs[0], work), type(command).__name__)

    def _post_with_peer(self, command: object, leg: Leg, work: Callable[[], Awaitable[None]]) -> None:
        peer = self._node.legs.get(leg.peer_id) if leg.peer_id is not None else None
        self._post(command, (leg,) if peer is None else (leg, peer), work)

    async def _do(self, command: object, leg: Leg, work: Callable[[], Awaitable[None]]) -> None:
        """Run work, and report what it could not do."""
        try:
            if leg.over:
                raise LegGone
            await work()
        except LegGone:
            if not leg.over:  # its own end has told everything
                self._node.failed(command, leg.leg_id, "no_such_leg", "the peer")
        except NotInTime:
            self._node.failed(command, leg.leg_id, "bad_state", "FreeSWITCH did not do it in time")
        except Refused as refused:
            self._node.failed(command, leg.leg_id, refused.code, refused.detail)

    # ── Signalling ──────────────────────────────────────────────────────────────────────────────────────────

    def originate(self, command: Originate, contact: str = "") -> None:
        """Make a new leg."""
        node = self._node
        if command.leg_id in node.legs or command.leg_id in node.ended:
            return
        device_id = command.to.device_id if isinstance(command.to, ToDevice) else None
        trunk_id = None if isinstance(command.to, ToDevice) else command.to.trunk_id
        trunk = node.admission.trunk(trunk_id) if trunk_id is not None else None
        leg = Leg(
            leg_id=command.leg_id,
            kind=LegKind.DEVICE if device_id is not None else LegKind.TRUNK,
            state=LegState.DIALLING,
            since=node.now(),
            device_id=device_id,
            trunk_id=trunk_id,
            keys_end_plays=False,
        )
        node.legs[leg.leg_id] = leg
        line = orders.originate(command, node.admission.directory.realm, trunk, contact)
        known = device_id is None or bool(contact) or device_id in node.devices
        if line is None or not known or not node.up:
            status = 480 if node.up else 503
            cause = HangUpCause.UNREACHABLE if node.up else HangUpCause.CONGESTION
            node.end_leg(leg, by=HangUpBy.FAULT, cause=cause, sip_status=status, q850=q850_of_status(status))
            return
        node.lanes.post((leg.leg_id,), partial(self._until_parked, leg), "originate")
        node.job(line, partial(self._originated, leg))
        loop = asyncio.get_running_loop()
        leg.deadline = loop.call_later(command.timeout_s, self._too_long, leg)

    async def _until_parked(self, leg: Leg) -> None:
        """What is ordered for a new leg waits until FreeSWITCH has it in hand (it rings, or was answered at once)."""
        try:
            await self._node.until((leg,), lambda: leg.parked or leg.state is LegState.UP, DIAL_MAX_S)
            await self._node.until((leg,), lambda: leg.parked)
        except LegGone:
            return
        except NotInTime:
            leg.parked = True  # the word of it was lost

    def _originated(self, leg: Leg, answer: str) -> None:
        """FreeSWITCH's `originate` came back. A failure that made a channel is told of by the channel's end."""
        if answer.startswith("-ERR") and not leg.over:
            if leg.created:
                asyncio.get_running_loop().call_later(1.0, self._never_ended, leg, answer)
            else:
                self._never_ended(leg, answer)

    def _never_ended(self, leg: Leg, answer: str) -> None:
        if not leg.over:
            cause, status, q850 = translate.refused_originate(answer)
            self._node.end_leg(leg, by=HangUpBy.FAULT, cause=cause, sip_status=status, q850=q850)

    def _too_long(self, leg: Leg) -> None:
        if leg.state is LegState.DIALLING and not leg.over:
            leg.ordered = Ordered(cause=HangUpCause.NO_ANSWER, sip_status=408, q850=19)
            self._end(leg)

    def _signal(self, leg: Leg, command: Ring | Answer | Reject) -> None:
        if leg.state is LegState.UP and isinstance(command, Answer):
            return
        if not leg.incoming:
            self._node.failed(command, leg.leg_id, "bad_state")
            return
        match command:
            case Ring():
                self._node.api(leg, f"uuid_ring_ready {leg.leg_id}")
            case Answer():
                self._node.api(leg, f"uuid_answer {leg.leg_id}")
            case Reject():
                status = command.sip_status if 300 <= command.sip_status < 700 else 603
                leg.ordered = Ordered(
                    cause=HangUpCause.REJECTED, sip_status=status, q850=q850_of_status(status)
                )
                if leg.playing is not None:
                    self._node.stop_sound(leg, leg.playing)
                self._node.execute(leg, "respond", str(status))
            case _:
                assert_never(command)

    def _hang_up(self, leg: Leg, command: HangUp) -> None:
        if leg.ordered is not None:
            return
        up = leg.state is LegState.UP
        leg.ordered = Ordered(
            cause=HangUpCause.NORMAL if up else HangUpCause.CANCELLED,
            sip_status=0 if up else 487,
            q850=command.q850,
        )
        self._end(leg)

    def _end(self, leg: Leg) -> None:
        assert leg.ordered is not None
        if leg.playing is not None:
            leg.playing.stopping = True
        if leg.created:
            self._node.api(leg, f"uuid_kill {leg.leg_id} {leg.ordered.q850}")
        else:  # as soon as there is a channel; if there never is one, the originate says so
            asyncio.get_running_loop().call_later(CREATE_LIMIT_S, self._never_created, leg)

    def _never_created(self, leg: Leg) -> None:
        if not leg.over and not leg.created and leg.ordered is not None:
            ordered = leg.ordered
            self._node.end_leg(
                leg, by=HangUpBy.LOCAL, cause=ordered.cause, sip_status=ordered.sip_status, q850=ordered.q850
            )

    def _send_digits(self, leg: Leg, command: SendDigits) -> None:
        digits = "".join(clean_digits(command.digits))
        if not leg.with_media:
            self._node.failed(command, leg.leg_id, "bad_state", "the leg has no audio yet")
        elif digits:
            self._node.api(leg, f"uuid_send_dtmf {leg.leg_id} {digits}")

    # ── Plays ───────────────────────────────────────────────────────────────────────────────────────────────

    def _take_play(self, leg: Leg, command: Play) -> None:
        if command.play_id == leg.last_play:
            return
        leg.last_play = command.play_id
        leg.owed[command.play_id] = None
        self._post(command, (leg,), partial(self._play, leg, command))

    async def _play(self, leg: Leg, command: Play) -> None:
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
            if leg.playing is playing:
                leg.playing = None
            raise

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
            self._post(Play, (leg,), partial(self._music_again, leg))

    async def _music_again(self, leg: Leg) -> None:
        if leg.held and leg.music and leg.playing is None and leg.bridged_with is None:
            await self._play_music(leg)

    # ── Two parties ─────────────────────────────────────────────────────────────────────────────────────────

    def _take_bridge(self, leg: Leg, command: Bridge) -> None:
        peer = self._node.legs.get(command.peer_id)
        if peer is None or peer.over:
            self._node.failed(command, command.leg_id, "no_such_leg", "the peer")
        elif peer is leg:
            self._node.failed(command, command.leg_id, "bad_state", "a leg cannot be bridged to itself")
        else:
            others = (self._node.legs.get(one.bridged_with or LegId("")) for one in (leg, peer))
            involved = (leg, peer, *(other for other in others if other is not None))
            self._post(command, involved, partial(self._bridge, leg, peer))

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
        self._post(command, involved, partial(set_room, node, room, command, self._park, self._quiet))

    # ── Recordings ──────────────────────────────────────────────────────────────────────────────────────────

    def _take_recording(self, leg: Leg, command: StartRecording) -> None:
        node = self._node
        if command.recording_id in node.known_recordings:
            return
        path = PurePosixPath(command.path)
        part = Part(command.recording_id, leg.leg_id, str(path))
        if path.is_absolute() or ".." in path.parts or not path.name or len(part.name) > 240:
            node.failed(command, leg.leg_id, "bad_path")
            return
        if leg.tape is not None:
            node.failed(command, leg.leg_id, "bad_state", "the leg is being recorded")
            return
        node.known_recordings[command.recording_id] = None
        if len(node.known_recordings) > ENDED_MAX:
            node.known_recordings.popitem(last=False)
        tape = leg.tape = Tape(part=part)
        self._post(command, (leg,), partial(self._record, leg, tape))

    def _where(self, tape: Tape) -> str:
        return f"{self._node.settings.sounds_at}/{orders.PARTS}/{tape.part.name}"

    async def _record(self, leg: Leg, tape: Tape) -> None:
        refused: list[str] = []

        def came_back(answer: str) -> None:
            if answer.startswith("-"):
                refused.append(answer)
                self._node.touched(leg.leg_id)

        # In the background: FreeSWITCH waits for the file's thread, and other calls would wait with it.
        self._node.job(
            f"bgapi uuid_record {leg.leg_id} start {self._where(tape)} 0"
            " {RECORD_STEREO=true,RECORD_MIN_SEC=0,RECORD_PRE_BUFFER_FRAMES=1}",
            came_back,
        )
        try:
            await self._node.until((leg,), lambda: tape.started or bool(refused), RECORD_LIMIT_S)
        except NotInTime:
            refused.append("not in time")
        if refused and leg.tape is tape:
            leg.tape = None
            self._node.recording_closed(tape.part)
            return
        # For the application that comes after us: what this channel is recorded to.
        self._node.api(leg, f"uuid_setvar {leg.leg_id} {RECORDING_VARIABLE} {tape.part.name}")
        if tape.paused:
            self._pause(leg, tape)

    def _pause(self, leg: Leg, tape: Tape) -> None:
        order = "mask" if tape.paused else "unmask"
        self._node.api(leg, f"uuid_record {leg.leg_id} {order} {self._where(tape)}")

    def recording(self, command: PauseRecording | StopRecording, leg: Leg) -> None:
        """Pause or stop the recording that runs on a leg."""
        assert leg.tape is not None
        tape = leg.tape
        match command:
            case PauseRecording():
                tape.paused = command.paused
                if tape.started:
                    self._pause(leg, tape)
            case StopRecording():
                if not tape.closing:
                    tape.closing = True
                    self._post(command, (leg,), partial(self._stop_recording, leg, tape))
            case _:
                assert_never(command)

    async def _stop_recording(self, leg: Leg, tape: Tape) -> None:
        if leg.tape is not tape:
            return
        self._node.api(leg, f"uuid_record {leg.leg_id} stop {self._where(tape)}")
        self._node.api(leg, f"uuid_setvar {leg.leg_id} {RECORDING_VARIABLE}")
        try:
            await self._node.until((leg,), lambda: leg.tape is not tape)
        except NotInTime:
            leg.tape = None
            self._node.recording_closed(tape.part)


def _exists(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False
