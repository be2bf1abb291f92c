"""The administrator changes the running site in the browser; the next call hears, meets and is asked what was changed."""

import asyncio
import shutil
from pathlib import Path

import pytest

from hotline.adapters.sip_caller.phone import SipPhone
from tests.e2e.browsers import Person, Windows, has_heard
from tests.e2e.people import VOICES, DeskAgent, voice
from tests.e2e.product import Product, eventually
from tests.e2e.test_two_browsers import last_call

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

HOTLINE = "01084000000"
PROMPT_KEY, PROMPT_NAME = "notice_of_the_day", "今日公告"
QUEUE_NAME, QUEUE_NUMBER = "住房公积金", "8010"
GRADE = "十分满意"
VIP_NUMBER, VIP_NAME = "13800138020", "市政协办公室"
BARRED = "95500000000"
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
    await (
        admin.page.locator('[data-test="prompt-how"] .el-radio, [data-test="prompt-how"] .el-radio-button')
        .filter(has_text="上传")
        .first.click()
    )
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
    await admin.page.locator('tr:has-text("主流程") a').first.click()
    await admin.page.locator('.flow-card[data-node="welcome"] .title').click()
    await choose(admin, '[data-field="prompts"] .row:first-child .el-select', PROMPT_NAME)
    await admin.page.get_by_role("button", name="查找").click()
    await admin.page.locator('[data-test="find-in-flow"]').fill("不动产登记座席组")
    await admin.page.keyboard.press("Escape")
    await choose(admin, '[data-field="queue"] .el-select', QUEUE_NAME)
    await admin.sees('[data-test="save-state"][data-state="saved"]')
    await admin.press("publish")
    await admin.sees('[data-test="difference"]', "修改")
    await admin.press("publish-go")
    await admin.sees(".el-message", "已发布")


async def change_the_survey(admin: Person) -> None:
    """The first grade gets another name."""
    await admin.go("/hotlines")
    await admin.page.locator(f'tr:has-text("{HOTLINE}")').get_by_role("button", name="编辑").click()
    await admin.page.locator(f"{DRAWER} .grade").first.locator("input").nth(1).fill(GRADE)
    await save(admin)


async def know_a_caller(admin: Person, folder: Path) -> None:
    """A list with a mistake changes nothing; mended, it is taken."""
    await admin.go("/hotlines")
    await admin.page.get_by_role("tab", name="重要来电").click()
    await admin.press("known-import")
    chooser = admin.page.locator('[data-test="known-file"]')
    for kind, sign in (("贵宾中的贵宾", "import-problems"), ("VIP", "import-outcome")):
        sheet = folder / "callers.csv"
        sheet.write_text(f"号码,类别,优先级,名称,备注\n{VIP_NUMBER},{kind},20,{VIP_NAME},\n", "utf-8-sig")
        await chooser.set_input_files(sheet)
        await admin.sees(f'[data-test="{sign}"]')
    await admin.screenshot("setup-known-import")
    await admin.press("import-go")
    await admin.sees(f'tr:has-text("{VIP_NAME}")', VIP_NUMBER)


async def bar_a_number(admin: Person) -> None:
    """A rule is tried before it is saved, and holds afterwards."""
    await admin.go("/outbound-rules")
    await admin.press("add")
    await admin.page.locator('[data-test="rule-prefix"] input, input[data-test="rule-prefix"]').last.fill(
        BARRED[:4]
    )
    await admin.page.locator(".el-table .el-switch").last.click()
    await admin.page.locator('[data-test="try-number"] input, input[data-test="try-number"]').fill(BARRED)
    await choose(admin, ".card .agent", "1001")
    await admin.press("try-go")
    await admin.sees('[data-test="try-outcome"][data-allowed="false"]', "不允许拨打")
    await admin.screenshot("setup-outbound-rules")
    await admin.press("save-rules")
    await admin.sees('.el-message:has-text("已保存")')


async def let_a_queue_overflow(admin: Person) -> None:
    """The form says in words where the caller would go, and the list says the same once it is saved."""
    await admin.go("/queues")
    await admin.page.locator('tr:has-text("社会保障")').get_by_role("button", name="编辑").click()
    await fill(admin, "最长等待", "90")
    await admin.page.locator(f"{DRAWER} .el-radio", has_text="转值班电话").click()
    await fill(admin, "值班号码", "01066660000")
    await admin.page.locator(f"{DRAWER} .el-drawer__header").click()
    await admin.sees(f'{DRAWER} [data-test="overflow-chain"]', "等待 90 秒→值班电话 01066660000")
    await admin.screenshot("setup-overflow")
    await save(admin)
    await admin.sees(
        'tr:has-text("社会保障") [data-test="overflow-chain"]', "等待 90 秒→值班电话 01066660000"
    )


async def give_a_mobile_seat(admin: Person) -> None:
    """1001 gets a mobile number."""
    await admin.go("/users")
    await admin.page.locator('tr:has-text("1001")').get_by_role("button", name="编辑").click()
    await fill(admin, "移动座席手机", "13900139000")
    await save(admin)


@pytest.mark.req("ACD-1", "ACD-2", "ADM-6", "AGT-2", "TEL-3", "TEL-6")
async def test_what_is_set_up_for_the_verbs_holds_at_the_desk(
    site: Product, windows: Windows, tmp_path: Path
) -> None:
    admin = await windows.staff("admin")
    wrong: list[str] = []
    admin.page.on("pageerror", lambda error: wrong.append(str(error)))
    await know_a_caller(admin, tmp_path)
    await bar_a_number(admin)
    await let_a_queue_overflow(admin)
    await give_a_mobile_seat(admin)
    assert wrong == []
    agent = await windows.staff("1001", "agent_04")
    await agent.go("/desk")
    await agent.sees('[data-test="sign-in-mobile"]', "移动座席")
    await agent.screenshot("setup-sign-in")
    await agent.sign_in()
    await forward_to(agent, "1002")
    await agent.press("dial")
    await agent.page.locator('[data-test="number"]:visible input, input[data-test="number"]:visible').fill(
        BARRED
    )
    await agent.press("dial-go")
    await agent.sees('.el-message:has-text("不允许拨打")')
    citizen = SipPhone(site.sip)
    try:
        call = citizen.call(HOTLINE, shown=VIP_NUMBER)
        async with asyncio.timeout(20):
            await call.answered.wait()
        call.audio.press("2")  # social security: what key 1 leads to is another test's to change
        await agent.in_state("ringing")
        await agent.sees('[data-test="known-caller"]', VIP_NAME)
        await agent.screenshot("setup-vip-rings")
        call.hang_up()
        await agent.in_state("ready")
    finally:
        await citizen.close()


async def forward_to(agent: Person, number: str) -> None:
    """Forward one's own calls, see it at the bar, and stop it again."""
    await agent.press("forwarding")
    await agent.page.locator('[data-test="forward-when"] .el-radio', has_text="遇忙转移").click()
    await agent.page.locator('[data-test="forward-to"] input, input[data-test="forward-to"]').fill(number)
    await agent.press("forward-save")
    await agent.sees('[data-test="forwarding"]', f"已转移 {number}")
    await agent.press("forwarding")
    await agent.page.locator('[data-test="forward-when"] .el-radio', has_text="不转移").click()
    await agent.press("forward-save")
    await agent.sees('[data-test="forwarding"]', "呼叫转移")


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
            return await has_heard(call, voice("agent_04"))

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
