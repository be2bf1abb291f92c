"""Who gets in: passwords, lock-out, strangers, limits, browsers with short-lived log-ins, TCP, and what survives a restart."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hotline.adapters.embedded.engine import EmbeddedSwitch
from hotline.adapters.embedded.sip_transports import BindFailed
from hotline.adapters.sip_caller.phone import RegistrationFailed, SipPhone
from hotline.core.ids import DeviceId, LegId
from hotline.core.switching import (
    Answer,
    DeviceExpired,
    DeviceRegistered,
    LegHungUp,
    LegIncoming,
    LegKind,
    LegRefused,
    Originate,
    ToDevice,
)
from hotline.wire.sip.digest import answer_challenge
from hotline.wire.sip.message import Headers, Response
from tests.peers.raw_sip import SDP, RawTcp, RawUdp, request
from tests.peers.switch_desk import NUMBER, QUICK, Desk, directory, open_desk, settings, trunk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    opened = await open_desk(tmp_path)
    yield opened
    await opened.close()


def phone_of(desk: Desk, name: str = "1001", password: str = "") -> SipPhone:
    return SipPhone(
        ("127.0.0.1", desk.switch.port), username=name, password=password or f"demo-{name}", timing=QUICK
    )


# ── Passwords ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("ADM-6")
async def test_wrong_passwords_and_unknown_users_look_the_same_and_lock_out(tmp_path: Path) -> None:
    desk = await open_desk(tmp_path, lock_after=3)
    for name in ("1001", "nobody"):
        wrong = phone_of(desk, name, "guess")
        seen: list[int] = []
        for _ in range(4):
            with pytest.raises(RegistrationFailed) as refused:
                await wrong.register()
            seen.append(refused.value.status)
        assert seen == [401, 401, 401, 403]
        await wrong.close()
    right = phone_of(desk)
    with pytest.raises(RegistrationFailed):
        await right.register()
    other = phone_of(desk, "1002")
    await other.register()
    assert [event.device_id for event in desk.of(DeviceRegistered)] == ["1002"]
    await right.close()
    await other.close()
    await desk.close()


async def test_a_device_may_only_register_itself(desk: Desk) -> None:
    raw = RawUdp(desk.switch.port)
    uri = "sip:127.0.0.1"
    raw.send(request("REGISTER", uri, raw.local, headers=(("to", "<sip:1002@hotline>"),)))
    challenge = (await raw.final()).get("www-authenticate") or ""
    signed = answer_challenge(
        challenge, method="REGISTER", uri=uri, username="1001", password="demo-1001", cnonce="c"
    )
    raw.send(
        request(
            "REGISTER",
            uri,
            raw.local,
            headers=(("to", "<sip:1002@hotline>"), ("authorization", signed or "")),
        )
    )
    assert (await raw.final()).status == 403
    raw.close()


async def test_a_replayed_authorization_is_stale(desk: Desk) -> None:
    raw = RawUdp(desk.switch.port)
    uri = "sip:127.0.0.1"
    me: Headers = (("to", "<sip:1001@hotline>"),)
    raw.send(request("REGISTER", uri, raw.local, headers=me))
    challenge = (await raw.final()).get("www-authenticate") or ""
    signed = answer_challenge(
        challenge, method="REGISTER", uri=uri, username="1001", password="demo-1001", cnonce="c"
    )
    answers: list[Response] = []
    for _ in range(2):
        raw.send(request("REGISTER", uri, raw.local, headers=(*me, ("authorization", signed or ""))))
        answers.append(await raw.final())
    assert [answer.status for answer in answers] == [200, 401]
    assert "stale=true" in (answers[1].get("www-authenticate") or "")
    raw.close()


async def test_a_registration_ends_when_the_telephone_leaves(desk: Desk) -> None:
    phone = phone_of(desk)
    await phone.register()
    await phone.register(0)
    assert (await desk.wait(DeviceExpired)).reason == "unregistered"
    await phone.close()


async def test_a_telephone_that_no_longer_answers_options_is_gone(tmp_path: Path) -> None:
    desk = await open_desk(tmp_path, options_every_s=0.1)
    phone = phone_of(desk)
    await phone.register()
    await phone.stack.close()
    assert (await desk.wait(DeviceExpired)).reason == "unreachable"
    await desk.close()


async def test_desk_phones_stay_reachable_over_a_restart_of_the_engine(tmp_path: Path) -> None:
    desk = await open_desk(tmp_path)
    phone = phone_of(desk)
    await phone.register()
    port = desk.switch.port
    await desk.close()
    desk = await open_desk(tmp_path, port=port)
    assert [view.device_id for view in (await desk.switch.snapshot()).devices] == ["1001"]
    phone.on_call = lambda call: call.reject(486)
    await desk.do(Originate(leg_id=LegId("o"), to=ToDevice(device_id=DeviceId("1001")), shown_number="1"))
    assert (await desk.wait(LegHungUp)).sip_status == 486
    await phone.close()
    await desk.close()


async def test_a_broken_registrations_file_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "registrations.json").write_text('[{"flow": 1}]')
    desk = await open_desk(tmp_path)
    assert not (await desk.switch.snapshot()).devices
    await desk.close()


# ── Strangers and limits ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("ADM-6")
async def test_strangers_and_scanners_get_no_answer(tmp_path: Path) -> None:
    desk = await open_desk(tmp_path, directory(trunk(peers=("127.0.0.9/32",))))
    raw = RawUdp(desk.switch.port)
    for method in ("INVITE", "OPTIONS", "SUBSCRIBE", "BYE", "MESSAGE"):
        raw.send(request(method, f"sip:{NUMBER}@127.0.0.1", raw.local))
    raw.send(request("REGISTER", "sip:127.0.0.1", raw.local, headers=(("user-agent", "friendly-scanner"),)))
    raw.send(b"INVITE sip:100@127.0.0.1 SIP/2.0\r\n\r\n")
    assert await raw.silence()
    listed = RawUdp(desk.switch.port, "127.0.0.9")
    listed.send(request("OPTIONS", f"sip:{NUMBER}@127.0.0.1", listed.local))
    assert (await listed.final()).status == 200
    raw.close()
    listed.close()
    await desk.close()


@pytest.mark.req("TEL-1")
async def test_a_trunk_reaches_only_its_own_numbers(desk: Desk) -> None:
    raw = RawUdp(desk.switch.port)
    raw.send(request("INVITE", "sip:0190123456@127.0.0.1", raw.local, body=SDP))
    assert (await raw.final()).status == 404
    refused = await desk.wait(LegRefused)
    assert (refused.sip_status, refused.dnis, refused.kind) == (404, "0190123456", LegKind.TRUNK)
    raw.close()


@pytest.mark.req("TEL-1")
async def test_a_full_trunk_and_a_full_engine_refuse_with_503(tmp_path: Path) -> None:
    for entries in (directory(trunk(max_calls=1)), directory(max_calls=1)):
        desk = await open_desk(tmp_path, entries)
        first, second = RawUdp(desk.switch.port), RawUdp(desk.switch.port)
        first.send(request("INVITE", f"sip:{NUMBER}@127.0.0.1", first.local, body=SDP))
        await desk.wait(LegIncoming)
        second.send(request("INVITE", f"sip:{NUMBER}@127.0.0.1", second.local, body=SDP))
        refused = await second.final()
        assert (refused.status, refused.get("retry-after")) == (503, "10")
        assert (await desk.wait(LegRefused)).sip_status == 503, "it is counted"
        first.close()
        second.close()
        await desk.close()


@pytest.mark.req("ADM-6")
async def test_a_flood_of_invites_is_cut_down_to_the_allowed_rate(tmp_path: Path) -> None:
    desk = await open_desk(tmp_path, invite_rate=0.001, invite_burst=5)
    raw = RawUdp(desk.switch.port)
    for _ in range(50):
        raw.send(request("INVITE", "sip:999@127.0.0.1", raw.local, body=SDP))
    answered: set[str] = set()
    while len(answered) < 5:
        answered.add((await raw.final()).call_id)
    with contextlib.suppress(TimeoutError):  # what comes now can only be the same answers again
        async with asyncio.timeout(1):
            while True:
                answered.add((await raw.final()).call_id)
    assert len(answered) == 5
    raw.close()
    await desk.close()


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ((("require", "100rel, timer"),), SDP, 420),
        ((("accept", "text/nothing"),), SDP, 406),
        ((("content-type", "application/unknown"),), SDP, 415),
        ((("session-expires", "20"), ("supported", "timer")), SDP, 422),
        ((), "v=0\r\nnonsense", 400),
        ((), SDP.replace("RTP/AVP 8 101", "RTP/AVP 18").replace("8 PCMA", "18 G729"), 488),
    ],
)
async def test_an_invite_that_cannot_be_served_is_refused_as_the_rfc_says(
    desk: Desk, headers: Headers, body: str, status: int
) -> None:
    raw = RawUdp(desk.switch.port)
    invite = request("INVITE", f"sip:{NUMBER}@127.0.0.1", raw.local, body=body).having(*headers)
    raw.send(invite)
    assert (await raw.final()).status == status
    assert not desk.of(LegIncoming)
    raw.close()


async def test_a_request_in_a_dialog_that_nobody_knows_gets_481(desk: Desk) -> None:
    raw = RawUdp(desk.switch.port)
    for method in ("BYE", "INFO", "UPDATE", "INVITE"):
        raw.send(
            request(method, "sip:x@127.0.0.1", raw.local, headers=(("to", "<sip:x@127.0.0.1>;tag=gone"),))
        )
        assert (await raw.final()).status == 481
    raw.close()


async def test_a_port_that_is_taken_says_so(desk: Desk, tmp_path: Path) -> None:
    second = EmbeddedSwitch(settings(tmp_path, port=desk.switch.port))
    with pytest.raises(BindFailed, match=f"UDP 127.0.0.1:{desk.switch.port} .*in use"):
        await second.start()


# ── Streams ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_call_by_tcp_comes_in_pieces_and_is_answered(desk: Desk) -> None:
    raw = await RawTcp.open(desk.switch.port)
    invite = request("INVITE", f"sip:{NUMBER}@127.0.0.1", raw.local, body=SDP, transport="TCP").encode()
    for at in range(0, len(invite), 100):
        raw.writer.write(invite[at : at + 100])
        await raw.writer.drain()
        await asyncio.sleep(0)
    leg_id = (await desk.wait(LegIncoming)).leg_id
    await desk.do(Answer(leg_id=leg_id))
    trying, ok = await raw.receive(), await raw.receive()
    assert isinstance(trying, Response) and isinstance(ok, Response)
    assert (trying.status, ok.status) == (100, 200)
    assert "transport=tcp" in (ok.get("contact") or "")
    await raw.close()


async def test_nonsense_on_a_stream_ends_only_that_connection(desk: Desk) -> None:
    bad = await RawTcp.open(desk.switch.port)
    bad.writer.write(b"INVITE sip:x SIP/2.0\r\nno length\r\n\r\n")
    with pytest.raises(AssertionError, match="connection closed"):
        await bad.receive()
    good = await RawTcp.open(desk.switch.port)
    good.writer.write(
        b"\r\n\r\n" + request("OPTIONS", f"sip:{NUMBER}@127.0.0.1", good.local, transport="TCP").encode()
    )
    answer = await good.receive()
    assert isinstance(answer, Response) and answer.status == 200
    await bad.close()
    await good.close()


@pytest.mark.req("TEL-1")
async def test_a_trunk_of_one_codec_is_answered_and_called_with_it_alone(tmp_path: Path) -> None:
    desk = await open_desk(tmp_path, directory(trunk(codecs=("PCMU",))))
    raw = RawUdp(desk.switch.port)
    both = SDP.replace("RTP/AVP 8 101", "RTP/AVP 8 0 101")
    raw.send(request("INVITE", f"sip:{NUMBER}@127.0.0.1", raw.local, body=both))
    await desk.do(Answer(leg_id=(await desk.wait(LegIncoming)).leg_id))
    assert "RTP/AVP 0 101" in (await raw.final()).body.decode()
    raw.close()
    await desk.close()
