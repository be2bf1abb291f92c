"""The desk in a real browser and a telephone outside: a kept place called back, and a number that does not want to be asked."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import SipPhone
from tests.e2e.browsers import Windows
from tests.e2e.people import voice
from tests.e2e.product import Product, eventually
from tests.e2e.test_desk_verbs_browser import (
    CITIZEN,
    HOTLINE,
    agent_at,
    calling,
    hand_on,
    party,
    takes_the_call,
)
from tests.e2e.test_two_browsers import last_call, prompt
from tests.ports import free_port

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

OUTSIDE = "01066660000"
OUTSIDE_PORT = free_port()
CALLBACK_KEY = "1"
"""As the demo site has it."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def module_product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """A demo site whose trunk leads to a telephone outside."""
    running = Product(tmp_path_factory.mktemp("site") / "data")
    running.settings["HOTLINE_OUTBOUND_GATEWAY"] = f"127.0.0.1:{OUTSIDE_PORT}"
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def rung(site: Product) -> AsyncIterator[asyncio.Queue[Conversation]]:
    """What rings at the telephone outside."""
    calls: asyncio.Queue[Conversation] = asyncio.Queue()
    outside = SipPhone(site.sip, username="outside", port=OUTSIDE_PORT)

    def rings(call: Conversation) -> None:
        call.ring()
        calls.put_nowait(call)

    outside.on_call = rings
    yield calls
    await outside.close()


async def next_of(rung: asyncio.Queue[Conversation]) -> Conversation:
    async with asyncio.timeout(30):
        return await rung.get()


async def keep_the_place(site: Product) -> None:
    """A caller waits, asks to be called back on the own number, and hears thanks."""
    phone = SipPhone(site.sip)
    try:
        call = phone.call(HOTLINE, shown="13800138030")
        async with asyncio.timeout(20):
            await call.answered.wait()
        call.audio.press("1")

        async def waits() -> bool:
            return any(one["phase"] == "waiting" for one in (await leader.get("/live"))["calls"])

        leader = await site.log_in("2001")
        await eventually(waits, "the caller waits")
        call.audio.press(CALLBACK_KEY)

        async def agreed() -> bool:
            call.audio.press("1")  # the question may still be spoken; the key stops it
            return call.over.is_set()

        await eventually(agreed, "the place is kept", 40, every_s=3.0)
    finally:
        await phone.close()


@pytest.mark.req("ACD-2", "AGT-2")
async def test_a_kept_place_is_called_back_from_the_desk(
    site: Product, windows: Windows, rung: asyncio.Queue[Conversation]
) -> None:
    agent = await agent_at(windows, "1001")
    await agent.page.keyboard.press("Alt+b")
    await agent.page.locator('[data-test^="busy-"]').first.click()
    await agent.in_state("busy")
    await keep_the_place(site)
    await agent.press("ready")
    await agent.sees('[data-test="call-why"]', "预约回拨")
    await agent.sees('[data-test="call-card"] .number', "138 0013 8030")
    await agent.screenshot("verbs-callback-rings")
    await agent.press("card-answer")
    called = await next_of(rung)
    await agent.in_state("dialling")
    called.answer()
    called.audio.say(voice(CITIZEN), repeat=True)
    await agent.in_state("talking")
    await agent.hears(voice(CITIZEN), "the citizen who was called back")
    called.hang_up()
    await agent.in_state("after_call")
    detail = await last_call(site)
    assert (detail["direction"], detail["disposition"]) == ("outbound", "connected")


@pytest.mark.req("AGT-1")
async def test_a_number_outside_is_busy_and_the_citizen_is_back(
    site: Product, windows: Windows, rung: asyncio.Queue[Conversation]
) -> None:
    agent = await agent_at(windows, "1001")
    async with calling(site) as citizen:
        await takes_the_call(agent)
        await hand_on(agent, OUTSIDE, "Enter")
        called = await next_of(rung)
        await agent.sees(party("consulted", up=False), OUTSIDE)
        await citizen.hears(prompt("music")[: 8000 * 20], "music while the number rings")
        called.reject(486)
        await agent.sees('.el-message:has-text("外线 01066660000 正忙")')
        await agent.screenshot("verbs-outside-busy")
        await agent.in_state("talking")
        await citizen.hears(agent.voice, "the agent again")
        citizen.call.hang_up()
        await agent.in_state("after_call")
