"""One FreeSWITCH: its legs, what changes with them and is reported then, and the way to order something done.

What its events say is read in `hearing`, commands are carried out in `actions`, stock is taken after a reconnect in `adoption`.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from hotline.adapters.freeswitch.connection import Link, LinkTiming, OnReply, Reply
from hotline.adapters.freeswitch.lanes import Lanes
from hotline.adapters.freeswitch.legs import Leg, Playing, Room
from hotline.adapters.freeswitch.orders import Part
from hotline.adapters.freeswitch.recordings import Closed, Recordings
from hotline.adapters.freeswitch.translate import Admission
from hotline.adapters.freeswitch.waiting import Waiting
from hotline.core.ids import DeviceId, LegId, PlayId, RecordingId, RoomId
from hotline.core.switching import (
    Bridged,
    CommandFailed,
    DeviceExpired,
    DeviceRegistered,
    HangUpBy,
    HangUpCause,
    LegAnswered,
    LegHungUp,
    LegState,
    PlayDone,
    RecordingDone,
    SwitchEvent,
    Unbridged,
)
from hotline.wire import esl

log = structlog.stdlib.get_logger(__name__)

ENDED_MAX = 8_192
HELD_VARIABLE = "hotline_held"
"""On a held channel: from whom, for the application that comes after us."""
VANISHED_S = 1.0
"""A channel that FreeSWITCH no longer knows has this long to be reported as ended in the usual way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSettings:
    """What a node is told. `sounds_at` is the data folder as FreeSWITCH sees it."""

    data: Path
    sounds_at: str
    password: str
    now: Callable[[], datetime]
    timing: LinkTiming


class Node:
    """The legs of one FreeSWITCH. `emit` gets our events."""

    def __init__(
        self,
        address: tuple[str, int],
        settings: NodeSettings,
        *,
        emit: Callable[[SwitchEvent], None],
        admission: Admission,
        recordings: Recordings,
    ) -> None:
        self.address = address
        self.settings = settings
        self.emit = emit
        self.now = settings.now
        self.admission = admission
        self.recordings = recordings
        self.link: Link | None = None
        self.legs: dict[LegId, Leg] = {}
        self.rooms: dict[RoomId, Room] = {}
        self.ended: OrderedDict[LegId, None] = OrderedDict()
        self.devices: dict[DeviceId, DeviceRegistered] = {}
        self.contacts: dict[DeviceId, str] = {}
        self.core_uuid = ""
        self.version = ""
        self.known_recordings: OrderedDict[RecordingId, None] = OrderedDict()
        self._closed: OrderedDict[RecordingId, None] = OrderedDict()
        self.is_lost: Callable[[LegId], bool] = lambda leg_id: leg_id not in self.legs
        """Whether no node has a leg."""
        self.when_quiet: Callable[[Leg], None] = lambda _leg: None
        """Told of a leg whose prompt ended."""
        self.lanes = Lanes()
        self.jobs: dict[str, Callable[[str], None]] = {}
        waiting = Waiting()
        self.until = waiting.until
        self.touched = waiting.touched

    # ── Orders ──────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def up(self) -> bool:
        """Whether the node can be spoken to."""
        return self.link is not None and self.link.up

    def send(self, data: bytes, on_reply: OnReply | None = None) -> bool:
        """Write a command."""
        return self.link is not None and self.link.send(data, on_reply)

    def api(self, leg: Leg, line: str) -> None:
        """Run an API command on a leg; when FreeSWITCH says that there is no such channel, the leg is as good as gone."""
        self.send(esl.command(f"api {line}"), lambda reply: self._check(leg, reply))

    def execute(self, leg: Leg, application: str, argument: str, name: str = "", loops: int = 1) -> None:
        """Run an application on a leg."""
        self.send(
            esl.execute(str(leg.leg_id), application, argument, name, loops=loops),
            lambda reply: self._check(leg, reply),
        )

    def job(self, line: str, on_result: Callable[[str], None]) -> None:
        """Run something that takes its time; `on_result` gets its text."""

        def began(reply: Reply | None) -> None:
            if isinstance(reply, esl.CommandReply) and reply.job:
                self.jobs[reply.job] = on_result
            elif reply is not None:
                on_result(reply.text)

        self.send(esl.command(line), began)

    def _check(self, leg: Leg, reply: Reply | None) -> None:
        if reply is None or reply.ok or leg.over:
            return
        text = reply.text
        if "No such channel" in text or "invalid session" in text or "Invalid uuid" in text:
            asyncio.get_running_loop().call_later(VANISHED_S, self.vanished, leg)
        else:
            log.warning("freeswitch_refused", answer=text[:80])

    def vanished(self, leg: Leg) -> None:
        """FreeSWITCH does not have the channel any more; its end was not reported."""
        if leg.over or (leg.state is LegState.DIALLING and not leg.created):
            return
        if (ordered := leg.ordered) is not None:
            self.end_leg(
                leg, by=HangUpBy.LOCAL, cause=ordered.cause, sip_status=ordered.sip_status, q850=ordered.q850
            )
        else:
            self.end_leg(leg, by=HangUpBy.REMOTE, cause=HangUpCause.NORMAL)

    def failed(self, command: object, leg_id: LegId | None, code: str, detail: str = "") -> None:
        """Report that a command could not be carried out."""
        self.emit(
            CommandFailed(
                at=self.now(), command=type(command).__name__, leg_id=leg_id, code=code, detail=detail
            )
        )

    # ── Events ──────────────────────────────────────────────────────────────────────────────────────────────

    def answered(self, leg: Leg) -> None:
        """The leg is up."""
        if leg.state is LegState.UP:
            return
        leg.state, leg.since, leg.with_media = LegState.UP, self.now(), True
        if leg.deadline is not None:
            leg.deadline.cancel()
            leg.deadline = None
        self.emit(LegAnswered(at=leg.since, leg_id=leg.leg_id))

    # ── Together and apart ──────────────────────────────────────────────────────────────────────────────────

    def together(self, one: Leg, other: Leg) -> None:
        """Audio runs between two legs: news unless they only came back from hold."""
        news = one.peer_id != other.leg_id or other.peer_id != one.leg_id
        if news:
            for leg in (one, other):
                self.part(leg)
        one.peer_id, other.peer_id = other.leg_id, one.leg_id
        for leg in (one, other):
            if leg.held:
                self.api(leg, f"uuid_setvar {leg.leg_id} {HELD_VARIABLE}")
            leg.held, leg.music = False, ()
        if news:
            self.emit(Bridged(at=self.now(), leg_id=one.leg_id, peer_id=other.leg_id))

    def apart(self, leg: Leg) -> None:
        """FreeSWITCH connects the leg with nobody any more."""
        other = self.legs.get(leg.bridged_with) if leg.bridged_with is not None else None
        leg.bridged_with = None
        self.among_people(leg, 0, with_people=False)
        self._end_displacing(leg)
        if other is not None and other.bridged_with == leg.leg_id:
            self.apart(other)
            self.touched(other.leg_id)
        peer = self.legs.get(leg.peer_id) if leg.peer_id is not None else None
        if not leg.held and (peer is None or not peer.held):
            self.part(leg)

    def _end_displacing(self, leg: Leg) -> None:
        """Sounds over a conversation end with it; left alone they would come back with the next one."""
        playing = leg.playing
        if playing is not None and playing.displacing:
            if not leg.over:
                self.stop_sound(leg, playing)
            self.play_ended(leg, playing, finished=False)

    def part(self, leg: Leg) -> None:
        """The leg belongs to nobody any more. Music goes on: the one who waits must not fall into silence."""
        peer_id, leg.peer_id = leg.peer_id, None
        if peer_id is None:
            return
        peer = self.legs.get(peer_id)
        if peer is not None and peer.peer_id == leg.leg_id:
            peer.peer_id = None
        self.emit(Unbridged(at=self.now(), leg_id=leg.leg_id, peer_id=peer_id))

    def among_people(self, leg: Leg, at_us: int, *, with_people: bool) -> None:
        """Note for the recording whether what the leg hears is people. `at_us` is FreeSWITCH's clock, 0 for ours."""
        if leg.with_people is with_people:
            return
        leg.with_people = with_people
        if leg.tape is not None:
            at_us = at_us or int(self.now().timestamp() * 1_000_000)
            self.recordings.mark(leg.tape.part, at_us, "on" if with_people else "off")

    def left_room(self, leg: Leg) -> None:
        room, leg.room, leg.member = leg.room, None, ""
        if room is None:
            return
        self._end_displacing(leg)
        room.members.pop(leg.leg_id, None)
        room.deaf = {pair for pair in room.deaf if leg.leg_id not in pair}
        self.among_people(leg, 0, with_people=False)
        if not room.members and self.rooms.get(room.room_id) is room:
            del self.rooms[room.room_id]

    # ── Sound ───────────────────────────────────────────────────────────────────────────────────────────────

    def stop_sound(self, leg: Leg, playing: Playing) -> None:
        """Order a play to end; `_on_execute_complete` or `_on_bug_stop` tells when it has."""
        playing.stopping = True
        if playing.displacing:
            self.api(leg, f"uuid_displace {leg.leg_id} stop {playing.argument}")
        else:
            self.api(leg, f"uuid_break {leg.leg_id} all")

    def play_ended(self, leg: Leg, playing: Playing, *, finished: bool) -> None:
        """A play is over."""
        if leg.playing is playing:
            leg.playing = None
        if playing.displacing:
            self.hush(leg, hushed=False)
        if playing.play_id is not None:
            self.play_done(leg, playing.play_id, finished=finished)
            self.when_quiet(leg)

    def play_done(self, leg: Leg, play_id: PlayId, *, finished: bool) -> None:
        """Report the end of a play, once."""
        if play_id in leg.owed:
            del leg.owed[play_id]
            self.emit(PlayDone(at=self.now(), leg_id=leg.leg_id, play_id=play_id, finished=finished))

    def hush(self, leg: Leg, *, hushed: bool) -> None:
        """Let the leg's peer fall silent for it while sounds run over the conversation."""
        peer = self.legs.get(leg.bridged_with) if leg.bridged_with is not None else None
        if peer is not None:
            peer.hushed = hushed
            self.sync_mute(peer)

    def sync_mute(self, leg: Leg) -> None:
        """Make FreeSWITCH drop what the leg says, or let it pass."""
        silent = leg.muted or leg.hushed
        if silent is not leg.silent:
            leg.silent = silent
            order = "start read mute 1" if silent else "stop"
            self.api(leg, f"uuid_audio {leg.leg_id} {order}")

    # ── Recordings ──────────────────────────────────────────────────────────────────────────────────────────

    def recording_closed(self, part: Part, error: str = "") -> None:
        """FreeSWITCH writes no more (or never did, for `error`): make the final file and report it."""
        if part.recording_id in self._closed:
            return
        self._closed[part.recording_id] = None
        if len(self._closed) > ENDED_MAX:
            self._closed.popitem(last=False)

        def done(closed: Closed) -> None:
            self.emit(
                RecordingDone(
                    at=self.now(),
                    recording_id=part.recording_id,
                    leg_id=part.leg_id,
                    path=closed.path,
                    size_bytes=closed.size_bytes,
                    duration_ms=closed.duration_ms,
                    sha256=closed.sha256,
                    error=closed.error or error,
                )
            )

        self.recordings.finish(part, done)

    # ── The end of legs, telephones, jobs ───────────────────────────────────────────────────────────────────

    def end_leg(
        self, leg: Leg, *, by: HangUpBy, cause: HangUpCause, sip_status: int = 0, q850: int = 16
    ) -> None:
        """A leg is gone without an event that says so."""
        now = self.now()
        self.over(
            leg,
            LegHungUp(at=now, leg_id=leg.leg_id, by=by, cause=cause, sip_status=sip_status, q850=q850),
        )

    def over(self, leg: Leg, ended: LegHungUp) -> None:
        """Report the end of a leg and of everything on it, once, in an order that tells the story."""
        if leg.over:
            return
        leg.over = True
        if leg.deadline is not None:
            leg.deadline.cancel()
        if leg.playing is not None:
            self.play_ended(leg, leg.playing, finished=False)
        for play_id in list(leg.owed):
            self.play_done(leg, play_id, finished=False)
        leg.held = False
        self.apart(leg)
        self.part(leg)
        self.left_room(leg)
        if leg.tape is not None:
            tape, leg.tape = leg.tape, None
            if ended.cause is HangUpCause.ENGINE_FAULT:
                self.recording_closed(tape.part)
            else:  # FreeSWITCH may still be closing the file, and says so when it has
                asyncio.get_running_loop().call_later(VANISHED_S, self.recording_closed, tape.part)
        self.legs.pop(leg.leg_id, None)
        self.remember(leg.leg_id)
        self.emit(ended)
        self.touched(leg.leg_id)

    def remember(self, leg_id: LegId) -> None:
        """Keep in mind that a leg is over, within bounds."""
        self.ended[leg_id] = None
        if len(self.ended) > ENDED_MAX:
            self.ended.popitem(last=False)

    def lost(self) -> None:
        """The node is gone, and its legs with it."""
        for leg in list(self.legs.values()):
            self.end_leg(leg, by=HangUpBy.FAULT, cause=HangUpCause.ENGINE_FAULT, q850=41)
        for device_id in list(self.devices):
            self.gone(device_id, "engine_lost")
        self.rooms.clear()
        self.jobs.clear()
        self.core_uuid = ""

    def gone(self, device_id: DeviceId, reason: str) -> None:
        """A telephone is no longer registered."""
        self.contacts.pop(device_id, None)
        if self.devices.pop(device_id, None) is not None:
            self.emit(DeviceExpired(at=self.now(), device_id=device_id, reason=reason))
