"""Own reports with figures of tickets: counted as reports 16 and 17 count them, beside calls where that means something, explained, mailed."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from dirty_equals import IsPartialDict

from hotline.ports.call_control import CallControl
from hotline.ports.mail import MailSender
from tests.integration.features_admin.test_history import PERIOD, History, history
from tests.integration.features_admin.test_own_reports import WANTED
from tests.integration.features_admin.test_report_mailing import TUESDAY, read, scheduled
from tests.integration.features_admin.ticket_desk import TicketDesk, ticket_desk
from tests.peers.mail import MailPeer

__all__ = ["history"]

MADE = ["tickets_made", "tickets_finished", "tickets_in_time_rate"]
MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""Ten in the morning of 2 March in Beijing, within the simulated days."""


async def worked(history: History) -> TicketDesk:
    """Two questions and a complaint on Monday, one answered at once; a question on Tuesday."""
    control = history.world.platform.services[CallControl]
    history.world.clock.now = MONDAY
    desk = await ticket_desk(history.world)
    agent = await history.world.log_in("agent")
    first = await desk.make(agent)
    await desk.make(agent)
    await desk.make(agent, "complaint", values={"kind": "态度"}, concerned="一号窗口")
    await desk.step(agent, first["id"], "answer", text="十个工作日")
    history.world.clock.now = MONDAY + timedelta(days=1)
    await desk.make(await history.world.log_in("agent"))
    history.world.platform.services[CallControl] = control
    history.http = await history.world.log_in("admin")
    return desk


async def ask(history: History, *figures: str, **query: Any) -> dict[str, Any]:
    answer = await history.http.post("/reports/query", json={"figures": figures, **PERIOD, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


def told(report: dict[str, Any], *figures: str) -> list[tuple[Any, ...]]:
    return [
        (row["label"], *(key["name"] for key in row["keys"]), *(row["texts"][one] for one in figures))
        for row in report["rows"]
    ]


@pytest.mark.req("STA-21", "STA-16")
async def test_tickets_are_split_by_time_and_by_what_tickets_know(history: History) -> None:
    await worked(history)
    days = await ask(history, *MADE, grain="day")
    assert told(days, *MADE) == [
        ("2026-03-01 周日", "0", "0", "—"),
        ("2026-03-02 周一", "3", "1", "100.00%"),
        ("2026-03-03 周二", "1", "0", "—"),
        ("2026-03-04 周三", "0", "0", "—"),
    ]
    assert days["totals"]["texts"] == {
        "tickets_made": "4",
        "tickets_finished": "1",
        "tickets_in_time_rate": "100.00%",
    }
    assert "工单按建单时间" in days["variant_words"]
    kinds = await ask(history, "tickets_made", "complaints_made", dimensions=["ticket_type"])
    assert told(kinds, "tickets_made", "complaints_made") == [
        ("全部", "consult", "3", "0"),
        ("全部", "complaint", "1", "1"),
    ]
    hours = await ask(history, "tickets_made", grain="hour", dimensions=["ticket_category"])
    assert told(hours, "tickets_made") == [
        ("03-02 10:00", "咨询", "2"), ("03-02 10:00", "投诉", "1"), ("03-03 10:00", "咨询", "1"),
    ]  # fmt: skip
    same = await history.get("/ticket-reports/tickets", **PERIOD, group_by="type")
    assert [row["values"]["made"] for row in same["rows"]] == [3, 1]


@pytest.mark.req("STA-21", "STA-16", "STA-17")
async def test_tickets_stand_beside_calls_by_time_and_agent(history: History) -> None:
    await worked(history)
    both = await ask(
        history, "trunk_in", "tickets_made", "complaints_per_call", grain="day", compare="previous"
    )
    calls = await history.get("/reports/summary", **PERIOD, grain="day")
    assert [row["values"]["trunk_in"] for row in both["rows"]] == [
        row["values"]["trunk_in"] for row in calls["rows"]
    ]
    assert [row["values"]["tickets_made"] for row in both["rows"]] == [0, 3, 1, 0]
    assert both["totals"]["values"]["complaints_per_call"] == 1 / calls["totals"]["values"]["trunk_in"]
    assert both["totals"]["before"]["tickets_made"] == 0
    assert both["variant_words"].startswith("服务水平：")
    people = await ask(history, "talks", "tickets_made", dimensions=["agent"])
    assert sum(row["values"]["tickets_made"] for row in people["rows"]) == 4
    assert [row["keys"][0]["name"] for row in people["rows"] if row["values"]["tickets_made"]] != [
        "（已停用）"
    ]
    assert sum(row["values"]["talks"] for row in people["rows"]) == people["totals"]["values"]["talks"] > 0


REFUSED: list[tuple[list[str], dict[str, Any], str]] = [
    (["trunk_in", "tickets_made"], {"dimensions": ["queue"]}, "“建单量”不能按“座席组”分组"),
    (["trunk_in", "tickets_made"], {"dimensions": ["ticket_type"]}, "“中继呼入总量”不能按“工单类型”分组"),
    (["tickets_made"], {"filters": {"queue": ["q"]}}, "“建单量”不能按“座席组”筛选"),
    (["tickets_unheard_of"], {}, "指标字典里没有"),
]


@pytest.mark.req("STA-21")
async def test_what_cannot_be_split_is_refused_in_words(history: History) -> None:
    for figures, more, why in REFUSED:
        answer = await history.http.post("/reports/query", json={"figures": figures, **PERIOD, **more})
        assert (answer.status_code, why in answer.text) == (422, True), answer.text
        definition = {**WANTED["definition"], "dimensions": [], "figures": figures, **more}
        kept = await history.http.post("/own-reports", json={**WANTED, "definition": definition})
        assert (kept.status_code, why in kept.text) == (422, True), kept.text


@pytest.mark.req("STA-21", "STA-6")
async def test_a_ticket_figure_opens_its_counts_and_its_tickets(history: History) -> None:
    desk = await worked(history)
    place = {**PERIOD, "grain": "day", "figure": "tickets_in_time_rate", "at": MONDAY.isoformat()}
    row = {"row": f"ticket_type:{desk.types['consult']}"}
    found = await history.get("/reports/query/explain", **place, **row)
    assert found == IsPartialDict({"text": "100.00%", "words": "按时办结量 ÷ 已答复量", "name": "按时办结率"})
    assert [(one["side"], one["count"]) for one in found["terms"]] == [("numerator", 1), ("denominator", 1)]
    listed = await history.get("/reports/query/calls", **place, **row)
    (ticket,) = listed["items"]
    assert (listed["total"], ticket["outcome"], "consult" in ticket["title"]) == (1, "已答复", True)
    assert (await history.get(ticket["path"]))["state"] == "answered"
    made = {**place, "figure": "tickets_made"}
    first = await history.get("/reports/query/calls", **made, page=2)
    second = await history.get("/reports/query/calls", **made, page=2, cursor=first["next_cursor"])
    assert (first["total"], len(first["items"]), len(second["items"]), second["next_cursor"]) == (
        3,
        2,
        1,
        None,
    )


@pytest.mark.req("STA-21")
async def test_a_ticket_report_is_kept_exported_and_mailed(history: History) -> None:
    await worked(history)
    definition = {
        **WANTED["definition"], "figures": MADE, "dimensions": ["ticket_type"], "grain": "total", "picture": "bar",
    }  # fmt: skip
    body = {"name": "工单", "figures": MADE, "dimensions": ["ticket_type"], **PERIOD}
    file = await history.http.post("/reports/query", json=body, params={"format": "xlsx"})
    sheet = list(openpyxl.load_workbook(io.BytesIO(file.content)).active.iter_rows(values_only=True))  # pyright: ignore[reportOptionalMemberAccess]
    assert sheet[3][:3] == ("时间", "工单类型", "建单量")
    assert [row[1:3] for row in sheet[4:6]] == [("consult", 3), ("complaint", 1)]
    mailer, _ = await scheduled(history, {**WANTED, "definition": definition})
    history.world.clock.now = TUESDAY + timedelta(hours=1, seconds=1)
    async with (peer := MailPeer()).listening() as mail:
        history.world.platform.services[MailSender] = mail
        await mailer.work_off()
    (attached,) = read(peer.got[0]).iter_attachments()
    mailed = list(
        openpyxl.load_workbook(io.BytesIO(attached.get_payload(decode=True))).active.iter_rows(
            values_only=True
        )  # type: ignore[union-attr]
    )
    assert [row[1:3] for row in mailed[4:6]] == [("consult", 2), ("complaint", 1)], "yesterday is Monday"
