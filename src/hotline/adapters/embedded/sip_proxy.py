"""Carry browsers' SIP over WebSocket (`/sip`) to the engine, frame by frame; both sides end together.

The engine is the voice process behind a Unix socket, or FreeSWITCH nodes. Knows nothing of SIP: log-in, limits and calls
are the engine's matter. What it adds is the browser's address.
"""

import asyncio
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect, unix_connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

log = structlog.stdlib.get_logger(__name__)

PROTOCOL = "sip"
BROWSERS_MAX = 512
BROWSERS_OF_ADDRESS_MAX = 128
"""A whole office behind one address fits; one stranger cannot take every place."""
FRAME_LIMIT = 64 * 1024
OPEN_LIMIT_S = 5.0
TRY_AGAIN_LATER = 1013
GOING_AWAY = 1001

Dial = Callable[[str], Awaitable[ClientConnection]]
"""Opens a connection to the engine for a browser at this address (host:port).

Raises:
    OSError, TimeoutError, InvalidHandshake, ConnectionClosed: no engine takes it.
"""


def to_voice_process(path: Path) -> Dial:
    """Dial the embedded engine."""

    async def dial(browser: str) -> ClientConnection:
        return await unix_connect(str(path), "ws://voice/sip", **_options(browser))

    return dial


def to_nodes(addresses: Sequence[str]) -> Dial:
    """Dial FreeSWITCH nodes (or Kamailio before them) at `host:port`, each browser the next one; a dead one is passed over."""
    turn = itertools.cycle(range(len(addresses)))

    async def dial(browser: str) -> ClientConnection:
        first = next(turn)
        for number in range(len(addresses)):
            address = addresses[(first + number) % len(addresses)]
            try:
                return await connect(f"ws://{address}/", proxy=None, **_options(browser))
            except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed) as error:
                log.warning("sip_proxy_node_refuses", node=address, why=type(error).__name__)
        raise ConnectionRefusedError("no node takes the browser")

    return dial


def _options(browser: str) -> dict[str, Any]:
    return {
        "subprotocols": [Subprotocol(PROTOCOL)],
        "additional_headers": {"X-Forwarded-For": browser},
        "compression": None,
        "max_size": FRAME_LIMIT,
        "open_timeout": OPEN_LIMIT_S,
    }


class SipProxy:
    """`serve` is the WebSocket endpoint. One for the application."""

    def __init__(self, dial: Dial, *, of_address_max: int = BROWSERS_OF_ADDRESS_MAX) -> None:
        self._dial = dial
        self._of_address_max = of_address_max
        self._of_address: Counter[str] = Counter()
        self.open = 0
        """Browsers connected now."""

    async def serve(self, browser: WebSocket) -> None:
        """Connect a browser through; returns when either side has ended."""
        host = browser.client.host if browser.client is not None else ""
        full = self.open >= BROWSERS_MAX or self._of_address[host] >= self._of_address_max
        if PROTOCOL not in browser.scope["subprotocols"] or full:
            await browser.close(TRY_AGAIN_LATER)
            return
        self.open += 1
        self._of_address[host] += 1
        try:
            async with await self._dial(_address(browser)) as engine:
                await browser.accept(subprotocol=PROTOCOL)
                await _relay(browser, engine)
        except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed) as error:
            log.warning("sip_proxy_no_engine", why=type(error).__name__)
            await _close(browser, TRY_AGAIN_LATER)
        finally:
            self.open -= 1
            self._of_address[host] -= 1
            self._of_address += Counter()  # forgets those that have none left


async def _relay(browser: WebSocket, engine: ClientConnection) -> None:
    """Pass frames both ways until one side ends; then end the other."""
    tasks = {
        asyncio.create_task(_to_engine(browser, engine), name="sip-proxy-in"),
        asyncio.create_task(_to_browser(browser, engine), name="sip-proxy-out"),
    }
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await _close(browser, GOING_AWAY)


async def _to_engine(browser: WebSocket, engine: ClientConnection) -> None:
    try:
        while True:
            message = await browser.receive()
            if message["type"] != "websocket.receive":
                return
            text = message.get("text")
            await engine.send(text if text is not None else message.get("bytes", b""))
    except (ConnectionClosed, WebSocketDisconnect):
        return


async def _to_browser(browser: WebSocket, engine: ClientConnection) -> None:
    try:
        async for frame in engine:
            if isinstance(frame, str):
                await browser.send_text(frame)
            else:
                await browser.send_bytes(frame)
    except (ConnectionClosed, WebSocketDisconnect):
        return


async def _close(browser: WebSocket, code: int) -> None:
    try:
        await browser.close(code)
    except (RuntimeError, WebSocketDisconnect):  # it is closed already
        return


def _address(browser: WebSocket) -> str:
    client = browser.client
    return f"{client.host}:{client.port}" if client is not None else ""
