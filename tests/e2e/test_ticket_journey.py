"""A citizen asks, the agent cannot answer, the department replies by SMS over a real line, the citizen has it, the ticket is closed and
counted: in browsers. Beside it the two other ways round: the agent answers with the department's reply, a new question becomes an article.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from tests.e2e.browsers import Person, Windows
from tests.e2e.product import Product, Session, eventually
from tests.peers.cmpp_gateway import CmppGateway

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

TITLE = "异地就医备案怎么查进度"
REPLY = "备案已通过，可直接到医院刷卡结算。"
ASKED = "居住证明丢了怎么补"
ADVICE = "凭身份证到社保窗口补打，当场可取。"
THANKS = "收到，谢谢"
PHONE = "13700137000"
TYPE = "业务咨询"
QUESTION = "夜光证书怎么领取"


@pytest.mark.req("AGT-2", "AGT-3", "CRM-1", "TKT-2", "TKT-4", "CHN-2")
async def test_from_the_call_over_the_departments_sms_to_the_closed_ticket_and_the_report(
    site: Product, windows: Windows
) -> None:
    agent = await windows.staff("1001", "agent_04")
    leader = await site.log_in("2001")
    before = await _consulted(leader)
    await _call_and_make_ticket(agent, await windows.citizen("citizen_04"))
    number = await _ticket_number(site)
    officer = await windows.staff("5001")
    async with carriers_line(site) as carrier:
        await _reply_by_sms(officer)
        await carrier.until(lambda: carrier.submitted)
        assert (carrier.texts(), carrier.submitted[0].destinations) == ([REPLY], [PHONE])
        await officer.sees('[data-test="step-sms-state"]', "已发送")
        carrier.report(carrier.last_id, "DELIVRD", PHONE)
        await officer.sees('[data-test="step-sms-state"]', "已送达")  # without being asked for
        await officer.screenshot("officer-answered-by-sms")
        carrier.message(PHONE, THANKS.encode("utf-16-be"))
        await carrier.until(lambda: len(carrier.delivered) == 2)  # the report and the message were taken in
    assert len(carrier.submitted) == 1, "it left once"
    await _close(agent, number)
    await _check(leader, number)
    await _counted(await windows.staff("2001"), before + 1)


@pytest.mark.req("TKT-2", "TKT-4")
async def test_the_agent_answers_by_sms_with_what_the_department_replied(
    site: Product, windows: Windows
) -> None:
    number = await _dispatched(await site.log_in("1001"))
    officer, agent = await windows.staff("5001"), await windows.staff("1001")
    await _reply(officer)
    await _answer(agent, number)
    await _delivered(await windows.staff("4001"))


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
    await row.locator('[data-test="open"]').click()  # nobody approves what they have not read
    await leader.sees('[data-test="preview"]', QUESTION)
    await leader.press("preview-approve")
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


@asynccontextmanager
async def carriers_line(site: Product) -> AsyncIterator[CmppGateway]:
    """A carrier's gateway as the site's only line for short messages, as an administrator would set it up."""
    carrier = CmppGateway()
    await carrier.start()
    manager = await site.log_in("4001")
    await manager.patch("/sms/gateways/demo", active=False)
    line = {"kind": "cmpp", "host": "127.0.0.1", "port": carrier.port, "enterprise": carrier.source, "source": "1065800001"}  # fmt: skip
    made = await manager.post("/sms/gateways", name="移动专线", line=line, secret=carrier.secret)
    try:
        yield carrier
    finally:
        await manager.delete(f"/sms/gateways/{made['id']}")
        await manager.patch("/sms/gateways/demo", active=True)
        await carrier.stop()


async def _call_and_make_ticket(agent: Person, citizen: Person) -> None:
    await agent.sign_in()
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
    # A look at another page loses nothing of it, nor the duty to save it.
    await agent.page.locator('.side a[href="/customers"]').click()
    await agent.sees('[data-test="customers"]')
    await agent.page.locator('.side a[href="/desk"]').click()
    await expect(form.locator('[data-test="ticket-title"]')).to_have_value("窗口态度")
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


async def _open(officer: Person, title: str) -> None:
    await officer.go("/tickets")
    await officer.page.locator('[data-test="tickets"]').get_by_text(title).click()
    await officer.press("ticket-accept")


async def _reply_by_sms(officer: Person) -> None:
    await _open(officer, TITLE)
    await officer.sees('[data-test="ticket"]', "<b>上周</b>提交了备案申请")
    await officer.press("ticket-reply_citizen")
    text = officer.page.locator('[data-test="step-text"]')
    await expect(text).to_be_focused()
    await officer.page.keyboard.type(REPLY)
    await officer.page.get_by_text("随后办结").click()  # the centre closes it, when the citizen has it
    await officer.press("step-go")
    await officer.sees('[data-test="ticket"]', "已答复")


async def _close(agent: Person, number: str) -> None:
    """The centre sees on the ticket that the citizen has the answer, and closes it."""
    await agent.go("/tickets?box=done")
    await agent.page.get_by_role("button", name=number, exact=True).press("Enter")
    await agent.sees('[data-test="step-sms-state"]', "已送达")
    await agent.sees('[data-test="ticket-history"]', THANKS)
    await agent.press("ticket-close")
    await agent.sees('[data-test="ticket"]', "已办结")
    await agent.screenshot("ticket-closed")


async def _check(leader: Session, number: str) -> None:
    (ticket,) = (await leader.get("/tickets", number=number))["items"]
    assert (ticket["state"], ticket["in_time"]) == ("closed", True)
    whole = await leader.get(f"/tickets/{ticket['id']}")
    assert whole["call_id"], "the ticket knows its call"
    taken = [(step["action"], step["side"], step["sms"]) for step in whole["steps"]]
    assert taken[1:] == [
        ("dispatch", "centre", ""),
        ("accept", "department", ""),
        ("reply_citizen", "department", "delivered"),
        ("citizen", "system", ""),
        ("close", "centre", ""),
    ]


async def _consulted(leader: Session) -> int:
    now = datetime.now(UTC)
    period = {"from": (now - timedelta(days=1)).isoformat(), "to": (now + timedelta(days=1)).isoformat()}
    report = await leader.get("/ticket-reports/tickets", group_by="type", **period)
    rows = [one["values"] for one in report["rows"] if one["label"] == TYPE]
    return int(rows[0]["consulted"]) if rows else 0


async def _counted(leader: Person, consulted: int) -> None:
    """Report 16 on the screen counts it among what was answered after asking a department."""
    await leader.go("/reports")
    await leader.press("report-tickets")
    await leader.page.locator(".group").click()
    await leader.page.get_by_role("option", name="类型", exact=True).click()
    table = leader.page.locator('[data-test="ticket-report"]')
    row = table.locator(".el-table__row").filter(has_text=TYPE)
    heads = await table.locator("th").all_inner_texts()
    place = next(at for at, head in enumerate(heads) if "协商回复量" in head)
    await expect(row.locator("td").nth(place)).to_have_text(str(consulted))
    await leader.screenshot("ticket-report")


async def _dispatched(agent: Session) -> str:
    """A ticket that an agent has sent to the department."""
    kind = next(one for one in (await agent.get("/ticket-types"))["items"] if one["name"] == TYPE)
    made = await agent.post(
        "/tickets", type_id=kind["id"], title=ASKED, contact=PHONE, values={"business": "其他"}, department_id="social-office"
    )  # fmt: skip
    return made["number"]


async def _reply(officer: Person) -> None:
    await _open(officer, ASKED)
    await officer.press("ticket-reply")
    await expect(officer.page.locator('[data-test="step-text"]')).to_be_focused()
    await officer.page.keyboard.type(ADVICE)
    await officer.page.keyboard.press("Control+Enter")
    await officer.sees('[data-test="ticket"]', "部门已回复")
    await officer.screenshot("officer-replied")


async def _answer(agent: Person, number: str) -> None:
    await agent.go("/tickets?box=replied")
    await agent.page.get_by_role("button", name=number, exact=True).press("Enter")
    await agent.press("ticket-edit")
    title = agent.page.locator('[data-test="ticket-edit-form"] [data-test="ticket-title"]')
    await expect(title).to_be_focused()
    await agent.page.keyboard.press("End")
    await agent.page.keyboard.type("（急）")
    await agent.page.keyboard.press("Enter")
    await agent.sees('[data-test="ticket"]', f"{ASKED}（急）")
    await _hand_over(agent)
    await agent.press("ticket-answer")
    assert await agent.page.locator('[data-test="step-text"]').input_value() == ADVICE
    await agent.page.locator('[data-test="step-sms"]').click()
    await agent.press("step-go")
    await agent.sees('[data-test="ticket"]', "已办结")
    await agent.sees('[data-test="step-sms-state"]', "已送达")


async def _hand_over(agent: Person) -> None:
    """To a colleague whose work number is typed; a reason is asked for."""
    await agent.press("ticket-more")
    await agent.page.get_by_role("menuitem", name="转交").click()
    await expect(agent.page.locator('[data-test="step-owner"] input')).to_be_focused()
    await agent.page.keyboard.type("1002")
    await agent.sees(".el-select-dropdown__item.is-hovering:visible", "1002")
    await agent.page.keyboard.press("Enter")
    await agent.page.keyboard.press("Tab")
    await agent.page.keyboard.type("家中有事，请接手")
    await agent.screenshot("ticket-handed-over")
    await agent.page.keyboard.press("Control+Enter")
    await agent.sees('[data-test="ticket-history"]', "家中有事，请接手")


async def _delivered(manager: Person) -> None:
    """The outbox shows what the citizen got, with the report of every part."""
    await manager.go("/sms")
    row = manager.page.locator(".el-table__row").filter(has_text=PHONE).filter(has_text=ADVICE)
    await row.locator('[data-state="delivered"]').wait_for()
    await row.get_by_role("button", name="打开").click()
    await manager.sees(".el-drawer:visible", "DEMO")
    await manager.screenshot("outbox-delivered")
