"""A relay between a client and a server that can be cut as a network is: silently, or with a reset; and mended."""

import asyncio
import contextlib
import os
import signal
import socket
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from weakref import WeakSet

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class CutRelay:
    """Passes bytes both ways. `cut` stops them (and lets nobody in) without a word; `reset` ends connections; `mend` goes on."""

    def __init__(self, connect: Callable[[], Awaitable[Streams]]) -> None:
        self._connect = connect
        self._whole = asyncio.Event()
        self._whole.set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._open: set[asyncio.StreamWriter] = set()
        self._made: WeakSet[asyncio.StreamWriter] = WeakSet()
        self.port = 0

    @classmethod
    async def tcp(cls, port: int) -> "CutRelay":
        """Stand before a TCP server on loopback; `port` of the relay is where to connect."""
        relay = cls(lambda: asyncio.open_connection("127.0.0.1", port))
        relay._server = await asyncio.start_server(relay._serve, "127.0.0.1", 0)
        relay.port = relay._server.sockets[0].getsockname()[1]
        return relay

    @classmethod
    async def unix(cls, path: Path, behind: Path) -> "CutRelay":
        """Stand at `path` before the Unix socket that was there, which moves to `behind`."""
        path.rename(behind)
        relay = cls(lambda: asyncio.open_unix_connection(behind))
        relay._server = await asyncio.start_unix_server(relay._serve, path)
        return relay

    def cut(self) -> None:
        """From now on nothing passes, and nothing says so."""
        self._whole.clear()

    def reset(self) -> None:
        """End every connection at once."""
        for writer in self._open:
            sock = writer.get_extra_info("socket")
            if sock is not None and sock.family != socket.AF_UNIX:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    def mend(self) -> None:
        """Pass on what waited, and what comes."""
        self._whole.set()

    async def close(self) -> None:
        """End; what a stopped side has not taken is thrown away, so that no connection outlives the test."""
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._made:
            writer.transport.abort()
        await asyncio.sleep(0)  # the loop closes their sockets in its next turn

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._made.add(writer)
        try:
            await self._whole.wait()
            with contextlib.suppress(OSError):
                other_reader, other = await self._connect()
                self._open |= {writer, other}
                self._made.add(other)
                ways = [
                    asyncio.create_task(self._pass(reader, other), name="relay-in"),
                    asyncio.create_task(self._pass(other_reader, writer), name="relay-out"),
                ]
                try:
                    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for way in ways:
                        way.cancel()
                    await asyncio.gather(*ways, return_exceptions=True)
                    self._open -= {writer, other}
                    other.close()
        finally:
            writer.close()
            self._tasks.discard(task)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                await self._whole.wait()
                writer.write(data)
                await writer.drain()


def stop_group(pid: int) -> list[int]:
    """Stop (SIGSTOP) a process and everything it started; return who was stopped."""
    stopped = [pid, *_below(pid)]
    for one in stopped:
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, signal.SIGSTOP)
    return stopped


def go_on(pids: list[int]) -> None:
    """Let stopped processes go on."""
    for one in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, signal.SIGCONT)


def _below(pid: int) -> list[int]:
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(stat[1]) == pid:
                    found += [int(entry.name), *_below(int(entry.name))]
    return found
