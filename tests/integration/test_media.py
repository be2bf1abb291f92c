"""The media plane over real RTP on loopback: bridges, holds, rooms, prompts, keys, latch, silence, ends."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest

from hotline.adapters.embedded.audio_port import NoPortLeft, UnacceptableOffer
from hotline.core.ids import LegId, RoomId
from hotline.core.switching import (
    Bridge,
    Bridged,
    CommandFailed,
    DigitPressed,
    Hold,
    MediaTimedOut,
    Mute,
    PlayDone,
    RemoteHold,
    RoomMember,
    SendDigits,
    SetRoom,
    Unbridge,
    Unbridged,
    Unhold,
)
from hotline.wire.g711 import Law
from tests.integration.media_desk import DOWN, HIGH, LIKE, UNLIKE, UP, Desk, heard, say, settle
from tests.peers.rtp_peer import RtpPeer

A, B, C = LegId("a"), LegId("b"), LegId("c")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    await desk.close()


# ── Two parties ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("laws", [(Law.ALAW, Law.ALAW), (Law.ALAW, Law.ULAW), (Law.ULAW, Law.ULAW)])
async def test_bridged_parties_hear_each_other_and_no_number_is_missing(
    desk: Desk, laws: tuple[Law, Law]
) -> None:
    one, two = await desk.phone(A, laws[0]), await desk.phone(B, laws[1])
    desk.do(Bridge(leg_id=A, peer_id=B), Bridge(leg_id=A, peer_id=B), Bridge(leg_id=B, peer_id=A))
    await settle()
    await say((one, UP), (two, DOWN))
    assert heard(two, UP) > LIKE
    assert heard(one, DOWN) > LIKE
    for phone in (one, two):
        numbers = [packet.sequence for _, packet in phone.heard]
        assert all((b - a) & 0xFFFF == 1 for a, b in pairwise(numbers))
        assert len({packet.ssrc for _, packet in phone.heard}) == 1
    assert [(e.leg_id, e.peer_id) for e in desk.events.of(Bridged)] == [(A, B)]


async def test_parting_leaves_both_in_silence(desk: Desk) -> None:
    one, two = await desk.phone(A), await desk.phone(B)
    desk.do(Bridge(leg_id=A, peer_id=B), Unbridge(leg_id=B), Unbridge(leg_id=B))
    await say((one, UP), (two, DOWN))
    assert heard(two, UP) < UNLIKE
    assert two.heard
    assert heard(one, DOWN) < UNLIKE
    assert len(desk.events.of(Unbridged)) == 1
    assert desk.media.peer_of(A) is None


async def test_a_new_bridge_parts_from_the_old_peer(desk: Desk) -> None:
    one, two, three = await desk.phone(A), await desk.phone(B), await desk.phone(C)
    desk.do(Bridge(leg_id=A, peer_id=B), Bridge(leg_id=C, peer_id=A))
    await settle()
    await say((one, UP), (two, DOWN), (three, HIGH))
    assert heard(three, UP) > LIKE
    assert heard(one, HIGH) > LIKE
    assert heard(two, UP) < UNLIKE
    assert [(e.leg_id, e.peer_id) for e in desk.events.of(Unbridged)] == [(A, B)]


async def test_a_held_party_hears_music_and_its_peer_nothing(desk: Desk) -> None:
    music = desk.sound("music.wav", HIGH)
    one, two = await desk.phone(A), await desk.phone(B)
    desk.do(Bridge(leg_id=A, peer_id=B), Hold(leg_id=A, music=(music,)))
    await settle()
    await say((one, UP), (two, DOWN))
    assert heard(one, HIGH[: len(HIGH) // 3]) > LIKE
    assert heard(one, DOWN) < UNLIKE
    assert heard(two, UP) < UNLIKE
    assert desk.media.sound_of(A).held
    assert desk.media.peer_of(A) == B
    desk.do(Unhold(leg_id=A), Unhold(leg_id=A))
    await settle()
    await say((one, UP), (two, DOWN))
    assert heard(one, DOWN) > LIKE
    assert heard(two, UP) > LIKE
    assert not desk.events.of(CommandFailed)


async def test_music_goes_on_for_the_held_party_when_its_peer_talks_to_another(desk: Desk) -> None:
    music = desk.sound("music.wav", HIGH)
    one, two, three = await desk.phone(A), await desk.phone(B), await desk.phone(C)
    desk.do(Bridge(leg_id=A, peer_id=B), Hold(leg_id=A, music=(music,)), Bridge(leg_id=B, peer_id=C))
    await settle()
    await say((one, UP), (two, DOWN), (three, UP))
    assert heard(one, HIGH[: len(HIGH) // 3]) > LIKE
    assert heard(three, DOWN) > LIKE


async def test_a_muted_party_is_not_heard_but_hears(desk: Desk) -> None:
    one, two = await desk.phone(A), await desk.phone(B)
    desk.do(Bridge(leg_id=A, peer_id=B), Mute(leg_id=A, muted=True))
    await settle()
    await say((one, UP), (two, DOWN))
    assert heard(two, UP) < UNLIKE
    assert heard(one, DOWN) > LIKE
    desk.do(Mute(leg_id=A, muted=False))
    await settle()
    await say((one, UP), (two, DOWN))
    assert heard(two, UP) > LIKE


async def test_one_leg_ending_parts_the_bridge_and_leaves_the_other_up(desk: Desk) -> None:
    await desk.phone(A)
    two = await desk.phone(B)
    desk.do(Bridge(leg_id=A, peer_id=B))
    await settle()
    stats = await desk.legs[A].close()
    assert (stats.codec, stats.packets_lost) == ("PCMA", 0)
    assert stats.packets_received > 0
    assert await desk.legs[A].close() == stats
    assert len(desk.events.of(Unbridged)) == 1
    two.heard.clear()
    await settle()
    assert two.heard  # silence keeps the way open
    desk.do(Bridge(leg_id=A, peer_id=B), Unbridge(leg_id=A))
    assert [failed.code for failed in desk.events.of(CommandFailed)] == ["no_such_leg", "no_such_leg"]


async def test_orders_that_do_not_fit_are_answered_with_a_code(desk: Desk) -> None:
    await desk.phone(A, key_type=None)
    desk.do(Hold(leg_id=A), Unhold(leg_id=A), Bridge(leg_id=A, peer_id=A), SendDigits(leg_id=A, digits="1"))
    failed = desk.events.of(CommandFailed)
    assert [(f.command, f.code) for f in failed] == [
        (n, "bad_state") for n in ("Hold", "Unhold", "Bridge", "SendDigits")
    ]


# ── Rooms ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("SUP-2")
async def test_in_a_conference_each_hears_the_others(desk: Desk) -> None:
    one, two, three = await desk.phone(A), await desk.phone(B, Law.ULAW), await desk.phone(C)
    desk.do(Bridge(leg_id=A, peer_id=B))
    everybody = (A, B, C)
    room = SetRoom(
        room_id=RoomId("r"), members=tuple(RoomMember(leg_id=leg, hears=everybody) for leg in everybody)
    )
    desk.do(room, room)
    assert len(desk.events.of(Unbridged)) == 1
    await settle()
    await say((one, UP), (two, DOWN), (three, HIGH))
    for phone, own, others in ((one, UP, (DOWN, HIGH)), (two, DOWN, (UP, HIGH)), (three, HIGH, (UP, DOWN))):
        assert all(heard(phone, other) > 0.55 for other in others)  # two voices in one: each is half
        assert heard(phone, own) < UNLIKE


@pytest.mark.req("SUP-2")
async def test_monitor_whisper_and_barge_follow_the_matrix(desk: Desk) -> None:
    citizen, agent, leader = await desk.phone(A), await desk.phone(B), await desk.phone(C)

    def room(*hears: tuple[LegId, ...]) -> SetRoom:
        members = tuple(
            RoomMember(leg_id=leg, hears=ears) for leg, ears in zip((A, B, C), hears, strict=True)
        )
        return SetRoom(room_id=RoomId("r"), members=members)

    desk.do(room((B,), (A, C), (A, B)))  # whisper: the agent hears the leader, the citizen does not
    await settle()
    await say((citizen, UP), (leader, HIGH), (agent, b""))
    assert heard(agent, UP) > 0.55
    assert heard(agent, HIGH) > 0.55
    assert heard(citizen, HIGH) < UNLIKE
    assert heard(leader, UP) > LIKE
    desk.do(room((B, C), (A, C), (A, B)))  # barge
    await settle()
    await say((citizen, b""), (leader, HIGH))
    assert heard(citizen, HIGH) > LIKE
    desk.do(SetRoom(room_id=RoomId("r"), members=()))
    await settle()
    await say((citizen, b""), (leader, HIGH))
    assert heard(citizen, HIGH) < UNLIKE
    assert citizen.heard
    desk.do(SetRoom(room_id=RoomId("r"), members=(RoomMember(leg_id=LegId("gone"), hears=()),)))
    assert desk.events.of(CommandFailed)[-1].code == "no_such_leg"


# ── Hold from the far end, re-INVITE, latch ──────────────────────────────────────────────────────────────────


async def test_the_far_end_may_hold_and_come_back_from_another_place(desk: Desk) -> None:
    one, two = await desk.phone(A), await desk.phone(B)
    desk.do(Bridge(leg_id=A, peer_id=B))
    await settle()
    answer = await desk.legs[A].take_offer(one.sdp("sendonly"))
    assert "a=recvonly" in answer
    assert desk.events.of(RemoteHold)[-1].held
    await settle(3)
    one.heard.clear()
    await say((two, DOWN))
    assert not one.heard
    moved = await RtpPeer().start()
    desk.phones.append(moved)
    moved.aim(await desk.legs[A].take_offer(moved.sdp()))
    one.muted = True
    assert not desk.events.of(RemoteHold)[-1].held
    await settle()
    await say((moved, UP), (two, DOWN))
    assert heard(moved, DOWN) > LIKE
    assert heard(two, UP) > LIKE
    assert len(desk.events.of(RemoteHold)) == 2


async def test_audio_follows_the_first_sender_and_no_stranger(desk: Desk) -> None:
    """The SDP of a telephone behind NAT names an address that is not its own; later strangers are not believed."""
    phone, stranger = await RtpPeer().start(), await RtpPeer().start()
    desk.phones += [phone, stranger]
    leg = desk.legs[A] = desk.media.open(A, webrtc=False)
    elsewhere = phone.sdp().replace(f"audio {phone.port}", "audio 9")
    phone.aim(await leg.take_offer(elsewhere))
    leg.answered()
    await settle()
    assert phone.heard
    stranger.target = phone.target
    stranger.press("9")
    desk.play(A, "p", desk.sound("one.wav", UP))
    await desk.events.wait(PlayDone)
    await settle()
    assert not stranger.heard
    assert not desk.events.of(DigitPressed)
    assert heard(phone, UP) > LIKE


async def test_noise_on_the_port_harms_nothing(desk: Desk) -> None:
    one, two = await desk.phone(A), await desk.phone(B)
    desk.do(Bridge(leg_id=A, peer_id=B))
    await settle()
    chance = random.Random(3)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        assert one.target is not None
        for _ in range(300):
            data = chance.randbytes(chance.randint(0, 90))
            one._sock.sendto(data, one.target)  # from the latched address: it reaches the parsers
            one._sock.sendto(b"\x80" + data, one.target)
            one._sock.sendto(b"\x80\x65" + data, one.target)
            sock.sendto(data, (one.target[0], one.target[1] + 1))
    await settle()
    await say((one, UP), (two, DOWN))
    assert heard(two, UP) > 0.9
    assert heard(one, DOWN) > LIKE


@pytest.mark.parametrize(
    "sdp,status",
    [
        ("", 400),
        ("v=0\r\no=- 1 1 IN IP4 1.1.1.1\r\ns=-\r\nc=IN IP4 1.1.1.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 18\r\n", 488),
        ("v=0\r\no=- 1 1 IN IP4 1.1.1.1\r\ns=-\r\nc=IN IP4 1.1.1.1\r\nt=0 0\r\nm=audio 4000 UDP/TLS/RTP/SAVPF 8\r\na=ice-ufrag:a\r\na=ice-pwd:b\r\na=fingerprint:sha-256 AA\r\n", 488),
    ],
)  # fmt: skip
async def test_an_offer_that_we_cannot_take_says_which_status(desk: Desk, sdp: str, status: int) -> None:
    leg = desk.media.open(A, webrtc=False)
    with pytest.raises(UnacceptableOffer) as refused:
        await leg.take_offer(sdp)
    assert refused.value.sip_status == status


# ── Silence, ports, ends ─────────────────────────────────────────────────────────────────────────────────────


async def test_a_leg_that_falls_silent_is_reported_once_and_not_while_it_holds_us(tmp_path: Path) -> None:
    desk = Desk(tmp_path, media_timeout_ms=300)
    one, two = await desk.phone(A), await desk.phone(B)
    held = await RtpPeer().start()
    desk.phones.append(held)
    leg = desk.legs[C] = desk.media.open(C, webrtc=False)
    await leg.take_offer(held.sdp("inactive"))
    leg.answered()
    one.muted = True
    event = await desk.events.wait(MediaTimedOut)
    assert event.leg_id == A
    assert event.silent_ms >= 300
    assert two.heard
    await settle(60)
    assert [e.leg_id for e in desk.events.of(MediaTimedOut)] == [A]
    await desk.close()


async def test_ports_are_reused_first_in_first_out_and_run_out_with_a_word(tmp_path: Path) -> None:
    desk = Desk(tmp_path, ports=range(34980, 34984))
    first, second = await desk.phone(A), await desk.phone(B)
    assert first.target is not None
    assert second.target is not None
    with pytest.raises(NoPortLeft):
        desk.media.open(C, webrtc=False)
    with pytest.raises(NoPortLeft):
        await desk.media.open(C, webrtc=True).make_offer()
    await desk.legs[B].close()
    await desk.legs[A].close()
    third = await desk.phone("d")
    assert third.target == second.target
    await desk.close()


async def test_reports_are_exchanged(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotline.adapters.embedded.media._REPORT_EVERY", 5)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        control.bind(("127.0.0.1", 0))
        control.setblocking(False)
        phone = await RtpPeer().start()
        desk.phones.append(phone)
        leg = desk.legs[A] = desk.media.open(A, webrtc=False)
        phone.aim(await leg.take_offer(phone.sdp() + f"a=rtcp:{control.getsockname()[1]}\r\n"))
        leg.answered()
        async with asyncio.timeout(5):
            kinds = {(await asyncio.get_running_loop().sock_recv(control, 2000))[1] for _ in range(3)}
        await leg.close()
        assert kinds & {200, 201}


async def test_ended_legs_leave_nothing_behind(tmp_path: Path) -> None:
    """Whatever state a leg ends in, its ports, sockets and tasks are gone."""
    desk = Desk(tmp_path, ports=range(34900, 34980))
    pool = desk.media._pool
    await desk.phone("warm-up")
    await desk.legs["warm-up"].close()
    files = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        offered, answering, plain, idle = (
            desk.media.open(LegId(name), webrtc=name != "plain")
            for name in ("offered", "answering", "plain", "idle")
        )
        offer = await offered.make_offer()
        await answering.take_offer(offer)  # connects to a leg that never takes its answer
        await plain.make_offer()
        for leg in (offered, answering, plain, idle):
            await leg.close()
    assert pool.free == pool.size
    assert len(list(Path("/proc/self/fd").iterdir())) == files
    assert desk.media.sound_of(LegId("plain")).peer_id is None
    await desk.close()
