"""The engine's SIP over WebSocket with bare frames: short-lived log-ins, guests, lost connections, and half a handshake."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from hotline.core.ids import DeviceId, LegId
from hotline.core.switching import (
    Answer,
    DeviceExpired,
    DeviceRegistered,
    HangUp,
    LegHungUp,
    LegIncoming,
    LegKind,
    Originate,
    Reject,
    ToDevice,
)
from hotline.wire.sip.digest import answer_challenge, browser_password
from hotline.wire.sip.message import Request, Response
from tests.peers.raw_sip import SDP, RawWs, request
from tests.peers.switch_desk import NUMBER, SECRET, Desk, open_desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    opened = await open_desk(tmp_path)
    yield opened
    await opened.close()


def browser_user(device_id: str, lifetime_s: float = 60) -> tuple[str, str]:
    user = f"{int(time.time() + lifetime_s)}:{device_id}"
    return user, browser_password(SECRET, user)


async def signed(raw: RawWs, made: Request, user: str, password: str) -> Response:
    refused = await raw.ask(made)
    assert refused.status == 401
    value = answer_challenge(
        refused.get("www-authenticate") or "",
        method=made.method,
        uri=made.uri,
        username=user,
        password=password,
        cnonce="c",
    )
    via = (made.get("via") or "").replace("branch=z9hG4bK", "branch=z9hG4bKagain")
    return await raw.ask(
        made.having(("authorization", value or ""), ("cseq", f"2 {made.method}"), ("via", via))
    )


def register(device_id: str) -> Request:
    return request(
        "REGISTER",
        "sip:hotline",
        RawWs.local,
        headers=(
            ("to", f"<sip:{device_id}@hotline>"),
            ("contact", f"<sip:{device_id}@{RawWs.local};transport=ws>"),
        ),
        transport="WS",
    )


@pytest.mark.req("TEL-3")
async def test_a_browser_registers_with_a_short_lived_log_in_and_is_gone_with_its_connection(
    desk: Desk,
) -> None:
    assert desk.switch.stack.ws is not None
    raw = await RawWs.open(desk.switch.stack.ws.port)
    assert (await signed(raw, register("1001-web"), *browser_user("1001-web"))).status == 200
    assert (await desk.wait(DeviceRegistered)).transport == "ws"
    await raw.close()
    expired = await desk.wait(DeviceExpired)
    assert (expired.device_id, expired.reason) == ("1001-web", "connection_closed")


async def test_an_old_log_in_and_a_guest_may_not_register(desk: Desk) -> None:
    assert desk.switch.stack.ws is not None
    raw = await RawWs.open(desk.switch.stack.ws.port)
    assert (await signed(raw, register("1001-web"), *browser_user("1001-web", -10))).status == 401
    assert (await signed(raw, register("guest-7"), *browser_user("guest-7"))).status == 403
    await raw.close()


@pytest.mark.req("ADM-6")
async def test_a_guest_may_call_only_the_numbers_of_the_web_page(desk: Desk) -> None:
    assert desk.switch.stack.ws is not None
    raw = await RawWs.open(desk.switch.stack.ws.port)

    def reject(event: object) -> list[Reject]:
        return [Reject(leg_id=event.leg_id, sip_status=486)] if isinstance(event, LegIncoming) else []

    desk.react = reject  # pyright: ignore[reportAttributeAccessIssue]
    for number, status in ((NUMBER, 486), ("110", 403)):
        made = request("INVITE", f"sip:{number}@hotline", RawWs.local, body=SDP, transport="WS")
        assert (await signed(raw, made, *browser_user("guest-7"))).status == status
    incoming = await desk.wait(LegIncoming)
    assert (incoming.kind, incoming.ani, incoming.device_id) == (LegKind.WEB, "", "guest-7")
    await raw.close()


@pytest.mark.req("ADM-6")
async def test_a_guest_has_one_call_at_a_time(desk: Desk) -> None:
    assert desk.switch.stack.ws is not None
    raw = await RawWs.open(desk.switch.stack.ws.port)
    desk.react = lambda event: [Answer(leg_id=event.leg_id)] if isinstance(event, LegIncoming) else []
    for guest, status in (("guest-7", 200), ("guest-7", 486), ("guest-8", 200)):
        made = request("INVITE", f"sip:{NUMBER}@hotline", RawWs.local, body=SDP, transport="WS")
        assert (await signed(raw, made, *browser_user(guest))).status == status
    await raw.close()


async def test_half_a_handshake_and_foreign_protocols_do_no_harm(desk: Desk) -> None:
    assert desk.switch.stack.ws is not None
    port = desk.switch.stack.ws.port
    _, half = await asyncio.open_connection("127.0.0.1", port)
    half.write(b"GET /sip HTTP/1.1\r\nUpgrade: webso")
    await half.drain()
    half.close()
    await half.wait_closed()
    with pytest.raises((ConnectionClosed, InvalidHandshake)):
        async with connect(f"ws://127.0.0.1:{port}") as foreign:
            await foreign.recv()
    raw = await RawWs.open(port)
    await raw.connection.send("\x00\x01 nonsense")
    await raw.connection.send(b"\xff" * 100)
    assert (await signed(raw, register("1001-web"), *browser_user("1001-web"))).status == 200
    await raw.close()


async def test_the_newest_connection_of_a_browser_rings(desk: Desk) -> None:
    assert desk.switch.stack.ws is not None
    old, new = await RawWs.open(desk.switch.stack.ws.port), await RawWs.open(desk.switch.stack.ws.port)
    for raw in (old, new):
        assert (await signed(raw, register("1001-web"), *browser_user("1001-web"))).status == 200
    await old.close()
    await desk.wait(DeviceRegistered, count=2)
    await desk.do(Originate(leg_id=LegId("o"), to=ToDevice(device_id=DeviceId("1001-web")), shown_number="1"))
    async with asyncio.timeout(5):
        frame = await new.connection.recv()
    assert str(frame).startswith("INVITE sip:1001-web@browser.invalid;transport=ws")
    assert "UDP/TLS/RTP/SAVPF" in str(frame)
    await desk.do(HangUp(leg_id=LegId("o")))
    assert (await desk.wait(LegHungUp)).sip_status == 487
    assert not desk.of(DeviceExpired)
    await new.close()


async def test_a_call_outlives_its_connection_and_goes_on_by_the_next(desk: Desk) -> None:
    """The application restarts: its `/sip` proxy closes every WebSocket, the browser comes back by a new one."""
    assert desk.switch.stack.ws is not None
    old = await RawWs.open(desk.switch.stack.ws.port)
    assert (await signed(old, register("1001-web"), *browser_user("1001-web"))).status == 200
    desk.react = lambda event: [Answer(leg_id=event.leg_id)] if isinstance(event, LegIncoming) else []
    call = request("INVITE", "sip:10086@hotline", RawWs.local, body=SDP, transport="WS")
    answered = await signed(old, call, *browser_user("1001-web"))
    assert answered.status == 200
    ack = request("ACK", "sip:10086@hotline", RawWs.local, transport="WS")
    same = tuple((name, call.get(name) or "") for name in ("from", "call-id"))
    await old.connection.send(
        ack.having(*same, ("to", answered.get("to") or ""), ("cseq", "2 ACK")).encode().decode()
    )
    await old.close()
    await desk.wait(DeviceExpired)
    new = await RawWs.open(desk.switch.stack.ws.port)
    assert (await signed(new, register("1001-web"), *browser_user("1001-web"))).status == 200
    leg_id = desk.of(LegIncoming)[0].leg_id
    assert not desk.of(LegHungUp)
    await desk.do(HangUp(leg_id=leg_id))
    async with asyncio.timeout(5):
        frame = await new.connection.recv()
    assert str(frame).startswith("BYE ") and f"Call-ID: {call.call_id}" in str(frame)
    assert (await desk.wait(LegHungUp, leg_id)).stats is not None
    await new.close()
