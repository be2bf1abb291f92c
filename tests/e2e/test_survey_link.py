"""The survey by SMS, whole: a talk ends, the citizen has a link, answers it in a browser, and the grade is on the call, the agent and report 11."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from hotline.adapters.sip_caller.phone import SipPhone
from tests.e2e.browsers import Windows
from tests.e2e.people import DeskAgent
from tests.e2e.product import Product, Session, eventually
from tests.peers.cmpp_gateway import CmppGateway

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

HOTLINE = "01084000000"
CITIZEN = "13800138000"
LINK = {
    "text": "请评价：{link} （{hours}小时内有效）",
    "question": "您对这次服务满意吗？",
    "thanks": "谢谢您的评价！",
}
ADDRESS = r"http://\S+/s/[A-Za-z0-9_-]+"


@pytest.fixture
async def provider() -> AsyncIterator[CmppGateway]:
    """A provider's gateway, as its protocol says."""
    gateway = CmppGateway()
    await gateway.start()
    yield gateway
    await gateway.stop()


async def goes_over(admin: Session, provider: CmppGateway) -> None:
    """Messages are sent over this provider first."""
    line = {
        "kind": "cmpp", "host": "127.0.0.1", "port": provider.port, "enterprise": provider.source,
        "source": "1065800001", "service": "SVC",
    }  # fmt: skip
    await admin.post("/sms/gateways", name="移动", line=line, secret=provider.secret, position=1)


def told(provider: CmppGateway) -> str:
    """All that was submitted, long messages put together."""
    parts = [one.content[6 if one.udhi else 0 :] for one in provider.submitted]
    return b"".join(parts).decode("utf-16-be")


@pytest.mark.req("IVR-5", "STA-11")
async def test_a_citizen_answers_the_link_and_the_agent_has_the_grade(
    site: Product, windows: Windows, provider: CmppGateway
) -> None:
    admin, leader = await site.log_in("admin"), await site.log_in("2001")
    hotline = (await admin.get("/hotlines"))["items"][0]
    await admin.patch(f"/hotlines/{hotline['id']}", survey=hotline["survey"] | {"way": "link", "link": LINK})
    await goes_over(admin, provider)
    before = await satisfied(leader)
    await talk(site)
    async with asyncio.timeout(40):
        await provider.until(lambda: re.search(ADDRESS, told(provider)))
    address = "".join(re.findall(ADDRESS, told(provider)))
    outbox = (await admin.get("/sms/messages", number=CITIZEN))["items"]
    assert address.rpartition("/")[2] not in str(outbox), (
        "nobody at the centre sees what answers for the citizen"
    )
    assert address.startswith(site.base)
    citizen = await windows.citizen("citizen_04")
    await citizen.go(address.removeprefix(site.base))
    await citizen.sees("form", LINK["question"])
    await citizen.page.get_by_text("满意", exact=True).click()
    await citizen.screenshot("survey-link")
    await citizen.press("survey-submit")
    await citizen.sees('[data-test="survey-done"]', LINK["thanks"])
    await citizen.go(address.removeprefix(site.base))
    await citizen.sees('[data-test="survey-notice"]')

    async def counted() -> dict[str, Any] | None:
        call = (await leader.get("/calls", number=CITIZEN))["items"][0]
        now = await satisfied(leader)
        return call if now == before + 1 else None

    call = await eventually(counted, "the grade in report 11", 40)
    assert call["survey_grade"] == 1 or call["survey"], call


async def satisfied(leader: Session) -> int:
    """How many satisfied citizens report 11 has for agent 1001 today."""
    rows = (await leader.get("/reports/satisfaction", group_by="agent"))["rows"]
    ours = [row for row in rows if "1001" in str(row["keys"])]
    return sum(int(row["values"]["survey_satisfied"]) for row in ours)


async def talk(site: Product) -> None:
    """The citizen talks to agent 1001, who hangs up."""
    agent, phone = await DeskAgent.sign_in(site, "1001"), SipPhone(site.sip)
    call = phone.call(HOTLINE, shown=CITIZEN)
    await call.answered.wait()
    call.audio.press("1")
    rung = await agent.ringing()
    rung.answer()
    await agent.in_state("talking")
    rung.hang_up()
    await call.over.wait()
    await agent.in_state("after_call")
    await agent.session.post("/agents/me/wrap-up/finish")
    await phone.close()
    await agent.close()
