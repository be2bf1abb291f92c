"""A UDP relay that loses a share of all datagrams in both directions, for each client by a socket of its own."""

import asyncio
import contextlib
import random
import socket

DATAGRAM_MAX = 65_535
Address = tuple[str, int]


class LossyRelay:
    """Stands between telephones and the switch. `lost` counts what it took."""

    def __init__(self, target: Address, share: float, seed: int) -> None:
        self._target = target
        self._share = share
        self._dice = random.Random(seed)
        self._loop = asyncio.get_running_loop()
        self._front = self._socket()
        self._backs: dict[Address, socket.socket] = {}
        self._loop.add_reader(self._front, self._from_clients)
        self.lost = 0

    @property
    def address(self) -> Address:
        """Where telephones send to."""
        return self._front.getsockname()

    @staticmethod
    def _socket() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setblocking(False)
        made.bind(("127.0.0.1", 0))
        return made

    def _passes(self) -> bool:
        passes = self._dice.random() >= self._share
        self.lost += not passes
        return passes

    def _from_clients(self) -> None:
        with contextlib.suppress(OSError):
            data, client = self._front.recvfrom(DATAGRAM_MAX)
            back = self._backs.get(client)
            if back is None:
                back = self._backs[client] = self._socket()
                self._loop.add_reader(back, self._from_switch, back, client)
            if self._passes():
                back.sendto(data, self._target)

    def _from_switch(self, back: socket.socket, client: Address) -> None:
        with contextlib.suppress(OSError):
            data = back.recv(DATAGRAM_MAX)
            if self._passes():
                self._front.sendto(data, client)

    def close(self) -> None:
        """Close every socket."""
        for sock in (self._front, *self._backs.values()):
            self._loop.remove_reader(sock)
            sock.close()
