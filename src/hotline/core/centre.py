"""The whole centre in memory: inputs in, events and commands out. Deterministic; knows no clock and no I/O.

The shell appends an outcome's events to the journal, makes them durable, and only then sends its commands, in order. After a crash a new
centre is brought to the same state by `restore` and reconciled with the engine by `adopt`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hotline.core import (
    arrival,
    desk,
    estimate,
    ivr,
    kept_places,
    legs,
    queueing,
    reconfiguring,
    recovery,
    timing,
)
from hotline.core import events as e
from hotline.core import switching as s
from hotline.core.agent import Agent
from hotline.core.call import Call, Phase
from hotline.core.ending import end_call
from hotline.core.events import AgentState, Disposition, Party
from hotline.core.floor import Command, Floor
from hotline.core.ids import AgentId, CallId, DeviceId, NewId, QueueId, TrunkId
from hotline.core.inquiry_messages import InquiryAnswered
from hotline.core.requests import AnyRequest, Request, Told
from hotline.core.site import Site
from hotline.core.switching import SwitchEvent, SwitchSnapshot
from hotline.core.timers import TimerFired

AnyInput = SwitchEvent | AnyRequest | TimerFired | InquiryAnswered


@dataclass(frozen=True, slots=True)
class Outcome:
    """What follows from an input: events to write down, then commands and timers to carry out, in this order."""

    events: tuple[e.Event, ...]
    commands: tuple[Command, ...]
    call_id: CallId | None = None
    """The new call of a `PlaceCall`."""


@dataclass(frozen=True, slots=True)
class QueueNow:
    """A queue at this moment."""

    queue_id: QueueId
    waiting: int
    longest_wait_since: datetime | None
    ringing: int
    talking: int
    ready: int
    signed_in: int
    callbacks_waiting: int = 0
    estimated_wait_s: float | None = None


class Centre:
    """The contact centre as one value that inputs change."""

    def __init__(self, site: Site, new_id: NewId) -> None:
        """Begin with nobody there. `new_id` makes ids unique for ever (see `core.ids`)."""
        self._floor = Floor(site, new_id)

    # ── inputs ──

    def handle(self, message: AnyInput) -> Outcome:
        """Take one input. Late, repeated and unknown switch events and timers change nothing.

        Any other exception than `Refused` is a bug in this one call: ask `suspect`, then `fail_call`. What was decided before the
        exception is part of that outcome.

        Raises:
            Refused: the request cannot be carried out now; nothing has changed.
        """
        floor = self._floor
        floor.working_on = None
        call_id = None
        if isinstance(message, TimerFired):
            timing.fired(floor, message)
        elif isinstance(message, InquiryAnswered):
            ivr.answered(floor, message)
        elif isinstance(message, Request | Told):
            call_id = desk.carry_out(floor, message)
        else:
            _SWITCH[type(message)](floor, message)
        if floor.newly_ready or floor.newly_waiting or floor.newly_unstaffed:
            queueing.settle(floor, message.at)
        return Outcome(*floor.take(), call_id)

    def reconfigure(self, site: Site, at: datetime) -> Outcome:
        """Go on with a new picture of the site. Calls are not disturbed but by the removal of the queue they wait in."""
        reconfiguring.reconfigure(self._floor, site, at)
        return self._settled(at)

    def restore(self, events: Iterable[e.Event]) -> None:
        """Fold the journal's open streams into an empty centre. Nothing goes out; `adopt` must follow."""
        for event in events:
            recovery.fold(self._floor, event)

    def adopt(self, snapshot: SwitchSnapshot, at: datetime) -> Outcome:
        """Bring what was restored together with what runs in the engine: go on, or end as `system_lost`; unknown legs are hung up.

        Also right after every `EngineUp`.
        """
        recovery.adopt(self._floor, snapshot, at)
        return self._settled(at)

    def fail_call(self, call_id: CallId, at: datetime, what: str) -> Outcome:
        """End a call in which a bug showed itself, loudly; others are untouched. Never raises."""
        recovery.fail_call(self._floor, call_id, at, what)
        return self._settled(at)

    def suspect(self, message: AnyInput) -> CallId | None:
        """Return the call that a failed input was about, as far as can be told."""
        if self._floor.working_on is not None:
            return self._floor.working_on
        leg_id = getattr(message, "leg_id", None)
        return self._floor.legs.get(leg_id) if leg_id is not None else getattr(message, "call_id", None)

    def _settled(self, at: datetime) -> Outcome:
        queueing.settle(self._floor, at)
        return Outcome(*self._floor.take())

    # ── read access for live views; never to be changed from outside ──

    @property
    def floor(self) -> Floor:
        """Everything that runs, for looking."""
        return self._floor

    @property
    def site(self) -> Site:
        """The picture of the site the centre goes by."""
        return self._floor.index.site

    @property
    def calls(self) -> Mapping[CallId, Call]:
        """Calls that run, and those that ended while a leg or after-call work remains (`phase` ended)."""
        return self._floor.calls

    @property
    def agents(self) -> Mapping[AgentId, Agent]:
        """Every agent who signed in since the start."""
        return self._floor.agents

    @property
    def engine_up(self) -> bool:
        """Whether the switch is there."""
        return self._floor.engine_up

    @property
    def running(self) -> int:
        """Number of calls that have not ended."""
        return self._floor.running

    def registered(self, device_id: DeviceId | None) -> bool:
        """Whether this telephone can be called."""
        return self._floor.reachable(device_id)

    def position(self, call_id: CallId) -> int | None:
        """Return the call's place in its queue, 1 = next; None when it does not wait."""
        call = self._floor.calls.get(call_id)
        if call is None or call.line_key is None or call.line_queue_id is None:
            return None
        return self._floor.lines[call.line_queue_id].position(call.line_key)

    def queue(self, queue_id: QueueId) -> QueueNow | None:
        """Return a queue's figures at this moment. Looks at every agent of the queue."""
        line = self._floor.lines.get(queue_id)
        if line is None:
            return None
        states = [a.state for a in self._floor.agents.values() if a.queue_id == queue_id]
        return QueueNow(
            queue_id=queue_id,
            waiting=len(line.waiting) - line.kept,
            longest_wait_since=min((key[1] for key in line.waiting), default=None),
            ringing=states.count(AgentState.RINGING),
            talking=states.count(AgentState.TALKING) + states.count(AgentState.HOLDING),
            ready=len(line.ready),
            signed_in=line.signed_in,
            callbacks_waiting=line.kept,
            estimated_wait_s=estimate.wait_s(line, len(line.waiting) + 1),
        )

    def trunk_use(self, trunk_id: TrunkId) -> int:
        """Return how many channels of this trunk are taken."""
        return self._floor.channels.used[trunk_id]

    # ── what the records know from before the start ──

    def remember_last_agents(self, agents: Mapping[str, AgentId]) -> None:
        """Take over who talked last with a number outside, oldest first; what happened since the start is newer and stays."""
        self._floor.last_agents.remember(agents)

    def remember_calls_today(self, calls: Mapping[AgentId, Iterable[str]], at: datetime) -> None:
        """Take over the numbers outside that agents dialled since local midnight, for their daily limits."""
        self._floor.calls_today.remember(self.site, calls, at)


def _engine_up(floor: Floor, event: s.EngineUp) -> None:
    floor.engine_up = True
    floor.emit(
        e.EngineConnected(
            at=event.at,
            authority_id=floor.index.site.authority_id,
            engine=event.engine,
            version=event.version,
        )
    )
    for agent in floor.agents.values():
        floor.sync_ready(agent)


def _engine_lost(floor: Floor, event: s.EngineLost) -> None:
    """Every leg is gone with the engine: all calls end as lost; agents stay signed in."""
    if floor.engine_up:
        floor.emit(
            e.EngineDisconnected(
                at=event.at,
                authority_id=floor.index.site.authority_id,
                engine=event.engine,
                reason=event.reason,
            )
        )
    floor.engine_up = False
    floor.devices.clear()
    for agent in floor.agents.values():
        floor.sync_ready(agent)
    for call in list(floor.calls.values()):
        legs.all_lost(floor, call, event.at, "engine_fault")
        if call.phase is Phase.ENDED:
            floor.forget_if_over(call)
        elif call.phase is Phase.CALLBACK or (call.phase is Phase.DIALLING and call.callback is not None):
            kept_places.engine_lost(floor, call, event.at)
        else:
            end_call(floor, call, event.at, Party.SYSTEM, lost_disposition(call))


def _engine_unreachable(floor: Floor, _event: s.EngineUnreachable) -> None:
    """Calls go on in the engine: nothing ends, but nobody is offered a call and nothing new is begun until we hear from it."""
    floor.engine_up = False
    for agent in floor.agents.values():
        floor.sync_ready(agent)


def lost_disposition(call: Call) -> Disposition | None:
    """Say how a call counts that ended through our fault."""
    return Disposition.SYSTEM_LOST if call.direction is e.Direction.INBOUND else None


def _nothing(_floor: Floor, _event: object) -> None:
    """Reported for completeness; nothing follows."""


_SWITCH: dict[type[SwitchEvent], Callable[[Floor, Any], None]] = {
    s.LegIncoming: arrival.leg_incoming,
    s.LegRefused: arrival.leg_refused,
    s.LegRinging: legs.ringing,
    s.LegAnswered: legs.answered,
    s.LegHungUp: legs.hung_up,
    s.DigitPressed: legs.digit,
    s.PlayDone: legs.play_done,
    s.Bridged: _nothing,
    s.Unbridged: _nothing,
    s.RemoteHold: legs.remote_hold,
    s.TransferRequested: legs.transfer_requested,
    s.RecordingDone: legs.recording_done,
    s.DeviceRegistered: legs.device_registered,
    s.DeviceExpired: legs.device_expired,
    s.MediaTimedOut: legs.media_timed_out,
    s.CommandFailed: legs.command_failed,
    s.EngineUp: _engine_up,
    s.EngineLost: _engine_lost,
    s.EngineUnreachable: _engine_unreachable,
}
