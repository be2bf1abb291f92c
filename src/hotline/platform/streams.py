"""Event streams to browsers: one WebSocket, sent to as long as the browser is there, keeps up, and its session is open."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

from fastapi import WebSocket, WebSocketDisconnect

from hotline.platform.access import WEBSOCKET_PROTOCOL, Platform
from hotline.platform.actor import Actor
from hotline.platform.errors import WEBSOCKET_REFUSED
from hotline.ports.call_control import ChangesLost

BEGIN_AGAIN: Final = 1013
"""Close code: the reader was too slow or asked for changes no longer kept; it takes a new snapshot."""
SESSION_OVER: Final = WEBSOCKET_REFUSED + 1
_LOOK_EVERY_S = 60.0
"""How often a stream looks whether its session has run out, or was ended by another process (`hotline user`)."""


async def stream(
    socket: WebSocket, actor: Actor, platform: Platform, messages: AsyncIterator[str] | AsyncIterator[bytes]
) -> None:
    """Accept the socket and send every message; returns when either side has ended."""
    await socket.accept(subprotocol=WEBSOCKET_PROTOCOL)
    tasks = {
        asyncio.create_task(_send(socket, messages), name=f"stream-send-{actor.user_id}"),
        asyncio.create_task(_gone(socket), name=f"stream-gone-{actor.user_id}"),
        asyncio.create_task(_session_over(actor, platform), name=f"stream-session-{actor.user_id}"),
    }
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        code = next((code for code in (task.result() for task in done) if code is not None), None)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if code is not None:
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await socket.close(code)


async def _send(socket: WebSocket, messages: AsyncIterator[str] | AsyncIterator[bytes]) -> int | None:
    try:
        async for message in messages:
            await socket.send_text(message if isinstance(message, str) else message.decode())
    except ChangesLost:
        return BEGIN_AGAIN
    except WebSocketDisconnect:
        return None
    return 1000


async def _gone(socket: WebSocket) -> None:
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await socket.receive_text()


async def _session_over(actor: Actor, platform: Platform) -> int:
    await platform.authenticator.until_over(actor, look_every_s=_LOOK_EVERY_S)
    return SESSION_OVER
