"""RTP ports and sockets: a pool of even ports reused first-in first-out, and UDP sockets read by the event loop without a transport."""

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import Callable

from hotline.adapters.embedded.audio_port import NoPortLeft
from hotline.wire.rtp import MAX_PACKET

Address = tuple[str, int]
OnDatagram = Callable[[bytes, Address], None]

_RECEIVE_BUFFER = 64 * 1024
_EXPEDITED_FORWARDING = 46 << 2
"""DSCP EF in the type-of-service byte (RFC 3246): telephone audio."""


class UdpSocket:
    """A bound UDP socket. `add_reader` with `recvfrom` was measured a third cheaper than a DatagramProtocol."""

    __slots__ = ("_loop", "_on_datagram", "_recvfrom", "_sendto", "_sock", "port", "unsent")

    def __init__(self, sock: socket.socket, on_datagram: OnDatagram) -> None:
        self._loop = asyncio.get_running_loop()
        self._sock = sock
        self._on_datagram = on_datagram
        self._recvfrom = sock.recvfrom
        self._sendto = sock.sendto
        self.port: int = sock.getsockname()[1]
        self.unsent = 0
        self._loop.add_reader(sock.fileno(), self._readable)

    def _readable(self) -> None:
        try:
            data, address = self._recvfrom(MAX_PACKET)
        except OSError:  # nothing there after all, or the peer's port is closed (ICMP)
            return
        self._on_datagram(data, address[:2])

    def send(self, data: bytes, address: Address) -> None:
        """Send at once or not at all: late audio is worth nothing."""
        try:
            self._sendto(data, address)
        except OSError:
            self.unsent += 1

    def close(self) -> None:
        """Close. May be called twice."""
        if self._sock.fileno() >= 0:
            self._loop.remove_reader(self._sock.fileno())
            self._sock.close()


class PortPool:
    """Even ports of a range (RTP) with the odd ones above them (RTCP).

    Reused first-in first-out, so that late packets of an ended call meet a closed port and not the next call.
    """

    def __init__(self, address: str, ports: range) -> None:
        self._address = address
        self._free = deque(port for port in ports if port % 2 == 0 and port + 1 in ports)
        self.size = len(self._free)
        self._family = socket.AF_INET6 if ":" in address else socket.AF_INET

    @property
    def free(self) -> int:
        """How many are left."""
        return len(self._free)

    def take(self) -> tuple[socket.socket, socket.socket]:
        """Bind the next free pair: RTP and RTCP. Ports that others hold are passed over (and tried again later).

        Raises:
            NoPortLeft: none can be bound.
        """
        for _ in range(len(self._free)):
            port = self._free.popleft()
            bound: list[socket.socket] = []
            try:
                bound = [self._bind(port)]
                bound.append(self._bind(port + 1))
            except OSError:
                for sock in bound:
                    sock.close()
                self._free.append(port)
                continue
            return bound[0], bound[1]
        raise NoPortLeft("no RTP port is free")

    def give_back(self, port: int) -> None:
        """The pair beginning at `port` is closed and may be used again."""
        self._free.append(port)

    def _bind(self, port: int) -> socket.socket:
        sock = socket.socket(self._family, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            with contextlib.suppress(OSError):  # not everywhere allowed, never needed
                sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, _EXPEDITED_FORWARDING)
            sock.bind((self._address, port))
        except OSError:
            sock.close()
            raise
        return sock
