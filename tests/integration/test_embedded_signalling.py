"""The embedded engine's signalling against telephones of our own over real sockets: calls in every way they go."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import SipPhone
from hotline.core.ids import DeviceId, LegId, PlayId, TrunkId
from hotline.core.switching import (
    Answer,
    CommandFailed,
    DeviceRegistered,
    DigitPressed,
    HangUp,
    HangUpBy,
    HangUpCause,
    LegAnswered,
    LegHungUp,
    LegIncoming,
    LegKind,
    LegRinging,
    LegState,
    Originate,
    Play,
    Reject,
    RemoteHold,
    Ring,
    ToDevice,
    ToTrunk,
    TransferRequested,
)
from hotline.wire import wav
from tests.peers.raw_sip import SDP, RawUdp, request
from tests.peers.switch_desk import NUMBER, QUICK, Desk, open_desk

LEG = LegId("leg-out")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    opened = await open_desk(tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
async def phone(desk: Desk) -> AsyncIterator[SipPhone]:
    made = SipPhone(("127.0.0.1", desk.switch.port), username="1001", password="demo-1001", timing=QUICK)
    yield made
    await made.close()


def to_device(name: str = "1001", **changes: object) -> Originate:
    base: dict[str, object] = {
        "leg_id": LEG,
        "to": ToDevice(device_id=DeviceId(name)),
        "shown_number": "13800138000",
    }
    return Originate(**(base | changes))  # pyright: ignore[reportArgumentType]


async def answered(desk: Desk, phone: SipPhone) -> tuple[LegId, Conversation]:
    call = phone.call(NUMBER, shown="13800138000")
    leg_id = (await desk.wait(LegIncoming)).leg_id
    await desk.do(Ring(leg_id=leg_id), Answer(leg_id=leg_id))
    async with asyncio.timeout(5):
        await call.answered.wait()
    return leg_id, call


# ── Incoming calls ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("TEL-1")
async def test_a_call_from_the_trunk_is_reported_answered_and_ended_by_the_caller(
    desk: Desk, phone: SipPhone
) -> None:
    leg_id, call = await answered(desk, phone)
    incoming = desk.of(LegIncoming)[0]
    assert (incoming.kind, incoming.ani, incoming.dnis) == (LegKind.TRUNK, "13800138000", NUMBER)
    assert incoming.trunk_id == "demo" and not incoming.test
    call.audio.press("12")
    await desk.wait(DigitPressed, leg_id, 2)
    assert [event.digit for event in desk.of(DigitPressed)] == ["1", "2"]
    call.hang_up()
    ended = await desk.wait(LegHungUp, leg_id)
    assert (ended.by, ended.cause, ended.q850) == (HangUpBy.REMOTE, HangUpCause.NORMAL, 16)
    assert ended.stats is not None and ended.stats.packets_received > 0
    assert len(desk.of(LegAnswered, leg_id)) == 1


async def test_our_hang_up_reaches_the_caller_with_its_cause(desk: Desk, phone: SipPhone) -> None:
    leg_id, call = await answered(desk, phone)
    await desk.do(HangUp(leg_id=leg_id, q850=17))
    async with asyncio.timeout(5):
        await call.over.wait()
    assert (call.ended_by, call.q850) == ("remote", 17)
    ended = await desk.wait(LegHungUp, leg_id)
    assert (ended.by, ended.cause) == (HangUpBy.LOCAL, HangUpCause.NORMAL)


@pytest.mark.parametrize(
    ("status", "cause"), [(486, HangUpCause.BUSY), (503, HangUpCause.CONGESTION), (603, HangUpCause.REJECTED)]
)
async def test_a_refused_call_ends_with_its_status(
    desk: Desk, phone: SipPhone, status: int, cause: HangUpCause
) -> None:
    call = phone.call(NUMBER)
    leg_id = (await desk.wait(LegIncoming)).leg_id
    await desk.do(Reject(leg_id=leg_id, sip_status=status))
    ended = await desk.wait(LegHungUp, leg_id)
    assert (ended.cause, ended.sip_status, ended.by) == (cause, status, HangUpBy.LOCAL)
    async with asyncio.timeout(5):
        await call.over.wait()
    assert call.status == status


async def test_a_caller_who_gives_up_while_it_rings_is_reported_as_cancelled(
    desk: Desk, phone: SipPhone
) -> None:
    call = phone.call(NUMBER)
    leg_id = (await desk.wait(LegIncoming)).leg_id
    await desk.do(Ring(leg_id=leg_id))
    async with asyncio.timeout(5):
        await call.ringing.wait()
    call.hang_up()
    ended = await desk.wait(LegHungUp, leg_id)
    assert (ended.cause, ended.sip_status, ended.by) == (HangUpCause.CANCELLED, 487, HangUpBy.REMOTE)


async def test_an_answer_that_crosses_the_cancel_ends_the_leg_once(desk: Desk, phone: SipPhone) -> None:
    for number in range(1, 11):
        call = phone.call(NUMBER)
        leg_id = (await desk.wait(LegIncoming, count=number)).leg_id
        await desk.do(Ring(leg_id=leg_id))
        async with asyncio.timeout(5):
            await call.ringing.wait()
        call.hang_up()
        await desk.do(Answer(leg_id=leg_id))
        await desk.wait(LegHungUp, leg_id)
    assert not desk.legs_without_end()


async def test_a_play_before_the_answer_is_heard_as_early_media(
    desk: Desk, phone: SipPhone, tmp_path: Path
) -> None:
    (tmp_path / "tone.wav").write_bytes(wav.pcm_file(b"\x00\x20\x00\xe0" * 8_000))
    call = phone.call(NUMBER)
    leg_id = (await desk.wait(LegIncoming)).leg_id
    await desk.do(Play(leg_id=leg_id, play_id=PlayId("p"), sounds=("tone.wav",), repeat=0))
    async with asyncio.timeout(5):
        while call.audio.heard.packets < 10:
            await asyncio.sleep(0.01)
    assert not call.is_up and max(call.audio.recording()) > 0
    await desk.do(Answer(leg_id=leg_id))
    async with asyncio.timeout(5):
        await call.answered.wait()
    call.hang_up()
    await desk.wait(LegHungUp, leg_id)


async def test_a_caller_that_never_acknowledges_is_dropped(desk: Desk) -> None:
    raw = RawUdp(desk.switch.port)
    raw.send(request("INVITE", f"sip:{NUMBER}@127.0.0.1", raw.local, body=SDP))
    leg_id = (await desk.wait(LegIncoming)).leg_id
    await desk.do(Answer(leg_id=leg_id))
    ended = await desk.wait(LegHungUp, leg_id)
    assert (ended.by, ended.cause) == (HangUpBy.FAULT, HangUpCause.TRANSPORT_LOST)
    raw.close()


async def test_a_caller_that_brings_no_offer_gets_ours(desk: Desk) -> None:
    raw = RawUdp(desk.switch.port)
    invite = request("INVITE", f"sip:{NUMBER}@127.0.0.1", raw.local)
    raw.send(invite)
    leg_id = (await desk.wait(LegIncoming)).leg_id
    await desk.do(Answer(leg_id=leg_id))
    ok = await raw.final()
    assert ok.status == 200 and b"m=audio" in ok.body
    ack = request("ACK", f"sip:{NUMBER}@127.0.0.1", raw.local, body=SDP)
    names = ("from", "call-id")
    raw.send(
        ack.having(*((n, invite.get(n) or "") for n in names), ("to", ok.get("to") or ""), ("cseq", "1 ACK"))
    )
    await desk.do(HangUp(leg_id=leg_id))
    assert (await desk.wait(LegHungUp, leg_id)).by is HangUpBy.LOCAL
    raw.close()


# ── Outgoing calls ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.req("TEL-3")
async def test_a_registered_telephone_is_called_and_told_to_answer_by_itself(
    desk: Desk, phone: SipPhone
) -> None:
    await phone.register()
    registered = await desk.wait(DeviceRegistered)
    assert (registered.device_id, registered.transport) == ("1001", "udp")
    calls: list[Conversation] = []

    def take(call: Conversation) -> None:
        calls.append(call)
        call.ring()
        call.answer()

    phone.on_call = take
    await desk.do(to_device(auto_answer=True, headers=(("X-Hotline-Call", "c-1"),)))
    await desk.wait(LegAnswered, LEG)
    assert desk.of(LegRinging, LEG)
    invite = calls[0].invite
    assert invite is not None
    assert invite.get("x-hotline-auto-answer") == "1" and invite.get("x-hotline-call") == "c-1"
    assert "answer-after=0" in (invite.get("call-info") or "")
    assert "13800138000" in (invite.get("from") or "")
    calls[0].hang_up()
    ended = await desk.wait(LegHungUp, LEG)
    assert (ended.by, ended.cause) == (HangUpBy.REMOTE, HangUpCause.NORMAL)


async def test_a_telephone_that_is_not_registered_is_unreachable_at_once(desk: Desk) -> None:
    await desk.do(to_device())
    ended = await desk.wait(LegHungUp, LEG)
    assert (ended.cause, ended.sip_status) == (HangUpCause.UNREACHABLE, 480)


async def test_a_busy_telephone_ends_the_leg_as_busy(desk: Desk, phone: SipPhone) -> None:
    await phone.register()
    phone.on_call = lambda call: call.reject(486)
    await desk.do(to_device())
    ended = await desk.wait(LegHungUp, LEG)
    assert (ended.cause, ended.sip_status, ended.q850, ended.by) == (
        HangUpCause.BUSY,
        486,
        17,
        HangUpBy.REMOTE,
    )


async def test_a_telephone_that_only_rings_is_given_up_after_the_time_limit(
    desk: Desk, phone: SipPhone
) -> None:
    await phone.register()
    calls: list[Conversation] = []

    def ring(call: Conversation) -> None:
        calls.append(call)
        call.ring()

    phone.on_call = ring
    await desk.do(to_device(timeout_s=0.3))
    ended = await desk.wait(LegHungUp, LEG)
    assert (ended.by, ended.cause) == (HangUpBy.LOCAL, HangUpCause.NO_ANSWER)
    async with asyncio.timeout(5):
        await calls[0].over.wait()
    assert calls[0].status == 487


async def test_hanging_up_a_leg_that_is_being_answered_ends_both_sides(desk: Desk, phone: SipPhone) -> None:
    await phone.register()
    calls: list[Conversation] = []

    def take(call: Conversation) -> None:
        calls.append(call)
        call.ring()
        call.answer()

    phone.on_call = take
    await desk.do(to_device(), HangUp(leg_id=LEG))
    ended = await desk.wait(LegHungUp, LEG)
    assert ended.by is HangUpBy.LOCAL
    async with asyncio.timeout(5):
        while not calls or not calls[0].over.is_set():
            await asyncio.sleep(0.01)


async def test_a_trunk_that_does_not_exist_is_unreachable(desk: Desk) -> None:
    await desk.do(
        Originate(leg_id=LEG, to=ToTrunk(trunk_id=TrunkId("none"), number="114"), shown_number=NUMBER)
    )
    assert (await desk.wait(LegHungUp, LEG)).cause is HangUpCause.UNREACHABLE


# ── In the call ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_keys_by_info_are_reported(desk: Desk, phone: SipPhone) -> None:
    leg_id, call = await answered(desk, phone)
    relay = await call.request("INFO", body=("application/dtmf-relay", b"Signal=5\r\nDuration=160\r\n"))
    plain = await call.request("INFO", body=("application/dtmf", b"#"))
    other = await call.request("INFO", body=("text/plain", b"hello"))
    assert [answer.status for answer in (relay, plain, other) if answer is not None] == [200, 200, 415]
    await desk.wait(DigitPressed, leg_id, 2)
    assert [event.digit for event in desk.of(DigitPressed, leg_id)] == ["5", "#"]


async def test_a_telephone_puts_the_call_on_hold_and_takes_it_back(desk: Desk, phone: SipPhone) -> None:
    leg_id, call = await answered(desk, phone)
    assert await call.hold() == 200
    assert (await desk.wait(RemoteHold, leg_id)).held
    assert await call.hold(held=False) == 200
    assert not (await desk.wait(RemoteHold, leg_id, 2)).held


async def test_a_transfer_asked_for_by_refer_is_passed_on(desk: Desk, phone: SipPhone) -> None:
    leg_id, call = await answered(desk, phone)
    accepted = await call.request("REFER", (("refer-to", "<sip:1002@hotline>"),))
    assert accepted is not None and accepted.status == 202
    assert (await desk.wait(TransferRequested, leg_id)).target == "1002"
    refused = await call.request("REFER", (("refer-to", "<nonsense>"),))
    assert refused is not None and refused.status == 400


async def test_options_in_the_call_are_answered_and_unknown_methods_refused(
    desk: Desk, phone: SipPhone
) -> None:
    _, call = await answered(desk, phone)
    options, message = await call.request("OPTIONS"), await call.request("MESSAGE")
    assert options is not None and options.status == 200
    assert message is not None and message.status == 405


async def test_a_far_end_that_is_dead_is_noticed_by_the_session_timer(tmp_path: Path) -> None:
    desk = await open_desk(tmp_path, session_expires_s=1)
    phone = SipPhone(("127.0.0.1", desk.switch.port), timing=QUICK)
    leg_id, call = await answered(desk, phone)
    call.audio.close()
    await phone.stack.close()  # the cable is pulled
    ended = await desk.wait(LegHungUp, leg_id)
    assert (ended.by, ended.cause) == (HangUpBy.FAULT, HangUpCause.SESSION_TIMEOUT)
    await desk.close()


# ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_command_on_a_leg_that_is_gone_fails_and_does_nothing_else(
    desk: Desk, phone: SipPhone
) -> None:
    leg_id, call = await answered(desk, phone)
    call.hang_up()
    await desk.wait(LegHungUp, leg_id)
    await desk.do(
        Answer(leg_id=leg_id), HangUp(leg_id=leg_id), Play(leg_id=leg_id, play_id=PlayId("p"), sounds=())
    )
    await desk.wait(CommandFailed, leg_id, 3)
    assert {event.code for event in desk.of(CommandFailed)} == {"no_such_leg"}
    assert len(desk.of(LegHungUp, leg_id)) == 1


async def test_a_repeated_originate_makes_one_call(desk: Desk, phone: SipPhone) -> None:
    await phone.register()
    calls: list[Conversation] = []
    phone.on_call = lambda call: (calls.append(call), call.answer())[1]
    await desk.do(to_device(), to_device())
    await desk.wait(LegAnswered, LEG)
    await desk.do(to_device())
    assert len(calls) == 1
    await desk.do(HangUp(leg_id=LEG))
    await desk.wait(LegHungUp, LEG)
    await desk.do(to_device())
    assert (await desk.wait(CommandFailed)).code == "no_such_leg"


async def test_the_snapshot_shows_what_runs(desk: Desk, phone: SipPhone) -> None:
    await phone.register()
    leg_id, _ = await answered(desk, phone)
    snapshot = await desk.switch.snapshot()
    assert [(leg.leg_id, leg.state, leg.trunk_id) for leg in snapshot.legs] == [(leg_id, LegState.UP, None)]
    assert [device.device_id for device in snapshot.devices] == ["1001"]
