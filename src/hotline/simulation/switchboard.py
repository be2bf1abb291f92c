"""The simulated switch: carries out commands on a virtual clock and reports what a real engine would. Knows no people."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from hotline.core import switching as s
from hotline.core.ids import DeviceId, LegId, PlayId, RecordingId
from hotline.core.site import Site
from hotline.core.switching import HangUpBy, HangUpCause, LegKind, LegState
from hotline.simulation.clock import VirtualClock
from hotline.simulation.connections import Connections
from hotline.simulation.plan import Faults

_TURN_S = 0.001
"""How long the switch takes to report the result of a command."""


@dataclass(slots=True, kw_only=True)
class SimulatedLeg:
    """A leg of the simulated switch. `person` is whoever holds the telephone."""

    leg_id: LegId
    kind: LegKind
    state: LegState
    since_s: float
    person: Any = None
    device_id: DeviceId | None = None
    play_id: PlayId | None = None
    endless: bool = False
    recordings: dict[RecordingId, tuple[str, float]] = field(
        default_factory=dict[RecordingId, tuple[str, float]]
    )


Report = Callable[[s.SwitchEvent], None]


class Switchboard:
    """Legs, plays and recordings. What people do with their telephones comes from the `person` of a leg."""

    def __init__(
        self, clock: VirtualClock, site: Site, faults: Faults, chance: Random, report: Report
    ) -> None:
        """Report events through `report`."""
        self.clock = clock
        self.legs: dict[LegId, SimulatedLeg] = {}
        self.connections = Connections()
        self.registered: set[DeviceId] = set()
        self.person_at: dict[DeviceId, Any] = {}
        self.far_ends: Callable[[str], Any] | None = None
        self.faults = faults
        self.chance = chance
        self.up = True
        self._report = report
        self._seconds = {p.path: p.duration_ms / 1_000 for p in site.prompts}
        self._carry_out: dict[type[Any], Callable[[Any], None]] = {
            s.Originate: self._originate,
            s.Answer: self._answer,
            s.Reject: lambda c: self._end(c.leg_id, HangUpBy.LOCAL, HangUpCause.REJECTED),
            s.HangUp: lambda c: self._end(c.leg_id, HangUpBy.LOCAL, HangUpCause.NORMAL),
            s.Play: self._play,
            s.Bridge: self._bridge,
            s.Hold: self._hold,
            s.Unhold: self._connect_leg,
            s.Unbridge: self._connect_leg,
            s.Mute: self._connect_leg,
            s.StopPlay: self._stop_play,
            s.SetRoom: self._set_room,
            s.StartRecording: self._start_recording,
            s.StopRecording: self._stop_recording,
        }

    # ── commands ──

    def execute(self, command: s.SwitchCommand) -> None:
        """Carry out a command, or let it fail as the faults of the plan say."""
        if not self.up:
            return
        if self.faults.failures and self.chance.random() < self.faults.failures:
            self._fail(command, "bad_state")
            return
        carry_out = self._carry_out.get(type(command))
        if carry_out is not None:
            carry_out(command)

    def _fail(self, command: s.SwitchCommand, code: str) -> None:
        leg_id = getattr(command, "leg_id", None)
        name = type(command).__name__
        self.tell(lambda at: s.CommandFailed(at=at, command=name, leg_id=leg_id, code=code))

    def tell(self, make: Callable[[Any], s.SwitchEvent], delay_s: float = _TURN_S) -> None:
        """Report an event after a moment; some are reported twice, as switches do."""
        self.clock.after(delay_s, lambda: self._say(make))
        if self.faults.repeats and self.chance.random() < self.faults.repeats:
            self.clock.after(delay_s + self.chance.random(), lambda: self._say(make))

    def _say(self, make: Callable[[Any], s.SwitchEvent]) -> None:
        if self.up:
            self._report(make(self.clock.at))

    def _originate(self, command: s.Originate) -> None:
        leg_id = command.leg_id
        if leg_id in self.legs:
            return
        device_id = command.to.device_id if isinstance(command.to, s.ToDevice) else None
        person = self.person_at.get(device_id) if device_id is not None else None
        if isinstance(command.to, s.ToTrunk) and self.far_ends is not None:
            person = self.far_ends(command.to.number)
        leg = SimulatedLeg(
            leg_id=leg_id,
            kind=LegKind.TRUNK if device_id is None else LegKind.DEVICE,
            state=LegState.DIALLING,
            since_s=self.clock.now_s,
            person=person,
            device_id=device_id,
        )
        self.legs[leg_id] = leg
        if person is None or (device_id is not None and device_id not in self.registered):
            self._end(leg_id, HangUpBy.FAULT, HangUpCause.UNREACHABLE)
            return
        self.tell(lambda at: s.LegRinging(at=at, leg_id=leg_id))
        self.clock.after(
            command.timeout_s, lambda: self._end_if_dialling(leg_id, HangUpBy.LOCAL, HangUpCause.NO_ANSWER)
        )
        person.rung(leg, auto=command.auto_answer)

    def _end_if_dialling(self, leg_id: LegId, by: HangUpBy, cause: HangUpCause) -> None:
        leg = self.legs.get(leg_id)
        if leg is not None and leg.state is LegState.DIALLING:
            self._end(leg_id, by, cause)

    def _answer(self, command: s.Answer) -> None:
        leg = self.legs.get(command.leg_id)
        if leg is not None and leg.state is LegState.INCOMING:
            leg.state = LegState.UP
            self.tell(lambda at: s.LegAnswered(at=at, leg_id=leg.leg_id))

    def _play(self, command: s.Play) -> None:
        leg = self.legs.get(command.leg_id)
        if leg is None:
            self._fail(command, "no_such_leg")
            return
        self.stop_play(leg)
        self.connections.take(command)
        leg.play_id, leg.endless = command.play_id, command.repeat == 0
        if command.repeat and not (self.faults.silences and self.chance.random() < self.faults.silences):
            length_s = command.repeat * sum(self._seconds.get(sound, 0.0) for sound in command.sounds)
            self.clock.after(length_s, lambda: self._played(leg, command.play_id))
        if leg.person is not None:
            leg.person.hears(leg, command.sounds)

    def stop_play(self, leg: SimulatedLeg) -> None:
        """Whatever the leg plays is cut short."""
        if leg.play_id is not None:
            play_id, leg.play_id = leg.play_id, None
            self.connections.plays.pop(leg.leg_id, None)
            self.tell(lambda at: s.PlayDone(at=at, leg_id=leg.leg_id, play_id=play_id, finished=False))

    def _played(self, leg: SimulatedLeg, play_id: PlayId) -> None:
        if leg.play_id == play_id and leg.leg_id in self.legs:
            leg.play_id = None
            self.connections.plays.pop(leg.leg_id, None)
            self.tell(lambda at: s.PlayDone(at=at, leg_id=leg.leg_id, play_id=play_id, finished=True), 0.0)

    def _bridge(self, command: s.Bridge) -> None:
        one, two = self.legs.get(command.leg_id), self.legs.get(command.peer_id)
        if one is None or two is None:
            self._fail(command, "no_such_leg")
            return
        already = self.connections.peer.get(one.leg_id) == two.leg_id
        self.connections.take(command)
        for leg in (one, two):
            self.stop_play(leg)
        if already:
            return
        for leg in (one, two):
            if leg.person is not None:
                leg.person.connected(leg)

    def _connect_leg(self, command: s.Unhold | s.Unbridge | s.Mute | s.Hold | s.StopPlay) -> None:
        if command.leg_id in self.legs:
            self.connections.take(command)
        else:
            self._fail(command, "no_such_leg")

    def _hold(self, command: s.Hold) -> None:
        if command.leg_id in self.legs and command.leg_id not in self.connections.peer:
            self._fail(command, "bad_state")
        else:
            self._connect_leg(command)

    def _stop_play(self, command: s.StopPlay) -> None:
        self._connect_leg(command)
        if command.leg_id in self.legs:
            self.stop_play(self.legs[command.leg_id])

    def _set_room(self, command: s.SetRoom) -> None:
        there = tuple(member for member in command.members if member.leg_id in self.legs)
        for member in command.members:
            if member not in there:
                missing = member.leg_id
                self.tell(
                    lambda at, leg_id=missing: s.CommandFailed(
                        at=at, command="SetRoom", leg_id=leg_id, code="no_such_leg"
                    )
                )
        self.connections.take(s.SetRoom(room_id=command.room_id, members=there))

    def _start_recording(self, command: s.StartRecording) -> None:
        leg = self.legs.get(command.leg_id)
        if leg is not None:
            leg.recordings.setdefault(command.recording_id, (command.path, self.clock.now_s))

    def _stop_recording(self, command: s.StopRecording) -> None:
        for leg in self.legs.values():
            if command.recording_id in leg.recordings:
                self._recorded(leg, command.recording_id)
                return

    def _recorded(self, leg: SimulatedLeg, recording_id: RecordingId) -> None:
        path, since_s = leg.recordings.pop(recording_id)
        length_ms = round((self.clock.now_s - since_s) * 1_000)
        self.tell(
            lambda at: s.RecordingDone(
                at=at,
                recording_id=recording_id,
                leg_id=leg.leg_id,
                path=path,
                size_bytes=58 + 16 * length_ms,
                duration_ms=length_ms,
                sha256="",
            )
        )

    def peer_of(self, leg: SimulatedLeg) -> LegId | None:
        """Whom the leg is bridged to, held or not."""
        return self.connections.peer.get(leg.leg_id)

    # ── what people do ──

    def call_in(self, leg_id: LegId, person: Any, ani: str, dnis: str) -> SimulatedLeg:
        """A citizen calls."""
        leg = SimulatedLeg(
            leg_id=leg_id,
            kind=LegKind.TRUNK,
            state=LegState.INCOMING,
            since_s=self.clock.now_s,
            person=person,
        )
        self.legs[leg_id] = leg
        self.tell(lambda at: s.LegIncoming(at=at, leg_id=leg_id, kind=LegKind.TRUNK, ani=ani, dnis=dnis), 0.0)
        return leg

    def pick_up(self, leg: SimulatedLeg) -> None:
        """Somebody answers a ringing leg."""
        if leg.leg_id in self.legs and leg.state is LegState.DIALLING:
            leg.state = LegState.UP
            self.tell(lambda at: s.LegAnswered(at=at, leg_id=leg.leg_id), 0.0)

    def hang_up(self, leg: SimulatedLeg, cause: HangUpCause = HangUpCause.NORMAL) -> None:
        """Somebody puts the receiver down (or refuses to take it up)."""
        self._end(leg.leg_id, HangUpBy.REMOTE, cause)

    def break_leg(self, leg: SimulatedLeg, cause: HangUpCause) -> None:
        """A leg's connection is lost."""
        self._end(leg.leg_id, HangUpBy.FAULT, cause)

    def press(self, leg: SimulatedLeg, digit: str) -> None:
        """Somebody presses a key."""
        if leg.leg_id in self.legs:
            self.stop_play(leg)
            self.tell(lambda at: s.DigitPressed(at=at, leg_id=leg.leg_id, digit=digit), 0.0)

    def register(self, device_id: DeviceId) -> None:
        """A telephone is there."""
        self.registered.add(device_id)
        self.tell(lambda at: _registered(device_id, at))

    def unregister(self, device_id: DeviceId) -> None:
        """A telephone is gone, and what rings on it with it."""
        self.registered.discard(device_id)
        self.tell(lambda at: s.DeviceExpired(at=at, device_id=device_id, reason="lost"))

    def _end(self, leg_id: LegId, by: HangUpBy, cause: HangUpCause) -> None:
        leg = self.legs.pop(leg_id, None)
        if leg is None:
            return
        self.stop_play(leg)
        for recording_id in list(leg.recordings):
            self._recorded(leg, recording_id)
        self.connections.gone(leg_id)
        if leg.person is not None:
            leg.person.gone(leg)
        q850 = {HangUpCause.BUSY: 17, HangUpCause.NO_ANSWER: 19}.get(cause, 16)
        self.tell(lambda at: s.LegHungUp(at=at, leg_id=leg_id, by=by, cause=cause, q850=q850))

    # ── the engine itself ──

    def lose_everything(self) -> None:
        """The engine dies: legs and registrations are gone without a word."""
        self.up = False
        for leg in self.legs.values():
            if leg.person is not None:
                leg.person.gone(leg)
        self.legs.clear()
        self.connections = Connections()
        self.registered.clear()
        self._report(s.EngineLost(at=self.clock.at, engine="simulated", reason="fault"))

    def come_back(self) -> None:
        """A new engine is there."""
        self.up = True
        self._report(s.EngineUp(at=self.clock.at, engine="simulated", version="1"))

    def snapshot(self) -> s.SwitchSnapshot:
        """Report what runs now."""
        at = self.clock.at
        return s.SwitchSnapshot(
            at=at,
            engine="simulated",
            version="1",
            legs=tuple(
                s.LegView(
                    leg_id=leg.leg_id,
                    kind=leg.kind,
                    state=leg.state,
                    since=at,
                    peer_id=self.connections.peer.get(leg.leg_id),
                    recording_id=next(iter(leg.recordings), None),
                    device_id=leg.device_id,
                )
                for leg in self.legs.values()
            ),
            devices=tuple(_registered(device_id, at) for device_id in sorted(self.registered)),
        )


def _registered(device_id: DeviceId, at: Any) -> s.DeviceRegistered:
    return s.DeviceRegistered(
        at=at,
        device_id=device_id,
        address="127.0.0.1:5060",
        transport="ws",
        user_agent="simulated",
        expires_s=300,
    )
