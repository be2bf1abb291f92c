"""Nodes are told to ask anew only while they get an answer: an access list that is read without one is empty."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from hotline.adapters.freeswitch.directory_server import DirectoryServer
from hotline.adapters.freeswitch.refreshing import Refreshing
from hotline.adapters.freeswitch.site import Site
from tests.peers.switch_desk import directory
from tests.ports import free_port

ASK_ANEW = ["bgapi xml_flush_cache", "bgapi reloadacl"]


def node(told: list[str]) -> Site:
    """A node that writes down what it is told."""
    send: Any = lambda frame: told.append(frame.decode().strip())  # noqa: E731
    return cast("Site", SimpleNamespace(node=SimpleNamespace(send=send)))


@pytest.mark.req("TEL-2", "OPS-2")
async def test_a_node_keeps_what_it_knows_until_the_address_of_the_directory_is_ours() -> None:
    port, told = free_port(), list[str]()
    hung = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", port)
    server = DirectoryServer(("127.0.0.1", port), "secret")
    users = Refreshing(server, [node(told)])
    begun = asyncio.Event()
    everywhere = server.when_answering
    server.when_answering = lambda: (everywhere(), begun.set())[0]
    await server.start()
    users.provision(directory())
    users.everywhere()
    assert told == []

    hung.close()
    async with asyncio.timeout(10):
        await begun.wait()
    assert told == ASK_ANEW

    users.provision(directory())
    assert told == ASK_ANEW * 2
    await server.close()
    users.provision(directory())
    assert told == ASK_ANEW * 2


def test_where_others_answer_the_nodes_are_always_told() -> None:
    told = list[str]()
    Refreshing(None, [node(told)]).provision(directory())
    assert told == ASK_ANEW
