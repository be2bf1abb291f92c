"""The embedded telephone engine: SIP legs and their audio behind the switch port.

Owns the legs; telephones are in `sip_devices`, the door in `sip_admission`, sockets and transactions in `sip_stack`,
sound in `media`. Everything runs in one event loop (the voice process); nothing here waits for the application.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version

import structlog

from hotline.adapters.embedded.audio_port import Emit, MediaPlane, MediaSettings
from hotline.adapters.embedded.engine_commands import Orders
from hotline.adapters.embedded.media import Media
from hotline.adapters.embedded.sip_admission import Admission, Refused, unacceptable
from hotline.adapters.embedded.sip_devices import Devices
from hotline.adapters.embedded.sip_incoming import IncomingLeg, refused_leg
from hotline.adapters.embedded.sip_leg import ALLOW, SUPPORTED, Leg
from hotline.adapters.embedded.sip_settings import SipSettings
from hotline.adapters.embedded.sip_stack import SipStack, new_token
from hotline.adapters.embedded.sip_transports import DatagramFilter, address_to_show
from hotline.core.ids import DeviceId, LegId, TrunkId
from hotline.core.switching import EngineUp, LegKind, LegView, SwitchCommand, SwitchEvent, SwitchSnapshot
from hotline.ports.switch import SwitchUnavailable
from hotline.wire.sip.dialog import DialogId, dialog_id_of
from hotline.wire.sip.flow import Flow
from hotline.wire.sip.message import Request, response_to
from hotline.wire.sip.transactions import TransactionId

log = structlog.get_logger(__name__)

ENGINE = "embedded"
VERSION = version("hotline")
EVENTS_MAX = 20_000
ENDED_MAX = 4_096
CLOSE_DEADLINE_S = 3.0
METHODS = frozenset(
    {"INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO", "UPDATE", "REFER", "NOTIFY", "REGISTER"}
)

MediaFactory = Callable[[MediaSettings, Emit], MediaPlane]


class EmbeddedSwitch:
    """The engine. `start` before use; implements `ports.switch.Switch`."""

    def __init__(
        self,
        settings: SipSettings,
        *,
        media: MediaFactory = Media,
        keep: DatagramFilter | None = None,
    ) -> None:
        self.settings = settings
        advertised = address_to_show(settings.media.address, settings.media.advertised)
        self.media = media(replace(settings.media, advertised=advertised), self.emit)
        self._keep = keep
        self.admission = Admission(settings)
        self.devices = Devices(settings, self.admission, self.emit, self.now)
        self._events: asyncio.Queue[SwitchEvent] = asyncio.Queue(EVENTS_MAX)
        self.legs: dict[LegId, Leg] = {}
        self.ended: OrderedDict[LegId | DialogId, None] = OrderedDict()
        self._dialogs: dict[DialogId, Leg] = {}
        self._servers: dict[TransactionId, Leg] = {}
        self._orders = Orders(self)
        self._running = False

    # ── Life ────────────────────────────────────────────────────────────────────────────────────────────────

    async def start(self) -> None:
        """Open the sockets and begin. Raises `BindFailed` with a text that says what to mend."""
        settings = self.settings
        shown = address_to_show(settings.address, settings.advertised)
        self.stack = SipStack(self, settings.timing, keep=self._keep)
        try:
            self.stack.open_udp(settings.address, settings.port, shown)
            await self.stack.open_tcp(settings.address, self.stack.udp.port, shown, settings.tcp_max)
            local = f"{shown}:{self.stack.udp.port}"
            await self.stack.open_ws(settings.ws_path, settings.ws_port, local, settings.ws_max)
        except BaseException:
            await self.stack.close()
            raise
        await self.devices.open(self.stack)
        self._running = True
        self.emit(EngineUp(at=self.now(), engine=ENGINE, version=VERSION))

    @property
    def port(self) -> int:
        """The SIP port that was opened (UDP and TCP)."""
        return self.stack.udp.port

    async def close(self) -> None:
        """End every call, store the registrations, close the sockets."""
        if not self._running:
            return
        self._running = False
        legs = list(self.legs.values())
        for leg in legs:
            leg.post(partial(leg.hang_up, 41))
        await asyncio.gather(*(leg.stopped(CLOSE_DEADLINE_S) for leg in legs))
        await self.devices.close()
        await self.stack.close()
        await self.media.close()

    # ── The switch port ─────────────────────────────────────────────────────────────────────────────────────

    async def events(self) -> AsyncIterator[SwitchEvent]:
        """Yield what happens, in order, for ever; one consumer."""
        while True:
            yield await self._events.get()

    async def execute(self, commands: Sequence[SwitchCommand]) -> None:
        """Take commands in order; outcomes come as events."""
        if not self._running:
            raise SwitchUnavailable
        for command in commands:
            try:
                self._orders.take(command)
            except Exception:
                log.exception("engine_command_failed", command=type(command).__name__)
                self._orders.failed(command, getattr(command, "leg_id", None), "engine_fault")

    async def snapshot(self) -> SwitchSnapshot:
        """Report what runs now."""
        if not self._running:
            raise SwitchUnavailable
        legs = tuple(
            self._view(leg)
            for leg in self.legs.values()
            if not (isinstance(leg, IncomingLeg) and not leg.reported)
        )
        return SwitchSnapshot(
            at=self.now(), engine=ENGINE, version=VERSION, legs=legs, devices=self.devices.views()
        )

    def _view(self, leg: Leg) -> LegView:
        sound = self.media.sound_of(leg.leg_id)
        return LegView(
            leg_id=leg.leg_id,
            kind=leg.kind,
            state=leg.state,
            since=leg.since,
            peer_id=sound.peer_id,
            held=sound.held,
            playing=sound.playing,
            recording_id=sound.recording_id,
            device_id=leg.device_id,
            trunk_id=leg.trunk_id,
        )

    # ── What the endpoint reports (sip_stack.StackUser) ─────────────────────────────────────────────────────

    def admits(self, request: Request, flow: Flow) -> bool:
        """Whether a new request is looked at."""
        dialog = dialog_id_of(request)
        known = self.devices.is_registered(flow) or dialog in self._dialogs or dialog in self.ended
        return self.admission.admits(request, flow, time.monotonic(), known=known)

    def on_request(self, key: TransactionId, request: Request, flow: Flow) -> None:
        """A new request came."""
        dialog = dialog_id_of(request)
        if dialog is not None:
            self._within(dialog, key, request, flow)
        elif request.method == "REGISTER":
            self.stack.respond(key, self.devices.register(request, flow, time.monotonic()))
        elif request.method not in METHODS or request.method in ("INFO", "UPDATE", "REFER", "NOTIFY", "BYE"):
            status = 481 if request.method in METHODS else 405
            self._refuse(key, request, Refused(status, (ALLOW,)))
        elif (refused := unacceptable(request)) is not None:
            self._refuse(key, request, refused)
        elif request.method == "OPTIONS":
            headers = (ALLOW, SUPPORTED, ("accept", "application/sdp"))
            self.stack.respond(key, response_to(request, 200, to_tag=new_token(), headers=headers))
        else:
            self._incoming(key, request, flow)

    def _within(self, dialog: DialogId, key: TransactionId, request: Request, flow: Flow) -> None:
        leg = self._dialogs.get(dialog)
        if leg is not None and not leg.over:
            self._servers[key] = leg
            leg.post(partial(leg.in_dialog, key, request, flow))
        else:  # a BYE that crossed ours is as welcome as any
            status = 200 if request.method == "BYE" and dialog in self.ended else 481
            self.stack.respond(key, response_to(request, status))

    def _incoming(self, key: TransactionId, invite: Request, flow: Flow) -> None:
        registered = self.devices.is_registered(flow)
        caller = self.admission.caller(invite, flow, time.monotonic(), time.time(), registered=registered)
        if isinstance(caller, Refused):
            self._refuse(key, invite, caller)
            return
        if caller.kind is LegKind.WEB and self._has_call(caller.device_id):
            self._refuse(key, invite, Refused(486))  # a guest's log-in is for one call, not for all our lines
            return
        trunk = self.admission.trunk(caller.trunk_id) if caller.trunk_id is not None else None
        full = trunk is not None and self.calls_on(trunk.trunk_id) >= trunk.max_calls > 0
        if full or len(self.legs) >= self.admission.directory.max_calls or not self._running:
            log.warning("engine_full", trunk=trunk.trunk_id if trunk else "", calls=len(self.legs))
            self._refuse(key, invite, Refused(503, (("retry-after", "10"),), caller))
            return
        self.stack.respond(key, response_to(invite, 100))
        leg = IncomingLeg(self, LegId(f"in-{secrets.token_hex(10)}"), caller, key, invite, flow)
        self.legs[leg.leg_id] = leg
        self._servers[key] = leg
        leg.post(leg.start)

    def _refuse(self, key: TransactionId, request: Request, refused: Refused) -> None:
        self.stack.respond(
            key, response_to(request, refused.status, to_tag=new_token(), headers=refused.headers)
        )
        if refused.caller is not None and refused.caller.kind is not LegKind.DEVICE:
            self.emit(refused_leg(self.now(), refused.caller, refused.status))

    def _has_call(self, device_id: DeviceId | None) -> bool:
        return any(leg.device_id == device_id and not leg.over for leg in self.legs.values())

    def calls_on(self, trunk_id: TrunkId) -> int:
        """How many legs a trunk has now."""
        return sum(leg.trunk_id == trunk_id for leg in self.legs.values())

    def on_ack(self, key: TransactionId, ack: Request) -> None:
        """The ACK to our 2xx came."""
        leg = self._servers.get(key)
        if leg is not None:
            leg.on_ack(key, ack)

    def on_cancelled(self, key: TransactionId, cancel: Request) -> None:
        """The INVITE was taken back."""
        leg = self._servers.get(key)
        if isinstance(leg, IncomingLeg) and leg.key == key and not leg.over:
            leg.post(partial(leg.cancelled, cancel))

    def on_unacknowledged(self, key: TransactionId) -> None:
        """Our final response to an INVITE was never acknowledged."""
        leg = self._servers.get(key)
        if isinstance(leg, IncomingLeg) and leg.key == key:
            leg.on_unacknowledged()

    def on_ended(self, key: TransactionId) -> None:
        """A transaction is over."""
        self._servers.pop(key, None)

    def on_closed(self, flow: Flow) -> None:
        """A connection is closed: its telephones are gone, their calls stay as long as their audio runs."""
        if self._running:
            self.devices.connection_closed(flow)

    # ── What legs ask for (sip_leg.Exchange) ────────────────────────────────────────────────────────────────

    def emit(self, event: SwitchEvent) -> None:
        """Report an event."""
        try:
            self._events.put_nowait(event)
        except asyncio.QueueFull:
            log.critical("engine_event_lost", event_type=type(event).__name__)

    def now(self) -> datetime:
        """The time of day, for events."""
        return datetime.now(UTC)

    def device_flow(self, device_id: DeviceId) -> Flow | None:
        """The newest way to a device."""
        binding = self.devices.newest(device_id)
        return binding.flow if binding is not None else None

    def closed(self, flow: Flow) -> bool:
        """Whether a connection is gone."""
        return not self.stack.is_open(flow)

    def established(self, leg: Leg) -> None:
        """Requests in the leg's dialog go to this leg from now on."""
        assert leg.dialog is not None
        self._dialogs[leg.dialog.id] = leg
        leg.dialog_ids.add(leg.dialog.id)

    def forget(self, leg: Leg) -> None:
        """The leg is gone; its dialog is remembered for a while, for a BYE that crosses ours."""
        self.legs.pop(leg.leg_id, None)
        self.remember(leg.leg_id)
        for dialog_id in leg.dialog_ids:
            self._dialogs.pop(dialog_id, None)
            self.remember(dialog_id)

    def remember(self, ended: LegId | DialogId) -> None:
        """Keep in mind that something is over, within bounds."""
        self.ended[ended] = None
        while len(self.ended) > ENDED_MAX:
            self.ended.popitem(last=False)
