"""What breaks at the engine: the voice process and the line to it, or the nodes of FreeSWITCH and the lines to them."""

import asyncio
import contextlib
import os
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from tests.e2e.freeswitch_product import FreeSwitchSite, freeswitch_site
from tests.e2e.product import Product
from tests.peers.cut import CutRelay

Acts = dict[str, Callable[[], Awaitable[None]]]
Address = tuple[str, int]


class Engine(Protocol):
    """An engine that can be broken and mended."""

    doors: list[Address]
    """Where citizens' calls arrive."""
    telephones: list[Address]
    """Where telephones register."""

    def acts(self, chance: random.Random) -> Acts:
        """What can happen to it."""
        ...

    async def before_start(self) -> None:
        """The application is about to start."""
        ...

    async def mend(self) -> None:
        """Whatever was interrupted: everything is there again."""
        ...


class Voice:
    """The embedded engine: a process of the product, reached by a Unix socket."""

    def __init__(self, product: Product) -> None:
        self.doors = [product.sip]
        self.telephones = [product.phones]
        self._product = product
        self._line: CutRelay | None = None
        self._inode = 0

    def acts(self, chance: random.Random) -> Acts:
        return {
            "voice process killed": self._kill,
            "line to the engine cut": lambda: self._cut(chance.uniform(1.0, 15.0)),
        }

    async def before_start(self) -> None:
        """The engine is reached through a relay wherever that is possible."""
        socket = self._product.data / "run" / "voice.sock"
        if not socket.exists() or (self._line is not None and socket.stat().st_ino == self._inode):
            return
        if self._line is not None:  # a new voice process listens there
            await self._line.close()
        self._line = await CutRelay.unix(socket, socket.with_name("behind.sock"))
        self._inode = socket.stat().st_ino

    async def mend(self) -> None:
        if self._line is not None:
            self._line.mend()

    async def close(self) -> None:
        """Take the relay away."""
        if self._line is not None:
            await self._line.close()

    async def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError, IndexError, FileNotFoundError):
            os.kill(self._product.pid_of("voice"), signal.SIGKILL)

    async def _cut(self, seconds: float) -> None:
        if self._line is None:  # it is laid when the application starts beside a running voice process
            self._product.kill()
            await self.before_start()
            await self._product.start()
        if self._line is not None:
            await cut(self._line, seconds)


class Nodes:
    """FreeSWITCH: nodes with a relay before each."""

    def __init__(self, site: FreeSwitchSite) -> None:
        self.doors = [node.trunks for node in site.nodes]
        self.telephones = [node.agents for node in site.nodes]
        self._site = site

    def acts(self, chance: random.Random) -> Acts:
        return {
            "FreeSWITCH node killed": lambda: self._kill(chance),
            "line to a node cut": lambda: cut(chance.choice(self._site.lines), chance.uniform(1.0, 32.0)),
            "lines to a node reset": self._reset,
        }

    async def before_start(self) -> None:
        return

    async def mend(self) -> None:
        for line in self._site.lines:
            line.mend()
        for node in self._site.nodes:
            if node.process is None or node.process.poll() is not None:
                await node.start()

    async def _kill(self, chance: random.Random) -> None:
        node = chance.choice(self._site.nodes)
        node.kill()
        await asyncio.sleep(chance.uniform(0.0, 6.0))
        await node.start()

    async def _reset(self) -> None:
        for line in self._site.lines:
            line.reset()


async def cut(line: CutRelay, seconds: float) -> None:
    """Nothing passes for so long, and nothing says so."""
    line.cut()
    try:
        await asyncio.sleep(seconds)
    finally:
        line.mend()


@asynccontextmanager
async def engine_with(
    folder: Path, settings: dict[str, str], nodes: int
) -> AsyncIterator[tuple[Product, Engine]]:
    """The running product: on so many nodes of FreeSWITCH, or (0) on the embedded engine."""
    if nodes:
        async with freeswitch_site(folder, nodes=nodes, cuttable=True, **settings) as site:
            yield site.product, Nodes(site)
        return
    product = Product(folder / "data", settings)
    voice = Voice(product)
    try:
        await product.start()
        yield product, voice
    finally:
        await product.stop()
        await voice.close()
