"""One FreeSWITCH: its legs as its events tell of them, and the way to order something done.

Translates events into ours and keeps the port's promises whatever the event socket does: doubled, late, missing and disordered events
change nothing twice. Orders are in `actions`, taking stock after a reconnect in `adoption`.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from hotline.adapters.freeswitch import translate
from hotline.adapters.freeswitch.connection import Link, LinkTiming, OnReply, Reply
from hotline.adapters.freeswitch.lanes import Lanes
from hotline.adapters.freeswitch.legs import Leg, Playing, Room, Tape
from hotline.adapters.freeswitch.orders import Part, part_of
from hotline.adapters.freeswitch.recordings import Closed, Recordings
from hotline.adapters.freeswitch.translate import Admission, Caller, Event
from hotline.core.ids import DeviceId, LegId, PlayId, RecordingId, RoomId
from hotline.core.switching import (
    Bridged,
    CommandFailed,
    DeviceExpired,
    DeviceRegistered,
    DigitPressed,
    HangUpBy,
    HangUpCause,
    LegAnswered,
    LegHungUp,
    LegIncoming,
    LegKind,
    LegRefused,
    LegRinging,
    LegState,
    PlayDone,
    RecordingDone,
    RemoteHold,
    SwitchEvent,
    TransferRequested,
    Unbridged,
)
from hotline.wire import esl
from hotline.wire.sip.causes import q850_of_status

log = structlog.stdlib.get_logger(__name__)

ENDED_MAX = 8_192
SEEN_MAX = 8_192
EARLY_MAX = 2_000
HELD_VARIABLE = "hotline_held"
"""On a held channel: from whom, for the application that comes after us."""
VANISHED_S = 1.0
"""A channel that FreeSWITCH no longer knows has this long to be reported as ended in the usual way."""
MOVE_LIMIT_S = 3.0
"""How long FreeSWITCH may take for one step (park, bridge, join)."""


class LegGone(Exception):
    """A leg ended while something was being done with it."""


class NotInTime(Exception):
    """FreeSWITCH did not do in time what it said it would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSettings:
    """What a node is told. `sounds_at` is the data folder as FreeSWITCH sees it."""

    data: Path
    sounds_at: str
    password: str
    now: Callable[[], datetime]
    timing: LinkTiming


@dataclass(slots=True, eq=False)
class _Waiter:
    legs: tuple[Leg, ...]
    condition: Callable[[], bool]
    future: asyncio.Future[None]
    gone: bool

    def look(self) -> bool:
        """Whether the wait is over."""
        if self.future.done():
            return True
        if self.condition():
            self.future.set_result(None)
        elif self.gone and any(leg.over for leg in self.legs):
            self.future.set_exception(LegGone())
        return self.future.done()


class Node:
    """The legs of one FreeSWITCH. `emit` gets our events; `allowed` says how many more legs a caller may have."""

    def __init__(
        self,
        address: tuple[str, int],
        settings: NodeSettings,
        *,
        emit: Callable[[SwitchEvent], None],
        admission: Admission,
        recordings: Recordings,
        full: Callable[[Caller], bool],
    ) -> None:
        self.address = address
        self.settings = settings
        self.emit = emit
        self.now = settings.now
        self.admission = admission
        self.recordings = recordings
        self._full = full
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
        self._early: dict[LegId, Event] = {}
        self.is_lost: Callable[[LegId], bool] = lambda leg_id: leg_id not in self.legs
        """Whether no node has a leg."""
        self.when_quiet: Callable[[Leg], None] = lambda _leg: None
        """Told of a leg whose prompt ended."""
        self.lanes = Lanes()
        self._jobs: dict[str, Callable[[str], None]] = {}
        self._waiters: dict[LegId, list[_Waiter]] = {}
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._handlers: dict[str, Callable[[Event], None]] = {
            "CHANNEL_CREATE": self._on_create,
            "CHANNEL_PARK": self._on_park,
            "CHANNEL_PROGRESS": self._on_progress,
            "CHANNEL_PROGRESS_MEDIA": self._on_progress,
            "CHANNEL_ANSWER": self._on_answer,
            "CHANNEL_BRIDGE": self._on_bridge,
            "CHANNEL_UNBRIDGE": self._on_unbridge,
            "CHANNEL_HANGUP_COMPLETE": self._on_hangup,
            "CHANNEL_EXECUTE": self._on_execute,
            "CHANNEL_EXECUTE_COMPLETE": self._on_execute_complete,
            "CHANNEL_HOLD": self._on_remote_hold,
            "CHANNEL_UNHOLD": self._on_remote_hold,
            "DTMF": self._on_dtmf,
            "RECORD_START": self._on_record_start,
            "RECORD_STOP": self._on_record_stop,
            "MEDIA_BUG_STOP": self._on_bug_stop,
            "BACKGROUND_JOB": self._on_job,
            "sofia::register": self._on_register,
            "sofia::unregister": self._on_unregister,
            "sofia::expire": self._on_unregister,
            "conference::maintenance": self._on_conference,
        }

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
                self._jobs[reply.job] = on_result
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
        if not leg.over and (leg.created or leg.state is not LegState.DIALLING):
            self.end_leg(leg, by=HangUpBy.REMOTE, cause=HangUpCause.NORMAL)

    async def until(
        self,
        legs: Iterable[Leg],
        condition: Callable[[], bool],
        limit_s: float = MOVE_LIMIT_S,
        *,
        gone: bool = True,
    ) -> None:
        """Wait for something that events of these legs bring about. Without `gone` the end of a leg is no hindrance.

        Raises:
            LegGone: one of the legs ended first.
            NotInTime: it did not come about.
        """
        waiter = _Waiter(tuple(legs), condition, asyncio.get_running_loop().create_future(), gone)
        if not waiter.look():
            for leg in waiter.legs:
                self._waiters.setdefault(leg.leg_id, []).append(waiter)
        try:
            async with asyncio.timeout(limit_s):
                await waiter.future
        except TimeoutError:
            raise NotInTime from None

    def touched(self, leg_id: LegId) -> None:
        """Something changed for a leg: let those look who wait."""
        waiters = self._waiters.pop(leg_id, None)
        if waiters and (left := [waiter for waiter in waiters if not waiter.look()]):
            self._waiters[leg_id] = left

    def failed(self, command: object, leg_id: LegId | None, code: str, detail: str = "") -> None:
        """Report that a command could not be carried out."""
        self.emit(
            CommandFailed(
                at=self.now(), command=type(command).__name__, leg_id=leg_id, code=code, detail=detail
            )
        )

    # ── Events ──────────────────────────────────────────────────────────────────────────────────────────────

    def on_event(self, event: dict[str, Any]) -> None:
        """Take an event. A bug in here costs this event, not the node."""
        sequence = event.get("Event-Sequence", "")
        if sequence:
            if sequence in self._seen:
                return
            self._seen[sequence] = None
            if len(self._seen) > SEEN_MAX:
                self._seen.popitem(last=False)
        name = event.get("Event-Name", "")
        handler = self._handlers.get(event.get("Event-Subclass", "") if name == "CUSTOM" else name)
        if handler is None:
            return
        try:
            handler(event)
        except Exception:
            log.exception("freeswitch_event_failed", event_name=name)
        leg_id = event.get("Unique-ID")
        if leg_id:
            self.touched(leg_id)

    def _leg(self, event: Event) -> Leg | None:
        return self.legs.get(LegId(event.get("Unique-ID", "")))

    def _on_create(self, event: Event) -> None:
        leg = self._leg(event)
        if leg is not None:
            leg.created = True
            if leg.ordered is not None:
                self.api(leg, f"uuid_kill {leg.leg_id} {leg.ordered.q850}")

    def _on_park(self, event: Event) -> None:
        leg = self._leg(event)
        if leg is None:
            if event.get("Call-Direction") == "inbound" and event.get("Answer-State") == "ringing":
                self.incoming(event)
            return
        leg.created = True
        if event.get("variable_hotline_from") == "transfer" and leg.peer_id is not None and not leg.held:
            target = event.get("Caller-Destination-Number", "")
            self.emit(TransferRequested(at=self.now(), leg_id=leg.peer_id, target=target))
        if _sequence(event) < leg.bridged_seq:
            return
        leg.parked = True
        self.apart(leg)
        self._left_room(leg)

    def incoming(self, event: Event) -> None:
        """A new channel waits for us."""
        leg_id = LegId(event.get("Unique-ID", ""))
        if not leg_id or leg_id in self.ended:
            return
        if not self.admission.ready:  # nobody can say yet who calls; the directory comes right after we are up
            if len(self._early) < EARLY_MAX:
                self._early[leg_id] = event
            return
        caller = self.admission.caller(event)
        refused = caller.refused or (503 if self._full(caller) else 0)
        if refused:
            self._turn_away(leg_id, caller, refused)
            return
        # We are here: the dialplan's 503 for calls that nobody attends to is called off, before anything else is ordered.
        self.send(esl.command(f"api sched_del {leg_id}"))
        now = self.now()
        self.legs[leg_id] = Leg(
            leg_id=leg_id,
            kind=caller.kind,
            state=LegState.INCOMING,
            since=now,
            device_id=caller.device_id,
            trunk_id=caller.trunk_id,
            created=True,
            parked=True,
            keys_end_plays=False if event.get("variable_playback_terminators") == "none" else None,
        )
        self.emit(
            LegIncoming(
                at=now,
                leg_id=leg_id,
                kind=caller.kind,
                ani=caller.ani,
                dnis=caller.dnis,
                trunk_id=caller.trunk_id,
                device_id=caller.device_id,
                test=caller.test,
            )
        )

    def provisioned(self) -> None:
        """The directory has come: look again at those nobody could place."""
        early, self._early = self._early, {}
        for leg_id, event in early.items():
            leg = self.legs.get(leg_id)
            if leg is None:
                self.incoming(event)
            else:
                caller = self.admission.caller(event)
                leg.kind, leg.trunk_id, leg.device_id = caller.kind, caller.trunk_id, caller.device_id

    def place_later(self, leg_id: LegId, about: Event) -> None:
        """A leg was taken over before the directory came."""
        if not self.admission.ready and len(self._early) < EARLY_MAX:
            self._early[leg_id] = about

    def _turn_away(self, leg_id: LegId, caller: Caller, status: int) -> None:
        self.remember(leg_id)
        self.send(esl.execute(str(leg_id), "respond", str(status)))
        if caller.kind is LegKind.DEVICE or (caller.kind is LegKind.TRUNK and caller.trunk_id is None):
            return
        self.emit(
            LegRefused(
                at=self.now(),
                leg_id=leg_id,
                kind=caller.kind,
                ani=caller.ani,
                dnis=caller.dnis,
                sip_status=status,
                q850=q850_of_status(status),
                trunk_id=caller.trunk_id,
                test=caller.test,
            )
        )

    def _on_progress(self, event: Event) -> None:
        leg = self._leg(event)
        if leg is None:
            return
        early = event.get("Event-Name") == "CHANNEL_PROGRESS_MEDIA"
        leg.with_media = leg.with_media or early
        if leg.state is LegState.DIALLING:
            self.emit(LegRinging(at=self.now(), leg_id=leg.leg_id, early_media=early))

    def _on_answer(self, event: Event) -> None:
        leg = self._leg(event)
        if leg is not None:
            self.answered(leg)

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

    def _on_bridge(self, event: Event) -> None:
        one = self.legs.get(LegId(event.get("Bridge-A-Unique-ID", "")))
        other = self.legs.get(LegId(event.get("Bridge-B-Unique-ID", "")))
        if one is None or other is None:
            return
        at_us = translate.number(event, "Event-Date-Timestamp")
        for leg, peer in ((one, other), (other, one)):
            leg.bridged_with, leg.bridged_seq, leg.parked = peer.leg_id, _sequence(event), False
            self._left_room(leg)
            self.among_people(leg, at_us, with_people=True)
        self.together(one, other)
        for leg in (one, other):
            self.touched(leg.leg_id)

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

    def _on_unbridge(self, event: Event) -> None:
        one = self.legs.get(LegId(event.get("Bridge-A-Unique-ID", "")))
        if one is not None and _sequence(event) >= one.bridged_seq:
            self.apart(one)

    def apart(self, leg: Leg) -> None:
        """FreeSWITCH connects the leg with nobody any more."""
        other = self.legs.get(leg.bridged_with) if leg.bridged_with is not None else None
        leg.bridged_with = None
        self.among_people(leg, 0, with_people=False)
        self._end_displacing(leg)
        if other is not None and other.bridged_with == leg.leg_id:
            self.apart(other)
            self.touched(other.leg_id)
        if leg.peer_id is not None and not leg.held and (other is None or not other.held):
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

    def _on_conference(self, event: Event) -> None:
        leg = self._leg(event)
        if leg is None or leg.room is None or event.get("Conference-Name") != leg.room.name:
            return
        match event.get("Action"):
            case "add-member":
                leg.member, leg.parked = event.get("Member-ID", ""), False
            case "del-member" if event.get("Member-ID") == leg.member:
                self._left_room(leg)
            case _:
                pass

    def _left_room(self, leg: Leg) -> None:
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

    def _on_dtmf(self, event: Event) -> None:
        leg = self._leg(event)
        if leg is None:
            return
        digit = event.get("DTMF-Digit", "")
        self.emit(DigitPressed(at=self.now(), leg_id=leg.leg_id, digit=digit))
        playing = leg.playing
        if playing is not None and playing.stop_on_digit and (playing.endless or playing.displacing):
            self.stop_sound(leg, playing)

    def stop_sound(self, leg: Leg, playing: Playing) -> None:
        """Order a play to end; `_on_execute_complete` or `_on_bug_stop` tells when it has."""
        playing.stopping = True
        if playing.displacing:
            self.api(leg, f"uuid_displace {leg.leg_id} stop {playing.argument}")
        else:
            self.api(leg, f"uuid_break {leg.leg_id} all")

    def _on_execute(self, event: Event) -> None:
        leg = self._leg(event)
        if leg is not None and leg.playing is not None and leg.playing.name == event.get("Application-UUID"):
            leg.playing.started = True

    def _on_execute_complete(self, event: Event) -> None:
        leg = self._leg(event)
        if leg is None:
            return
        if event.get("Application") == "conference" and leg.room is not None:
            self._left_room(leg)
            leg.parked = True
            return
        playing = leg.playing
        if playing is None or playing.name != event.get("Application-UUID"):
            return
        answer = event.get("variable_current_application_response", "")
        interrupted = (
            playing.stopping
            or bool(event.get("variable_playback_terminator_used"))
            or event.get("Answer-State") == "hangup"
        )
        if answer == "FILE PLAYED" and playing.endless and not interrupted:
            return  # the next round begins
        if answer != "FILE PLAYED" and not interrupted:
            self.failed(playing.command, leg.leg_id, "no_file")
        self.play_ended(leg, playing, finished=answer == "FILE PLAYED" and not interrupted)

    def _on_bug_stop(self, event: Event) -> None:
        leg = self._leg(event)
        playing = leg.playing if leg is not None else None
        if leg is None or playing is None or not playing.displacing:
            return
        if event.get("Media-Bug-Function") == "displace" and event.get("Media-Bug-Target") in {
            None, playing.argument,
        }:  # fmt: skip
            self.play_ended(leg, playing, finished=not playing.stopping)

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

    def _on_remote_hold(self, event: Event) -> None:
        leg = self._leg(event)
        if leg is not None:
            held = event.get("Event-Name") == "CHANNEL_HOLD"
            self.emit(RemoteHold(at=self.now(), leg_id=leg.leg_id, held=held))

    # ── Recordings ──────────────────────────────────────────────────────────────────────────────────────────

    def _tape(self, event: Event) -> tuple[Leg, Tape] | None:
        leg = self._leg(event)
        if leg is None or leg.tape is None:
            return None
        named = event.get("Record-File-Path", "").rpartition("/")[2] == leg.tape.part.name
        return (leg, leg.tape) if named else None

    def _on_record_start(self, event: Event) -> None:
        found = self._tape(event)
        if found is not None:
            leg, tape = found
            tape.started = True
            at_us = translate.number(event, "Event-Date-Timestamp")
            self.recordings.mark(tape.part, at_us, "start")
            self.recordings.mark(tape.part, at_us, "on" if leg.with_people else "off")

    def _on_record_stop(self, event: Event) -> None:
        part = part_of(event.get("Record-File-Path", ""))
        if part is None:
            return
        leg = self.legs.get(part.leg_id)
        if leg is not None and leg.tape is not None and leg.tape.part == part:
            leg.tape = None
        self.recording_closed(part)

    def recording_closed(self, part: Part) -> None:
        """FreeSWITCH writes no more: make the final file and report it."""
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
                    error=closed.error,
                )
            )

        self.recordings.finish(part, done)

    # ── The end of legs, telephones, jobs ───────────────────────────────────────────────────────────────────

    def _on_hangup(self, event: Event) -> None:
        leg = self._leg(event)
        if leg is None:
            self._early.pop(LegId(event.get("Unique-ID", "")), None)
            self.remember(LegId(event.get("Unique-ID", "")))
            return
        ended = translate.hung_up(
            event, leg.leg_id, self.now(), answered=leg.state is LegState.UP, ordered=leg.ordered
        )
        self.over(leg, ended)

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
        self._left_room(leg)
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
        self._jobs.clear()
        self._seen.clear()
        self.core_uuid = ""

    def _on_job(self, event: Event) -> None:
        on_result = self._jobs.pop(event.get("Job-UUID", ""), None)
        if on_result is not None:
            on_result(event.get("_body", "").strip())

    def _on_register(self, event: Event) -> None:
        device = translate.registered(event, self.now())
        if device is not None:
            self.devices[device.device_id] = device
            self.contacts[device.device_id] = event.get("contact", "")
            self.emit(device)

    def _on_unregister(self, event: Event) -> None:
        user = event.get("from-user") or event.get("user") or event.get("to-user", "")
        left = event.get("Event-Subclass") == "sofia::unregister"
        self.gone(translate.device_of(user), "left" if left else "expired")

    def gone(self, device_id: DeviceId, reason: str) -> None:
        """A telephone is no longer registered."""
        self.contacts.pop(device_id, None)
        if self.devices.pop(device_id, None) is not None:
            self.emit(DeviceExpired(at=self.now(), device_id=device_id, reason=reason))


def _sequence(event: Event) -> int:
    return translate.number(event, "Event-Sequence")
