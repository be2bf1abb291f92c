"""The commands of the switch port for the legs of one node: who takes which, and signalling, which goes out at once."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import assert_never

import structlog

from hotline.adapters.freeswitch import orders, translate
from hotline.adapters.freeswitch.legs import Leg
from hotline.adapters.freeswitch.node import Node
from hotline.adapters.freeswitch.posting import Posting
from hotline.adapters.freeswitch.sound import Sound
from hotline.adapters.freeswitch.taping import Taping
from hotline.adapters.freeswitch.translate import Ordered
from hotline.adapters.freeswitch.waiting import LegGone, NotInTime
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
    Play,
    Reject,
    Ring,
    SendDigits,
    StartRecording,
    StopPlay,
    ToDevice,
    Unbridge,
    Unhold,
)
from hotline.wire.dtmf import clean_digits
from hotline.wire.sip.causes import q850_of_status

log = structlog.stdlib.get_logger(__name__)

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
CREATE_LIMIT_S = 2.0
ANSWER_LIMIT_S = 5.0
DIAL_MAX_S = 3_600.0
"""A leg's own deadline is shorter and ends it."""


class Actions:
    """Takes commands for one node."""

    def __init__(self, node: Node) -> None:
        self._node = node
        posting = Posting(node)
        self.sound = Sound(node, posting)
        self.taping = Taping(node, posting)

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
                self.sound.play(leg, command)
            case StopPlay():
                self.sound.stop_play(leg, command)
            case Bridge():
                self.sound.bridge(leg, command)
            case Unbridge():
                self.sound.unbridge(leg, command)
            case Hold():
                self.sound.hold(leg, command)
            case Unhold():
                self.sound.unhold(leg, command)
            case Mute():
                leg.muted = command.muted
                node.sync_mute(leg)
            case StartRecording():
                self.taping.start(leg, command)
            case _:
                assert_never(command)

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
            if line is None and trunk is not None:
                log.error("trunk_cannot_be_dialled", trunk=trunk.trunk_id)
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
                if not leg.answering:
                    leg.answering = True
                    self._node.lanes.post((leg.leg_id,), partial(self._answer, leg), "Answer")
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

    async def _answer(self, leg: Leg) -> None:
        """Answer, and let nothing else that settles the leg's codec (a play, a recording) run in FreeSWITCH at the same time."""
        try:
            if leg.playing is not None:  # early media is on its way
                await self._node.until((leg,), lambda: leg.with_media)
            self._node.api(leg, f"uuid_answer {leg.leg_id}")
            await self._node.until((leg,), lambda: leg.state is LegState.UP, ANSWER_LIMIT_S)
        except NotInTime:
            leg.answering = False  # it may be said again
            self._node.failed(Answer(leg_id=leg.leg_id), leg.leg_id, "bad_state", "not answered in time")
        except LegGone:
            return

    def _hang_up(self, leg: Leg, command: HangUp) -> None:
        if leg.ordered is None:
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
