"""The line between application and voice process is cut in silence: calls go on, and afterwards the journal says what happened and when."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import SipPhone
from tests.e2e.people import DeskAgent
from tests.e2e.product import Product, Refusal, eventually
from tests.integration.test_standby import connected, said_by
from tests.peers.cut import CutRelay

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

HOTLINE = "01084000000"
CUT_AT_LEAST_S = float(os.environ.get("HOTLINE_TEST_AWAY_S", "0"))


@pytest.fixture
async def cut_product(tmp_path: Path) -> AsyncIterator[tuple[Product, CutRelay]]:
    """A product whose application reaches its voice process through a relay."""
    product = Product(tmp_path / "data")
    await product.start()
    run = product.data / "run"
    relay = await CutRelay.unix(run / "voice.sock", run / "behind.sock")
    product.kill()  # the next application comes through the relay
    await product.start()
    yield product, relay
    relay.mend()
    await product.stop()
    await relay.close()


async def engine_is(product: Product, *, up: bool) -> None:
    """Wait until health says so."""

    async def so() -> bool:
        health = await said_by(product)
        return bool(health) and health["engine"]["up"] is up

    await eventually(so, f"engine up: {up}", 40)


async def hear(call: Conversation, packets: int) -> None:
    """Wait until so many more packets of 20 ms came."""
    before = call.audio.heard.packets
    async with asyncio.timeout(30):
        while call.audio.heard.packets < before + packets:
            await asyncio.sleep(0.05)


@pytest.mark.req("OPS-2")
async def test_calls_go_on_over_a_cut_line_and_what_happened_meanwhile_is_written_down(
    cut_product: tuple[Product, CutRelay],
) -> None:
    product, relay = cut_product
    phones = [SipPhone(product.sip) for _ in range(3)]
    agent = await DeskAgent.sign_in(product, "1001")
    talk, _ = await connected(phones[0], agent)
    leaver = phones[1].call(HOTLINE, shown="13900139000")
    async with asyncio.timeout(20):
        await leaver.answered.wait()
    voice = product.pid_of("voice")
    talk_id = (await agent.session.get("/agents/me"))["call"]["call_id"]

    began = asyncio.get_running_loop().time()
    relay.cut()
    await engine_is(product, up=False)
    with pytest.raises(Refusal) as refused:
        await agent.session.post(f"/calls/{talk_id}/actions/hangup")
    assert (refused.value.status, refused.value.code) == (409, "engine_down")
    assert await agent.state() == "talking"
    leaver.hang_up()
    await leaver.over.wait()
    comer = phones[2].call(HOTLINE, shown="13700137000")
    await hear(talk, 100)
    await asyncio.sleep(max(0.0, CUT_AT_LEAST_S - (asyncio.get_running_loop().time() - began)))
    mended_at = datetime.now(UTC)
    relay.mend()

    await engine_is(product, up=True)
    assert product.pid_of("voice") == voice
    async with asyncio.timeout(20):
        await comer.answered.wait()
    assert await agent.state() == "talking"
    await hear(talk, 50)
    await agent.session.post(f"/calls/{talk_id}/actions/hangup")
    await agent.in_state("after_call")
    for call in (talk, comer):
        call.hang_up()
        await call.over.wait()
    leader = await product.log_in("2001")

    async def ended() -> dict[str, dict[str, str]] | None:
        calls = (await leader.get("/calls"))["items"]
        return {call["ani"]: call for call in calls} if all(call["ended_at"] for call in calls) else None

    calls = await eventually(ended, "every call's end")
    assert {ani: call["disposition"] for ani, call in calls.items()} == {
        "13800138000": "agent_answered",
        "13900139000": "ivr_hangup",
        "13700137000": "ivr_hangup",
    }
    assert (
        datetime.fromisoformat(calls["13900139000"]["ended_at"]) < mended_at
    )  # when it happened, not when we heard
    for phone in phones:
        await phone.close()
    await agent.close()
