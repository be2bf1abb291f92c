"""A citizen asks, the agent cannot answer, the department replies, the citizen gets the SMS, the ticket is closed and counted: in browsers."""

import pytest
from playwright.async_api import expect

from tests.e2e.browsers import Person, Windows
from tests.e2e.product import Product, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

TITLE = "异地就医备案怎么查进度"
REPLY = "备案已通过，可直接到医院刷卡结算。"
PHONE = "13700137000"
QUESTION = "夜光证书怎么领取"


@pytest.mark.req("AGT-2", "AGT-3", "CRM-1", "TKT-2", "TKT-4")
async def test_from_the_call_over_the_department_to_the_sms_and_the_report(
    site: Product, windows: Windows
) -> None:
    agent = await windows.staff("1001", "agent_04")
    await agent.sign_in()
    citizen = await windows.citizen("citizen_04")
    await citizen.call_the_hotline()
    await citizen.press("key-2")
    await agent.in_state("ringing")
    await agent.press("card-answer")
    await agent.in_state("talking")
    await agent.sees('[data-test="desk-customer"]', "对方没有显示号码")
    await agent.sees('[data-test="script"]', "您好")
    await _make_ticket(agent)
    await agent.screenshot("desk-ticket")
    await agent.press("hangup")
    await agent.in_state("after_call")
    await _unsaved_is_not_left(agent)
    await agent.press("finish")
    await citizen.leave()
    number = await _ticket_number(site)
    await _reply(await windows.staff("5001"))
    await _answer(agent, number)
    await _check(site, number)
    await _delivered(await windows.staff("4001"))
    await _counted(await windows.staff("2001"))


@pytest.mark.req("KNW-2", "KNW-3")
async def test_a_new_question_becomes_an_article_and_is_found(site: Product, windows: Windows) -> None:
    agent, leader = await windows.staff("1002"), await windows.staff("2001")
    await agent.go("/knowledge-articles")
    await agent.press("add")
    await agent.page.locator('[data-test="title"]').fill(QUESTION)
    await agent.page.locator(".el-drawer .two .el-select").click()
    await agent.page.locator(".el-tree-node__content:visible").first.click()
    await agent.page.locator('[data-test="editor"] [contenteditable]').fill("预约后带身份证到三号窗口领取。")
    await agent.press("save-submit")
    await agent.sees(f'.el-table__row:has-text("{QUESTION}")', "待审核")
    await leader.go("/knowledge-articles")
    row = leader.page.locator(".el-table__row").filter(has_text=QUESTION)
    await row.locator('[data-test="approve"]').click()
    await leader.page.locator(".el-message-box__btns .el-button--primary").click()
    await leader.sees(f'.el-table__row:has-text("{QUESTION}")', "正式")
    await agent.go("/knowledge")
    await agent.page.locator('[data-test="knowledge-q"]').fill("夜光证书在哪个窗口领")

    async def is_first() -> bool:
        """Its meaning counts a moment after its words: then it comes before other certificates."""
        await agent.page.keyboard.press("Enter")
        await agent.sees('[data-test="hit"]')
        return QUESTION in await agent.page.locator('[data-test="hit"]').first.inner_text()

    await eventually(is_first, "the new article as the first hit", 30)


async def _make_ticket(agent: Person) -> None:
    form = agent.page.locator('[data-test="new-ticket"]')
    await form.locator('[data-test="ticket-title"]').fill(TITLE)
    await agent.page.keyboard.press("Enter")  # confirms a word while typing Chinese, makes nothing
    await form.locator('[data-test="ticket-content"]').fill("<b>上周</b>提交了备案申请")
    await form.locator('[data-test="field-business"] .el-select').click()
    await agent.page.get_by_role("option", name="医疗保险", exact=True).click()
    await form.get_by_label("联系电话").fill(PHONE)
    await form.get_by_text("派给部门").click()
    await form.locator('[data-test="ticket-department"]').click()
    await agent.page.get_by_role("option", name="社会保险服务中心").click()
    await form.locator('[data-test="ticket-content"]').press("Control+Enter")
    await agent.sees('[data-test="desk-ticket"] .made', "已建工单")


async def _unsaved_is_not_left(agent: Person) -> None:
    """A complaint must be saved before after-call work ends: its type says so."""
    form = agent.page.locator('[data-test="new-ticket"]')
    await form.locator('[data-test="ticket-type"]').click()
    await agent.page.get_by_role("option", name="投诉", exact=True).click()
    await form.locator('[data-test="ticket-title"]').fill("窗口态度")
    await agent.press("finish")
    await agent.sees(".el-message", "工单还没有保存")
    await agent.in_state("after_call")
    await form.locator('[data-test="ticket-title"]').fill("")


async def _ticket_number(site: Product) -> str:
    leader = await site.log_in("2001")
    found = (await leader.get("/tickets", words=TITLE))["items"]
    assert [one["state"] for one in found] == ["assigned"]
    assert found[0]["customer_name"] == ""
    return found[0]["number"]


async def _reply(officer: Person) -> None:
    await officer.go("/tickets")
    await officer.page.locator('[data-test="tickets"]').get_by_text(TITLE).click()
    await officer.sees('[data-test="ticket"]', "<b>上周</b>提交了备案申请")
    await officer.press("ticket-accept")
    await officer.press("ticket-reply")
    text = officer.page.locator('[data-test="step-text"]')
    await expect(text).to_be_focused()
    await officer.page.keyboard.type(REPLY)
    await officer.page.keyboard.press("Control+Enter")
    await officer.sees('[data-test="ticket"]', "部门已回复")
    await officer.screenshot("officer-replied")


async def _answer(agent: Person, number: str) -> None:
    await agent.go("/tickets?box=replied")
    await agent.page.get_by_role("button", name=number, exact=True).press("Enter")
    await agent.press("ticket-edit")
    await expect(
        agent.page.locator('[data-test="ticket-edit-form"] [data-test="ticket-title"]')
    ).to_be_focused()
    await agent.page.keyboard.press("End")
    await agent.page.keyboard.type("（急）")
    await agent.page.keyboard.press("Enter")
    await agent.sees('[data-test="ticket"]', f"{TITLE}（急）")
    await agent.press("ticket-answer")
    assert await agent.page.locator('[data-test="step-text"]').input_value() == REPLY
    await agent.page.locator('[data-test="step-sms"]').click()
    await agent.press("step-go")
    await agent.sees('[data-test="ticket"]', "已办结")
    await agent.sees('[data-test="step-sms-state"]', "短信")
    await agent.screenshot("ticket-closed")


async def _check(site: Product, number: str) -> None:
    leader = await site.log_in("2001")
    (ticket,) = (await leader.get("/tickets", number=number))["items"]
    assert (ticket["state"], ticket["in_time"]) == ("closed", True)
    whole = await leader.get(f"/tickets/{ticket['id']}")
    assert whole["call_id"], "the ticket knows its call"

    async def sent() -> bool:
        steps = (await leader.get(f"/tickets/{ticket['id']}"))["steps"]
        return any(step["sms"] == "delivered" for step in steps)

    await eventually(sent, "the SMS was reported delivered", 60)
    period = {"from": ticket["created_at"][:10] + "T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
    period["to"] = ticket["created_at"][:4] + "-12-31T23:00:00Z"
    report = await leader.get("/ticket-reports/tickets", group_by="type", **period)
    row = next(one for one in report["rows"] if one["label"] == "业务咨询")
    assert row["values"]["consulted"] == 1


async def _delivered(manager: Person) -> None:
    """The outbox shows what the citizen got, with the report of every part."""
    await manager.go("/sms")
    row = manager.page.locator(".el-table__row").filter(has_text=PHONE).filter(has_text=REPLY)
    await row.locator('[data-state="delivered"]').wait_for()
    await row.get_by_role("button", name="打开").click()
    await manager.sees(".el-drawer:visible", "DEMO")
    await manager.screenshot("outbox-delivered")


async def _counted(leader: Person) -> None:
    await leader.go("/reports")
    await leader.press("report-tickets")
    await leader.page.locator(".group").click()
    await leader.page.get_by_role("option", name="类型", exact=True).click()
    await leader.sees('[data-test="ticket-report"]', "业务咨询")
    await leader.screenshot("ticket-report")
