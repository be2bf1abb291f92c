"""The control room in a real browser: leaders find a talk, listen, speak, take over and end it, and what is alarming is taken on."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import expect

from hotline.adapters.sip_caller.phone import SipPhone
from tests.e2e.browsers import Person, Windows
from tests.e2e.people import DeskAgent
from tests.e2e.product import Product, Session, eventually
from tests.e2e.test_desk_verbs_browser import Caller
from tests.e2e.tones import hear, hum, tones_in

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

HOTLINE = "01084000000"
SHOWN = "13800138000"
LEADER_VOICE = "agent_04"
SILENCE = b"\xd5" * 160


@asynccontextmanager
async def talk(site: Product, number: str = "1001") -> AsyncIterator[tuple[Caller, Caller, DeskAgent]]:
    """A citizen and an agent on desk phones, each humming; yields citizen, agent's telephone, agent."""
    agent = await DeskAgent.sign_in(site, number)
    phone = SipPhone(site.sip)
    call = phone.call(HOTLINE, shown=SHOWN)
    try:
        await call.answered.wait()
        call.audio.press("1")
        rung = await agent.ringing()
        rung.answer()
        hum(number, rung)
        hum("citizen", call)
        await agent.in_state("talking")
        await hear({"citizen": call, number: rung}, {"citizen": number, number: "citizen"})
        yield Caller(call), Caller(rung), agent
    finally:
        call.hang_up()
        await phone.close()
        await agent.close()


def fall_silent(*people: Caller) -> None:
    """Hum no more."""
    for person in people:
        person.call.audio.say(SILENCE, repeat=True)


async def hears_tones(leader: Person, *wanted: str) -> None:
    """The leader's window plays exactly these people's tones now."""

    async def so() -> bool:
        return tones_in(await leader.heard()) == frozenset(wanted)

    await eventually(so, f"{wanted} in the leader's ear", 30, every_s=0.5)


async def choose(leader: Person, number: str, state: str) -> None:
    """Find the agent on the floor in this state, and choose them."""
    await leader.sees(f'[data-test="agent-{number}"][data-state="{state}"]')
    await leader.press(f"agent-{number}")
    await leader.sees('[data-test="leader-bar"]', number)


async def listens(leader: Person, role: str) -> None:
    """The bar of the leader's own listening says this role, and that the telephone is up."""
    await leader.sees(f'[data-test="listen-bar"][data-role="{role}"][data-up="true"]', limit_s=30)


def gone(person: Caller) -> Callable[[], Awaitable[bool]]:
    """Whether their call is over."""

    async def is_over() -> bool:
        return person.call.ended_by != ""

    return is_over


async def confirm(leader: Person) -> None:
    """Yes, do it."""
    await leader.page.locator(".el-message-box__btns .el-button--primary").click()


async def audited(site: Product, *actions: str) -> None:
    """These stand in the audit trail, as done by leader 2001 to agent 1001's call."""
    admin: Session = await site.log_in("admin")
    items = (await admin.get("/audit"))["items"]
    done = {item["action"] for item in items if "1001" in str(item)}
    assert set(actions) <= done, done


@pytest.mark.req("SUP-2")
async def test_a_leader_listens_whispers_barges_in_and_takes_over_from_the_page(
    site: Product, windows: Windows
) -> None:
    leader = await windows.staff("2001", LEADER_VOICE)
    async with talk(site) as (citizen, desk, agent):
        await leader.go("/live")
        await choose(leader, "1001", "talking")
        await expect(leader.page.locator('[data-test="verb-intercept"]')).to_be_disabled()
        await leader.press("verb-monitor")
        await listens(leader, "monitor")
        await hears_tones(leader, "citizen", "1001")
        fall_silent(citizen, desk)
        await citizen.hears_nothing_of(leader.voice, "a listener is not heard by the citizen")
        await desk.hears_nothing_of(leader.voice, "a listener is not heard by the agent")
        await leader.screenshot("control-room-monitor")

        await leader.press("role-whisper")
        await listens(leader, "whisper")
        await desk.hears(leader.voice, "the agent hears the whisper")
        await citizen.hears_nothing_of(leader.voice, "the citizen does not hear the whisper")

        await leader.press("role-barge")
        await listens(leader, "barge")
        await citizen.hears(leader.voice, "the citizen hears the leader")
        await desk.hears(leader.voice, "the agent hears the leader")
        hum("citizen", citizen.call)
        await hears_tones(leader, "citizen")
        await leader.page.keyboard.press("q")
        await expect(leader.page.locator('[data-test="listen-bar"]')).to_have_count(0, timeout=20_000)
        await agent.in_state("talking")

        await leader.sign_in()
        await leader.go("/live")
        await choose(leader, "1001", "talking")
        await leader.press("verb-intercept")
        await confirm(leader)
        await leader.in_state("talking", 30)
        await agent.in_state("after_call", "ready")
        await hears_tones(leader, "citizen")
        fall_silent(citizen)
        await citizen.hears(leader.voice, "the citizen talks to the leader now")
    await leader.in_state("after_call", 30)
    await audited(site, "calls.monitor", "calls.whisper", "calls.barge", "calls.intercept")


@pytest.mark.req("SUP-2", "OPS-2")
async def test_a_leader_whose_browser_dies_while_listening_disturbs_nobody(
    site: Product, windows: Windows
) -> None:
    leader = await windows.staff("2002", LEADER_VOICE)
    async with talk(site) as (citizen, desk, agent):
        await leader.go("/live")
        await choose(leader, "1001", "talking")
        await leader.press("verb-monitor")
        await listens(leader, "monitor")
        await leader.leave()
        watching = await site.log_in("2001")

        async def alone() -> bool:
            calls = (await watching.get("/live"))["calls"]
            return [one["participants"] for one in calls if one["phase"] == "talking"] == [[]]

        await eventually(alone, "the dead browser's leg to be given up", 60, every_s=0.5)
        await hear({"citizen": citizen.call, "1001": desk.call}, {"citizen": "1001", "1001": "citizen"})
        assert await agent.state() == "talking"


@pytest.mark.req("SUP-2")
async def test_a_leader_ends_a_talk_and_changes_states_by_key(site: Product, windows: Windows) -> None:
    leader = await windows.staff("2001")
    async with talk(site) as (citizen, _, agent):
        await leader.go("/live")
        await choose(leader, "1001", "talking")
        await leader.page.keyboard.press("u")
        await leader.sees('[data-test="leader-bar"]', "之后示忙")
        await leader.page.keyboard.press("x")
        await leader.page.locator(".el-message-box__btns .el-button").first.click()
        await expect(leader.page.locator(".el-message-box")).to_have_count(0)
        assert await agent.state() == "talking", "asked first, and not done when refused"
        await leader.page.keyboard.press("x")
        await confirm(leader)
        await eventually(gone(citizen), "the citizen's line drops")
        await agent.in_state("after_call", "busy")
        await agent.session.post("/agents/me/wrap-up/finish")
        await agent.in_state("busy")
        await leader.sees('[data-test="agent-1001"][data-state="busy"]')
        await leader.page.keyboard.press("r")
        await leader.sees('[data-test="agent-1001"][data-state="ready"]')
        await leader.page.keyboard.press("o")
        await confirm(leader)
        await leader.sees('[data-test="agents-shown"]', "0 /")
        await agent.in_state("offline")
    await audited(site, "calls.release", "agents.force_state")


@pytest.mark.req("SUP-1")
async def test_an_alarm_is_raised_taken_on_and_over(site: Product, windows: Windows) -> None:
    admin = await site.log_in("admin")
    before = (await admin.get("/alarms/rules"))["items"]
    rule = {
        "name": "有人等",
        "scope": "queue",
        "target_id": "realestate",
        "metric": "waiting",
        "amber": 1,
        "sound": True,
    }
    await admin.put("/alarms/rules", items=[rule])
    leader = await windows.staff("2001")
    await leader.go("/live")
    await leader.press("tab-alarms")
    await leader.sees('[data-test="alarms"]', "一切正常")
    agent = await DeskAgent.sign_in(site, "1001")
    await agent.session.put("/agents/me/state", state="busy", reason="会议")
    phone = SipPhone(site.sip)
    call = phone.call(HOTLINE, shown=SHOWN)
    await call.answered.wait()
    call.audio.press("1")
    await leader.sees('[data-test="alarm-waiting"][data-level="amber"]', "排队等待 1")
    await leader.screenshot("control-room-alarm")
    await leader.press("alarm-acknowledge")
    await leader.sees('[data-test="alarm-acknowledged"]', "已确认")
    call.hang_up()
    # An alarm holds for a while after its cause is gone, so that it does not flap.
    await leader.sees('[data-test="alarm-history"]', "排队等待", limit_s=60)
    await leader.sees('[data-test="alarms"]', "一切正常")
    await agent.session.post("/agents/me/sign-out")
    await phone.close()
    await agent.close()
    await admin.put("/alarms/rules", items=[{**rule, "id": None} for rule in before])


@pytest.mark.req("SUP-1")
async def test_a_manager_sets_up_alarms_and_targets(site: Product, windows: Windows) -> None:
    manager = await windows.staff("4001")
    await manager.go("/live")
    await manager.press("tab-alarms")
    await manager.press("alarm-rules")
    await manager.sees('[data-test="rules"]')
    count = await manager.page.locator('[data-test^="rule-"] .el-switch').count()
    await manager.press("rule-add")
    red = manager.page.locator(f'[data-test="rule-{count}-red"] input')
    await red.fill("2")
    await manager.press("rules-save")
    await manager.sees(".el-dialog .problem", "红线应比黄线更严重")
    await red.fill("9")
    await manager.press("rules-save")
    await expect(manager.page.locator(".el-dialog")).to_have_count(0)
    admin = await site.log_in("admin")
    rules = (await admin.get("/alarms/rules"))["items"]
    made = [rule for rule in rules if (rule["metric"], rule["amber"], rule["red"]) == ("waiting", 3, 9)]
    assert len(made) == 1
    await admin.put("/alarms/rules", items=[rule for rule in rules if rule not in made])
