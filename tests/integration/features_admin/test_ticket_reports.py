"""Reports 16 and 17 around their counts: complaints held against calls, complaints after measures, files, and news by e-mail."""

import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from dirty_equals import IsPartialDict

from hotline.core.metrics.dimensions import Grain
from hotline.core.metrics.query import Query, Row, bucket_of
from hotline.features.tickets.following import TicketFollower
from hotline.ports.mail import MailMessage, MailRefused, MailSender
from hotline.ports.statistics import Statistics, StatisticsUnavailable
from tests.integration.features_admin.conftest import World
from tests.integration.features_admin.ticket_desk import ticket_desk
from tests.peers.mail import HOSTILE, MailPeer, read_harmless

PERIOD = {"from": "2026-11-01T00:00:00+08:00", "to": "2027-01-01T00:00:00+08:00"}


class Store:
    """A statistics store that knows how many calls came in on 20 November, or is away."""

    away = False

    async def ask(self, query: Query) -> list[Row]:
        if self.away:
            raise StatisticsUnavailable
        assert query.measures == ("trunk_in",)
        day = bucket_of(Grain.DAY, query.start) + 19
        return [Row(bucket=0 if query.grain is Grain.TOTAL else day, key=(), counts={"trunk_in": 40})]


async def report(client: Any, key: str, **query: str) -> dict[str, Any]:
    answer = await client.get(f"/ticket-reports/{key}", params=PERIOD | query)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.req("TKT-6", "STA-17")
async def test_complaints_are_held_against_calls_where_these_are_known(world: World) -> None:
    desk = await ticket_desk(world)
    agent, leader = await world.log_in("agent"), await world.log_in("leader")
    await desk.make(agent, "complaint", values={"kind": "态度"}, concerned="一号窗口")
    store = Store()
    world.platform.services[Statistics] = store
    days = await report(leader, "complaints")
    assert [row["values"]["per_call"] for row in days["rows"]] == [1 / 40]
    assert days["totals"]["per_call"] == 1 / 40
    units = await report(leader, "complaints", group_by="concerned")
    assert (units["rows"][0]["values"]["per_call"], units["totals"]["per_call"]) == (None, 1 / 40)
    store.away = True
    assert (await report(leader, "complaints"))["totals"] == IsPartialDict({"made": 1, "per_call": None})


@pytest.mark.req("TKT-6", "STA-17")
async def test_complaints_before_and_after_measures_are_compared(world: World) -> None:
    desk = await ticket_desk(world)
    agent, leader = await world.log_in("agent"), await world.log_in("leader")
    made = [
        await desk.make(agent, "complaint", values={"kind": "态度"}, concerned="一号窗口") for _ in range(4)
    ]
    await desk.make(agent, "complaint", values={"kind": "态度"}, concerned="二号窗口")
    world.clock.now += timedelta(hours=1)
    await desk.step(leader, made[0]["id"], "verify", verdict="valid", measures="窗口培训")
    world.clock.now += timedelta(days=10)
    agent, leader = await world.log_in("agent"), await world.log_in("leader")
    await desk.make(agent, "complaint", values={"kind": "时限"}, concerned="一号窗口")
    world.clock.now += timedelta(days=10)
    leader = await world.log_in("leader")
    answer = await leader.get("/ticket-reports/complaints/measures", params=PERIOD | {"days": 20})
    (one,) = answer.json()["items"]
    assert one == IsPartialDict(
        {"concerned": "一号窗口", "measures": "窗口培训", "before": 4, "after": 1, "after_days": 20.0, "change": -0.75}
    )  # fmt: skip


@pytest.mark.req("TKT-2", "STA-16")
async def test_a_report_is_a_file_with_its_words_and_totals(world: World) -> None:
    desk = await ticket_desk(world)
    await desk.make(await world.log_in("agent"))
    leader = await world.log_in("leader")
    query = PERIOD | {"group_by": "type", "format": "xlsx"}
    content = (await leader.get("/ticket-reports/tickets", params=query)).content
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    rows = [row for row in sheet.iter_rows(values_only=True) if any(row)]
    assert "按工单类型" in str(rows[0][0])
    assert rows[-1][:2] == ("合计", 1)
    assert (await leader.get("/ticket-reports/tickets", params=query | {"format": "pdf"})).content[
        :5
    ] == b"%PDF-"
    trail = (await (await world.log_in("admin")).get("/audit", params={"action": "reports.export"})).json()
    assert len(trail["items"]) == 2


class Mail:
    """A mail server that is away at first."""

    def __init__(self) -> None:
        self.got: list[MailMessage] = []
        self.answers = ["没有连上邮件服务器", ""]

    async def send(self, message: MailMessage) -> None:
        if problem := self.answers.pop(0):
            raise MailRefused(problem, retryable=True)
        self.got.append(message)


@pytest.mark.req("TKT-2")
async def test_news_goes_by_mail_again_until_taken_and_names_no_citizen(world: World) -> None:
    desk = await ticket_desk(world)
    manager, agent = await world.log_in("manager"), await world.log_in("agent")
    wanted = {"name": "值班邮箱", "kind": "email", "to": "duty@example.org", "events": ["dispatched"]}
    assert (await manager.post("/ticket-channels", json=wanted | {"to": "12345"})).status_code == 422
    assert (await manager.post("/ticket-channels", json=wanted)).status_code == 201
    await desk.make(agent, department_id="a", customer_name="张三", title=HOSTILE)
    follower = TicketFollower(world.platform)
    await follower.work_off()
    (listed,) = (await manager.get("/ticket-channels")).json()["items"]
    assert "HOTLINE_MAIL_SERVER" in listed["problem"], "it says what to set"
    mail = Mail()
    world.platform.services[MailSender] = mail
    for _ in range(2):
        world.clock.forward(minutes=10)
        await follower.work_off()
    (one,) = mail.got
    assert one.to == "duty@example.org"
    assert "待签收" in one.subject
    assert "张三" not in one.text + one.subject
    assert "13800138000" not in one.text
    peer = MailPeer()
    async with peer.listening() as smtp:
        await smtp.send(one)
    (raw,) = peer.got
    assert "<script>" in read_harmless(raw).get_content(), "words, no page"
