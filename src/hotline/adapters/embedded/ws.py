"""SIP over WebSocket (RFC 7118): browsers reach us through the application's `/sip`, which connects to a Unix socket.

Each connection is a flow of its own. A message is one WebSocket frame; anything else ends the connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog
from websockets.asyncio.server import Server, ServerConnection, serve, unix_serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from hotline.adapters.embedded.sip_transports import BindFailed, Wiring
from hotline.wire.sip.codec import SIZE_LIMIT
from hotline.wire.sip.flow import Flow

log = structlog.get_logger(__name__)

UNSENT_MAX = 256
HANDSHAKE_DEADLINE_S = 5.0
PING_EVERY_S = 20.0


class WsTransport:
    """The WebSocket server of the engine."""

    def __init__(self, wiring: Wiring, next_connection: Callable[[], int], limit: int, shown: str) -> None:
        self._wiring = wiring
        self._next_connection = next_connection
        self._limit = limit
        self._local = shown
        self._servers: list[Server] = []
        self._outboxes: dict[Flow, asyncio.Queue[bytes]] = {}
        self._connections: dict[Flow, ServerConnection] = {}
        self.port = 0

    async def open(self, path: Path | None, port: int | None) -> None:
        """Listen on the Unix socket and, where given, on a loopback port. Raises `BindFailed`."""
        try:
            if path is not None:
                await asyncio.to_thread(_clear_socket, path)
                self._servers.append(await unix_serve(self._serve_proxied, str(path), **_OPTIONS))
                await asyncio.to_thread(path.chmod, 0o600)
            if port is not None:
                server = await serve(self._serve_direct, "127.0.0.1", port, **_OPTIONS)
                self.port = next(iter(server.sockets)).getsockname()[1]
                self._servers.append(server)
        except OSError as error:
            raise BindFailed(
                f"WebSocket {path or port} for SIP cannot be opened: {error.strerror}"
            ) from error

    async def _serve_proxied(self, connection: ServerConnection) -> None:
        forwarded = connection.request.headers.get("X-Forwarded-For", "") if connection.request else ""
        host, _, port = (
            forwarded.rpartition(",")[2].strip().rpartition(":")
        )  # an IPv6 address has colons of its own
        await self._serve(connection, host or "127.0.0.1", int(port) if port.isdigit() else 0)

    async def _serve_direct(self, connection: ServerConnection) -> None:
        peer = connection.remote_address
        await self._serve(connection, peer[0], peer[1])

    async def _serve(self, connection: ServerConnection, host: str, port: int) -> None:
        if connection.subprotocol != "sip" or len(self._connections) >= self._limit:
            await connection.close(1008, "sub-protocol sip, or no room")
            return
        flow = Flow("WS", host, port, self._local, self._next_connection())
        outbox: asyncio.Queue[bytes] = asyncio.Queue(UNSENT_MAX)
        self._outboxes[flow] = outbox
        self._connections[flow] = connection
        sender = asyncio.create_task(
            self._send_all(connection, outbox), name=f"sip-ws-send-{flow.connection}"
        )
        try:
            async for frame in connection:
                data = frame.encode() if isinstance(frame, str) else frame
                if data.strip():
                    self._wiring.on_bytes(data, flow)
                else:
                    self.send(flow, b"\r\n\r\n")  # a keep-alive in the manner of RFC 7118 section 6
        except ConnectionClosed:
            pass
        finally:
            del self._outboxes[flow], self._connections[flow]
            sender.cancel()
            self._wiring.on_closed(flow)
            await asyncio.wait({sender})

    @staticmethod
    async def _send_all(connection: ServerConnection, outbox: asyncio.Queue[bytes]) -> None:
        try:
            while True:
                data = await outbox.get()
                await connection.send(data.decode("utf-8", "replace"))
        except ConnectionClosed:
            return

    def is_open(self, flow: Flow) -> bool:
        """Whether the connection is open."""
        return flow in self._outboxes

    def send(self, flow: Flow, data: bytes) -> bool:
        """Send on an open connection; False when it is gone."""
        outbox = self._outboxes.get(flow)
        if outbox is None:
            return False
        try:
            outbox.put_nowait(data)
        except asyncio.QueueFull:
            log.warning("sip_ws_reader_too_slow", connection=flow.connection)
            self._connections[flow].transport.abort()
            return False
        return True

    async def close(self) -> None:
        """Close every connection and stop listening."""
        for server in self._servers:
            server.close()
        for server in self._servers:
            await server.wait_closed()


_OPTIONS = {
    "subprotocols": [Subprotocol("sip")],
    "compression": None,
    "max_size": SIZE_LIMIT,
    "max_queue": 32,
    "open_timeout": HANDSHAKE_DEADLINE_S,
    "ping_interval": PING_EVERY_S,
    "ping_timeout": PING_EVERY_S,
    "close_timeout": 2.0,
}


def _clear_socket(path: Path) -> None:
    """Take away the socket that a killed process left behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
