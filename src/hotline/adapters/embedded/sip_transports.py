"""Sockets for SIP: UDP, TCP and WebSocket. Bytes in, with the flow they came by; bytes out by a flow.

Knows no message. Everything that waits for the network is bounded; a peer that does not read is cut off.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from hotline.wire.sip.flow import Flow
from hotline.wire.sip.framing import PING, PONG, FramingError, StreamFramer

log = structlog.get_logger(__name__)

DATAGRAM_MAX = 65_535
READS_A_TURN = 64
UNSENT_MAX = 1_048_576
CONNECT_DEADLINE_S = 4.0
IDLE_DEADLINE_S = 180.0
"""A TCP connection that has never said anything in this time is closed."""

DatagramFilter = Callable[[bytes], bool]
"""Tests lose packets with it: False drops a datagram, on its way in or out."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """Where transports report."""

    on_bytes: Callable[[bytes, Flow], None]
    on_closed: Callable[[Flow], None]


class BindFailed(Exception):
    """A port cannot be opened; the text says which and why."""


def address_to_show(address: str, advertised: str) -> str:
    """Return the host for Contact and Via: the advertised one, the bound one, or, when all are bound, that of the way out."""
    if advertised or address not in ("0.0.0.0", ""):  # noqa: S104 - compared, not bound
        return advertised or address
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: asks the routing table only
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


class UdpTransport:
    """One UDP socket, read from the event loop without a protocol object (measured a third cheaper)."""

    def __init__(self, wiring: Wiring, keep: DatagramFilter | None = None) -> None:
        self._wiring = wiring
        self._keep = keep
        self._socket: socket.socket | None = None
        self.local = ""
        """Our host:port as the far end is told."""
        self.port = 0

    def open(self, address: str, port: int, shown: str) -> None:
        """Bind. Raises `BindFailed`."""
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sock.bind((address, port))
        except OSError as error:
            sock.close()
            raise BindFailed(f"UDP {address}:{port} for SIP cannot be opened: {error.strerror}") from error
        sock.setblocking(False)
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
        self._socket = sock
        self.port = sock.getsockname()[1]
        self.local = f"{shown}:{self.port}"
        asyncio.get_running_loop().add_reader(sock, self._read)

    def _read(self) -> None:
        assert self._socket is not None
        for _ in range(READS_A_TURN):
            try:
                data, source = self._socket.recvfrom(DATAGRAM_MAX)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                return  # an ICMP error of an earlier datagram; the retransmission timers see to it
            if len(data) > 4 and (self._keep is None or self._keep(data)):
                self._wiring.on_bytes(data, Flow("UDP", source[0], source[1], self.local))

    def flow_to(self, host: str, port: int) -> Flow:
        """The flow to an address."""
        return Flow("UDP", host, port, self.local)

    def send(self, flow: Flow, data: bytes) -> None:
        """Send; what cannot be sent now is lost, as on any datagram network."""
        if self._socket is None or (self._keep is not None and not self._keep(data)):
            return
        with contextlib.suppress(OSError):
            self._socket.sendto(data, (flow.host, flow.port))

    def close(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None


class TcpTransport:
    """Connections that others open to us, and those we open."""

    def __init__(self, wiring: Wiring, next_connection: Callable[[], int], limit: int) -> None:
        self._wiring = wiring
        self._next_connection = next_connection
        self._limit = limit
        self._server: asyncio.Server | None = None
        self._writers: dict[Flow, asyncio.StreamWriter] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._local = ""
        self.port = 0

    async def open(self, address: str, port: int, shown: str) -> None:
        """Listen. Raises `BindFailed`."""
        try:
            self._server = await asyncio.start_server(self._accepted, address, port)
        except OSError as error:
            raise BindFailed(f"TCP {address}:{port} for SIP cannot be opened: {error.strerror}") from error
        self.port = self._server.sockets[0].getsockname()[1]
        self._local = f"{shown}:{self.port}"

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername")
        if peer is None or len(self._writers) >= self._limit:
            writer.close()
            return
        await self._serve(Flow("TCP", peer[0], peer[1], self._local, self._next_connection()), reader, writer)

    async def connect(self, host: str, port: int) -> Flow:
        """Open a connection, or return one that is open to the same place.

        Raises:
            OSError: it cannot be opened in time.
        """
        for flow in self._writers:
            if (flow.host, flow.port) == (host, port):
                return flow
        async with asyncio.timeout(CONNECT_DEADLINE_S):
            reader, writer = await asyncio.open_connection(host, port)
        flow = Flow("TCP", host, port, self._local, self._next_connection())
        self._writers[flow] = writer
        task = asyncio.create_task(self._serve(flow, reader, writer), name=f"sip-tcp-{flow.connection}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return flow

    async def _serve(self, flow: Flow, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers[flow] = writer
        framer = StreamFramer()
        spoken = False
        try:
            while True:
                async with asyncio.timeout(None if spoken else IDLE_DEADLINE_S):
                    data = await reader.read(65_536)
                if not data:
                    break
                spoken = True
                for message in framer.feed(data):
                    if message == PING:
                        self.send(flow, PONG)
                    else:
                        self._wiring.on_bytes(message, flow)
        except (OSError, FramingError, TimeoutError) as error:
            log.info("sip_connection_broken", reason=type(error).__name__)
        finally:
            self._writers.pop(flow, None)
            writer.close()
            self._wiring.on_closed(flow)

    def is_open(self, flow: Flow) -> bool:
        """Whether the connection is open."""
        return flow in self._writers

    def send(self, flow: Flow, data: bytes) -> bool:
        """Send on an open connection; False when it is gone."""
        writer = self._writers.get(flow)
        if writer is None:
            return False
        if writer.transport.get_write_buffer_size() > UNSENT_MAX:
            writer.transport.abort()
            return False
        writer.write(data)
        return True

    async def close(self) -> None:
        """Close every connection and stop listening."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers.values()):
            writer.transport.abort()
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._server is not None:
            await self._server.wait_closed()
