"""A node is told of another directory, once it can ask about it, and left alone with the one that it knows."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from hotline.adapters.freeswitch import refresh
from hotline.adapters.freeswitch.connection import LinkBroken
from hotline.adapters.freeswitch.directory import FORGET_TELEPHONES, RELOAD_PEERS, Directory
from hotline.adapters.freeswitch.node import Node
from hotline.adapters.freeswitch.refresh import Refresher
from hotline.core.switching import Provision
from tests.peers.switch_desk import directory, trunk

HERE = directory()
ELSEWHERE = directory(trunk(peers=("192.0.2.0/24",)))


class Server:
    """Answers what it was given, once `listening`; nodes reach it while `reached`."""

    def __init__(self) -> None:
        self.directory = Directory()
        self.listening = asyncio.Event()
        self.reached = True
        self.asked = asyncio.Event()

    def provision(self, provision: Provision) -> None:
        self.directory.provision(provision)

    async def answering(self) -> None:
        await self.listening.wait()

    def digests(self) -> dict[str, str]:
        return self.directory.digests(b"key")

    async def asked_for_peers(self) -> None:
        self.asked.clear()
        await self.asked.wait()


class FakeNode:
    """Remembers global variables and the orders that it got; asks the directory when it loads its lists."""

    def __init__(self, server: Server) -> None:
        self.address = ("127.0.0.1", 8021)
        self.link = SimpleNamespace(api=self.api)
        self.variables: dict[str, str] = {}
        self.orders: list[str] = []
        self.broken = False
        self._server = server
        self._quiet = asyncio.Event()

    async def api(self, line: str) -> str:
        if self.broken:
            raise LinkBroken("cut")
        verb, _, rest = line.partition(" ")
        name, _, value = rest.partition("=")
        if verb == "global_setvar":
            self.variables[name] = value
        return self.variables.get(name, "")

    def send(self, command: bytes) -> None:
        order = command.decode().split()[1]
        self.orders.append(order)
        if order == RELOAD_PEERS and self._server.reached:
            asyncio.get_running_loop().call_later(0.005, self._server.asked.set)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def node(server: Server) -> FakeNode:
    return FakeNode(server)


@pytest.fixture
async def refresher(node: FakeNode, server: Server) -> AsyncIterator[Refresher]:
    made = Refresher(cast("Node", cast("Any", node)), server)
    running = asyncio.create_task(made.run(), name="refresh")
    yield made
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def told(node: FakeNode, server: Server) -> None:
    """Wait until the node stands at what the server says."""
    async with asyncio.timeout(5):
        while any(
            node.variables.get(f"hotline_told_{order}") != digest
            for order, digest in server.digests().items()
        ):
            await asyncio.sleep(0.001)


@pytest.mark.req("TEL-2", "OPS-2")
async def test_a_node_is_told_of_what_has_changed_and_of_nothing_else(
    refresher: Refresher, node: FakeNode, server: Server
) -> None:
    server.provision(HERE)
    server.listening.set()
    refresher.needed()
    await told(node, server)
    assert node.orders == [FORGET_TELEPHONES, RELOAD_PEERS]
    server.provision(ELSEWHERE)
    refresher.needed()
    await told(node, server)
    assert node.orders[2:] == [RELOAD_PEERS]


async def test_an_application_that_takes_over_with_the_same_site_leaves_the_node_alone(
    node: FakeNode, server: Server
) -> None:
    server.provision(HERE)
    server.listening.set()
    for _ in range(2):
        made = Refresher(cast("Node", cast("Any", node)), server)
        made.needed()
        running = asyncio.create_task(made.run(), name="refresh")
        await told(node, server)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert node.orders == [FORGET_TELEPHONES, RELOAD_PEERS]


async def test_lists_are_loaded_only_when_the_directory_can_be_asked_and_again_when_it_was_not(
    refresher: Refresher, node: FakeNode, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "ASKED_WITHIN_S", 0.02)
    server.provision(HERE)
    refresher.needed()
    await asyncio.sleep(0)
    assert not node.orders
    server.reached = False
    server.listening.set()
    async with asyncio.timeout(5):
        while node.orders.count(RELOAD_PEERS) < 2:
            await asyncio.sleep(0.001)
    server.reached = True
    await told(node, server)


async def test_a_line_that_breaks_is_tried_again_when_the_node_comes_back(
    refresher: Refresher, node: FakeNode, server: Server
) -> None:
    server.provision(HERE)
    server.listening.set()
    node.broken = True
    refresher.needed()
    await asyncio.sleep(0.01)
    assert node.orders == [], "nothing is sent over a line that does not answer"
    node.broken = False
    refresher.needed()
    await told(node, server)
    assert node.orders == [FORGET_TELEPHONES, RELOAD_PEERS]
