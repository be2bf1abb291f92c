"""A TCP relay that can be cut like a network: what was sent is swallowed, nothing is refused, nobody is told."""

import asyncio
from contextlib import suppress

PIECE = 64 * 1024


class CutLine:
    """Stands before a TCP server. `cut` swallows everything, `mend` lets new connections through again."""

    def __init__(self, target: tuple[str, int] = ("127.0.0.1", 9)) -> None:
        self._target = target
        self._whole = asyncio.Event()
        self._whole.set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    def aim(self, target: tuple[str, int]) -> None:
        """Lead to this server."""
        self._target = target

    @property
    def address(self) -> str:
        """`host:port` to connect to."""
        assert self._server is not None
        host, port = self._server.sockets[0].getsockname()
        return f"{host}:{port}"

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)

    def cut(self) -> None:
        """From now on nothing gets through, either way."""
        self._whole.clear()

    async def mend(self) -> None:
        """The network is back; connections of before have lost bytes and are dead."""
        await self._drop()
        self._whole.set()

    async def close(self) -> None:
        """End."""
        assert self._server is not None
        self._server.close()
        await self._drop()

    async def _drop(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for writer in list(self._writers):
            writer.transport.abort()
        self._writers.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._carry(reader, writer), name="cut-line")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        await self._whole.wait()
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        self._writers.add(far_writer)
        ways = {
            asyncio.create_task(self._pass_on(reader, far_writer), name="cut-line-there"),
            asyncio.create_task(self._pass_on(far_reader, writer), name="cut-line-back"),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for one in (writer, far_writer):
                one.close()
                self._writers.discard(one)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(PIECE):
                if self._whole.is_set():
                    writer.write(piece)
                    await writer.drain()
