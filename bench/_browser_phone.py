"""A browser's telephone without the browser: SIP over the application's WebSocket, as JsSIP speaks it (RFC 7118).

Chosen over a Chromium page with fifteen user agents to leave the processor to what is measured. That real Chromium with JsSIP works
is shown by the end-to-end tests.
"""

import asyncio
import secrets
from typing import Any, cast

from bench._sound import BrowserAudio, Browsers, Tally
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from hotline.adapters.embedded.sip_stack import SipStack, new_token
from hotline.adapters.embedded.ws import WsTransport
from hotline.adapters.sip_caller.beat import Beat
from hotline.adapters.sip_caller.phone import TIMING, RegistrationFailed, SipPhone
from hotline.wire.sip.digest import answer_challenge
from hotline.wire.sip.flow import Flow
from hotline.wire.sip.message import Headers, Request, Response


class _Stack(SipStack):
    """An endpoint whose only way is one WebSocket that it opened itself."""

    async def connect(self, url: str) -> Flow:
        """Open the connection. Raises `OSError`, `InvalidHandshake`."""
        connection = await connect(url, subprotocols=[Subprotocol("sip")], compression=None, proxy=None)
        host, port = connection.remote_address[:2]
        flow = Flow("WS", host, port, f"{secrets.token_hex(6)}.invalid", 1)
        self.ws = cast("WsTransport", _Line(connection))  # it has the three members that the endpoint uses
        self._reader = asyncio.create_task(self._read(connection, flow), name="browser-phone-read")
        return flow

    async def _read(self, connection: ClientConnection, flow: Flow) -> None:
        try:
            async for message in connection:
                self._on_bytes(message.encode() if isinstance(message, str) else message, flow)
        except ConnectionClosed:
            pass
        self._on_closed(flow)


class _Line:
    """Sends messages in their order; stands where the engine has its WebSocket server."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._outbox: asyncio.Queue[str] = asyncio.Queue(256)
        self._sender = asyncio.create_task(self._send_all(), name="browser-phone-send")

    async def _send_all(self) -> None:
        try:
            while True:
                await self._connection.send(await self._outbox.get())
        except ConnectionClosed:
            return

    def is_open(self, flow: Flow) -> bool:
        """Whether messages can be sent."""
        del flow
        return not self._sender.done()

    def send(self, flow: Flow, data: bytes) -> bool:
        """Send a message."""
        del flow
        self._outbox.put_nowait(data.decode())
        return True

    async def close(self) -> None:
        """Close the connection."""
        self._sender.cancel()
        await self._connection.close()


class BrowserPhone(SipPhone):
    """`SipPhone` over a WebSocket, with a browser's sound."""

    def __init__(self, *, beat: Beat, browsers: Browsers, tally: Tally) -> None:
        def sound(_address: str, beat: Beat) -> Any:
            return BrowserAudio(browsers, beat, tally)

        super().__init__(("127.0.0.1", 0), beat=beat, audio=sound)
        self._plain = self.stack
        self.stack: SipStack = _Stack(self, TIMING)

    async def open(self, url: str, log_in: dict[str, Any]) -> None:
        """Connect and register with the log-in that the desk gives out. Raises `RegistrationFailed`, `OSError`."""
        await self._plain.close()
        assert isinstance(self.stack, _Stack)
        self._flow = await self.stack.connect(url)
        self._server = (self._flow.host, self._flow.port)
        self.username = log_in["uri"].removeprefix("sip:").partition("@")[0]
        authorization: Headers = ()
        response: Response | None = None
        for number in (1, 2):
            request = self._register(log_in, number, authorization)
            response = await self._ask(request)
            challenge = response.get("www-authenticate") if response is not None else None
            if response is None or response.status != 401 or challenge is None:
                break
            signed = answer_challenge(
                challenge,
                method="REGISTER",
                uri=request.uri,
                username=log_in["authorization_user"],
                password=log_in["password"],
                cnonce=new_token(),
            )
            assert signed is not None
            authorization = (("authorization", signed),)
        if response is None or response.status != 200:
            raise RegistrationFailed(response.status if response is not None else 0)

    def _register(self, log_in: dict[str, Any], number: int, authorization: Headers) -> Request:
        return Request(
            method="REGISTER",
            uri=f"sip:{log_in['realm']}",
            headers=(
                ("max-forwards", "70"),
                ("from", f"<{log_in['uri']}>;tag={new_token()}"),
                ("to", f"<{log_in['uri']}>"),
                ("call-id", self._call_id),
                ("cseq", f"{number} REGISTER"),
                ("contact", f"<sip:{self.username}@{self._flow.local};transport=ws>"),
                ("expires", "600"),
                ("user-agent", "Hotline benchmark browser"),
                *authorization,
            ),
        )
