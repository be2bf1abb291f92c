"""The verbs of the desk by button and key in real browsers, with a caller on a telephone: what is shown, and who hears whom."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import expect

from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import SipPhone
from tests.e2e.browsers import HEARD_PIECES, NOT_HEARD_PIECES, Person, Windows, likeness_in_pieces
from tests.e2e.people import voice
from tests.e2e.product import Product, eventually
from tests.e2e.test_two_browsers import last_call, prompt

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

HOTLINE = "01084000000"
CITIZEN = "citizen_04"
BYTES_A_SECOND = 16_000  # linear, 8 kHz
SURELY_HEARD_S = 6.0
"""So long a voice would have to be heard, were it there: the voices of the test are shorter."""


class Caller:
    """A citizen on a telephone who speaks all the time and knows what was heard."""

    def __init__(self, call: Conversation) -> None:
        self.call = call
        self._since = 0

    def listen_anew(self) -> None:
        """Forget what was heard so far."""
        self._since = len(self.call.audio.recording())

    def heard(self) -> bytes:
        """What was heard since, as linear audio of 8 kHz."""
        return self.call.audio.recording()[self._since :]

    async def hears(self, spoken: bytes, what: str) -> None:
        """Wait until this is heard from now on."""
        self.listen_anew()

        async def enough() -> bool:
            return await asyncio.to_thread(likeness_in_pieces, spoken, self.heard()) > HEARD_PIECES

        await eventually(enough, what, 40, every_s=1.0)

    async def hears_nothing_of(self, spoken: bytes, what: str) -> None:
        """Listen long enough that this voice would be there."""
        self.listen_anew()

        async def long_enough() -> bool:
            return len(self.heard()) > SURELY_HEARD_S * BYTES_A_SECOND

        await eventually(long_enough, "the sound")
        assert likeness_in_pieces(spoken, self.heard()) < NOT_HEARD_PIECES, what


@asynccontextmanager
async def calling(site: Product, shown: str = "13800138010") -> AsyncIterator[Caller]:
    """A citizen who has called the hotline and pressed 1 for real-estate registration."""
    phone = SipPhone(site.sip)
    try:
        call = phone.call(HOTLINE, shown=shown)
        async with asyncio.timeout(20):
            await call.answered.wait()
        call.audio.say(voice(CITIZEN), repeat=True)
        call.audio.press("1")
        yield Caller(call)
    finally:
        await phone.close()


async def agent_at(windows: Windows, number: str) -> Person:
    """An agent signed in with the browser phone, each with a voice of their own."""
    agent = await windows.staff(number, {"1001": "agent_04", "1002": "agent_02"}[number])
    await agent.sign_in()
    return agent


async def takes_the_call(agent: Person) -> None:
    await agent.in_state("ringing")
    await agent.press("card-answer")
    await agent.in_state("talking")


async def hand_on(agent: Person, typed: str, keys: str) -> None:
    """By keyboard alone: open the dialog, find the target, and go there with these keys."""
    await agent.page.keyboard.press("Alt+t")
    field = agent.page.locator('[data-test="target-search"] input, input[data-test="target-search"]')
    await expect(field.first).to_be_focused()
    await agent.page.keyboard.type(typed)
    await agent.sees('[role="dialog"] [role="option"][aria-selected="true"]', typed)
    await agent.page.keyboard.press(keys)


def party(role: str, *, up: bool) -> str:
    """The chip of a participant with this role."""
    return f'[data-test="participant"][data-role="{role}"][data-up="{"true" if up else "false"}"]'


@pytest.mark.req("AGT-1", "AGT-2", "AGT-6")
async def test_a_colleague_is_asked_and_gets_the_citizen(site: Product, windows: Windows) -> None:
    first = await agent_at(windows, "1001")
    async with calling(site) as citizen:
        await takes_the_call(first)
        second = await agent_at(windows, "1002")
        await hand_on(first, "1002", "Enter")
        await first.sees(party("consulted", up=False), "1002")
        await second.sees('[data-test="call-why"]', "1001 李婷 向您咨询")
        await second.screenshot("verbs-consulted-rings")
        await second.page.keyboard.press("Alt+a")
        await first.sees(party("consulted", up=True))
        await second.sees('[data-test="my-role"]', "您在接受咨询")
        await second.hears(first.voice, "the colleague hears who asks")
        await citizen.hears_nothing_of(first.voice, "the citizen hears music, not the consultation")
        await first.screenshot("verbs-consulting")
        await first.page.keyboard.press("Alt+c")
        await first.in_state("after_call")
        await second.in_state("talking")
        await citizen.hears(second.voice, "the citizen hears the colleague")
        await second.hears(voice(CITIZEN), "the colleague hears the citizen")
        await second.press("hangup")
        await second.in_state("after_call")
    detail = await last_call(site)
    assert [(talk["agent_id"], talk["how"]) for talk in detail["talks"]] == [
        ("user-1001", "transferred_consulted"),
        ("user-1002", "agent_hung_up"),
    ]


@pytest.mark.req("AGT-1")
async def test_three_talk_one_is_silenced_and_the_lead_passes_on(site: Product, windows: Windows) -> None:
    first = await agent_at(windows, "1001")
    async with calling(site) as citizen:
        await takes_the_call(first)
        second = await agent_at(windows, "1002")
        await hand_on(first, "1002", "Enter")
        await second.in_state("ringing")
        await second.press("card-answer")
        await first.sees(party("consulted", up=True))
        await first.page.keyboard.press("Alt+n")
        await first.sees(party("member", up=True), "1002 王磊")
        await citizen.hears(first.voice, "the citizen hears the first")
        await citizen.hears(second.voice, "the citizen hears the second")
        await second.hears(voice(CITIZEN), "the second hears the citizen")
        await first.screenshot("verbs-conference")
        await first.press("mute-participant")
        await second.sees('[data-test="call-card"]', "已静音")
        await citizen.hears_nothing_of(second.voice, "who is silenced is not heard")
        await first.press("mute-participant")
        await first.press("leave")
        await first.in_state("after_call")
        await expect(second.page.locator('[data-test="my-role"]')).to_have_count(0)
        await second.in_state("talking")
        await citizen.hears(second.voice, "the second has the citizen now")
        citizen.call.hang_up()
        await second.in_state("after_call")
    detail = await last_call(site)
    assert {talk["agent_id"] for talk in detail["talks"]} == {"user-1001", "user-1002"}


@pytest.mark.req("AGT-1", "AGT-4")
async def test_a_refused_transfer_comes_back_and_says_so(site: Product, windows: Windows) -> None:
    first = await agent_at(windows, "1001")
    async with calling(site) as citizen:
        await takes_the_call(first)
        await hand_on(first, "1003", "Control+Enter")
        await first.sees('[data-test="transfer-problem"]', "没有签入")
        await first.in_state("talking")
        await first.page.keyboard.press("Escape")
        second = await agent_at(windows, "1002")
        await hand_on(first, "1002", "Control+Enter")
        await second.sees('[data-test="call-why"]', "同事转给您的来电")
        await first.in_state("after_call")
        await second.press("hangup")
        await first.sees('[data-test="call-why"]', "没有人接听，已退回给您")
        await first.screenshot("verbs-came-back")
        await takes_the_call(first)
        await citizen.hears(first.voice, "the first agent again")
        await first.press("to-survey")
        await first.in_state("after_call")
        await citizen.hears(prompt("survey_ask"), "the survey's question")
        citizen.call.audio.press("1")
        async with asyncio.timeout(20):
            await citizen.call.over.wait()
    detail = await last_call(site)
    assert detail["survey_label"] == "满意"


@pytest.mark.req("AGT-1", "AGT-6")
async def test_a_busy_agent_picks_up_who_waits(site: Product, windows: Windows) -> None:
    agent = await agent_at(windows, "1001")
    await agent.page.keyboard.press("Alt+b")
    await agent.page.locator('[data-test^="busy-"]').first.click()
    await agent.in_state("busy")
    async with calling(site, shown="01062001234") as citizen:
        await agent.sees('[data-test="pick-up"]:not([disabled])', "1")
        await agent.press("pick-up")
        await agent.sees(".el-popper:visible li", "010****1234")
        await agent.screenshot("verbs-pick-up")
        await agent.page.keyboard.press("Escape")
        await agent.page.keyboard.press("Alt+u")
        await agent.in_state("talking")
        await citizen.hears(agent.voice, "the citizen hears who picked up")
        citizen.call.hang_up()
        await agent.in_state("after_call")


@pytest.mark.req("AGT-1", "AGT-5")
async def test_leaving_the_desk_in_a_talk_asks_first(site: Product, windows: Windows) -> None:
    agent = await agent_at(windows, "1001")
    async with calling(site):
        await takes_the_call(agent)
        await agent.press("user-menu")
        await agent.press("logout")
        await agent.sees(".el-message-box", "您还在通话中")
        await agent.page.locator(".el-message-box").get_by_role("button", name="取消").click()
        await agent.sees('[data-test="call-card"][data-state="talking"]')
        await agent.press("hangup")
        await agent.in_state("after_call")
