"""The commands of the switch port, carried out on the legs of the embedded engine.

Signalling goes through the steps of a leg; sound goes straight to the media plane unless such steps come before it.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import Protocol, assert_never

from hotline.adapters.embedded.audio_port import MediaCommand
from hotline.adapters.embedded.sip_admission import Admission
from hotline.adapters.embedded.sip_devices import Devices
from hotline.adapters.embedded.sip_incoming import IncomingLeg
from hotline.adapters.embedded.sip_leg import Exchange, Leg
from hotline.adapters.embedded.sip_outgoing import OutgoingLeg
from hotline.core.ids import LegId, TrunkId
from hotline.core.switching import (
    Answer,
    Bridge,
    CommandFailed,
    HangUp,
    HangUpBy,
    HangUpCause,
    Hold,
    LegHungUp,
    LegState,
    Mute,
    Originate,
    PauseRecording,
    Play,
    Provision,
    Reject,
    Ring,
    SendDigits,
    SetRoom,
    StartRecording,
    StopPlay,
    StopRecording,
    SwitchCommand,
    ToDevice,
    Unbridge,
    Unhold,
)
from hotline.wire.sip.dialog import DialogId


class Engine(Exchange, Protocol):
    """What commands need of the engine."""

    admission: Admission
    devices: Devices
    legs: dict[LegId, Leg]
    ended: OrderedDict[LegId | DialogId, None]

    def remember(self, ended: LegId | DialogId) -> None:
        """Keep in mind that a leg is over."""
        ...

    def calls_on(self, trunk_id: TrunkId) -> int:
        """How many legs a trunk has now."""
        ...


class Orders:
    """Takes commands."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def take(self, command: SwitchCommand) -> None:
        """Carry out one command."""
        match command:
            case Provision():
                self._engine.admission.provision(command)
                self._engine.devices.forget_unlisted()
            case Originate():
                self._originate(command)
            case Ring() | Answer() | Reject() | HangUp():
                self._signal(command)
            case SetRoom() | PauseRecording() | StopRecording():
                self._engine.media.execute(command)
            case (
                Play()
                | StopPlay()
                | SendDigits()
                | Bridge()
                | Unbridge()
                | Hold()
                | Unhold()
                | Mute()
                | StartRecording()
            ):
                self._sound(command)
            case _:
                assert_never(command)

    def _originate(self, command: Originate) -> None:
        if command.leg_id in self._engine.legs:
            return
        if command.leg_id in self._engine.ended:
            self.failed(command, command.leg_id, "no_such_leg")
            return
        if isinstance(command.to, ToDevice):
            target = self._engine.devices.newest(command.to.device_id)
        else:
            target = self._engine.admission.trunk(command.to.trunk_id)
            if target is not None and self._engine.calls_on(target.trunk_id) >= target.max_calls > 0:
                self._refuse_originate(command, HangUpCause.CONGESTION, 503, 34)
                return
        if len(self._engine.legs) >= self._engine.admission.directory.max_calls:
            self._refuse_originate(command, HangUpCause.CONGESTION, 503, 42)
            return
        leg = OutgoingLeg(self._engine, command, target)
        self._engine.legs[leg.leg_id] = leg
        leg.post(leg.start)

    def _refuse_originate(self, command: Originate, cause: HangUpCause, status: int, q850: int) -> None:
        self._engine.remember(command.leg_id)
        self._engine.emit(
            LegHungUp(
                at=self._engine.now(),
                leg_id=command.leg_id,
                by=HangUpBy.FAULT,
                cause=cause,
                sip_status=status,
                q850=q850,
            )
        )

    def _signal(self, command: Ring | Answer | Reject | HangUp) -> None:
        leg = self._engine.legs.get(command.leg_id)
        if leg is None or leg.over:
            self.failed(command, command.leg_id, "no_such_leg")
            return
        if isinstance(command, HangUp):
            leg.post(partial(leg.hang_up, command.q850))
            return
        if not isinstance(leg, IncomingLeg):
            self.failed(command, command.leg_id, "bad_state")
            return
        match command:
            case Ring():
                leg.post(leg.ring)
            case Answer():
                leg.post(leg.answer)
            case Reject():
                leg.post(partial(leg.reject, command.sip_status))

    def _sound(
        self,
        command: Play | StopPlay | SendDigits | Bridge | Unbridge | Hold | Unhold | Mute | StartRecording,
    ) -> None:
        """Media commands go straight to the audio, unless steps of the leg (an answer under way) come before them."""
        leg = self._engine.legs.get(command.leg_id)
        if leg is None or leg.over:
            self.failed(command, command.leg_id, "no_such_leg")
            return
        peer = self._engine.legs.get(command.peer_id) if isinstance(command, Bridge) else leg
        if isinstance(command, Play) and isinstance(leg, IncomingLeg) and leg.state is LegState.INCOMING:
            leg.post(partial(leg.play_early, command))
        elif leg.idle and (peer is None or peer.idle):
            self._engine.media.execute(command)
        elif peer is not None and peer is not leg and not peer.idle:
            peer.post(partial(self._sound_later, leg, command))
        else:
            leg.post(partial(self._sound_now, command))

    async def _sound_now(self, command: MediaCommand) -> None:
        self._engine.media.execute(command)

    async def _sound_later(self, leg: Leg, command: MediaCommand) -> None:
        """The peer's steps are done; the leg's own may not be."""
        if leg.idle or leg.over:
            self._engine.media.execute(command)
        else:
            leg.post(partial(self._sound_now, command))

    def failed(self, command: object, leg_id: LegId | None, code: str) -> None:
        """Report that a command could not be carried out."""
        self._engine.emit(
            CommandFailed(at=self._engine.now(), command=type(command).__name__, leg_id=leg_id, code=code)
        )
