"""A bare SIP peer for tests: sends any text by UDP, TCP or WebSocket and reads what comes back."""

import asyncio
import itertools
import socket

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from hotline.wire.sip.codec import decode
from hotline.wire.sip.framing import StreamFramer
from hotline.wire.sip.message import Message, Request, Response

ANSWER_S = 5.0
_numbers = itertools.count(1)

SDP = """v=0\r
o=- 1 1 IN IP4 127.0.0.1\r
s=-\r
c=IN IP4 127.0.0.1\r
t=0 0\r
m=audio 9 RTP/AVP 8 101\r
a=rtpmap:8 PCMA/8000\r
a=rtpmap:101 telephone-event/8000\r
"""


def request(
    method: str,
    uri: str,
    local: str,
    *,
    headers: tuple[tuple[str, str], ...] = (),
    body: str = "",
    transport: str = "UDP",
) -> Request:
    """Make a request outside of any dialog; `headers` replace those made here."""
    number = next(_numbers)
    made = Request(
        method=method,
        uri=uri,
        headers=(
            ("via", f"SIP/2.0/{transport} {local};branch=z9hG4bKraw{number};rport"),
            ("max-forwards", "70"),
            ("from", f"<sip:13800138000@{local}>;tag=raw{number}"),
            ("to", f"<{uri}>"),
            ("call-id", f"raw{number}@{local}"),
            ("cseq", f"1 {method}"),
            ("contact", f"<sip:raw@{local}>"),
        ),
    ).having(*headers)
    return made.with_body(body.encode(), "application/sdp") if body else made


class RawUdp:
    """A datagram socket that speaks SIP."""

    def __init__(self, server_port: int, source: str = "127.0.0.1") -> None:
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.setblocking(False)
        self._sock.bind((source, 0))
        self._server = ("127.0.0.1", server_port)
        self.local = f"{source}:{self._sock.getsockname()[1]}"

    def send(self, message: Message | bytes) -> None:
        """Send a message or plain bytes."""
        self._sock.sendto(message if isinstance(message, bytes) else message.encode(), self._server)

    async def receive(self) -> Message:
        """Return the next message."""
        async with asyncio.timeout(ANSWER_S):
            return decode(await asyncio.get_running_loop().sock_recv(self._sock, 65_535))

    async def final(self) -> Response:
        """Return the next final response."""
        while not (isinstance(message := await self.receive(), Response) and message.status >= 200):
            pass
        return message

    async def silence(self, seconds: float = 0.3) -> bool:
        """Whether nothing comes for so long."""
        try:
            async with asyncio.timeout(seconds):
                await asyncio.get_running_loop().sock_recv(self._sock, 65_535)
        except TimeoutError:
            return True
        return False

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()


class RawTcp:
    """A TCP connection that speaks SIP."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self._framer = StreamFramer()
        self._messages: list[bytes] = []
        host, port = writer.get_extra_info("sockname")[:2]
        self.local = f"{host}:{port}"

    @classmethod
    async def open(cls, port: int) -> "RawTcp":
        """Connect."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def receive(self) -> Message:
        """Return the next message."""
        async with asyncio.timeout(ANSWER_S):
            while not self._messages:
                data = await self._reader.read(65_536)
                assert data, "connection closed"
                self._messages += self._framer.feed(data)
        return decode(self._messages.pop(0), stream=True)

    async def close(self) -> None:
        """Close the connection."""
        self.writer.close()
        await self.writer.wait_closed()


class RawWs:
    """A WebSocket that speaks SIP, as a browser does."""

    local = "browser.invalid"

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    @classmethod
    async def open(cls, port: int) -> "RawWs":
        """Connect."""
        return cls(
            await connect(f"ws://127.0.0.1:{port}", subprotocols=[Subprotocol("sip")], compression=None)
        )

    async def ask(self, message: Request) -> Response:
        """Send a request and return its final response."""
        await self.connection.send(message.encode().decode())
        while True:
            async with asyncio.timeout(ANSWER_S):
                frame = await self.connection.recv()
            answer = decode(frame.encode() if isinstance(frame, str) else frame)
            if isinstance(answer, Response) and answer.status >= 200:
                return answer

    async def close(self) -> None:
        """Close the connection."""
        await self.connection.close()
