"""One call of a test telephone, whoever began it: its dialog, its sound, and when things happened."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from hotline.adapters.embedded.sip_stack import SipStack, new_token
from hotline.adapters.sip_caller.audio import PhoneAudio
from hotline.wire.offer_answer import Direction, NothingInCommon
from hotline.wire.sdp import BadSdp
from hotline.wire.sip.causes import q850_in, reason_header
from hotline.wire.sip.codec import Malformed, session_description
from hotline.wire.sip.dialog import Dialog, Order
from hotline.wire.sip.digest import answer_challenge
from hotline.wire.sip.flow import Flow
from hotline.wire.sip.message import Headers, Request, Response, response_to
from hotline.wire.sip.transactions import TransactionId

ALLOW = ("allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, NOTIFY")


class Owner(Protocol):
    """What a call needs of its telephone."""

    stack: SipStack
    username: str
    password: str

    def keep(self, call: Conversation) -> None:
        """The call has a dialog now."""
        ...

    def drop(self, call: Conversation) -> None:
        """The call is over."""
        ...


class Conversation:
    """A call. Wait on `ringing`, `answered`, `over`; all are set when it is over. Times are the monotonic clock's."""

    def __init__(self, owner: Owner, audio: PhoneAudio, flow: Flow) -> None:
        self.owner = owner
        self.audio = audio
        self.flow = flow
        self.ringing = asyncio.Event()
        self.answered = asyncio.Event()
        self.over = asyncio.Event()
        self.began_at = self._now()
        self.ringing_at: float | None = None
        self.answered_at: float | None = None
        self.over_at: float | None = None
        self.status = 0
        self.q850 = 0
        self.ended_by = ""
        self.is_up = False
        self.dialog: Dialog | None = None
        self.invite: Request | None = None
        self.server_key: TransactionId | None = None
        self._client_key: TransactionId | None = None
        self._acked: Request | None = None
        self._tried_password = False

    @staticmethod
    def _now() -> float:
        return time.monotonic()  # finer than the clock of uvloop, which counts milliseconds

    # ── Calling ─────────────────────────────────────────────────────────────────────────────────────────────

    def place(self, invite: Request) -> None:
        """Send the INVITE."""
        self.invite = invite
        self._client_key = self.owner.stack.request(invite, self.flow, self._on_response)

    def _on_response(self, response: Response | None) -> None:
        if response is None:
            self._end("nobody", 408)
        elif response.status < 200:
            self._on_provisional(response)
        elif response.status < 300:
            self._on_answer(response)
        elif response.status in (401, 407) and self._sign(response):
            return
        else:
            self._end("remote", response.status, q850_in(response, 0))

    def _on_provisional(self, response: Response) -> None:
        if response.status >= 180 and self.ringing_at is None:
            self.ringing_at = self._now()
            self.ringing.set()
        self._take(response)

    def _on_answer(self, response: Response) -> None:
        assert self.invite is not None
        if self._acked is not None:
            self.owner.stack.repeat(self._acked, self.flow)
            return
        self.dialog = Dialog.from_response(self.invite, response, contact=self.invite.get("contact") or "")
        self._acked = self.owner.stack.ack(self.dialog.ack(self.invite.cseq_number), self.flow)
        self.owner.keep(self)
        if self.over.is_set():
            self._bye()
            return
        self._up()
        if not self._take(response):
            self.hang_up()

    def _take(self, response: Response) -> bool:
        try:
            sdp = session_description(response)
            if sdp is not None:
                self.audio.take(sdp)
        except (BadSdp, NothingInCommon, Malformed):
            return False
        return True

    def _sign(self, response: Response) -> bool:
        name = "www-authenticate" if response.status == 401 else "proxy-authenticate"
        signed = signed_header(self.owner, response.get(name), self.invite)
        if self._tried_password or signed is None or self.invite is None:
            return False
        self._tried_password = True
        header = "authorization" if response.status == 401 else "proxy-authorization"
        number = self.invite.cseq_number + 1
        self.place(self.invite.having((header, signed), ("cseq", f"{number} INVITE")))
        return True

    def _up(self) -> None:
        self.is_up = True
        self.status = 200
        self.answered_at = self._now()
        self.ringing.set()
        self.answered.set()

    # ── Being called ────────────────────────────────────────────────────────────────────────────────────────

    def ring(self) -> None:
        """Send 180."""
        self._respond(180)

    def answer(self) -> None:
        """Take the call: 200 with our answer (or our offer, when the caller brought none)."""
        assert self.invite is not None
        if self.over.is_set() or self.is_up:
            return
        offered = session_description(self.invite)
        sdp = self.audio.answer(offered) if offered is not None else self.audio.offer()
        if self._respond(200, sdp=sdp):
            self._up()

    def reject(self, status: int = 486) -> None:
        """Refuse the call."""
        if self._respond(status):
            self._end("local", status)

    def _respond(self, status: int, sdp: str | None = None) -> bool:
        assert self.invite is not None and self.dialog is not None and self.server_key is not None
        headers: Headers = (("contact", self.dialog.contact), ALLOW) if status < 300 else ()
        response = response_to(self.invite, status, to_tag=self.dialog.local.tag, headers=headers)
        if sdp is not None:
            response = response.with_body(sdp.encode(), "application/sdp")
        return self.owner.stack.respond(self.server_key, response)

    def on_cancel(self) -> None:
        """The caller took the call back."""
        self._respond(487)
        self._end("remote", 487)

    def on_ack(self, ack: Request) -> None:
        """The ACK may bring the answer to our offer."""
        sdp = session_description(ack)
        if sdp is not None:
            self.audio.take(sdp)

    # ── In the call ─────────────────────────────────────────────────────────────────────────────────────────

    def in_dialog(self, key: TransactionId, request: Request) -> None:
        """Take a request of the far end."""
        assert self.dialog is not None
        if self.dialog.order(request) is Order.OLD:
            self.owner.stack.respond(key, response_to(request, 500))
            return
        sdp = None
        if request.method in ("INVITE", "UPDATE"):
            offered = session_description(request)
            sdp = self.audio.answer(offered) if offered is not None else None
            if sdp is None and request.method == "INVITE":
                sdp = self.audio.offer()
            self.dialog.refresh_target(request)
        response = response_to(request, 200, headers=(("contact", self.dialog.contact), ALLOW))
        if sdp is not None:
            response = response.with_body(sdp.encode(), "application/sdp")
        self.owner.stack.respond(key, response)
        if request.method == "BYE":
            self._end("remote", 200, q850_in(request, 16))

    def request(
        self, method: str, headers: Headers = (), body: tuple[str, bytes] | None = None
    ) -> asyncio.Future[Response | None]:
        """Send a request in the dialog; the future gets the final response, None when there is none."""
        assert self.dialog is not None
        done: asyncio.Future[Response | None] = asyncio.get_running_loop().create_future()
        request = self.dialog.request(method, headers)
        if body is not None:
            request = request.with_body(body[1], body[0])

        def on_response(response: Response | None) -> None:
            if response is not None and response.status < 200:
                return
            if response is not None and method == "INVITE" and response.status < 300:
                assert self.dialog is not None
                self.owner.stack.ack(self.dialog.ack(request.cseq_number), self.flow)
                self._take(response)
            if not done.done():
                done.set_result(response)

        self.owner.stack.request(request, self.flow, on_response)
        return done

    async def hold(self, *, held: bool = True) -> int:
        """Put the far end on hold, or take it back, by re-INVITE; returns the status."""
        direction = Direction.SENDONLY if held else Direction.SENDRECV
        body = ("application/sdp", self.audio.offer(direction).encode())
        response = await self.request("INVITE", (ALLOW,), body)
        return response.status if response is not None else 408

    def hang_up(self) -> None:
        """End the call in whatever state it is."""
        if self.over.is_set():
            return
        if self.is_up:
            self._bye()
        elif self._client_key is not None:
            self.owner.stack.cancel(self._client_key)
        elif self.server_key is not None:
            self._respond(480)
        self._end("local", 200 if self.is_up else 487)

    def _bye(self) -> None:
        assert self.dialog is not None
        bye = self.dialog.request("BYE", (reason_header(16),))
        self.owner.stack.request(bye, self.flow, lambda _: None)

    def _end(self, by: str, status: int, q850: int = 16) -> None:
        if self.over.is_set():
            return
        self.status, self.q850, self.ended_by, self.over_at = status, q850, by, self._now()
        self.audio.close()
        for event in (self.over, self.ringing, self.answered):
            event.set()
        self.owner.drop(self)


def signed_header(owner: Owner, challenge: str | None, request: Request | None) -> str | None:
    """Answer a challenge with the telephone's password; None when it has none or cannot."""
    if not owner.password or challenge is None or request is None:
        return None
    return answer_challenge(
        challenge,
        method=request.method,
        uri=request.uri,
        username=owner.username,
        password=owner.password,
        cnonce=new_token(),
    )


OnCall = Callable[[Conversation], None]
