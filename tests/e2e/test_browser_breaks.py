"""A desk in the browser is reloaded, loses the network, or is closed while it rings: nobody is lost."""

import pytest

from tests.e2e.browsers import Windows
from tests.e2e.people import DeskAgent
from tests.e2e.product import Product
from tests.e2e.test_two_browsers import last_call, prompt

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.mark.req("TEL-3", "OPS-2")
async def test_a_reloaded_desk_comes_back_into_the_running_talk(site: Product, windows: Windows) -> None:
    agent = await windows.staff("1001", "agent_04")
    await agent.sign_in()
    citizen = await windows.citizen("citizen_04")
    await citizen.call_the_hotline()
    await citizen.press("key-1")
    await agent.in_state("ringing")
    await agent.press("card-answer")
    await agent.hears(citizen.voice, "the citizen before the reload")
    await agent.page.reload()
    await agent.sees('[data-test="call-card"][data-state="talking"]', limit_s=30)
    await agent.hears(citizen.voice, "the citizen after the reload")
    await citizen.forget_heard()
    await agent.page.goto("about:blank")
    await citizen.hears(prompt("connection_interrupted"), "the notice", forget=False)
    await agent.go("/desk")
    await agent.sees('[data-test="call-card"][data-state="talking"]', limit_s=30)
    await agent.hears(citizen.voice, "the citizen after coming back")
    await citizen.hears(agent.voice, "the agent after coming back")
    await agent.lose_network()
    await agent.sees(".alerts .el-alert", "与服务器的连接中断")
    await agent.find_network()
    await agent.sees('[data-test="call-card"][data-state="talking"]', limit_s=30)
    await citizen.hears(agent.voice, "the agent after the break of the network")
    await citizen.press("web-hangup")
    await agent.in_state("after_call")
    detail = await last_call(site)
    assert detail["disposition"] == "agent_answered"
    assert len(detail["talks"]) == 1


@pytest.mark.req("ACD-2")
async def test_a_lid_closed_while_it_rings_sends_the_caller_to_the_next_agent(
    site: Product, windows: Windows
) -> None:
    first = await windows.staff("1001", "agent_04")
    await first.sign_in()
    citizen = await windows.citizen("citizen_04")
    await citizen.call_the_hotline()
    await citizen.press("key-1")
    await first.in_state("ringing")
    second = await DeskAgent.sign_in(site, "1002")
    try:
        await first.leave()
        rung = await second.ringing()
        rung.answer()
        await second.in_state("talking")
        rung.audio.say(prompt("welcome"), repeat=True)
        await citizen.hears(prompt("welcome"), "the second agent")
        rung.hang_up()
        await citizen.press("web-hangup")
        detail = await last_call(site)
        assert [offer["outcome"] == "answered" for offer in detail["offers"]] == [False, True]
        assert [visit["outcome"] for visit in detail["visits"]] == ["answered"]
    finally:
        await second.close()
