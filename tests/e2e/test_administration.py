"""The administrator changes the running site in the browser; the next call hears, meets and is asked what was changed."""

import asyncio
import shutil
from pathlib import Path

import pytest

from hotline.adapters.sip_caller.phone import SipPhone
from tests.e2e.browsers import Person, Windows
from tests.e2e.people import HEARD_AT_LEAST, VOICES, DeskAgent, correlation, heard_by, voice
from tests.e2e.product import Product, eventually
from tests.e2e.test_two_browsers import last_call

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

HOTLINE = "01084000000"
PROMPT_KEY, PROMPT_NAME = "notice_of_the_day", "今日公告"
QUEUE_NAME, QUEUE_NUMBER = "住房公积金", "8010"
GRADE = "十分满意"
DRAWER = ".el-drawer:visible"


async def fill(admin: Person, label: str, text: str) -> None:
    """Write into the field of the open form that has this label."""
    field = admin.page.locator(f'{DRAWER} .el-form-item:has(.el-form-item__label:text-is("{label}"))')
    await field.locator("input, textarea").first.fill(text)


async def choose(admin: Person, place: str, option: str) -> None:
    """Choose an option of the selection at `place` by the words it is found with."""
    await admin.page.locator(place).click()
    await admin.page.locator(place).locator("input").fill(option)
    await admin.page.locator(".el-select-dropdown__item:visible", has_text=option).first.click()


async def save(admin: Person) -> None:
    """Save the open form and see it close."""
    await admin.press("save")
    await admin.page.locator(DRAWER).wait_for(state="hidden")


async def upload_a_prompt(admin: Person, folder: Path) -> None:
    """A new prompt from a file, and its preview heard."""
    recording = folder / "notice.wav"
    await asyncio.to_thread(shutil.copy, VOICES / "agent_04.wav", recording)
    await admin.go("/prompts")
    await admin.press("add")
    await fill(admin, "标识", PROMPT_KEY)
    await fill(admin, "名称", PROMPT_NAME)
    await admin.page.locator('[data-test="prompt-file"]').set_input_files(recording)
    await save(admin)
    await admin.page.locator('[data-test="search"] input, input[data-test="search"]').first.fill(PROMPT_NAME)
    async with admin.page.expect_response(lambda answer: "/prompts/" in answer.url and answer.ok) as played:
        await admin.press(f"play-{PROMPT_KEY}")
    assert int((await played.value).headers["content-length"]) >= len(voice("agent_04"))
    await admin.sees(f'[data-test="play-{PROMPT_KEY}"][data-playing="true"]')


async def add_a_queue(admin: Person) -> None:
    """A new queue with 1003 in it."""
    await admin.go("/queues")
    await admin.press("add")
    await admin.page.locator('[data-test="queue-name"] input, input[data-test="queue-name"]').fill(QUEUE_NAME)
    await admin.page.locator('[data-test="queue-number"] input, input[data-test="queue-number"]').fill(
        QUEUE_NUMBER
    )
    await choose(admin, f"{DRAWER} .add .el-select", "1003")
    await admin.page.keyboard.press("Escape")
    await admin.page.locator(f"{DRAWER} .add .el-button").click()
    await save(admin)
    await admin.sees(f'tr:has-text("{QUEUE_NAME}")', "1")


async def change_the_flow(admin: Person) -> None:
    """The welcome becomes the new prompt, key 1 leads to the new queue; published."""
    await admin.go("/flows")
    await admin.page.locator('tr:has-text("主流程") a, tr:has-text("主流程") button').first.click()
    await admin.page.locator(".node:not(.reference)", has_text="欢迎词").click()
    field = '.el-form-item:has-text("播放语音") .el-select'
    await admin.page.locator(f"{field} .el-tag__close").first.click()
    await choose(admin, field, PROMPT_NAME)
    await admin.page.locator("h1").click()
    await admin.page.locator(".el-select-dropdown:visible").wait_for(state="hidden")
    await admin.page.locator(".node:not(.reference)", has_text="不动产登记座席组").click()
    await choose(admin, '.el-form-item:has-text("进入座席组") .el-select', QUEUE_NAME)
    await admin.page.get_by_role("button", name="保存修改").click()
    await admin.page.get_by_role("button", name="发布").click()
    await admin.page.get_by_role("button", name="确定").click()
    await admin.sees(".el-message", "已发布")


async def change_the_survey(admin: Person) -> None:
    """The first grade gets another name."""
    await admin.go("/hotlines")
    await admin.page.locator(f'tr:has-text("{HOTLINE}")').get_by_role("button", name="编辑").click()
    await admin.page.locator(f"{DRAWER} .grade").first.locator("input").nth(1).fill(GRADE)
    await save(admin)


@pytest.mark.req("TEL-4", "TEL-5", "IVR-1", "IVR-5")
async def test_what_the_administrator_changes_is_what_the_next_caller_meets(
    site: Product, windows: Windows, tmp_path: Path
) -> None:
    admin = await windows.staff("admin")
    wrong: list[str] = []
    admin.page.on("pageerror", lambda error: wrong.append(str(error)))
    await upload_a_prompt(admin, tmp_path)
    await add_a_queue(admin)
    await change_the_flow(admin)
    await change_the_survey(admin)
    assert wrong == []
    agent = await DeskAgent.sign_in(site, "1003")
    citizen = SipPhone(site.sip)
    try:
        call = citizen.call(HOTLINE, shown="13800138010")
        async with asyncio.timeout(20):
            await call.answered.wait()

        async def heard_the_notice() -> bool:
            return correlation(voice("agent_04"), heard_by(call)) > HEARD_AT_LEAST

        await eventually(heard_the_notice, "the new prompt", 30, every_s=0.5)
        call.audio.press("1")
        rung = await agent.ringing()
        rung.answer()
        await agent.in_state("talking")
        rung.hang_up()

        async def in_survey() -> bool:
            return any(one["phase"] == "survey" for one in (await leader.get("/live"))["calls"])

        leader = await site.log_in("2001")
        await eventually(in_survey, "the survey")
        call.audio.press("1")
        detail = await last_call(site)
        assert [queue["name"] for queue in detail["queues"]] == [QUEUE_NAME]
        assert [one["number"] for one in detail["agents"]] == ["1003"]
        assert (detail["disposition"], detail["survey_label"]) == ("agent_answered", GRADE)
    finally:
        await citizen.close()
        await agent.close()
