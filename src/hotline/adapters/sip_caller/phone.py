"""A SIP telephone of our own: registers with digest, calls and is called. Used by `hotline call`, `hotline load` and tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from hotline.adapters.embedded.sip_stack import SipStack, new_token
from hotline.adapters.embedded.sip_transports import DatagramFilter
from hotline.adapters.sip_caller.audio import PhoneAudio
from hotline.adapters.sip_caller.beat import Beat
from hotline.adapters.sip_caller.conversation import ALLOW, Conversation, OnCall, signed_header
from hotline.wire.sip.actions import Timing
from hotline.wire.sip.dialog import Dialog, DialogId, dialog_id_of
from hotline.wire.sip.flow import Flow
from hotline.wire.sip.message import Headers, Request, Response, response_to
from hotline.wire.sip.transactions import TransactionId

AudioMaker = Callable[[str, Beat], PhoneAudio]
"""Makes the sound of one call, at an address of ours, on a beat."""

REGISTER_DEADLINE_S = 20.0
TIMING = Timing()


class RegistrationFailed(Exception):
    """The switch did not take the registration; `status` says why (0: no answer)."""

    def __init__(self, status: int) -> None:
        super().__init__(f"registration refused with {status}" if status else "no answer to REGISTER")
        self.status = status


class SipPhone:
    """A telephone on a UDP port of its own (0: any that is free)."""

    def __init__(
        self,
        server: tuple[str, int],
        *,
        username: str = "",
        password: str = "",
        address: str = "127.0.0.1",
        port: int = 0,
        beat: Beat | None = None,
        timing: Timing = TIMING,
        keep: DatagramFilter | None = None,
        audio: AudioMaker = PhoneAudio,
    ) -> None:
        self.username = username
        self.password = password
        self._server = server
        self._address = address
        self._beat = beat or Beat()
        self._audio = audio
        self._calls: dict[DialogId, Conversation] = {}
        self._servers: dict[TransactionId, Conversation] = {}
        self._call_id = new_token()
        self._cseq = 0
        self.on_call: OnCall = partial(Conversation.reject, status=480)
        self.stack = SipStack(self, timing, keep=keep)
        self.stack.open_udp(address, port, address)
        self._flow = self.stack.udp.flow_to(*server)

    async def close(self) -> None:
        """End every call and close the socket."""
        for call in set(self._calls.values()) | set(self._servers.values()):
            call.hang_up()
        await self.stack.close()

    # ── Registering ─────────────────────────────────────────────────────────────────────────────────────────

    async def register(self, expires_s: int = 600) -> None:
        """Register (0: leave). Raises `RegistrationFailed`."""
        host, port = self._server
        me = f"sip:{self.username}@{host}"
        authorization: Headers = ()
        response: Response | None = None
        async with asyncio.timeout(REGISTER_DEADLINE_S + 20):
            for _ in range(2):
                self._cseq += 1
                request = Request(
                    method="REGISTER",
                    uri=f"sip:{host}:{port}",
                    headers=(
                        ("max-forwards", "70"),
                        ("from", f"<{me}>;tag={new_token()}"),
                        ("to", f"<{me}>"),
                        ("call-id", self._call_id),
                        ("cseq", f"{self._cseq} REGISTER"),
                        ("contact", f"<sip:{self.username}@{self._flow.local}>"),
                        ("expires", str(expires_s)),
                        ("user-agent", "Hotline test telephone"),
                        *authorization,
                    ),
                )
                response = await self._ask(request)
                if response is not None and response.status == 200:
                    return
                signed = signed_header(self, response.get("www-authenticate") if response else None, request)
                if response is None or response.status != 401 or signed is None:
                    break
                authorization = (("authorization", signed),)
        raise RegistrationFailed(response.status if response is not None else 0)

    async def _ask(self, request: Request) -> Response | None:
        done: asyncio.Future[Response | None] = asyncio.get_running_loop().create_future()

        def on_response(response: Response | None) -> None:
            if (response is None or response.status >= 200) and not done.done():
                done.set_result(response)

        self.stack.request(request, self._flow, on_response)
        return await done

    # ── Calling ─────────────────────────────────────────────────────────────────────────────────────────────

    def call(self, number: str, *, shown: str = "", headers: Headers = ()) -> Conversation:
        """Call a number through the switch; `shown` is what we say our number is."""
        host, port = self._server
        audio = self._audio(self._address, self._beat)
        conversation = Conversation(self, audio, self._flow)
        me = shown or self.username or "anonymous"
        invite = Request(
            method="INVITE",
            uri=f"sip:{number}@{host}:{port}",
            headers=(
                ("max-forwards", "70"),
                ("from", f"<sip:{me}@{self._flow.local}>;tag={new_token()}"),
                ("to", f"<sip:{number}@{host}:{port}>"),
                ("call-id", new_token()),
                ("cseq", "1 INVITE"),
                ("contact", f"<sip:{me}@{self._flow.local}>"),
                ALLOW,
                ("user-agent", "Hotline test telephone"),
                *headers,
            ),
        ).with_body(audio.offer().encode(), "application/sdp")
        conversation.place(invite)
        return conversation

    # ── What calls ask for (conversation.Owner) ─────────────────────────────────────────────────────────────

    def keep(self, call: Conversation) -> None:
        """The call has a dialog now."""
        assert call.dialog is not None
        self._calls[call.dialog.id] = call

    def drop(self, call: Conversation) -> None:
        """The call is over."""
        if call.dialog is not None:
            self._calls.pop(call.dialog.id, None)

    # ── What the endpoint reports (sip_stack.StackUser) ─────────────────────────────────────────────────────

    def admits(self, request: Request, flow: Flow) -> bool:
        """Only the switch may speak to us."""
        del request
        return flow.host == self._server[0]

    def on_request(self, key: TransactionId, request: Request, flow: Flow) -> None:
        """A new request came."""
        dialog_id = dialog_id_of(request)
        if dialog_id is not None:
            call = self._calls.get(dialog_id)
            if call is None:
                self.stack.respond(key, response_to(request, 481))
            else:
                self._servers[key] = call
                call.in_dialog(key, request)
            return
        if request.method != "INVITE":
            status = 200 if request.method in ("OPTIONS", "NOTIFY") else 405
            self.stack.respond(key, response_to(request, status, to_tag=new_token(), headers=(ALLOW,)))
            return
        call = Conversation(self, self._audio(self._address, self._beat), flow)
        call.invite, call.server_key = request, key
        call.dialog = Dialog.from_invite(
            request, local_tag=new_token(), contact=f"<sip:{self.username}@{flow.local}>"
        )
        self._servers[key] = call
        self.keep(call)
        self.on_call(call)

    def on_ack(self, key: TransactionId, ack: Request) -> None:
        """The ACK to our 200 came."""
        if key in self._servers:
            self._servers[key].on_ack(ack)

    def on_cancelled(self, key: TransactionId, cancel: Request) -> None:
        """The caller took the call back."""
        del cancel
        if key in self._servers:
            self._servers[key].on_cancel()

    def on_unacknowledged(self, key: TransactionId) -> None:
        """Our 200 was never acknowledged."""
        if key in self._servers:
            self._servers[key].hang_up()

    def on_ended(self, key: TransactionId) -> None:
        """A transaction is over."""
        self._servers.pop(key, None)

    def on_closed(self, flow: Flow) -> None:
        """Datagrams have no connection."""
