"""A leg on which we call somebody: a registered telephone or a number behind a trunk. INVITE client side."""

from __future__ import annotations

import asyncio
import re
import socket

import structlog

from hotline.adapters.embedded.audio_port import NoPortLeft, UnacceptableOffer
from hotline.adapters.embedded.sip_leg import ALLOW, SUPPORTED, Exchange, Leg
from hotline.adapters.embedded.sip_stack import new_token
from hotline.core.switching import (
    HangUpBy,
    HangUpCause,
    LegAnswered,
    LegKind,
    LegRinging,
    LegState,
    Originate,
    ToDevice,
    TrunkEntry,
)
from hotline.wire.sip.address import NameAddr
from hotline.wire.sip.causes import cause_of_status, q850_in, q850_of_status, reason_header
from hotline.wire.sip.codec import Malformed, session_description
from hotline.wire.sip.codec_list import keep_codecs
from hotline.wire.sip.dialog import Dialog
from hotline.wire.sip.digest import answer_challenge
from hotline.wire.sip.flow import Flow
from hotline.wire.sip.message import Headers, Request, Response
from hotline.wire.sip.registrar import Binding
from hotline.wire.sip.session_timer import MIN_SE_S, offer, settled
from hotline.wire.sip.transactions import TransactionId

log = structlog.get_logger(__name__)

AUTO_ANSWER: Headers = (
    ("call-info", "<sip:hotline>;answer-after=0"),
    ("alert-info", "<http://hotline>;info=alert-autoanswer"),
    ("x-hotline-auto-answer", "1"),
)
_SAFE_NAME = re.compile(r"[A-Za-z0-9\-]{1,64}\Z")


class OutgoingLeg(Leg):
    """We call a party."""

    def __init__(self, exchange: Exchange, command: Originate, target: Binding | TrunkEntry | None) -> None:
        to = command.to
        device_id, trunk_id = (to.device_id, None) if isinstance(to, ToDevice) else (None, to.trunk_id)
        kind = LegKind.DEVICE if isinstance(to, ToDevice) else LegKind.TRUNK
        codecs = target.codecs if isinstance(target, TrunkEntry) else ()
        super().__init__(
            exchange, command.leg_id, kind, device_id=device_id, trunk_id=trunk_id, codecs=codecs
        )
        self._command = command
        self._target = target
        self._key: TransactionId | None = None
        self._invite: Request | None = None
        self._tried_password = False
        self._early_sdp = ""
        self._ack: Request | None = None
        self._deadline: asyncio.TimerHandle | None = None

    # ── Calling ─────────────────────────────────────────────────────────────────────────────────────────────

    async def start(self) -> None:
        """Send the INVITE, or report at once that nobody can be reached."""
        if self._target is None:
            await self.finish(HangUpBy.FAULT, HangUpCause.UNREACHABLE, 480, 20)
            return
        try:
            self.flow = await self._find_way()
            self.audio = self.exchange.media.open(self.leg_id, webrtc=self.flow.websocket)
            sdp = keep_codecs(await self.audio.make_offer(), self.codecs)
        except NoPortLeft:
            await self.finish(HangUpBy.FAULT, HangUpCause.CONGESTION, 503, 34)
            return
        except (OSError, TimeoutError):
            await self.finish(HangUpBy.FAULT, HangUpCause.UNREACHABLE, 503, 27)
            return
        self._invite = self._make_invite(self.flow).with_body(sdp.encode(), "application/sdp")
        self._key = self.exchange.stack.request(self._invite, self.flow, self._on_response)
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(self._command.timeout_s, lambda: self.post(self._too_long))

    async def _find_way(self) -> Flow:
        target = self._target
        if isinstance(target, Binding):
            return target.flow
        assert target is not None
        host, _, port = target.gateway.rpartition(":")
        host, port = (host, port) if host and port.isdigit() else (target.gateway, "5060")
        if not re.fullmatch(r"[0-9.]+", host):
            found = await asyncio.get_running_loop().getaddrinfo(host, int(port), family=socket.AF_INET)
            host = str(found[0][4][0])
        return await self.exchange.stack.flow_to(target.transport, host, int(port))

    def _make_invite(self, flow: Flow) -> Request:
        command, target = self._command, self._target
        us = flow.local.rpartition(":")[0]
        shown = NameAddr(
            uri=f"sip:{command.shown_number or 'anonymous'}@{us}",
            display=re.sub(r"[\r\n]", " ", command.shown_name),
            params=(("tag", new_token()),),
        )
        if isinstance(target, Binding):
            uri = target.contact
            to = f"<sip:{target.device_id}@{us}>"
        else:
            assert target is not None and not isinstance(command.to, ToDevice)
            uri = f"sip:{command.to.number}@{target.gateway}"
            to = f"<{uri}>"
        transport = "" if flow.transport == "UDP" else f";transport={flow.transport.lower()}"
        extra = tuple(
            (name.lower(), re.sub(r"[\r\n]", " ", value))
            for name, value in command.headers
            if _SAFE_NAME.match(name)
        )
        headers: Headers = (
            ("max-forwards", "70"),
            ("from", str(shown)),
            ("to", to),
            ("call-id", new_token() + new_token()),
            ("cseq", "1 INVITE"),
            ("contact", f"<sip:hotline@{flow.local}{transport}>"),
            ALLOW,
            SUPPORTED,
            *offer(self.exchange.settings.session_expires_s),
            *(AUTO_ANSWER if command.auto_answer else ()),
            *(
                (("p-asserted-identity", f"<{shown.uri}>"),)
                if command.shown_number and isinstance(target, TrunkEntry)
                else ()
            ),
            *extra,
        )
        return Request(method="INVITE", uri=uri, headers=headers)

    async def _too_long(self) -> None:
        if self.state is LegState.DIALLING:
            await self.hang_up(19, by=HangUpBy.LOCAL, cause=HangUpCause.NO_ANSWER, status=408)

    # ── Responses ───────────────────────────────────────────────────────────────────────────────────────────

    def _on_response(self, response: Response | None) -> None:
        """Runs within the endpoint's turn: what must not wait is done here, the rest becomes a step."""
        if response is not None and 200 <= response.status < 300:
            self._acknowledge(response)
        if not self.over:
            self.post(lambda: self._follow(response))

    def _acknowledge(self, response: Response) -> None:
        """ACK every 2xx, also repeated ones; end at once a call that we no longer want, or a second branch."""
        assert self._invite is not None and self.flow is not None
        fresh = Dialog.from_response(self._invite, response, contact=self._invite.get("contact") or "")
        known = self.dialog is not None and self.dialog.remote.tag == fresh.remote.tag
        if known and self._ack is not None:
            self.exchange.stack.repeat(self._ack, self.way() or self.flow)
            return
        other = self.dialog is not None and self._ack is not None
        keep = self.dialog
        if keep is not None and known:
            keep.confirm(response)
            fresh = keep
        self.dialog = fresh
        ack = self.exchange.stack.ack(fresh.ack(self._invite.cseq_number), self.way() or self.flow)
        if other or self.over:
            self.send_bye(16)
        if other:
            self.dialog = keep
        else:
            self._ack = ack
            if not self.over:
                self.exchange.established(self)

    async def _follow(self, response: Response | None) -> None:
        if self.over:
            return
        if response is None:
            await self.finish(HangUpBy.FAULT, HangUpCause.UNREACHABLE, 408, 18)
        elif response.status < 200:
            await self._provisional(response)
        elif response.status < 300:
            await self._answered(response)
        elif response.status in (401, 407) and self._try_password(response):
            return
        elif response.status == 422 and not self._tried_password:
            self._tried_password = True
            self._send_again((("session-expires", response.get("min-se") or str(MIN_SE_S)),))
        else:
            by = HangUpBy.FAULT if response.status in (408, 503) else HangUpBy.REMOTE
            q850 = q850_in(response, q850_of_status(response.status))
            await self.finish(by, cause_of_status(response.status), response.status, q850)

    async def _provisional(self, response: Response) -> None:
        if response.status == 100:
            return
        assert self._invite is not None and self.audio is not None
        if self.dialog is None and ";tag=" in (response.get("to") or ""):
            self.dialog = Dialog.from_response(
                self._invite, response, contact=self._invite.get("contact") or ""
            )
            self.exchange.established(self)
        early = await self._take_sdp(response)
        if response.status in (180, 183):
            self.exchange.emit(LegRinging(at=self.exchange.now(), leg_id=self.leg_id, early_media=early))

    async def _take_sdp(self, response: Response) -> bool:
        """Apply an answer, once for each different text; False when there is none."""
        assert self.audio is not None
        sdp = session_description(response)
        if sdp is None:
            return False
        if sdp != self._early_sdp:
            await self.audio.take_answer(sdp)
            self._early_sdp = sdp
        return True

    async def _answered(self, response: Response) -> None:
        if self.state is LegState.UP:
            return  # a repeated 200; its ACK has gone out
        assert self.audio is not None
        try:
            if not await self._take_sdp(response) and not self._early_sdp:
                raise UnacceptableOffer(488, "no answer in the 200")
        except (UnacceptableOffer, Malformed):
            self.send_bye(79)
            await self.finish(HangUpBy.FAULT, HangUpCause.REJECTED, 488, 79)
            return
        self.state = LegState.UP
        self.since = self.exchange.now()
        if self._deadline is not None:
            self._deadline.cancel()
        self.exchange.emit(LegAnswered(at=self.exchange.now(), leg_id=self.leg_id))
        self.audio.answered()
        self.watch_session(settled(response, self.exchange.settings.session_expires_s))

    def _try_password(self, response: Response) -> bool:
        """Answer a trunk's challenge, once (RFC 3261 section 22.2)."""
        trunk = self._target
        if self._tried_password or not isinstance(trunk, TrunkEntry) or not trunk.username:
            return False
        assert self._invite is not None
        name = "authorization" if response.status == 401 else "proxy-authorization"
        for challenge in response.all("www-authenticate" if response.status == 401 else "proxy-authenticate"):
            value = answer_challenge(
                challenge,
                method="INVITE",
                uri=self._invite.uri,
                username=trunk.username,
                password=trunk.password,
                cnonce=new_token(),
            )
            if value is not None:
                self._tried_password = True
                self._send_again(((name, value),))
                return True
        return False

    def _send_again(self, headers: Headers) -> None:
        assert self._invite is not None and self.flow is not None
        number = self._invite.cseq_number + 1
        self._invite = self._invite.having(*headers, ("cseq", f"{number} INVITE"))
        self.dialog = None
        self._key = self.exchange.stack.request(self._invite, self.flow, self._on_response)

    # ── The end ─────────────────────────────────────────────────────────────────────────────────────────────

    async def hang_up(
        self,
        q850: int,
        *,
        by: HangUpBy = HangUpBy.LOCAL,
        cause: HangUpCause = HangUpCause.NORMAL,
        status: int = 0,
    ) -> None:
        """CANCEL before the answer, BYE after it. A 200 that crosses the CANCEL is acknowledged and ended."""
        if self.over:
            return
        if self._ack is not None:
            self.send_bye(q850)
        elif self._key is not None:
            self.exchange.stack.cancel(self._key, (reason_header(q850),))
        if self.state is LegState.DIALLING and cause is HangUpCause.NORMAL:
            cause, status = HangUpCause.CANCELLED, 487
        await self.finish(by, cause, status, q850)

    async def finish(self, by: HangUpBy, cause: HangUpCause, status: int, q850: int) -> None:
        """Report the end, once; frees the audio."""
        if self._deadline is not None:
            self._deadline.cancel()
        await super().finish(by, cause, status, q850)
