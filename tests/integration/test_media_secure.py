"""Browser legs against each other, without a browser: two engines, DTLS-SRTP between them, telephones at both ends."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aioice.ice
import pytest

from hotline.adapters.embedded import secure_link
from hotline.adapters.embedded.audio_port import LegAudio, UnacceptableOffer
from hotline.core.ids import LegId
from hotline.core.switching import Bridge, DigitPressed, MediaTimedOut
from tests.integration.media_desk import DOWN, LIKE, UP, Desk, heard, say, settle
from tests.peers.rtp_peer import RtpPeer

A, WEB = LegId("a"), LegId("web")


@dataclass
class Line:
    """Telephone, our engine, encrypted path, their engine, telephone."""

    ours: Desk
    theirs: Desk
    phone: RtpPeer
    far_phone: RtpPeer
    leg: LegAudio
    far_leg: LegAudio


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    ours, theirs = Desk(tmp_path), Desk(tmp_path)
    phone, far_phone = await ours.phone(A), await theirs.phone(A)
    leg, far_leg = ours.media.open(WEB, webrtc=True), theirs.media.open(WEB, webrtc=True)
    for desk in (ours, theirs):
        desk.do(Bridge(leg_id=A, peer_id=WEB))
    leg.answered()
    far_leg.answered()
    yield Line(ours, theirs, phone, far_phone, leg, far_leg)
    await ours.close()
    await theirs.close()


async def test_audio_and_keys_cross_the_encrypted_path(line: Line) -> None:
    await line.leg.take_answer(await line.far_leg.take_offer(await line.leg.make_offer()))
    async with asyncio.timeout(10):
        while not (line.leg._link.connected.is_set() and line.far_leg._link.connected.is_set()):  # pyright: ignore[reportAttributeAccessIssue]
            await asyncio.sleep(0.01)
    await say((line.phone, UP), (line.far_phone, DOWN))
    assert heard(line.far_phone, UP) > LIKE
    assert heard(line.phone, DOWN) > LIKE
    line.far_phone.press("42")
    await line.ours.events.wait(DigitPressed, lambda e: e.leg_id == WEB, count=2)
    assert [e.digit for e in line.ours.events.of(DigitPressed)] == ["4", "2"]
    stats = await line.leg.close()
    assert stats.packets_received > 20
    assert stats.packets_lost == 0
    lost = await line.theirs.events.wait(MediaTimedOut)  # the good-bye in DTLS is heard at once
    assert lost.leg_id == WEB


async def test_a_repeated_offer_changes_nothing_and_hold_works(line: Line) -> None:
    offer = await line.leg.make_offer()
    first = await line.far_leg.take_offer(offer)
    await line.leg.take_answer(first)
    again = await line.far_leg.take_offer(offer)
    assert again == first
    assert await line.leg.make_offer() != offer  # the DTLS role is settled now
    held = await line.far_leg.take_offer(offer.replace("a=sendrecv", "a=sendonly"))
    assert "a=recvonly" in held


async def test_nobody_at_the_other_end_is_reported(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secure_link, "CONNECT_TIMEOUT_S", 0.3)
    answer = await line.far_leg.take_offer(await line.leg.make_offer())
    await line.far_leg.close()
    await line.leg.take_answer(answer)
    assert (await line.ours.events.wait(MediaTimedOut)).leg_id == WEB


async def test_a_wrong_certificate_is_not_talked_to(line: Line) -> None:
    answer = await line.far_leg.take_offer(await line.leg.make_offer())
    at = answer.index("sha-256 ") + 8
    forged = answer[:at] + ("00" if answer[at : at + 2] != "00" else "11") + answer[at + 2 :]
    await line.leg.take_answer(forged)
    assert (await line.ours.events.wait(MediaTimedOut)).leg_id == WEB
    await say((line.phone, UP))
    assert heard(line.far_phone, UP) < LIKE


async def test_lost_consent_is_reported(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aioice.ice, "CONSENT_INTERVAL", 0.05)
    monkeypatch.setattr(aioice.ice, "CONSENT_FAILURES", 2)
    await line.leg.take_answer(await line.far_leg.take_offer(await line.leg.make_offer()))
    async with asyncio.timeout(10):
        await line.leg._link.connected.wait()  # pyright: ignore[reportAttributeAccessIssue]
        await line.far_leg._link.connected.wait()  # pyright: ignore[reportAttributeAccessIssue]
    far = line.far_leg._link._ice  # pyright: ignore[reportAttributeAccessIssue]
    far._protocols[0].transport._socket.close()  # the lid is closed: no good-bye, no answers
    await line.ours.events.wait(MediaTimedOut)


async def test_plain_and_encrypted_legs_do_not_mix(line: Line) -> None:
    plain = line.ours.media.open(LegId("plain"), webrtc=False)
    with pytest.raises(UnacceptableOffer):
        await line.leg.take_offer(line.phone.sdp())
    with pytest.raises(UnacceptableOffer):
        await plain.take_offer(await line.far_leg.make_offer())
    await settle(1)
