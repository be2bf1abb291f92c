"""SIP programs not written here, against the whole product: sipp calls, floods and is called; baresip is a desk phone."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import SipPhone
from hotline.wire import wav
from tests.e2e.browsers import has_heard, is_in
from tests.e2e.people import DeskAgent, heard_by, voice
from tests.e2e.product import Product, Session, eventually
from tests.peers.raw_sip import RawUdp, request
from tests.peers.sip_programs import BARESIP, SIPP, Baresip, Sipp
from tests.ports import free_port

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
needs_sipp = pytest.mark.skipif(SIPP is None, reason="sipp is not installed")
needs_baresip = pytest.mark.skipif(BARESIP is None, reason="baresip is not installed")

HOTLINE = "01084000000"
SCENARIOS = Path(__file__).parents[1] / "peers" / "sipp"


async def sipp_citizen(site: Product, folder: Path, shown: str, *, key: str, seconds: float) -> Sipp:
    """One call of sipp, which speaks, presses `key` and hangs up after `seconds`."""
    await asyncio.to_thread((folder / "citizen.al").write_bytes, voice("citizen_04"))
    return await Sipp.start(
        folder, f"127.0.0.1:{site.sip_port}", "-sf", str(SCENARIOS / "citizen.xml"), "-s", HOTLINE, "-m", "1",
        "-key", "shown", shown, "-key", "digit", key, "-d", str(int(seconds * 1000)),
    )  # fmt: skip


async def call_from(leader: Session, shown: str) -> dict[str, Any]:
    """The record of the newest call from this number once it is over."""

    async def over() -> dict[str, Any] | None:
        items = (await leader.get("/calls", number=shown))["items"]
        detail = await leader.get(f"/calls/{items[0]['id']}") if items else None
        return detail if detail and detail["ended_at"] else None

    return await eventually(over, f"the end of the call from {shown}", 30)


async def in_phase(leader: Session, phase: str) -> None:
    """Wait until a call is there."""

    async def there() -> bool:
        return any(call["phase"] == phase for call in (await leader.get("/live"))["calls"])

    await eventually(there, f"a call in {phase}")


@pytest.fixture
async def agent(site: Product) -> AsyncIterator[DeskAgent]:
    person = await DeskAgent.sign_in(site, "1001")
    yield person
    await person.close()


@needs_sipp
@pytest.mark.req("TEL-1", "STA-6")
@pytest.mark.parametrize(
    ("phase", "key", "disposition"),
    [
        ("ivr", "9", "ivr_hangup"),
        ("waiting", "1", "queue_abandoned"),
        ("ringing", "1", "ring_abandoned"),
        ("talking", "1", "agent_answered"),
        ("survey", "1", "agent_answered"),
    ],
)
async def test_a_call_of_sipp_that_hangs_up_in_any_phase_is_counted_there(
    site: Product, agent: DeskAgent, tmp_path: Path, phase: str, key: str, disposition: str
) -> None:
    shown = f"1380000{len(phase):02}{ord(phase[0]):02}"[:11]
    leader = await site.log_in("2001")
    if phase == "waiting":
        await agent.session.put("/agents/me/state", state="busy", reason="other")
    sipp = await sipp_citizen(site, tmp_path, shown, key=key, seconds=12 if phase == "survey" else 7)
    if phase in {"talking", "survey"}:
        rung = await agent.ringing()
        rung.answer()
        await agent.in_state("talking")
        await eventually(lambda: _hears_citizen(rung), "sipp's voice", every_s=0.5)
        if phase == "survey":
            rung.hang_up()
    await in_phase(leader, phase)
    assert await sipp.ended() == 0
    detail = await call_from(leader, shown)
    assert detail["disposition"] == disposition
    if phase == "talking":
        (talk,) = detail["talks"]
        assert talk["how"] == "caller_hung_up"
    if phase == "survey":
        assert detail["survey_grade"] is None


async def _hears_citizen(rung: Conversation) -> bool:
    return await has_heard(rung, voice("citizen_04")[:16_000])


@needs_sipp
@pytest.mark.req("TEL-1")
async def test_after_a_flood_of_calls_the_product_is_well_and_takes_a_normal_one(
    site: Product, agent: DeskAgent, tmp_path: Path
) -> None:
    flood = await Sipp.start(
        tmp_path, f"127.0.0.1:{site.sip_port}", "-sn", "uac", "-s", HOTLINE, "-m", "600", "-r", "300", "-d", "500",
        "-timeout", "12",
    )  # fmt: skip
    health = await eventually(site.healthy, "health during the flood")
    assert health["engine"]["up"]
    await flood.ended()  # many calls were refused or not looked at: that is what it is for
    citizen = SipPhone(site.sip)
    try:

        async def answered() -> Conversation | None:
            call = citizen.call(HOTLINE, shown="13900139000")
            async with asyncio.timeout(20):
                await call.answered.wait()
            return call if call.is_up else None

        call = await eventually(answered, "a normal call after the flood", 60, every_s=1.0)
        call.audio.press("1")
        rung = await agent.ringing()
        rung.answer()
        await agent.in_state("talking")
        rung.hang_up()
        call.hang_up()
    finally:
        await citizen.close()


@pytest.mark.req("TEL-1")
async def test_scanners_hear_nothing(site: Product) -> None:
    scanner = RawUdp(site.sip_port, "127.0.0.2")
    try:
        for method in ("OPTIONS", "INVITE", "SUBSCRIBE"):
            agent = (("user-agent", "friendly-scanner"),)
            scanner.send(request(method, f"sip:100@127.0.0.1:{site.sip_port}", scanner.local, headers=agent))
        assert await scanner.silence(1.0)
        for method in ("OPTIONS", "INVITE"):
            scanner.send(request(method, f"sip:{HOTLINE}@127.0.0.1:{site.sip_port}", scanner.local))
        assert await scanner.silence(1.0)
    finally:
        scanner.close()
    assert await site.healthy()


@needs_baresip
@pytest.mark.req("TEL-3")
async def test_baresip_as_desk_phone_takes_a_call_of_the_queue(site: Product, tmp_path: Path) -> None:
    session = await site.log_in("1002")
    bare = await Baresip.start(tmp_path, "1002", "demo-1002", site.phones[1])
    citizen = SipPhone(site.sip)
    try:

        async def registered() -> bool:
            return bool((await session.get("/agents/me"))["device"]["desk"]["registered"])

        await eventually(registered, "baresip's registration")
        await session.post("/agents/me/sign-in", device="desk")
        call = citizen.call(HOTLINE, shown="13800138002")
        async with asyncio.timeout(20):
            await call.answered.wait()
        call.audio.press("1")

        async def tone() -> bool:
            heard = np.frombuffer(call.audio.recording(), dtype="<i2")[-8_000:]
            return (
                len(heard) == 8_000
                and abs(int(np.abs(np.fft.rfft(heard * np.hanning(8_000))).argmax()) - 440) <= 2
            )

        await eventually(tone, "the tone of baresip", 30, every_s=0.5)
        call.hang_up()
        detail = await call_from(await site.log_in("2001"), "13800138002")
        assert (detail["disposition"], detail["agents"][0]["number"]) == ("agent_answered", "1002")
    finally:
        await bare.stop()
        await citizen.close()


@needs_sipp
@pytest.mark.req("TEL-1")
async def test_an_outbound_call_goes_through_the_trunk_shows_the_hotline_and_is_recorded(
    tmp_path: Path,
) -> None:
    port = free_port()
    site = Product(tmp_path / "data", settings={"HOTLINE_OUTBOUND_GATEWAY": f"127.0.0.1:{port}"})
    sipp = await Sipp.start(
        tmp_path, "-sf", str(SCENARIOS / "trunk_answer.xml"), "-p", str(port), "-m", "1", "-rtp_echo",
        "-trace_msg", "-message_file", "messages.log", "-recv_timeout", "60000",
    )  # fmt: skip
    await site.start()
    agent = await DeskAgent.sign_in(site, "1003")
    try:
        call_id = (await agent.session.post("/agents/me/calls", to="13900139000"))["call_id"]
        rung = await agent.ringing()
        rung.answer()
        await agent.in_state("talking")
        words = voice("agent_02")
        rung.audio.say(words)

        async def echoed() -> bool:
            all_through = len(heard_by(rung)) > len(words) + 8_000
            return all_through and await has_heard(rung, words)

        await eventually(echoed, "sipp's echo of the agent", 30, every_s=0.5)
        rung.hang_up()
        assert await sipp.ended() == 0
        leader = await site.log_in("2001")

        async def over() -> dict[str, Any] | None:
            found = await leader.get(f"/calls/{call_id}")
            ready = found["recordings"] and all(one["ready"] for one in found["recordings"])
            return found if found["ended_at"] and ready else None

        detail = await eventually(over, "the outbound call's end and recording")
        assert (detail["direction"], detail["disposition"]) == ("outbound", "connected")
        invite = await asyncio.to_thread((tmp_path / "messages.log").read_text)
        assert f"<sip:{HOTLINE}@" in next(line for line in invite.splitlines() if line.startswith("From:"))
        audio = wav.parse((await (await site.log_in("3001")).raw(f"/calls/{call_id}/recording")).content)
        assert is_in(words, audio.data[1::2])
    finally:
        await sipp.stop()
        await agent.close()
        await site.stop()
