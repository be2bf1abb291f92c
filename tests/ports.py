"""Ports for what tests start: below those that the system hands out to anybody's connections, and no port twice.

Each worker of a run has a part of its own; two runs on one machine begin at different places and look first. A block that the own
part has no room for (another run lives there) is looked for in the others, the last first. A port that the system gave out (bind to
0) may be taken by any outgoing connection before the program under test opens it.
"""

import os
import socket
from contextlib import ExitStack, suppress
from itertools import count

SINGLE = (10_000, 19_999)
"""Ports handed out one by one."""
MEDIA = (21_000, 31_999)
"""Ports handed out in blocks, for RTP. The product's own default (20000–20999) stays free."""
WORKERS = 8

_turn = count()
_media_turn = count()


def free_port() -> int:
    """A port of 127.0.0.1 that is free now, for UDP and TCP alike."""
    first, size = _part(SINGLE, _worker())
    for _ in range(size):
        port = first + (os.getpid() * 61 + next(_turn)) % size
        if _is_free(port):
            return port
    raise RuntimeError("no port is free for the tests")


def free_block(size: int) -> tuple[int, int]:
    """The first and the last of `size` UDP ports in a row that are free now; the first is even (RFC 3550, 11)."""
    for worker in (_worker(), *reversed(range(WORKERS))):
        first, room = _part(MEDIA, worker)
        blocks = room // size
        for _ in range(blocks):
            begin = first + (os.getpid() * 7 + next(_media_turn)) % blocks * size
            begin += begin % 2
            end = min(begin + size, first + room) - 1
            if all(_is_free(port, tcp=False) for port in range(begin, end + 1)):
                return begin, end
    raise RuntimeError(f"no {size} ports in a row are free for the tests")


def _worker() -> int:
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS


def _part(span: tuple[int, int], worker: int) -> tuple[int, int]:
    size = (span[1] - span[0] + 1) // WORKERS
    return span[0] + worker * size, size


def _is_free(port: int, *, tcp: bool = True) -> bool:
    kinds = (socket.SOCK_DGRAM, socket.SOCK_STREAM) if tcp else (socket.SOCK_DGRAM,)
    with ExitStack() as probes, suppress(OSError):
        for kind in kinds:
            probes.enter_context(socket.socket(type=kind)).bind(("127.0.0.1", port))
        return True
    return False
