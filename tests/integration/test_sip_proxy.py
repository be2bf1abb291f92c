"""`/sip` carries frames both ways between browser and engine, names the browser, and ends both sides together."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve, unix_serve
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from hotline.adapters.embedded.sip_proxy import Dial, SipProxy, to_nodes, to_voice_process

SIP = [Subprotocol("sip")]
WAIT_S = 20.0


@asynccontextmanager
async def application(engine: Path | Dial, of_address_max: int = 8) -> AsyncIterator[tuple[SipProxy, str]]:
    """The proxy behind the web server that `hotline serve` uses."""
    proxy = SipProxy(
        to_voice_process(engine) if isinstance(engine, Path) else engine, of_address_max=of_address_max
    )
    app = FastAPI()
    app.add_api_websocket_route("/sip", proxy.serve)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            app, ws="websockets-sansio", log_config=None, lifespan="off", timeout_graceful_shutdown=2
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]), name="http")
        async with asyncio.timeout(WAIT_S):
            while not server.started:
                await asyncio.sleep(0.01)
        yield proxy, f"ws://127.0.0.1:{listener.getsockname()[1]}/sip"
        server.should_exit = True
        await serving


async def closed(proxy: SipProxy) -> None:
    async with asyncio.timeout(WAIT_S):
        while proxy.open:
            await asyncio.sleep(0.01)


async def test_frames_pass_both_ways_and_the_engine_learns_the_browsers_address(tmp_path: Path) -> None:
    addresses: list[str] = []

    async def echo(engine: ServerConnection) -> None:
        assert engine.request is not None
        addresses.append(engine.request.headers["X-Forwarded-For"])
        async for frame in engine:
            await engine.send(frame)

    path = tmp_path / "sip.sock"
    async with unix_serve(echo, str(path), subprotocols=SIP), application(path) as (proxy, url):
        async with connect(url, subprotocols=SIP) as browser:
            for frame in ("REGISTER sip:hotline SIP/2.0\r\n\r\n", b"\r\n\r\n", "长" * 20_000):
                await browser.send(frame)
                assert await browser.recv() == frame
            assert browser.subprotocol == "sip"
            host, port = browser.local_address[:2]
            assert addresses == [f"{host}:{port}"]
            assert proxy.open == 1
        await closed(proxy)


async def test_when_the_engine_goes_the_browser_is_told(tmp_path: Path) -> None:
    async def leave(engine: ServerConnection) -> None:
        await engine.recv()

    path = tmp_path / "sip.sock"
    async with unix_serve(leave, str(path), subprotocols=SIP), application(path) as (proxy, url):
        async with connect(url, subprotocols=SIP) as browser:
            await browser.send("BYE")
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(browser.recv(), WAIT_S)
        await closed(proxy)


async def test_when_the_browser_goes_the_engine_is_told(tmp_path: Path) -> None:
    gone = asyncio.Event()

    async def listen(engine: ServerConnection) -> None:
        async for _ in engine:
            pass
        gone.set()

    path = tmp_path / "sip.sock"
    async with unix_serve(listen, str(path), subprotocols=SIP), application(path) as (proxy, url):
        async with connect(url, subprotocols=SIP) as browser:
            await browser.send("OPTIONS")
            browser.transport.abort()
            await asyncio.wait_for(gone.wait(), WAIT_S)
        await closed(proxy)


async def test_without_an_engine_or_the_protocol_the_door_stays_closed(tmp_path: Path) -> None:
    async with application(tmp_path / "nobody.sock") as (proxy, url):
        for protocols in (SIP, None):
            with pytest.raises((InvalidStatus, ConnectionClosed)):
                async with connect(url, subprotocols=protocols) as browser:
                    await browser.recv()
        await closed(proxy)


async def test_one_address_cannot_take_every_place(tmp_path: Path) -> None:
    async def listen(engine: ServerConnection) -> None:
        async for frame in engine:
            await engine.send(frame)

    path = tmp_path / "sip.sock"
    async with unix_serve(listen, str(path), subprotocols=SIP), application(path, 2) as (proxy, url):
        async with connect(url, subprotocols=SIP), connect(url, subprotocols=SIP):
            with pytest.raises((InvalidStatus, ConnectionClosed)):
                async with connect(url, subprotocols=SIP) as third:
                    await third.recv()
        await closed(proxy)
        async with connect(url, subprotocols=SIP) as again:
            await again.send("OPTIONS")
            assert await again.recv() == "OPTIONS"
        await closed(proxy)


@pytest.mark.req("TEL-2")
async def test_browsers_are_spread_over_the_nodes_and_a_dead_node_is_passed_over() -> None:
    served: list[str] = []

    def node(name: str) -> Callable[[ServerConnection], Awaitable[None]]:
        async def answer(engine: ServerConnection) -> None:
            served.append(name)
            async for frame in engine:
                await engine.send(frame)

        return answer

    with socket.socket() as dead:
        dead.bind(("127.0.0.1", 0))  # nobody listens there
        async with (
            serve(node("one"), "127.0.0.1", 0, subprotocols=SIP) as one,
            serve(node("two"), "127.0.0.1", 0, subprotocols=SIP) as two,
        ):
            ports = [next(iter(server.sockets)).getsockname()[1] for server in (one, two)]
            addresses = [f"127.0.0.1:{port}" for port in (*ports, dead.getsockname()[1])]
            async with application(to_nodes(addresses)) as (proxy, url):
                for _ in range(3):
                    async with connect(url, subprotocols=SIP) as browser:
                        await browser.send("REGISTER")
                        assert await browser.recv() == "REGISTER"
                await closed(proxy)
    assert served == ["one", "two", "one"], "the third is dead, the next after it takes its browser"
