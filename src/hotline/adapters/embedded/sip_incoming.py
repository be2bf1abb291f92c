"""A leg that somebody calls us on: INVITE server side, from 100 Trying to its end."""

from __future__ import annotations

import secrets
from datetime import datetime

import structlog

from hotline.adapters.embedded.audio_port import NoPortLeft, UnacceptableOffer
from hotline.adapters.embedded.sip_admission import Caller
from hotline.adapters.embedded.sip_leg import ALLOW, SUPPORTED, Exchange, Leg
from hotline.adapters.embedded.sip_stack import new_token
from hotline.core.ids import LegId
from hotline.core.switching import (
    CommandFailed,
    HangUpBy,
    HangUpCause,
    LegAnswered,
    LegIncoming,
    LegKind,
    LegRefused,
    LegState,
    Play,
)
from hotline.wire.sip.causes import cause_of_status, q850_in, q850_of_status, status_of_q850
from hotline.wire.sip.codec import Malformed, session_description
from hotline.wire.sip.codec_list import keep_codecs
from hotline.wire.sip.dialog import Dialog
from hotline.wire.sip.flow import Flow
from hotline.wire.sip.message import Headers, Request, response_to
from hotline.wire.sip.session_timer import agree
from hotline.wire.sip.transactions import TransactionId

log = structlog.get_logger(__name__)


def refused_leg(at: datetime, caller: Caller, status: int) -> LegRefused:
    """Return the report of a call from outside that was refused before it became a leg."""
    return LegRefused(
        at=at,
        leg_id=LegId(f"no-{secrets.token_hex(10)}"),
        kind=caller.kind,
        ani=caller.ani,
        dnis=caller.dnis,
        sip_status=status,
        q850=q850_of_status(status),
        trunk_id=caller.trunk_id,
        test=caller.test,
    )


class IncomingLeg(Leg):
    """A party calls us."""

    def __init__(
        self,
        exchange: Exchange,
        leg_id: LegId,
        caller: Caller,
        key: TransactionId,
        invite: Request,
        flow: Flow,
    ) -> None:
        super().__init__(
            exchange,
            leg_id,
            caller.kind,
            device_id=caller.device_id,
            trunk_id=caller.trunk_id,
            codecs=caller.codecs,
        )
        self.state = LegState.INCOMING
        self.flow = flow
        self.key = key
        self._caller = caller
        self._invite = invite
        self._tag = new_token()
        self._sdp: str | None = None
        self._early = False
        self._acked = False
        self.reported = False
        self._bye_after_ack: int | None = None
        transport = "" if flow.transport == "UDP" else f";transport={flow.transport.lower()}"
        self.dialog = Dialog.from_invite(
            invite, local_tag=self._tag, contact=f"<sip:hotline@{flow.local}{transport}>"
        )
        exchange.established(self)

    async def start(self) -> None:
        """Look at the offer and report the call; a call that cannot be heard is refused before anyone hears of it."""
        webrtc = "RTP/SAVP" in self._invite.body.decode("utf-8", "replace")
        try:
            offer = session_description(self._invite)
            self.audio = self.exchange.media.open(self.leg_id, webrtc=webrtc)
            if offer is not None:
                self._sdp = await self.audio.take_offer(keep_codecs(offer, self.codecs))
        except (UnacceptableOffer, Malformed, NoPortLeft) as error:
            status = 503 if isinstance(error, NoPortLeft) else getattr(error, "sip_status", 415)
            extra: Headers = (("retry-after", "10"),) if status == 503 else ()
            if status == 415:
                extra = (("accept", "application/sdp"),)
            self._final(status, extra)
            if self._caller.kind is not LegKind.DEVICE:
                self.exchange.emit(refused_leg(self.exchange.now(), self._caller, status))
            await self._vanish()
            return
        if not self.exchange.stack.pending(self.key):
            await self._vanish()  # taken back while the audio was being prepared
            return
        self.reported = True
        caller = self._caller
        self.exchange.emit(
            LegIncoming(
                at=self.exchange.now(),
                leg_id=self.leg_id,
                kind=caller.kind,
                ani=caller.ani,
                dnis=caller.dnis,
                trunk_id=caller.trunk_id,
                device_id=caller.device_id,
                test=caller.test,
            )
        )

    async def _vanish(self) -> None:
        """End a leg that was never reported."""
        self.over = True
        await self._close_audio()
        self.exchange.forget(self)

    def _respond(self, status: int, headers: Headers = (), sdp: str | None = None) -> bool:
        assert self.dialog is not None
        contact: Headers = (("contact", self.dialog.contact), ALLOW, SUPPORTED) if status < 300 else ()
        response = response_to(self._invite, status, to_tag=self._tag, headers=(*contact, *headers))
        if sdp is not None:
            response = response.with_body(sdp.encode(), "application/sdp")
        return self.exchange.stack.respond(self.key, response)

    def _final(self, status: int, headers: Headers = ()) -> bool:
        return self._respond(status, headers)

    # ── Commands ────────────────────────────────────────────────────────────────────────────────────────────

    async def ring(self) -> None:
        """Send 180. A leg that already hears early media, or is up, needs none."""
        if self.state is LegState.INCOMING and not self._early and not self.over:
            self._respond(180)

    async def play_early(self, command: Play) -> None:
        """Open the way for sounds before the answer (183 with SDP), then play."""
        if self.over:
            self._no_such_leg("Play")
            return
        if self.state is LegState.INCOMING and not self._early and self._sdp is not None:
            self._early = True
            self._respond(183, sdp=self._sdp)
        self.exchange.media.execute(command)

    def _no_such_leg(self, command: str) -> None:
        self.exchange.emit(
            CommandFailed(at=self.exchange.now(), command=command, leg_id=self.leg_id, code="no_such_leg")
        )

    async def answer(self) -> None:
        """Send 200 with SDP; audio runs from now on."""
        if self.over or self.state is LegState.UP:
            return
        assert self.audio is not None
        if self._sdp is None:  # the caller leaves the offer to us
            self._sdp = keep_codecs(await self.audio.make_offer(), self.codecs)
            self._offer_in_ack = self.key
        timer, headers = agree(self._invite, self.exchange.settings.session_expires_s)
        if not self._respond(200, headers, self._sdp):
            return  # taken back in the same moment; the CANCEL ends the leg
        self.state = LegState.UP
        self.since = self.exchange.now()
        self.exchange.emit(LegAnswered(at=self.exchange.now(), leg_id=self.leg_id))
        self.audio.answered()
        self.watch_session(timer)

    async def reject(self, status: int) -> None:
        """Refuse the call with a SIP status."""
        if self.over:
            return
        if self.state is not LegState.INCOMING:
            self.exchange.emit(
                CommandFailed(at=self.exchange.now(), command="Reject", leg_id=self.leg_id, code="bad_state")
            )
            return
        status = status if 400 <= status <= 699 else 486
        self._final(status, (("retry-after", "10"),) if status == 503 else ())
        await self.finish(HangUpBy.LOCAL, cause_of_status(status), status, q850_of_status(status))

    async def hang_up(
        self,
        q850: int,
        *,
        by: HangUpBy = HangUpBy.LOCAL,
        cause: HangUpCause = HangUpCause.NORMAL,
        status: int = 0,
    ) -> None:
        """End the leg: a final response before the answer, BYE after it (but never before the ACK, RFC 3261 15)."""
        if self.over:
            return
        if self.state is LegState.INCOMING:
            status = status or status_of_q850(q850)
            self._final(status)
        elif self._acked:
            self.send_bye(q850)
        else:
            self._bye_after_ack = q850
        if not self.reported:
            await self._vanish()
            return
        await self.finish(by, cause, status, q850)

    # ── What the far end does ───────────────────────────────────────────────────────────────────────────────

    async def cancelled(self, cancel: Request) -> None:
        """The caller took the call back."""
        if self._final(487):
            await self._gone(HangUpCause.CANCELLED, 487, q850_in(cancel, 16))

    async def _gone(self, cause: HangUpCause, status: int, q850: int) -> None:
        if self.reported:
            await self.finish(HangUpBy.REMOTE, cause, status, q850)
        elif not self.over:
            await self._vanish()

    def on_ack(self, key: TransactionId, ack: Request) -> None:
        """The ACK came: the dialog is confirmed, and a good-bye that waited for it can go out."""
        if key == self.key:
            self._acked = True
            if self._bye_after_ack is not None:
                self.send_bye(self._bye_after_ack)
                return
        super().on_ack(key, ack)

    def on_unacknowledged(self) -> None:
        """64*T1 without ACK: the far end is dead (RFC 3261 section 13.3.1.4 wants a BYE all the same)."""
        if self._bye_after_ack is not None:
            self.send_bye(self._bye_after_ack)
        elif not self.over and self.state is LegState.UP:
            self.post(self._never_acknowledged)

    async def _never_acknowledged(self) -> None:
        if not self.over:
            self.send_bye(102)
            await self.finish(HangUpBy.FAULT, HangUpCause.TRANSPORT_LOST, 408, 102)
