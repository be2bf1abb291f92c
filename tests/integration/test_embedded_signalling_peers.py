"""The embedded engine against SIP programs not written here: sipp as caller and callee, baresip as desk phone; and under loss."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from hotline.adapters.sip_caller.beat import Beat
from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import SipPhone
from hotline.core.ids import DeviceId, LegId, TrunkId
from hotline.core.switching import (
    Answer,
    Bridge,
    DeviceRegistered,
    HangUp,
    HangUpBy,
    HangUpCause,
    LegAnswered,
    LegHungUp,
    LegIncoming,
    LegKind,
    Originate,
    Ring,
    SwitchCommand,
    SwitchEvent,
    ToDevice,
    ToTrunk,
)
from hotline.wire.sip.actions import Timing
from tests.peers.sip_programs import BARESIP, SIPP, Baresip, Sipp
from tests.peers.switch_desk import NUMBER, Desk, directory, open_desk, trunk
from tests.ports import free_port

pytestmark = [pytest.mark.e2e]
needs_sipp = pytest.mark.skipif(SIPP is None, reason="sipp is not installed")
needs_baresip = pytest.mark.skipif(BARESIP is None, reason="baresip is not installed")

SCENARIOS = Path(__file__).parents[1] / "peers" / "sipp"
OUT = LegId("leg-out")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    opened = await open_desk(tmp_path, timing=Timing())
    yield opened
    await opened.close()


def answer_all(event: SwitchEvent) -> list[SwitchCommand]:
    """Ring and answer whoever calls."""
    if isinstance(event, LegIncoming):
        return [Ring(leg_id=event.leg_id), Answer(leg_id=event.leg_id)]
    return []


@needs_sipp
@pytest.mark.req("TEL-1")
async def test_sipp_calls_are_answered_and_ended_by_it(desk: Desk, tmp_path: Path) -> None:
    desk.react = answer_all
    sipp = await Sipp.start(
        tmp_path,
        f"127.0.0.1:{desk.switch.port}",
        "-sn",
        "uac",
        "-s",
        NUMBER,
        "-m",
        "30",
        "-r",
        "30",
        "-d",
        "300",
    )
    assert await sipp.ended() == 0
    await desk.wait(LegHungUp, count=30)
    assert not desk.legs_without_end()
    assert {(event.by, event.cause) for event in desk.of(LegHungUp)} == {
        (HangUpBy.REMOTE, HangUpCause.NORMAL)
    }


@needs_sipp
@pytest.mark.req("TEL-3")
async def test_sipp_calls_as_a_telephone_with_its_password(desk: Desk, tmp_path: Path) -> None:
    desk.react = answer_all
    sipp = await Sipp.start(
        tmp_path, f"127.0.0.1:{desk.switch.port}", "-sf", str(SCENARIOS / "device_call.xml"), "-s", "10086",
        "-au", "1001", "-ap", "demo-1001", "-m", "3", "-r", "5",
    )  # fmt: skip
    assert await sipp.ended() == 0
    incoming = await desk.wait(LegIncoming, count=3)
    assert (incoming.kind, incoming.device_id, incoming.dnis) == (LegKind.DEVICE, "1001", "10086")


@needs_sipp
async def test_a_wrong_password_of_sipp_is_refused(desk: Desk, tmp_path: Path) -> None:
    sipp = await Sipp.start(
        tmp_path, f"127.0.0.1:{desk.switch.port}", "-sf", str(SCENARIOS / "device_call.xml"), "-s", "10086",
        "-au", "1001", "-ap", "guess", "-m", "1",
    )  # fmt: skip
    assert await sipp.ended() != 0
    assert not desk.of(LegIncoming)


@needs_sipp
@pytest.mark.req("TEL-1")
@pytest.mark.parametrize("scenario", ["trunk_answer.xml", "trunk_challenge.xml"])
async def test_sipp_is_called_through_the_trunk_and_hears_the_citizen(tmp_path: Path, scenario: str) -> None:
    port = free_port()
    entry = trunk(f"127.0.0.1:{port}", username="gw", password="secret")
    desk = await open_desk(tmp_path, directory(entry), timing=Timing())
    sipp = await Sipp.start(
        tmp_path, "-sf", str(SCENARIOS / scenario), "-p", str(port), "-m", "1", "-rtp_echo"
    )
    phone = SipPhone(("127.0.0.1", desk.switch.port))
    try:
        call = phone.call(NUMBER, shown="13800138000")
        citizen = (await desk.wait(LegIncoming)).leg_id
        await desk.do(
            Answer(leg_id=citizen),
            Originate(
                leg_id=OUT, to=ToTrunk(trunk_id=TrunkId("demo"), number="13900139000"), shown_number=NUMBER
            ),
        )
        await desk.wait(LegAnswered, OUT)
        await desk.do(Bridge(leg_id=citizen, peer_id=OUT))
        call.audio.say(bytes(range(256)) * 200, repeat=True)
        async with asyncio.timeout(10):
            while np.abs(np.frombuffer(call.audio.recording(), dtype="<i2")).max(initial=0) < 1_000:
                await asyncio.sleep(0.05)
        await desk.do(HangUp(leg_id=OUT), HangUp(leg_id=citizen))
        assert await sipp.ended() == 0
        await desk.wait(LegHungUp, OUT)
    finally:
        await sipp.stop()
        await phone.close()
        await desk.close()


@needs_baresip
@pytest.mark.req("TEL-3")
async def test_baresip_registers_answers_and_is_heard_by_the_citizen(desk: Desk, tmp_path: Path) -> None:
    bare = await Baresip.start(tmp_path, "1001", "demo-1001", desk.switch.port)
    phone = SipPhone(("127.0.0.1", desk.switch.port))
    try:
        registered = await desk.wait(DeviceRegistered)
        assert "baresip" in registered.user_agent
        call = phone.call(NUMBER, shown="13800138000")
        citizen = (await desk.wait(LegIncoming)).leg_id
        await desk.do(
            Answer(leg_id=citizen),
            Originate(leg_id=OUT, to=ToDevice(device_id=DeviceId("1001")), shown_number="13800138000"),
        )
        await desk.wait(LegAnswered, OUT)
        await desk.wait(LegAnswered, citizen)
        await desk.do(Bridge(leg_id=citizen, peer_id=OUT))
        async with asyncio.timeout(10):
            while call.audio.heard.packets < 100:
                await asyncio.sleep(0.05)
        heard = np.frombuffer(call.audio.recording(), dtype="<i2")[-8_000:]
        spectrum = np.abs(np.fft.rfft(heard * np.hanning(8_000)))
        assert abs(int(spectrum.argmax()) - 440) <= 2  # one bin is one hertz
        await desk.do(HangUp(leg_id=OUT))
        ended = await desk.wait(LegHungUp, OUT)
        assert ended.stats is not None and ended.stats.packets_received > 50
    finally:
        await bare.stop()
        await phone.close()


@pytest.mark.slow
@pytest.mark.req("TEL-1")
async def test_with_a_fifth_of_all_packets_lost_both_ways_no_call_is_stuck(tmp_path: Path) -> None:
    """150 calls: each is answered, bridged to a telephone where one is free, and ended; every leg ends once."""
    dice = random.Random(20_261_122)
    timing = Timing(t1=0.1, t2=0.8, t4=1.0)
    desk = await open_desk(tmp_path, timing=timing, keep=lambda _: dice.random() >= 0.2)
    desk.react = answer_all
    beat = Beat()
    phones = [SipPhone(("127.0.0.1", desk.switch.port), beat=beat, timing=timing) for _ in range(15)]
    calls: list[Conversation] = []

    async def caller(phone: SipPhone) -> None:
        for _ in range(10):
            call = phone.call(NUMBER, shown="13800138000")
            calls.append(call)
            await call.answered.wait()
            call.hang_up()
            await call.over.wait()

    async with asyncio.timeout(100), asyncio.TaskGroup() as group:
        for phone in phones:
            group.create_task(caller(phone))
    assert [call.answered_at is not None for call in calls] == [True] * 150
    await desk.wait(LegIncoming, count=150)
    await desk.wait(LegHungUp, count=150)
    assert not desk.legs_without_end()
    assert not (await desk.switch.snapshot()).legs
    for phone in phones:
        await phone.close()
    await desk.close()
