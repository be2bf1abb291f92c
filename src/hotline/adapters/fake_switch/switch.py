"""A switch in memory. Telephones are scripts: they ring and answer, refuse, or stay silent, and tests act for the far ends.

Keeps the contract of `ports.switch` in full (one `LegHungUp`, one `PlayDone`, one `RecordingDone`, repeated commands do nothing) and
knows no sound: plays run until they are stopped or a test ends them.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import count
from typing import assert_never

from hotline.core.ids import DeviceId, LegId, PlayId, RecordingId, RoomId, TrunkId
from hotline.core.switching import (
    Answer,
    Bridge,
    Bridged,
    CommandFailed,
    DeviceExpired,
    DeviceRegistered,
    DigitPressed,
    EngineLost,
    EngineUp,
    HangUp,
    HangUpBy,
    HangUpCause,
    Hold,
    LegAnswered,
    LegHungUp,
    LegIncoming,
    LegKind,
    LegRinging,
    LegState,
    LegView,
    Mute,
    Originate,
    PauseRecording,
    Play,
    PlayDone,
    Provision,
    RecordingDone,
    Reject,
    Ring,
    SendDigits,
    SetRoom,
    StartRecording,
    StopPlay,
    StopRecording,
    SwitchCommand,
    SwitchEvent,
    SwitchSnapshot,
    ToDevice,
    Unbridge,
    Unbridged,
    Unhold,
)
from hotline.ports.switch import SwitchUnavailable

EVENTS_MAX = 100_000
ENGINE = "fake"


class ScriptedPhone(StrEnum):
    """What a telephone does when it is called."""

    ANSWERS = "answers"
    RINGS = "rings"
    IS_BUSY = "is_busy"
    IS_DEAD = "is_dead"


@dataclass(slots=True, kw_only=True)
class _Leg:
    view: LegView
    play: PlayId | None = None
    last_play: PlayId | None = None
    stop_on_digit: bool = False
    muted: bool = False
    recordings: dict[RecordingId, str] = field(default_factory=dict[RecordingId, str])


class FakeSwitch:
    """See the module. `now` stamps events."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._events: asyncio.Queue[SwitchEvent] = asyncio.Queue(EVENTS_MAX)
        self._legs: dict[LegId, _Leg] = {}
        self._ended: set[LegId] = set()
        self._known_recordings: set[RecordingId] = set()
        self._numbers = count(1)
        self.phones: dict[DeviceId, ScriptedPhone] = {}
        self._registered: dict[DeviceId, DeviceRegistered] = {}
        self.rooms: dict[RoomId, SetRoom] = {}
        self.provision: Provision | None = None
        self.commands: list[SwitchCommand] = []
        self.up = False
        self.outside_answers = ScriptedPhone.ANSWERS
        """What a number called through a trunk does."""

    # ── The port ─────────────────────────────────────────────────────────────────────────────────────────────

    async def events(self) -> AsyncIterator[SwitchEvent]:
        while True:
            yield await self._events.get()

    async def execute(self, commands: Sequence[SwitchCommand]) -> None:
        if not self.up:
            raise SwitchUnavailable
        for command in commands:
            self.commands.append(command)
            self._take(command)

    async def snapshot(self) -> SwitchSnapshot:
        if not self.up:
            raise SwitchUnavailable
        return SwitchSnapshot(
            at=self._now(),
            engine=ENGINE,
            version="1",
            legs=tuple(
                replace(leg.view, playing=leg.play, recording_id=next(iter(leg.recordings), None))
                for leg in self._legs.values()
            ),
            devices=tuple(self._registered.values()),
        )

    async def close(self) -> None:
        self.up = False

    # ── What tests do for the far ends ───────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """The engine comes up."""
        self.up = True
        self._emit(EngineUp(at=self._now(), engine=ENGINE, version="1"))

    def crash(self) -> None:
        """The engine is gone with everything it had; nothing more is heard of its legs."""
        self.up = False
        self._ended.update(self._legs)
        self._legs.clear()
        self._registered.clear()
        self._emit(EngineLost(at=self._now(), engine=ENGINE, reason="crash"))

    def call_in(
        self, ani: str, dnis: str, *, kind: LegKind = LegKind.TRUNK, trunk_id: str = "trunk"
    ) -> LegId:
        """A party calls."""
        leg_id = LegId(f"fake-in-{next(self._numbers)}")
        trunk = TrunkId(trunk_id) if kind is LegKind.TRUNK else None
        view = LegView(leg_id=leg_id, kind=kind, state=LegState.INCOMING, since=self._now(), trunk_id=trunk)
        self._legs[leg_id] = _Leg(view=view)
        self._emit(LegIncoming(at=self._now(), leg_id=leg_id, kind=kind, ani=ani, dnis=dnis, trunk_id=trunk))
        return leg_id

    def register(self, device_id: DeviceId, phone: ScriptedPhone = ScriptedPhone.ANSWERS) -> None:
        """A telephone registers."""
        self.phones[device_id] = phone
        event = DeviceRegistered(
            at=self._now(),
            device_id=device_id,
            address="127.0.0.1:5062",
            transport="udp",
            user_agent="fake",
            expires_s=3600,
        )
        self._registered[device_id] = event
        self._emit(event)

    def unregister(self, device_id: DeviceId) -> None:
        """A telephone leaves."""
        if self._registered.pop(device_id, None) is not None:
            self._emit(DeviceExpired(at=self._now(), device_id=device_id, reason="left"))

    def pick_up(self, leg_id: LegId) -> None:
        """The far end of a ringing leg answers."""
        leg = self._legs.get(leg_id)
        if leg is not None and leg.view.state is LegState.DIALLING:
            self._set_up(leg)

    def far_end_hangs_up(self, leg_id: LegId, cause: HangUpCause = HangUpCause.NORMAL) -> None:
        """The far end ends a leg."""
        self._end(leg_id, HangUpBy.REMOTE, cause)

    def press(self, leg_id: LegId, digits: str) -> None:
        """The far end presses keys."""
        leg = self._legs[leg_id]
        for digit in digits:
            self._emit(DigitPressed(at=self._now(), leg_id=leg_id, digit=digit))
            if leg.stop_on_digit:
                self._end_play(leg, finished=False)

    def leg(self, leg_id: LegId) -> LegView | None:
        """Return a leg as it is now."""
        found = self._legs.get(leg_id)
        return found.view if found is not None else None

    def legs(self) -> list[LegView]:
        """Return every leg."""
        return [leg.view for leg in self._legs.values()]

    def playing(self, leg_id: LegId) -> bool:
        """Whether something plays to a leg."""
        return leg_id in self._legs and self._legs[leg_id].play is not None

    # ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────

    def _take(self, command: SwitchCommand) -> None:
        match command:
            case Provision():
                self.provision = command
            case SetRoom():
                self.rooms[command.room_id] = command
            case PauseRecording():
                pass
            case StopRecording():
                self._stop_recording(command.recording_id)
            case Originate():
                self._originate(command)
            case _:
                self._take_for_leg(command)

    def _take_for_leg(
        self,
        command: Ring
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
        | StartRecording,
    ) -> None:
        leg = self._legs.get(command.leg_id)
        if leg is None:
            self._fail(command, "no_such_leg")
            return
        match command:
            case Ring() | SendDigits():
                pass
            case Answer():
                if leg.view.state is LegState.INCOMING:
                    self._set_up(leg)
            case Reject():
                self._end(command.leg_id, HangUpBy.LOCAL, HangUpCause.REJECTED, command.sip_status)
            case HangUp():
                self._end(command.leg_id, HangUpBy.LOCAL, HangUpCause.NORMAL)
            case Play():
                self._play(leg, command)
            case StopPlay():
                self._end_play(leg, finished=False)
            case Bridge():
                self._bridge(leg, command)
            case Unbridge():
                self._part(leg)
            case Hold() | Unhold():
                leg.view = replace(leg.view, held=isinstance(command, Hold))
            case Mute():
                leg.muted = command.muted
            case StartRecording():
                self._record(leg, command)
            case _:
                assert_never(command)

    def _originate(self, command: Originate) -> None:
        if command.leg_id in self._legs or command.leg_id in self._ended:
            return
        device_id = command.to.device_id if isinstance(command.to, ToDevice) else None
        view = LegView(
            leg_id=command.leg_id,
            kind=LegKind.DEVICE if device_id else LegKind.TRUNK,
            state=LegState.DIALLING,
            since=self._now(),
            device_id=device_id,
            trunk_id=None if isinstance(command.to, ToDevice) else command.to.trunk_id,
        )
        leg = self._legs[command.leg_id] = _Leg(view=view)
        phone = self._phone(device_id)
        match phone:
            case None:
                self._end(command.leg_id, HangUpBy.FAULT, HangUpCause.UNREACHABLE, 480)
            case ScriptedPhone.IS_BUSY:
                self._end(command.leg_id, HangUpBy.REMOTE, HangUpCause.BUSY, 486)
            case ScriptedPhone.RINGS:
                self._emit(LegRinging(at=self._now(), leg_id=command.leg_id))
            case ScriptedPhone.ANSWERS:
                self._emit(LegRinging(at=self._now(), leg_id=command.leg_id))
                self._set_up(leg)
            case ScriptedPhone.IS_DEAD:
                pass
            case _:
                assert_never(phone)

    def _phone(self, device_id: DeviceId | None) -> ScriptedPhone | None:
        if device_id is None:
            return self.outside_answers
        return self.phones.get(device_id) if device_id in self._registered else None

    def _set_up(self, leg: _Leg) -> None:
        leg.view = replace(leg.view, state=LegState.UP)
        self._emit(LegAnswered(at=self._now(), leg_id=leg.view.leg_id))

    def _play(self, leg: _Leg, command: Play) -> None:
        if command.play_id == leg.last_play:
            return
        self._end_play(leg, finished=False)
        leg.play = leg.last_play = command.play_id
        leg.stop_on_digit = command.stop_on_digit

    def _end_play(self, leg: _Leg, *, finished: bool) -> None:
        play, leg.play, leg.stop_on_digit = leg.play, None, False
        if play is not None:
            done = PlayDone(at=self._now(), leg_id=leg.view.leg_id, play_id=play, finished=finished)
            self._emit(done)

    def _bridge(self, leg: _Leg, command: Bridge) -> None:
        peer = self._legs.get(command.peer_id)
        if peer is None:
            self._fail(command, "no_such_leg")
            return
        if leg.view.peer_id == command.peer_id:
            return
        for one, other in ((leg, peer), (peer, leg)):
            self._part(one)
            self._end_play(one, finished=False)
            one.view = replace(one.view, peer_id=other.view.leg_id, held=False)
        self._emit(Bridged(at=self._now(), leg_id=command.leg_id, peer_id=command.peer_id))

    def _part(self, leg: _Leg) -> None:
        peer_id = leg.view.peer_id
        if peer_id is None:
            return
        leg.view = replace(leg.view, peer_id=None)
        if (peer := self._legs.get(peer_id)) is not None and peer.view.peer_id == leg.view.leg_id:
            peer.view = replace(peer.view, peer_id=None)
        self._emit(Unbridged(at=self._now(), leg_id=leg.view.leg_id, peer_id=peer_id))

    def _record(self, leg: _Leg, command: StartRecording) -> None:
        if command.recording_id not in self._known_recordings:
            self._known_recordings.add(command.recording_id)
            leg.recordings[command.recording_id] = command.path

    def _stop_recording(self, recording_id: RecordingId) -> None:
        for leg in self._legs.values():
            if (path := leg.recordings.pop(recording_id, None)) is not None:
                self._emit(
                    RecordingDone(
                        at=self._now(),
                        recording_id=recording_id,
                        leg_id=leg.view.leg_id,
                        path=path,
                        size_bytes=58,
                        duration_ms=0,
                        sha256="0" * 64,
                    )
                )

    def _end(self, leg_id: LegId, by: HangUpBy, cause: HangUpCause, sip_status: int = 0) -> None:
        leg = self._legs.get(leg_id)
        if leg is None:
            return
        self._end_play(leg, finished=False)
        self._part(leg)
        for recording_id in list(leg.recordings):
            self._stop_recording(recording_id)
        del self._legs[leg_id]
        self._ended.add(leg_id)
        self._emit(LegHungUp(at=self._now(), leg_id=leg_id, by=by, cause=cause, sip_status=sip_status))

    def _fail(self, command: SwitchCommand, code: str) -> None:
        leg_id: LegId | None = getattr(command, "leg_id", None)
        self._emit(CommandFailed(at=self._now(), command=type(command).__name__, leg_id=leg_id, code=code))

    def _emit(self, event: SwitchEvent) -> None:
        self._events.put_nowait(event)
