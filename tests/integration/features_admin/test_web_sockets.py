"""WebSockets authenticate by sub-protocol, and tell a browser why they were refused."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, WebSocket

from hotline.platform.access import install_platform, require
from hotline.platform.actor import Actor
from hotline.platform.error_answers import install_error_handlers
from hotline.platform.permissions import Permission
from tests.integration.features_admin.conftest import World

CanWatch = Annotated[Actor, Depends(require(Permission.LIVE_VIEW))]


async def greet(websocket: WebSocket, actor: CanWatch) -> None:
    await websocket.accept(subprotocol="hotline")
    await websocket.send_json({"user": actor.username})
    await websocket.close()


async def sent_by(app: Callable[..., Awaitable[None]], subprotocols: list[str]) -> list[dict[str, Any]]:
    """Open a WebSocket as a browser does; return everything that the application sends."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "websocket", "path": "/greet", "raw_path": b"/greet", "query_string": b"", "headers": [],
        "subprotocols": subprotocols, "client": ("192.0.2.7", 1), "server": ("hotline", 80), "scheme": "ws",
        "root_path": "", "asgi": {"version": "3.0"},
    }  # fmt: skip
    await app(scope, receive, send)
    return sent


@pytest.mark.req("ADM-2")
@pytest.mark.parametrize("username,code", [("leader", 1000), ("agent", 4403), (None, 4401)])
async def test_a_web_socket_opens_for_whom_it_may(world: World, username: str | None, code: int) -> None:
    greeting = FastAPI()
    install_platform(greeting, world.platform)
    install_error_handlers(greeting)
    greeting.add_api_websocket_route("/greet", greet)
    subprotocols = ["hotline"]
    if username:
        client = await world.log_in(username)
        subprotocols.append(client.headers["Authorization"].replace("Bearer ", "bearer."))
    accepted, *rest = await sent_by(greeting, subprotocols)
    assert (accepted["type"], accepted["subprotocol"]) == ("websocket.accept", "hotline")
    assert rest[-1]["type"] == "websocket.close"
    assert rest[-1]["code"] == code
    if username == "leader":
        assert rest[0]["text"] == '{"user":"leader"}'


@pytest.mark.req("ADM-2")
async def test_a_revoked_session_ends_its_streams_at_once_and_no_others(world: World) -> None:
    clients = {name: await world.log_in(name) for name in ("admin", "leader", "inspector")}
    authenticator = world.platform.authenticator
    over: dict[str, asyncio.Task[None]] = {}
    for name, client in clients.items():
        actor = await authenticator.actor_of(client.headers["Authorization"].removeprefix("Bearer "))
        over[name] = asyncio.create_task(authenticator.until_over(actor, look_every_s=3600), name=name)
    assert (await clients["admin"].delete("/users/id-leader/sessions")).status_code == 204
    assert (await clients["inspector"].delete("/session")).status_code == 204
    async with asyncio.timeout(20):
        await asyncio.gather(over["leader"], over["inspector"])
    assert not over["admin"].done()
    over["admin"].cancel()
