"""One leg of the engine: its dialog, its steps in order, and the requests that come within it.

A leg works through its steps one after another in a task of its own, because some wait for audio (ICE). A fault in
a leg ends that leg and nothing else. However it ends, `LegHungUp` is reported once.
"""

from __future__ import annotations

import asyncio
import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Protocol

import structlog

from hotline.adapters.embedded.audio_port import LegAudio, MediaPlane, NoPortLeft, UnacceptableOffer
from hotline.adapters.embedded.sip_settings import SipSettings
from hotline.adapters.embedded.sip_stack import SipStack
from hotline.core.ids import DeviceId, LegId, TrunkId
from hotline.core.switching import (
    HangUpBy,
    HangUpCause,
    LegHungUp,
    LegKind,
    LegState,
    LegStats,
    SwitchEvent,
    TransferRequested,
)
from hotline.wire.sip.address import BadAddress, parse_name_addr, user_of
from hotline.wire.sip.causes import q850_in, reason_header
from hotline.wire.sip.codec import Malformed, session_description
from hotline.wire.sip.codec_list import keep_codecs
from hotline.wire.sip.dialog import Dialog, DialogId, Order
from hotline.wire.sip.flow import Flow
from hotline.wire.sip.message import Headers, Request, Response, response_to
from hotline.wire.sip.session_timer import SessionTimer, agree
from hotline.wire.sip.transactions import TransactionId

log = structlog.get_logger(__name__)

ALLOW = ("allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REFER, NOTIFY")
SUPPORTED = ("supported", "timer")
STEPS_MAX = 128
STEP_DEADLINE_S = 15.0

Step = Callable[[], Awaitable[None]]


class Exchange(Protocol):
    """What a leg needs of the engine around it."""

    settings: SipSettings
    stack: SipStack
    media: MediaPlane

    def emit(self, event: SwitchEvent) -> None:
        """Report an event."""
        ...

    def now(self) -> datetime:
        """The time of day, for events."""
        ...

    def device_flow(self, device_id: DeviceId) -> Flow | None:
        """The newest way to a device, None when it is not registered."""
        ...

    def closed(self, flow: Flow) -> bool:
        """Whether a connection is gone."""
        ...

    def established(self, leg: Leg) -> None:
        """The leg has a dialog now; requests in it go to this leg."""
        ...

    def forget(self, leg: Leg) -> None:
        """The leg is gone."""
        ...


class Leg(ABC):
    """What incoming and outgoing legs share."""

    def __init__(
        self,
        exchange: Exchange,
        leg_id: LegId,
        kind: LegKind,
        *,
        device_id: DeviceId | None = None,
        trunk_id: TrunkId | None = None,
        codecs: tuple[str, ...] = (),
    ) -> None:
        self.codecs = codecs
        self.exchange = exchange
        self.leg_id = leg_id
        self.kind = kind
        self.device_id = device_id
        self.trunk_id = trunk_id
        self.state = LegState.DIALLING
        self.since = exchange.now()
        self.over = False
        self.dialog: Dialog | None = None
        self.flow: Flow | None = None
        self.audio: LegAudio | None = None
        self._steps: asyncio.Queue[Step] = asyncio.Queue(STEPS_MAX)
        self._busy = False
        self._watch: asyncio.TimerHandle | None = None
        self._session: SessionTimer | None = None
        self._offer_in_ack: TransactionId | None = None
        self._referred = False
        self.dialog_ids: set[DialogId] = set()
        self._task = asyncio.create_task(self._run(), name=f"leg-{leg_id}")

    # ── Steps ───────────────────────────────────────────────────────────────────────────────────────────────

    def post(self, step: Step) -> None:
        """Do a step after those before it."""
        try:
            self._steps.put_nowait(step)
        except asyncio.QueueFull:
            log.critical("leg_overrun", leg_id=self.leg_id)
            while not self._steps.empty():
                self._steps.get_nowait()
            fault = partial(self.hang_up, 41, by=HangUpBy.FAULT, cause=HangUpCause.ENGINE_FAULT)
            self._steps.put_nowait(fault)

    @property
    def idle(self) -> bool:
        """Whether nothing is being done or waiting, so that a media command may go ahead at once."""
        return not self._busy and self._steps.empty()

    async def _run(self) -> None:
        while not (self.over and self._steps.empty()):
            self._busy = False
            step = await self._steps.get()
            self._busy = True
            try:
                async with asyncio.timeout(STEP_DEADLINE_S):
                    await step()
            except Exception:
                log.exception("leg_step_failed", leg_id=self.leg_id)
                await self._fail()

    async def _fail(self) -> None:
        try:
            await self.hang_up(41, by=HangUpBy.FAULT, cause=HangUpCause.ENGINE_FAULT)
        except Exception:
            log.exception("leg_not_closed_cleanly", leg_id=self.leg_id)
            await self.finish(HangUpBy.FAULT, HangUpCause.ENGINE_FAULT, 500, 41)

    async def stopped(self, deadline_s: float) -> None:
        """Wait until the leg has gone through its steps; cut it off when it takes too long (the engine closes)."""
        done, _ = await asyncio.wait({self._task}, timeout=deadline_s)
        if not done:
            log.warning("leg_cut_off", leg_id=self.leg_id)
            self._task.cancel()
            await asyncio.wait({self._task})

    # ── The end ─────────────────────────────────────────────────────────────────────────────────────────────

    @abstractmethod
    async def hang_up(
        self,
        q850: int,
        *,
        by: HangUpBy = HangUpBy.LOCAL,
        cause: HangUpCause = HangUpCause.NORMAL,
        status: int = 0,
    ) -> None:
        """End the leg in whatever state it is."""

    def on_ack(self, key: TransactionId, ack: Request) -> None:
        """The ACK to a 2xx of ours came. Runs within the endpoint's turn, also when the leg is already over."""
        if not self.over:
            self.post(lambda: self.take_answer_in_ack(key, ack))

    async def finish(self, by: HangUpBy, cause: HangUpCause, status: int, q850: int) -> None:
        """Report the end, once; frees the audio."""
        if self.over:
            return
        self.over = True
        if self._watch is not None:
            self._watch.cancel()
        stats = await self._close_audio()
        self.exchange.emit(
            LegHungUp(
                at=self.exchange.now(),
                leg_id=self.leg_id,
                by=by,
                cause=cause,
                sip_status=status,
                q850=q850,
                stats=stats,
            )
        )
        self.exchange.forget(self)

    async def _close_audio(self) -> LegStats | None:
        if self.audio is None:
            return None
        try:
            return await self.audio.close()
        except Exception:
            log.exception("leg_audio_not_closed", leg_id=self.leg_id)
            return None

    def send_bye(self, q850: int) -> None:
        """Say good-bye in the dialog; nobody waits for the answer."""
        if self._referred:
            self._notify_refer("200 OK", "terminated;reason=noresource")
        self.send_in_dialog("BYE", (reason_header(q850),), lambda _: None)

    # ── Requests of ours in the dialog ──────────────────────────────────────────────────────────────────────

    def way(self) -> Flow | None:
        """How the far end is reached now: its newest connection, its route or contact, or where it spoke from."""
        flow, dialog = self.flow, self.dialog
        if flow is None:
            return None
        if flow.reliable:
            if not self.exchange.closed(flow):
                return flow
            return self.exchange.device_flow(self.device_id) if self.device_id is not None else None
        hop = dialog.next_hop() if dialog is not None and self.trunk_id is not None else None
        if hop is not None and re.fullmatch(r"[0-9.]+", hop.host):
            return self.exchange.stack.udp.flow_to(hop.host, hop.port or 5060)
        return flow

    def send_in_dialog(
        self,
        method: str,
        headers: Headers,
        handler: Callable[[Response | None], None],
        body: tuple[str, bytes] | None = None,
    ) -> bool:
        """Send a request; False when the far end has no connection just now."""
        flow = self.way()
        if self.dialog is None or flow is None:
            return False
        request = self.dialog.request(method, headers)
        if body is not None:
            request = request.with_body(body[1], body[0])
        self.exchange.stack.request(request, flow, handler)
        return True

    # ── Requests of the far end in the dialog ───────────────────────────────────────────────────────────────

    async def in_dialog(self, key: TransactionId, request: Request, flow: Flow) -> None:
        """Take a request within the dialog."""
        assert self.dialog is not None
        if self.dialog.order(request) is Order.OLD:
            self.respond(key, request, 500, headers=(("retry-after", "1"),))
            return
        if flow.reliable:
            self.flow = flow  # a browser that came back speaks from a new connection
        match request.method:
            case "BYE":
                self.respond(key, request, 200)
                await self.finish(HangUpBy.REMOTE, HangUpCause.NORMAL, 200, q850_in(request, 16))
            case "INVITE" | "UPDATE":
                await self._renegotiate(key, request)
            case "INFO":
                self._info(key, request)
            case "REFER":
                self._refer(key, request)
            case "OPTIONS" | "NOTIFY":
                self.respond(key, request, 200, headers=(ALLOW, SUPPORTED))
            case _:
                self.respond(key, request, 405, headers=(ALLOW,))

    def respond(
        self,
        key: TransactionId,
        request: Request,
        status: int,
        *,
        headers: Headers = (),
        sdp: str | None = None,
    ) -> bool:
        """Answer a request within the dialog."""
        response = response_to(request, status, headers=headers)
        if sdp is not None:
            response = response.with_body(sdp.encode(), "application/sdp")
        return self.exchange.stack.respond(key, response)

    async def _renegotiate(self, key: TransactionId, request: Request) -> None:
        """A re-INVITE or UPDATE: hold, new address, or only a sign of life (RFC 3264, RFC 3311, RFC 4028)."""
        assert self.dialog is not None and self.audio is not None
        if self.state is not LegState.UP and (request.body or request.method == "INVITE"):
            self.respond(
                key, request, 491
            )  # the first offer still waits for its answer (RFC 3261 14.2, RFC 3311 5.2)
            return
        try:
            offer = session_description(request)
            if offer is not None:
                sdp = await self.audio.take_offer(keep_codecs(offer, self.codecs))
            elif request.method == "INVITE":
                sdp = await self.audio.make_offer()
                self._offer_in_ack = key
            else:
                sdp = None
        except (UnacceptableOffer, Malformed, NoPortLeft) as error:
            status = 503 if isinstance(error, NoPortLeft) else getattr(error, "sip_status", 415)
            self.respond(key, request, status)
            return
        self.dialog.refresh_target(request)
        timer, headers = agree(request, self.exchange.settings.session_expires_s)
        self.respond(key, request, 200, headers=(("contact", self.dialog.contact), ALLOW, *headers), sdp=sdp)
        if self.state is LegState.UP:
            self.watch_session(timer)

    async def take_answer_in_ack(self, key: TransactionId, ack: Request) -> None:
        """The ACK to a 2xx that carried our offer brings the answer (RFC 3261 section 13.2.1)."""
        if self._offer_in_ack != key or self.audio is None:
            return
        self._offer_in_ack = None
        answer = session_description(ack)
        if answer is not None:
            await self.audio.take_answer(answer)

    def _info(self, key: TransactionId, request: Request) -> None:
        """DTMF by INFO, in the two forms that telephones use."""
        kind = (request.get("content-type") or "").partition(";")[0].strip().lower()
        text = request.body.decode("ascii", "replace")
        digit = ""
        if kind == "application/dtmf-relay":
            found = re.search(r"^\s*Signal\s*=\s*([0-9A-Da-d*#]|1[01])\s*$", text, re.MULTILINE)
            digit = {"10": "*", "11": "#"}.get(found[1], found[1].upper()) if found else ""
        elif kind == "application/dtmf" and re.fullmatch(r"\s*[0-9A-Da-d*#]\s*", text):
            digit = text.strip().upper()
        elif kind and request.body:
            self.respond(key, request, 415, headers=(("accept", "application/dtmf-relay, application/dtmf"),))
            return
        self.respond(key, request, 200)
        if digit and self.audio is not None:
            self.audio.digit(digit)

    def _refer(self, key: TransactionId, request: Request) -> None:
        """A transfer asked for by the telephone (RFC 3515); what comes of it is decided above."""
        try:
            target = user_of(parse_name_addr(request.get("refer-to") or "").uri)
        except BadAddress:
            target = ""
        if not target or self.state is not LegState.UP:
            self.respond(key, request, 400 if not target else 403)
            return
        assert self.dialog is not None
        self.respond(key, request, 202, headers=(("contact", self.dialog.contact),))
        self._referred = True
        self._notify_refer("100 Trying", "active;expires=60")
        self.exchange.emit(TransferRequested(at=self.exchange.now(), leg_id=self.leg_id, target=target))

    def _notify_refer(self, status: str, state: str) -> None:
        headers: Headers = (("event", "refer"), ("subscription-state", state))
        body = ("message/sipfrag;version=2.0", f"SIP/2.0 {status}\r\n".encode())
        self.send_in_dialog("NOTIFY", headers, lambda _: None, body)

    # ── Signs of life ───────────────────────────────────────────────────────────────────────────────────────

    def watch_session(self, timer: SessionTimer) -> None:
        """Refresh the session, or expect the far end to (RFC 4028); a dead far end ends the leg."""
        self._session = timer
        if self._watch is not None:
            self._watch.cancel()
        after_s = timer.refresh_after_s if timer.ours else timer.expires_after_s
        self._watch = asyncio.get_running_loop().call_later(after_s, self._session_due)

    def _session_due(self) -> None:
        timer = self._session
        if self.over or timer is None:
            return
        if not timer.ours:
            self.post(self._session_dead)
            return
        self.watch_session(timer)
        headers: Headers = (SUPPORTED,)
        if timer.by_update:
            headers = (SUPPORTED, ("session-expires", f"{timer.interval_s};refresher=uac"))
        self.send_in_dialog("UPDATE" if timer.by_update else "OPTIONS", headers, self._session_answered)

    def _session_answered(self, response: Response | None) -> None:
        closed = self.flow is not None and self.flow.reliable and self.exchange.closed(self.flow)
        if (response is None and not closed) or (response is not None and response.status in (408, 481)):
            self.post(self._session_dead)

    async def _session_dead(self) -> None:
        await self.hang_up(102, by=HangUpBy.FAULT, cause=HangUpCause.SESSION_TIMEOUT, status=408)
